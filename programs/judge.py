"""Judge what a program has written: every line JSON, each expected one there, and once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs

from programs.program import Program, Run

#: Fields that only lines of a request or task have.
_SIGNS = frozenset({"exception", "http.request.method", "task_name"})


@attrs.frozen
class Verdict:
    """What is wrong with the lines of a program; all of it is 0 or empty where nothing is.

    Attributes:
        lines: Lines that are JSON objects.
        plain: Lines that are not, and are not allowed.
        doubled: Expected lines that came more than once, and lines that are wholly alike.
        lost: Expected lines that did not come.
        without_id: Lines of requests without the id of any.
        exceptions: Exceptions that came more or less often than they should.
        secrets: Lines with the secret that each request had in its query.
        examples: One text for each kind of fault, for people.
    """

    lines: int
    plain: int
    doubled: int
    lost: int
    without_id: int
    exceptions: int
    secrets: int
    examples: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Say whether nothing is wrong."""
        faults = (self.plain, self.doubled, self.lost, self.without_id, self.exceptions)
        return not any((*faults, self.secrets)) and self.lines > 0


def judge(program: Program, run: Run) -> Verdict:
    """Read what a program wrote, and compare it with what it was asked for."""
    found, plain = _read_lines(program, run.written)
    wanted: Counter[tuple[str, str]] = Counter()
    for request_id, path in run.requests.items():
        for event in _events_of(program, path):
            wanted[event, request_id] += 1
    events = {event for event, _ in wanted}
    came: Counter[tuple[str, str]] = Counter()
    nameless, faults = [], Counter[str]()
    for line in found:
        event, of_request = str(line.get("event")), line.get(program.id_field)
        if "exception" in line:
            faults[str(line["exception"].get("message"))] += 1
        if event in events:
            came[event, str(of_request)] += 1
        belongs = event in events or not _SIGNS.isdisjoint(line)
        if belongs and not of_request:
            nameless.append(line)
    lost = [each for each, count in wanted.items() if came[each] < count]
    doubled = [each for each, count in came.items() if each in wanted and count > wanted[each]]
    alike = [text for text, count in Counter(map(json.dumps, found)).items() if count > 1]
    failing = {_failure_of(path) for path in run.requests.values() if _fails(path)}
    wrong = [text for text in failing if faults[text] != program.exceptions]
    secrets = [row for row in run.written.splitlines() if b"hunter2" in row]
    kinds: dict[str, list[Any]] = {
        "plain": plain, "doubled": doubled + alike, "lost": lost, "without id": nameless,
        "exception": wrong, "secret": secrets,
    }  # fmt: skip
    return Verdict(
        len(found), len(plain), len(doubled) + len(alike), len(lost), len(nameless), len(wrong),
        len(secrets), tuple(f"{kind}: {each[0]!r}"[:500] for kind, each in kinds.items() if each),
    )  # fmt: skip


def _read_lines(program: Program, written: bytes) -> tuple[list[dict[str, Any]], list[bytes]]:
    found, plain = [], []
    for row in written.splitlines():
        if not row.strip():
            continue
        try:
            line = json.loads(row)
        except ValueError:
            line = None
        if isinstance(line, dict):
            found.append(line)
        elif not any(text.encode() in row for text in program.allowed_plain):
            plain.append(row)
    return found, plain


def _events_of(program: Program, path: str) -> Sequence[str]:
    kind = path.split("/")[1]
    if kind in program.other_events:
        return program.other_events[kind]
    return program.failing_events if _fails(path) else program.events


def _fails(path: str) -> bool:
    return path.startswith("/fail")


def _failure_of(path: str) -> str:
    """Return the message of the exception that a path leads to."""
    return f"failure {path.rpartition('/')[2]}"
