"""The check of the demo can fail: each kind of damage to a good file is found and named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.check import Findings, check_log, parse_line
from demo.client import Answers
from demo.summary import Run, render_summary
from demo.traffic import MIX, SERVICE_NAME, START_AND_STOP, Request, Signature, plan_traffic

Line = dict[str, Any]
REQUESTS = plan_traffic(2 * len(MIX))

EXCEPTION = {
    "type": "demo.inventory.WarehouseDown",
    "frames": [],
    "cause": {"type": "ConnectionRefusedError", "message": "refused", "frames": []},
}


def make_line(signature: Signature, **fields: object) -> Line:
    """Return a line with the fields that every line has."""
    logger, level, event = signature
    moment = "2026-11-23T14:51:50.216131Z"
    head = {"timestamp": moment, "level": level, "logger": logger, "event": event}
    return {**head, "service": SERVICE_NAME, **fields}


def make_request_line(request: Request, signature: Signature) -> Line:
    """Return a line as the service writes it for a request."""
    line = make_line(
        signature,
        request_id=request.request_id,
    )
    if line["logger"] == "uvicorn.access":
        event, method, path, status = str(line["event"]).split(" ")
        line |= {"event": event, "http.request.method": method, "url.path": path}
        line["http.response.status_code"] = int(status)
    elif line["logger"] == "shop.http":
        line["user_agent.original"] = request.client
        line["url.path"] = request.path
        line["http.request.method"] = request.kind.method
        line["http.response.status_code"] = request.kind.status
    elif line["level"] == "error":
        line["client"] = request.client
    else:
        line["sku"] = f"sku-{request.number:04}"
    if "client" in line:
        line["exception"] = {**EXCEPTION, "message": f"sku-{request.number:04} cannot be shipped"}
    return line


def make_lines() -> list[Line]:
    """Return every line of a run in which nothing goes wrong."""
    lines = [make_line(signature) for signature in START_AND_STOP]
    lines.append(make_line(("uvicorn.error", "info", "Started server process [1]")))
    for request in REQUESTS:
        lines += [make_request_line(request, name) for name in request.expected_lines.elements()]
    return lines


def check_lines(
    tmp_path: Path, lines: list[Line | bytes], *, dropped: int = 0, unneeded: int = 0
) -> Findings:
    """Return what the check says of a file, where the service counted every line as written."""
    rows = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in lines]
    file = tmp_path / "shop.log"
    file.write_bytes(b"".join(row + b"\n" for row in rows))
    written = Counter(line["level"] for line in make_lines())
    unneeded = sum(request.dropped_lines for request in REQUESTS) + unneeded
    counts = {"written": written, "dropped": {"full": dropped, "buffered": unneeded}}
    return check_log(file, REQUESTS, counts)


def find_place(lines: list[Line], logger: str, level: str = "info") -> int:
    """Return where the first line of a logger and a level stands."""
    return next(
        place
        for place, line in enumerate(lines)
        if (line["logger"], line["level"]) == (logger, level)
    )


def test_good_file_is_good(tmp_path: Path) -> None:
    """A file with exactly the planned lines has no fault."""
    findings = check_lines(tmp_path, [*make_lines()])
    assert findings.is_good
    assert len(make_lines()) == findings.found


def test_lines_may_be_interleaved(tmp_path: Path) -> None:
    """The order of the lines says little: requests run at the same time."""
    lines = make_lines()
    lines.reverse()
    lines.sort(key=lambda line: line["level"] == "error")
    assert check_lines(tmp_path, [*lines]).is_good


def test_kept_line_behind_its_error_is_found(tmp_path: Path) -> None:
    """What a request has kept must stand before the error that has it written."""
    lines = sorted(make_lines(), key=lambda line: line["level"] != "error")
    failed = {line["request_id"] for line in lines if line["level"] == "error"}
    assert failed == set(check_lines(tmp_path, [*lines]).wrong)


def test_debug_line_that_nobody_may_have_is_found(tmp_path: Path) -> None:
    """A request that asks without the token, and has its debug lines, is blamed."""
    request = next(each for each in REQUESTS if each.asks and each.dropped_lines)
    more = make_request_line(request, next(each for each in request.kind.lines if "debug" in each))
    assert [request.request_id] == list(check_lines(tmp_path, [*make_lines(), more]).wrong)


@pytest.mark.parametrize("unneeded", [-1, 1])
def test_count_of_lines_that_nobody_needs_is_judged(tmp_path: Path, unneeded: int) -> None:
    """Each debug line that is not in the file must be counted, once."""
    assert not check_lines(tmp_path, [*make_lines()], unneeded=unneeded).is_good


@pytest.mark.parametrize(
    "logger",
    ["inventory", "shop.items", "shop.orders", "shop.http", "uvicorn.access"],
)
@pytest.mark.parametrize("damage", ["missing", "of-nobody", "of-another"])
def test_request_id_that_is_off_is_found(tmp_path: Path, logger: str, damage: str) -> None:
    """One line without its id, or with another, puts the blame on its request."""
    lines = make_lines()
    line = lines[find_place(lines, logger)]
    owner = str(line.pop("request_id"))
    if damage != "missing":
        line["request_id"] = "req-9999" if damage == "of-nobody" else REQUESTS[-1].request_id
    findings = check_lines(tmp_path, [*lines])
    blamed = {owner} | ({REQUESTS[-1].request_id} if damage == "of-another" else set())
    assert blamed == set(findings.wrong)
    assert not findings.is_good


def test_swapped_ids_are_found(tmp_path: Path) -> None:
    """Two requests of one kind whose ids are swapped on one line each are both blamed."""
    lines = make_lines()
    kind = REQUESTS[0].kind
    first, second = [request for request in REQUESTS if request.kind is kind][:2]
    swapped = {first.request_id: second, second.request_id: first}
    for line in lines:
        other = swapped.get(line.get("request_id", ""))
        if other is not None and line["event"] == "receipt sent":
            line.update(request_id=other.request_id)
    assert {first.request_id, second.request_id} == set(check_lines(tmp_path, [*lines]).wrong)


def test_path_of_another_is_found(tmp_path: Path) -> None:
    """A request's own line that has the path of another one is blamed."""
    lines = make_lines()
    line = lines[find_place(lines, "shop.http")]
    line["url.path"] = "/items/sku-0040"
    assert [line["request_id"]] == list(check_lines(tmp_path, [*lines]).wrong)


