"""Says what this machine is, and how it differs from the documented one: `nox -s runner`.

`--strict` ends with 1 if it is another machine, or is not set up to be measured on.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from documented import is_documented
from machine import describe_machine
from tables import show_machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the verdict and the settings; 1 with `--strict` if they are not as documented."""
    parser = argparse.ArgumentParser(prog="check.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--strict", action="store_true", help="end with 1 on any difference")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    print(show_machine(machine), flush=True)
    script = Path(__file__).parent / "set-up.sh"
    quiet = subprocess.run(["bash", str(script), "--check"]).returncode == 0
    if options.strict and not (quiet and is_documented(machine)):
        print("this machine is not the documented one, or is not set up", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
