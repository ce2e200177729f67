"""The check of what a library wrote: it has to see each way of writing too little."""

from __future__ import annotations

import json
from typing import Any

import pytest

from perf_lab.comparison.verify import check_output, find_lesser, parse_strict
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.table import WORKLOADS
from perf_lab.workloads.workload import THREAD

RIVAL = RIVALS["foundation"]
WORKLOAD = WORKLOADS["three_fields"]


def line(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a line as it should be, with changes; `None` takes a key away."""
    whole = {
        "timestamp": "2026-11-23T14:10:00.123456Z", "level": "info", "logger": "app.db",
        "event": "benchmark_message", "iteration": number, "thread_id": THREAD, "timestamp_s": 1.5,
        **changes,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


def encode(*lines: dict[str, Any]) -> bytes:
    """Return a file of these lines."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def check(rival: str, workload: str, *lines: dict[str, Any], iterations: int = 0) -> list[str]:
    """Return what is wrong with these lines, an iteration each if it is not said."""
    n = iterations or len(lines)
    return check_output(encode(*lines), RIVALS[rival], WORKLOADS[workload], n)


@pytest.mark.parametrize(
    ("rival", "workload", "changes", "faults"),
    [
        ("foundation", "three_fields", {}, []),
        ("foundation", "three_fields", {"iteration": 7}, ["iteration is 7"]),
        ("foundation", "three_fields", {"thread_id": None}, ["thread_id is missing"]),
        ("foundation", "three_fields", {"event": "other"}, ["the event is 'other'"]),
        ("foundation", "three_fields", {"level": "debug"}, ["the level is 'debug'"]),
        ("foundation", "three_fields", {"logger": None}, ["the logger is None"]),
        ("foundation", "three_fields", {"timestamp_s": "1"}, ["timestamp_s is '1'"]),
        # Foundation has to mask what it is told to mask; another library writes it.
        ("foundation", "secret_key", {"token": "a1b2c3d4"}, ["token is 'a1b2c3d4'"]),
        ("foundation", "secret_key", {"token": "***"}, []),
        ("structlog-tuned", "secret_key", {"token": "a1b2c3d4"}, []),
        # It writes its own time, and the field beside it.
        ("foundation", "as_written", {}, ["timestamp_ is missing"]),
        ("foundation", "as_written", {"timestamp_": 1.5}, []),
        # A text that differs from call to call is compared with the text of that call.
        ("foundation", "event_new", {"event": "user 0 logged in"}, []),
        ("foundation", "event_new", {"event": "user 1 logged in"},
         ["the event is 'user 1 logged in'"]),
        # What the call asks for beside its fields has to be there.
        ("foundation", "error_exc_info", {"event": "request_failed", "level": "error"},
         ["the exception is missing"]),
        ("foundation", "deep_exception", {"event": "request_failed", "level": "error",
                                          "exception": "ValueError"},
         ["the exception's cause is missing"]),
        ("foundation", "stack_info", {}, ["the stack is missing"]),
        ("foundation", "callsite", {}, ["where it was logged is missing"]),
        # What a feature adds has to be there.
        ("foundation-schema-gcp", "features",
         {"message": "benchmark_message", "severity": "DEBUG"},
         ['line 1 lacks "severity":"INFO"', "the level is 'DEBUG'"]),
    ],
)  # fmt: skip
def test_wrong_content_is_a_fault(
    rival: str, workload: str, changes: dict[str, Any], faults: list[str]
) -> None:
    """What a line must have follows from who writes it, and from the call; it is told by number."""
    said = [fault if " lacks " in fault else f"line 1: {fault}" for fault in faults]

    assert said == check(rival, workload, line(user="alice", load=2.5, **changes))


def test_fault_is_told_by_the_number_of_its_line() -> None:
    """The second of two lines is line 2."""
    lines = line(), line(1, event="other")

    assert ["line 2: the event is 'other'"] == check("foundation", "three_fields", *lines)


def test_lesser_form_is_marked() -> None:
    """A list that stands in the line as one text is sound, and said to be in a lesser form."""
    rival, workload = RIVALS["structlog-tuned"], WORKLOADS["list_10"]
    whole, text = (encode(line(values=form(range(10)))) for form in (list, lambda r: str(list(r))))

    assert [[], []] == [check_output(data, rival, workload, 1) for data in (whole, text)]
    assert [[], ["values"]] == [find_lesser(data, rival, workload) for data in (whole, text)]


def test_message_is_parsed_from_its_json() -> None:
    """Where a library logs messages, the line begins with what it writes itself."""
    data = b"2026 [I] " + encode(line())

    assert [] == check_output(data, RIVALS["bqlog"], WORKLOAD, 1)
    assert [] != check_output(data, RIVAL, WORKLOAD, 1)


def test_number_as_text_is_lesser_for_newcomers() -> None:
    """A library whose way it is to write numbers as texts is marked; with us it is a fault."""
    fields: dict[str, Any] = {"iteration": "0", "thread_id": str(THREAD), "timestamp_s": "1.5"}
    data = encode({"message": "benchmark_message", "level": "INFO", "extra": fields})

    assert [] == check_output(data, RIVALS["logly"], WORKLOAD, 1)
    assert list(fields) == find_lesser(data, RIVALS["logly"], WORKLOAD)
    assert check("foundation", "three_fields", {**line(), **fields})


@pytest.mark.parametrize(("workload", "lines", "expected"), [
    ("three_fields", 1, 2), ("three_fields", 0, 2), ("disabled", 1, 0),
])  # fmt: skip
def test_other_number_of_lines_is_a_fault(workload: str, lines: int, expected: int) -> None:
    """Who dropped a line is not ranked, nor who wrote one that is below the level."""
    said = check("foundation", workload, *[line()] * lines, iterations=2)

    assert [f"wrote {lines} lines instead of {expected}"] == said


def test_text_is_searched_for_values() -> None:
    """Text has to show the event and each plain value."""
    rival, short = RIVALS["stdlib-text"], b"INFO app.db benchmark_message iteration=0"

    assert [] == check_output(short + f" thread_id={THREAD}\n".encode(), rival, WORKLOAD, 1)
    assert ["line 1 has no thread_id"] == check_output(short + b"\n", rival, WORKLOAD, 1)


@pytest.mark.parametrize(
    "text", [b'{"a":NaN}', b'{"a":1,"a":2}', b"[1]", b'{"a":1', b'{"a":"\xff"}']
)
def test_lenient_json_is_refused(text: bytes) -> None:
    """What a strict parser refuses is refused."""
    with pytest.raises(ValueError, match=r"."):
        parse_strict(text)


def test_lines_that_are_kept_are_released() -> None:
    """Writing nothing is not enough: an error behind them has all of them written."""
    kept = [line(number % 2, level="debug") for number in range(-1, 2)]
    last = line(level="error")

    for lines, expected in ((kept, []), (kept[:1], [1]), ([], [0])):
        faults = [f"wrote {number} lines instead of 2" for number in expected]
        assert faults == check("foundation-buffered", "kept", *lines, last, iterations=2)


@pytest.mark.parametrize("name", ["left_out", "repeated"])
def test_calls_that_are_left_out_are_told(name: str) -> None:
    """Writing nothing is not enough: each iteration has been decided about, and counted."""
    data = b'{"event":"3 more like this in 1 s","left_out":3}\n' * 2
    rival, workload = RIVALS["foundation-left-out"], WORKLOADS[name]

    assert [] == check_output(data, rival, workload, 6)
    said = ["6 iterations are told to have been left out instead of 7 or more"]
    assert said == check_output(data, rival, workload, 7)
