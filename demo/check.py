"""The check: reads the log file back and holds every line against the plan; imports traffic only.

Each line is read by two parsers that share no code. Whose line it is, it says twice: by the
`request_id` of its context, and by the number in an argument of its own call (the article, the
client's name, or the path in uvicorn's line). Both must name the same request, and each request
must have exactly the lines that its kind leaves.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from demo.traffic import SERVICE_NAME, START_AND_STOP, SWITCH_ID, Request, Signature

#: Who changed a level, that of which logger, from what, and to what.
Change = tuple[str, str, str, str]

SERVER = "uvicorn.error"
_NUMBER = re.compile(r"\b(?:sku|client)-(\d{4,})\b")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_EXCEPTION = ("demo.inventory.WarehouseDown", "ConnectionRefusedError")


@dataclass
class Findings:
    """Hold what the check found; everything is in order where `is_good`.

    Args:
        written: How many lines the service counted as written, by level; None if it did not say.
        dropped: How many lines the service counted as dropped, but those that nobody needed.
        unneeded: How many debug lines of requests nobody needed, as the service counted them.
        expected_unneeded: How many there must be.
        asked: How many requests have the debug lines that they asked for.
        changes: How many changes of a level have their record, by way.
        let_through: How many debug lines are there that only a change of a level lets through.
        levels: How many lines were read back, by level.
        unparsed: One sentence for each line that a parser refused.
        wrong: What is wrong with a request's lines, by the request's id.
        strays: One sentence for each fault that is of no request.
        request_lines: How many of the lines belong to requests.
    """

    written: Mapping[str, int] | None
    dropped: int = 0
    unneeded: int = 0
    expected_unneeded: int = 0
    asked: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    let_through: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    unparsed: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    request_lines: int = 0

    @property
    def found(self) -> int:
        """Return how many lines were read back."""
        return self.levels.total()

    @property
    def lost(self) -> int:
        """Return how many lines were counted but are not in the file, or were dropped."""
        return (Counter(self.written or {}) - self.levels).total() + self.dropped

    @property
    def surplus(self) -> int:
        """Return how many lines are in the file that were never counted."""
        return (self.levels - Counter(self.written or {})).total()

    @property
    def is_good(self) -> bool:
        """Say whether every line is there, whole, and its own request's."""
        faults = (self.unparsed, self.wrong, self.strays, self.lost, self.surplus)
        return (
            self.written is not None and not any(faults) and self.unneeded == self.expected_unneeded
        )

    def blame(self, request: Request, reason: str) -> None:
        """Keep the first thing that is wrong with a request's lines."""
        self.wrong.setdefault(request.request_id, reason)


def parse_line(raw: bytes) -> dict[str, Any]:
    """Return a line as both parsers read it.

    Raises:
        ValueError: One of them refuses it, it is no object, has a key twice, or they differ.
    """
    strict = json.loads(
        raw.decode("utf-8"), object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant
    )
    fast = orjson.loads(raw)
    if not isinstance(strict, dict):
        raise ValueError("not an object")
    if strict != fast:
        raise ValueError("json and orjson read it differently")
    return strict


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = Counter(key for key, _ in pairs)
    if len(keys) < len(pairs):
        raise ValueError(f"the key {keys.most_common(1)[0][0]!r} is there twice")
    return dict(pairs)


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def check_log(
    path: Path,
    requests: Sequence[Request],
    counts: Mapping[str, Any] | None,
    changes: Sequence[Change] | None = None,
) -> Findings:
    """Read a log file back and return what is right and wrong with it.

    Args:
        path: The file of JSON lines.
        requests: What was sent.
        counts: The service's own counts for this file, what `OutputStats.as_dict` gives.
        changes: The changes of levels while the requests ran, each of which has a record; `None`:
            there are none, and every debug line is as planned.
    """
    findings = Findings(None if counts is None else counts["written"])
    dropped: dict[str, int] = dict(counts["dropped"]) if counts is not None else {}
    findings.unneeded = dropped.pop("buffered", 0)
    findings.expected_unneeded = sum(request.dropped_lines for request in requests)
    findings.asked = sum(request.is_allowed for request in requests)
    findings.dropped = sum(dropped.values())
    lines = _read_lines(path, findings)
    if changes is not None:
        lines = _check_changes(lines, changes, findings)

    by_id = {request.request_id: request for request in requests}
    by_number = {request.number: request for request in requests}
    seen: dict[str, Counter[Signature]] = {name: Counter() for name in by_id}
    failed: set[str] = set()
    others: Counter[Signature] = Counter()
    for line in lines:
        findings.levels[str(line.get("level"))] += 1
        if line.get("service") != SERVICE_NAME or not _TIMESTAMP.fullmatch(
            str(line.get("timestamp"))
        ):
            findings.strays.append(f"without service or timestamp: {line.get('event')!r}")
        claimed = by_id.get(str(line.get("request_id")))
        number = _number_of(line)
        owner = by_number.get(number) if number is not None else None
        if claimed is None and owner is None:
            others[_signature(line)] += 1
            continue
        findings.request_lines += 1
        if claimed is not None and claimed is owner:
            seen[claimed.request_id][_signature(line)] += 1
            if line.get("level") == "error":
                failed.add(claimed.request_id)
            elif line.get("level") == "debug" and claimed.request_id in failed:
                findings.blame(claimed, f"{line.get('event')!r} comes after the error")
            _check_fields(line, claimed, findings)
            continue
        event = line.get("event")
        if owner is not None:
            findings.blame(owner, f"{event!r} has the id {line.get('request_id')!r}")
        if claimed is not None:
            findings.blame(claimed, f"has a line of another: {event!r}")
    for request in requests:
        lines_of = seen[request.request_id]
        if changes is not None:
            let_through = lines_of - request.expected_lines & request.debug_lines
            findings.let_through += let_through.total()
            lines_of -= let_through
        _compare(request.expected_lines, lines_of, request, findings)
    findings.expected_unneeded -= findings.let_through  # written, and so not kept
    _check_others(others, findings)
    return findings


