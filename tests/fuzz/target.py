"""The process that Atheris drives: `python -m fuzz.target <check> <libFuzzer's options>`."""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

with atheris.instrument_imports(include=["provide.foundation"]):
    from fuzz.checks import make_check


def main() -> None:
    """Fuzz one check until libFuzzer has had enough, or a check fails."""
    name = sys.argv.pop(1)
    with make_check(name) as check:
        atheris.Setup(sys.argv, check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
