"""Use what is installed: `python -I tests/wheels_smoke.py --present emoji --absent metrics otel`.

Runs in an environment that holds the wheels to be tried and their dependencies, nothing else.

May import: the standard library and `provide.foundation`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import io
import json
import os
import platform
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

from provide.foundation import LoggingConfig, TelemetryConfig, logger, setup_telemetry

PUBLIC_NAMES = Path(__file__).parent / "public_names.toml"
#: A line of each kind of value, in the lane that FOUNDATION_LANE names.
LINE = """
import datetime, uuid
from provide.foundation import LoggingConfig, TelemetryConfig, logger, setup_telemetry, stats
setup_telemetry(TelemetryConfig(logging=LoggingConfig(console_formatter="json")))
logger.info("tried", lane=stats().lane, number=1, when=datetime.date(2026, 1, 2),
    id=uuid.UUID(int=7), nested={"a": [1, None]})
"""
TRIED = {
    "event": "tried", "number": 1, "when": "2026-01-02",
    "id": "00000000-0000-0000-0000-000000000007", "nested": {"a": [1, None]},
}  # fmt: skip


def main() -> None:
    """Check the public names, log one line, import the leaves that are installed, miss the others.

    Raises:
        ImportError: A leaf that should be there cannot be imported.
        SystemExit: A leaf that should not be there can be found, or a public name is missing or
            new.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--present", nargs="*", default=[], metavar="LEAF")
    parser.add_argument("--absent", nargs="*", default=[], metavar="LEAF")
    parser.add_argument("--lanes", nargs="*", default=[], metavar="LANE")
    leaves = parser.parse_args()

    faults = find_name_faults(tomllib.loads(PUBLIC_NAMES.read_text(encoding="utf-8")))
    if faults:
        raise SystemExit("\n".join(faults))
    logger.info("installed", present=leaves.present, absent=leaves.absent)
    for leaf in leaves.present:
        importlib.import_module(f"provide.foundation.{leaf}")
    for leaf in leaves.absent:
        if importlib.util.find_spec(f"provide.foundation.{leaf}") is not None:
            raise SystemExit(f"provide.foundation.{leaf} is here without its distribution")
    check_emoji(installed="emoji" in leaves.present)
    for lane in leaves.lanes:
        check_lane(lane)
    packages = sorted(
        f"{each.name.removeprefix('foundation-')} {each.version}"
        for each in distributions()
        if each.name.startswith("foundation-")
    )
    lanes = f"; lanes {', '.join(leaves.lanes)}" if leaves.lanes else ""
    print(f"CPython {platform.python_version()}: {', '.join(packages)}{lanes}")


def check_lane(lane: str) -> None:
    """Log in a process of its own, and read the line; so does the command `foundation`.

    Raises:
        SystemExit: The line came from another lane, or is another.
    """
    run = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", LINE],
        env={**os.environ, "FOUNDATION_LANE": lane},
        capture_output=True,
        text=True,
    )
    try:
        line = json.loads(run.stdout or run.stderr)
    except ValueError:
        raise SystemExit(f"lane {lane}: {run.returncode} {run.stdout}{run.stderr}") from None
    if run.returncode or line != line | TRIED | {"lane": lane}:
        raise SystemExit(f"lane {lane}: {run.returncode} {line}")
    command = Path(sys.executable).with_name("foundation")
    shown = subprocess.run(
        [command, "view"], input=run.stdout or run.stderr, capture_output=True, text=True
    )
    if shown.returncode or "tried" not in shown.stdout:
        raise SystemExit(f"foundation view: {shown.returncode} {shown.stdout}{shown.stderr}")


def find_name_faults(expected: dict[str, list[str]]) -> list[str]:
    """Return one sentence for each name that is missing or new in what is installed.

    Args:
        expected: The names of each public module, as `public_names.toml` lists them.
    """
    faults = []
    for module_name, names in expected.items():
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError:
            faults.append(f"{module_name} is missing")
            continue
        offered = set(getattr(module, "__all__", ()))
        missing = {name for name in names if not hasattr(module, name)} | set(names) - offered
        faults += [f"{module_name}.{name} is missing" for name in sorted(missing)]
        new = offered - set(names)
        faults += [
            f"{module_name}.{name} is new, and not in {PUBLIC_NAMES.name}" for name in sorted(new)
        ]
    return faults


def check_emoji(*, installed: bool) -> None:
    """Switch emoji on: they are there, or one notice says where to get them.

    Raises:
        SystemExit: It is otherwise.
    """
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        for _ in range(2):
            logging = LoggingConfig(das_emoji_prefix_enabled=True)
            setup_telemetry(TelemetryConfig(logging=logging))
            logger.info("auth_login_success")
    text = stderr.getvalue()
    found = text.count("\N{KEY}"), text.count("no package provides them"), text.count("auth_login")
    if found != ((2, 0, 2) if installed else (0, 1, 2)):
        raise SystemExit(f"with emoji switched on, installed {installed}: {text}")


if __name__ == "__main__":
    main()