def _check_changes(
    lines: list[dict[str, Any]], changes: Sequence[Change], findings: Findings
) -> list[dict[str, Any]]:
    """Look at the records of changed levels, and return the other lines of the plan."""
    rest, found = [], []
    for line in lines:
        if (line.get("logger"), line.get("event")) == ("provide.foundation", "level changed"):
            found.append(tuple(line.get(name) for name in ("by", "module", "old", "new")))
        elif not str(line.get("request_id")).startswith(SWITCH_ID):
            rest.append(line)
            continue
        findings.levels[str(line.get("level"))] += 1
    findings.changes.update(str(by) for by, *_ in found)
    if found != list(changes):
        findings.strays.append(f"{len(changes)} changes of levels, records: {found[:5]}")
    return rest


def _read_lines(path: Path, findings: Findings) -> list[dict[str, Any]]:
    *rows, rest = path.read_bytes().split(b"\n")
    if rest:
        findings.unparsed.append("the last line has no end")
    lines = []
    for place, row in enumerate(rows, 1):
        try:
            lines.append(parse_line(row))
        except (ValueError, RecursionError) as error:
            findings.unparsed.append(f"line {place}: {error}")
    return lines


def _number_of(line: Mapping[str, Any]) -> int | None:
    text = f"{line.get('sku')} {line.get('client')} {line.get('user_agent.original')}"
    if line.get("logger") == "uvicorn.access":
        text = str(line.get("url.path"))
    match = _NUMBER.search(text)
    return int(match[1]) if match else None


def _signature(line: Mapping[str, Any]) -> Signature:
    logger, level, event = (str(line.get(key)) for key in ("logger", "level", "event"))
    if logger == "uvicorn.access":
        names = "http.request.method", "url.path", "http.response.status_code"
        event = " ".join([event, *(str(line.get(name)) for name in names)])
    return logger, level, event


def _check_fields(line: Mapping[str, Any], request: Request, findings: Findings) -> None:
    event = line.get("event")
    if line.get("logger") == "shop.http":
        said = [line.get(f"http.{key}") for key in ("request.method", "response.status_code")]
        if [*said, line.get("url.path")] != [
            request.kind.method,
            request.kind.status,
            request.path,
        ]:
            findings.blame(request, f"{event!r} has the method, status or path of another")
    elif line.get("level") == "error":
        exception = line.get("exception") or {}
        types = exception.get("type"), (exception.get("cause") or {}).get("type")
        if types != _EXCEPTION or f"sku-{request.number:04}" not in str(exception.get("message")):
            findings.blame(request, f"{event!r} has not its exception")


def _compare(
    expected: Counter[Signature], seen: Counter[Signature], request: Request, findings: Findings
) -> None:
    for signature in expected - seen:
        findings.blame(request, f"{signature[2]!r} is missing")
    for signature in seen - expected:
        findings.blame(request, f"{signature[2]!r} is there too often")


def _check_others(others: Counter[Signature], findings: Findings) -> None:
    planned = Counter(START_AND_STOP)
    found = Counter({key: n for key, n in others.items() if key[:2] != (SERVER, "info")})
    findings.strays += [f"missing: {' '.join(key)}" for key in planned - found]
    findings.strays += [f"of no request: {' '.join(key)}" for key in found - planned]
