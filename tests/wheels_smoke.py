"""Use what is installed: `python -I tests/wheels_smoke.py --present emoji --absent metrics otel`.

Runs in an environment that holds the wheels to be tried and their dependencies, nothing else.

May import: the standard library and `provide.foundation`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util

from provide.foundation import logger


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


if __name__ == "__main__":
    main()