@pytest.mark.parametrize("background", ["receipt sent", "stock renewed"])
def test_lost_line_is_found(tmp_path: Path, background: str) -> None:
    """A background task's line that is missing counts as lost and blames its request."""
    lines = make_lines()
    place = next(place for place, line in enumerate(lines) if line["event"] == background)
    owner = lines.pop(place)["request_id"]
    findings = check_lines(tmp_path, [*lines])
    assert (1, [owner]) == (findings.lost, list(findings.wrong))


def test_lost_line_of_no_request_is_found(tmp_path: Path) -> None:
    """The line of the service's stop is missed too."""
    findings = check_lines(
        tmp_path, [line for line in make_lines() if "stopped" not in line["event"]]
    )
    assert (1, 1) == (findings.lost, len(findings.strays))


def test_line_that_is_there_twice_is_found(tmp_path: Path) -> None:
    """A doubled line is one too many and blames its request."""
    lines = make_lines()
    findings = check_lines(tmp_path, [*lines, lines[-1]])
    assert (1, [lines[-1]["request_id"]]) == (findings.surplus, list(findings.wrong))


def test_foreign_line_is_found(tmp_path: Path) -> None:
    """A line that no request and no start or stop explains is named."""
    findings = check_lines(tmp_path, [*make_lines(), make_line(("root", "warning", "who am I"))])
    assert ["of no request: root warning who am I"] == findings.strays


def test_dropped_line_is_lost(tmp_path: Path) -> None:
    """What the service itself counted as dropped counts as lost."""
    assert 3 == check_lines(tmp_path, [*make_lines()], dropped=3).lost


def test_missing_counts_are_not_good(tmp_path: Path) -> None:
    """A service that did not report its counts may have lost anything."""
    file = tmp_path / "shop.log"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in make_lines()), "utf-8")
    assert not check_log(file, REQUESTS, None).is_good


@pytest.mark.parametrize("part", ["exception", "cause", "message"])
def test_exception_that_is_not_whole_is_found(tmp_path: Path, part: str) -> None:
    """The line of a failed request needs its exception, the cause, and its own message."""
    lines = make_lines()
    line = lines[find_place(lines, "shop.orders", "error")]
    del (line if part == "exception" else line["exception"])[part]
    assert [line["request_id"]] == list(check_lines(tmp_path, [*lines]).wrong)


