"""What a code base has to change to move to Foundation: `migrate check`.

It reads and never writes. Exit codes: 0 nothing has to be changed, 1 something has to be, 2 a
command that cannot be understood.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from provide.foundation._migrate.check import Checker, Finding
from provide.foundation._migrate.report import LISTED, Report
from provide.foundation._migrate.rules.rule import MUST_CHANGE, Verdict
from provide.foundation._migrate.syntax.files import Unreadable, Walk
from provide.foundation._migrate.syntax.known import LIBRARIES
from provide.foundation._record.escaping import escape_text
from provide.foundation._view.screen import write_all


def read_libraries(text: str) -> list[str]:
    """Return the libraries of a list with commas, for argparse."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in LIBRARIES]
    if wrong or not names:
        raise argparse.ArgumentTypeError(
            f"{', '.join(wrong) or text!r} is none of {', '.join(LIBRARIES)}"
        )
    return names


def make_parser(program: str) -> argparse.ArgumentParser:
    """Return the parser of `migrate` and what follows it."""
    parser = argparse.ArgumentParser(
        prog=f"{program} migrate",
        description="Find calls of logging, structlog, loguru and the older provide-foundation, "
        "and say of each whether it works with Foundation as it is, works differently, or has to "
        "be changed, and how. No file is written, and no module is imported.",
        epilog="Exit codes: 0 nothing has to be changed, 1 something has to be, 2 a command that "
        "cannot be understood.",
    )
    parser.add_argument("action", choices=("check",), help="look through PATH")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--library",
        type=read_libraries,
        default=LIBRARIES,
        metavar="NAME[,NAME]",
        help=f"only these of {', '.join(LIBRARIES)}",
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="the changes that can be shown as one patch, for `git apply`, and nothing else",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="list what works as well; with --diff: change messages into events with fields, too",
    )
    return parser


def migrate(arguments: Sequence[str], program: str) -> int:
    """Run `migrate` and return the exit code."""
    parser = make_parser(program)
    options = parser.parse_args(arguments)
    if options.diff and options.format == "json":
        parser.error("--diff and --format json: one of the two")
    for path in options.paths:
        if not os.path.exists(path):
            parser.error(f"{path}: there is no such file or folder")
    report = Report(frozenset(Verdict) if options.all else LISTED)
    try:
        _check(options, report)
    except BrokenPipeError:
        pass  # `| head` has seen enough
    except OSError as error:
        print(f"{parser.prog}: standard output: {error.strerror or error}", file=sys.stderr)
    return 1 if report.must_change else 0


def _check(options: argparse.Namespace, report: Report) -> None:
    walk = Walk(options.paths)
    checker = Checker(options.paths, options.library)
    unreadable: list[tuple[str, str]] = []
    kept: list[tuple[str, Sequence[Finding]]] = []
    changed = {*MUST_CHANGE, Verdict.BETTER} if options.all else MUST_CHANGE
    for path in walk:
        try:
            checked = checker.check(path)
        except Unreadable as error:
            unreadable.append((path, str(error)))
            continue
        text = report.add(checked)
        if options.diff:
            _write(checked.patch(changed))
        elif options.format == "json":
            kept.append((path, checked.findings))
        else:
            _write(text.encode("utf-8", "backslashreplace"))
    unreadable += walk.unreadable
    if options.format == "json":
        whole = report.as_json(kept, unreadable, walk.left_out)
        _write(whole.encode("utf-8", "backslashreplace"))
        return
    summary = report.summary(unreadable, walk.left_out)
    if options.diff:
        # A patch has room for nothing else.
        for name, reason in unreadable:
            print(escape_text(f"not read: {name}: {reason}"), file=sys.stderr)
        return
    _write(summary.encode("utf-8", "backslashreplace"))


def _write(data: bytes) -> None:
    if data:
        write_all(1, data)
