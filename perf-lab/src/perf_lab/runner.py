"""Says what this machine is, and how it differs from the documented one: `nox -s runner`.

`--strict` ends with 1 if it is another machine, or is not set up to be measured on. What pyperf
says of the machine stands in front: it looks at more than our script sets.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import click

from perf_lab.bench.tables import show_machine
from perf_lab.places import RUNNER
from perf_lab.records.documented import is_documented
from perf_lab.records.machine import describe_machine
from perf_lab.tool import Options, Tool


@click.command("runner", cls=Tool)
@click.option("--strict", is_flag=True, help="end with 1 on any difference")
def command(options: Options) -> int:
    """Compare this machine with the documented."""
    machine = describe_machine()
    print(show_machine(machine), flush=True)
    if importlib.util.find_spec("pyperf"):
        subprocess.run([sys.executable, "-m", "pyperf", "system", "show"])
    else:
        print("pyperf is not installed: `nox -s runner` has it, and what it says", flush=True)
    script = RUNNER / "set-up.sh"
    quiet = subprocess.run(["bash", str(script), "--check"]).returncode == 0
    if options.strict and not (quiet and is_documented(machine)):
        print("this machine is not the documented one, or is not set up", file=sys.stderr)
        return 1
    return 0