@pytest.mark.parametrize(
    "break_row",
    [
        pytest.param(lambda row: row[:-20], id="torn"),
        pytest.param(lambda row: row + row, id="fused"),
        pytest.param(lambda row: row[:-1] + b', "level": "info"}', id="duplicate-key"),
        pytest.param(lambda row: row[:-1] + b', "n": NaN}', id="nan"),
        pytest.param(lambda row: row[:-1] + b', "n": "\\ud800"}', id="surrogate"),
        pytest.param(lambda row: row[:-1] + b', "n": "\xff"}', id="not-utf-8"),
        pytest.param(lambda row: row[:-1] + b', "n": "\x1b"}', id="raw-control"),
        pytest.param(lambda row: b"[" + row + b"]", id="no-object"),
        pytest.param(lambda row: b"", id="empty"),
    ],
)
def test_bad_json_is_found(tmp_path: Path, break_row: Callable[[bytes], bytes]) -> None:
    """A row that one of the parsers refuses is counted, and its line is lost."""
    rows: list[Line | bytes] = [*make_lines()]
    rows[-1] = break_row(json.dumps(rows[-1]).encode())
    findings = check_lines(tmp_path, rows)
    assert (1, 1) == (len(findings.unparsed), findings.lost)


def test_end_without_newline_is_found(tmp_path: Path) -> None:
    """A last line that was not finished is no line."""
    check_lines(tmp_path, [*make_lines()])
    file = tmp_path / "shop.log"
    file.write_bytes(file.read_bytes()[:-1])
    assert ["the last line has no end"] == check_log(file, REQUESTS, None).unparsed


def test_parse_line_returns_fields() -> None:
    """A line that both parsers accept comes back as its fields."""
    assert {"event": "x", "n": 1.5} == parse_line(b'{"event": "x", "n": 1.5}')


@pytest.mark.parametrize("colors", [False, True])
def test_summary_says_what_is_off(tmp_path: Path, colors: bool) -> None:
    """The summary of a damaged file names the line, and the run is not good."""
    lines = make_lines()
    owner = lines.pop()["request_id"]
    answers = Answers(Counter({200: len(REQUESTS)}), seconds=1.0)
    run = Run(len(REQUESTS), 50, answers, check_lines(tmp_path, [*lines]), 7, 7)
    summary = render_summary(run, colors=colors)
    assert not run.is_good
    assert f"{owner}: " in summary
    assert colors == ("\x1b" in summary)


def test_summary_of_good_run_is_good(tmp_path: Path) -> None:
    """Without damage no row is off; so it is the damage that the other tests see."""
    answers = Answers(Counter({200: len(REQUESTS)}), seconds=1.0)
    run = Run(len(REQUESTS), 50, answers, check_lines(tmp_path, [*make_lines()]), 7, 7)
    assert run.is_good
    assert "NO" not in render_summary(run, colors=False)


@pytest.mark.parametrize(
    ("lane", "fallbacks", "mark", "expected"),
    [
        ("native", {}, "ok", "0   lane native: 100.0% of all lines stay in it"),
        ("fast", {"keys": 1, "scope": 9}, "ok", "1   lane fast: 99.3% of all lines stay in it"),
        ("fast", {"keys": 1, "odd": 1}, "NO", "2   lane fast: 98.7% of all lines stay in it"),
        ("processor", {}, "", "149   the processor lane writes every line"),
    ],
    ids=["all", "nearly all", "too few", "none"],
)
def test_summary_says_what_leaves_the_fast_lanes(
    tmp_path: Path, lane: str, fallbacks: dict[str, int], mark: str, expected: str
) -> None:
    """The share of the lines that stay in a fast lane is a figure of the summary, and judged."""
    answers = Answers(Counter({200: len(REQUESTS)}), seconds=1.0)
    findings = check_lines(tmp_path, [*make_lines()])
    summary = render_summary(
        Run(len(REQUESTS), 50, answers, findings, 7, 7, lane, fallbacks), colors=False
    )
    row = next(line for line in summary.splitlines() if "outside of the fast lanes" in line)

    assert expected in row
    assert mark == row[:5].strip()
