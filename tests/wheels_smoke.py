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

from provide.foundation import LoggingConfig, TelemetryConfig, logger, setup_telemetry


def main() -> None:
    """Log one line, import the leaves that are installed, and look for those that are not.

    Raises:
        ImportError: A leaf that should be there cannot be imported.
        SystemExit: A leaf that should not be there can be found.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--present", nargs="*", default=[], metavar="LEAF")
    parser.add_argument("--absent", nargs="*", default=[], metavar="LEAF")
    leaves = parser.parse_args()

    logger.info("installed", present=leaves.present, absent=leaves.absent)
    for leaf in leaves.present:
        importlib.import_module(f"provide.foundation.{leaf}")
    for leaf in leaves.absent:
        if importlib.util.find_spec(f"provide.foundation.{leaf}") is not None:
            raise SystemExit(f"provide.foundation.{leaf} is here without its distribution")
    check_emoji(installed="emoji" in leaves.present)


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
