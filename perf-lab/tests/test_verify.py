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


def make_line(number: int, **changes: Any) -> dict[str, Any]:
    """Return a line as it should be, with changes; None takes a key away."""
    line = {
        "timestamp": "2026-11-23T14:10:00.123456Z",
        "level": "info",
        "logger": "app.db",
        "event": "benchmark_message",
        "iteration": number,
        "thread_id": THREAD,
        "timestamp_s": 1.5,
        **changes,
    }
    return {key: value for key, value in line.items() if value is not None}


def encode(lines: list[dict[str, Any]]) -> bytes:
    """Return a file of these lines."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def test_sound_output_has_no_fault() -> None:
    """Lines as they should be are accepted."""
    assert [] == check_output(encode([make_line(0), make_line(1)]), RIVAL, WORKLOAD, 2)


def test_feature_that_is_off_is_a_fault() -> None:
    """A line without what its feature adds is reported."""
    rival = RIVALS["foundation-static-fields"]
    faults = check_output(encode([make_line(0)]), rival, WORKLOADS["features"], 1)

    assert 'line 1 lacks "environment":"production"' in faults


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"iteration": 7}, "line 2: iteration is 7", id="value"),
        pytest.param({"thread_id": None}, "line 2: thread_id is missing", id="field"),
        pytest.param({"event": "other"}, "line 2: the event is 'other'", id="event"),
        pytest.param({"level": "debug"}, "line 2: the level is 'debug'", id="level"),
        pytest.param({"logger": None}, "line 2: the logger is None", id="logger"),
        pytest.param({"timestamp_s": "1"}, "line 2: timestamp_s is '1'", id="type"),
    ],
)
def test_wrong_content_is_a_fault(changes: dict[str, Any], fault: str) -> None:
    """A line that says something else, or less, is reported with its number."""
    data = encode([make_line(0), make_line(1, **changes)])

    assert [fault] == check_output(data, RIVAL, WORKLOAD, 2)


def test_secret_in_clear_is_a_fault() -> None:
    """Foundation has to mask what it is told to mask; another library writes it."""
    workload = WORKLOADS["secret_key"]
    line = make_line(0, user="alice", load=2.5, token="a1b2c3d4")

    assert ["line 1: token is 'a1b2c3d4'"] == check_output(encode([line]), RIVAL, workload, 1)
    assert [] == check_output(encode([line]), RIVALS["structlog-tuned"], workload, 1)
    assert [] == check_output(encode([{**line, "token": "***"}]), RIVAL, workload, 1)


def test_reserved_key_is_kept_under_another() -> None:
    """Foundation writes its own time, and the field beside it; who drops it is not ranked."""
    workload = WORKLOADS["as_written"]

    assert ["line 1: timestamp_ is missing"] == check_output(
        encode([make_line(0)]), RIVAL, workload, 1
    )
    assert [] == check_output(encode([make_line(0, timestamp_=1.5)]), RIVAL, workload, 1)


def test_event_has_the_number_of_its_call() -> None:
    """A text that differs from call to call is compared with the text of that call."""
    fields = {"user": "alice", "load": 2.5}
    lines = [make_line(n, event=f"user {n} logged in", **fields) for n in (0, 1)]
    workload = WORKLOADS["event_new"]

    assert [] == check_output(encode(lines), RIVAL, workload, 2)
    lines[1]["event"] = "user 0 logged in"
    assert ["line 2: the event is 'user 0 logged in'"] == check_output(
        encode(lines), RIVAL, workload, 2
    )


def test_lesser_form_is_marked() -> None:
    """A list that stands in the line as one text is sound, and said to be in a lesser form."""
    workload = WORKLOADS["list_10"]
    rival = RIVALS["structlog-tuned"]

    assert [] == find_lesser(encode([make_line(0, values=list(range(10)))]), rival, workload)
    data = encode([make_line(0, values=str(list(range(10))))])
    assert ([], ["values"]) == (
        check_output(data, rival, workload, 1),
        find_lesser(data, rival, workload),
    )


def test_message_is_parsed_from_its_json() -> None:
    """Where a library logs messages, the line begins with what it writes itself."""
    data = b"".join(b"2026 [I] " + line + b"\n" for line in encode([make_line(0)]).splitlines())

    assert [] == check_output(data, RIVALS["bqlog"], WORKLOAD, 1)
    assert [] != check_output(data, RIVAL, WORKLOAD, 1)


def test_number_as_text_is_lesser_for_newcomers() -> None:
    """A library whose way it is to write numbers as texts is marked; with us it is a fault."""
    line = {"message": "benchmark_message", "level": "INFO", "time": "now"}
    fields = {"iteration": "0", "thread_id": str(THREAD), "timestamp_s": "1.5"}
    data = encode([{**line, "extra": fields}])

    assert [] == check_output(data, RIVALS["logly"], WORKLOAD, 1)
    assert list(fields) == find_lesser(data, RIVALS["logly"], WORKLOAD)


def test_missing_line_is_a_fault() -> None:
    """A library that dropped a line is not ranked."""
    expected = ["wrote 1 lines instead of 2"]

    assert expected == check_output(encode([make_line(0)]), RIVAL, WORKLOAD, 2)


def test_empty_output_is_a_fault() -> None:
    """A library that wrote nothing, as provide-foundation without a level, is not ranked."""
    assert ["wrote 0 lines instead of 2"] == check_output(b"", RIVAL, WORKLOAD, 2)


def test_disabled_call_must_write_nothing() -> None:
    """A call below the level that wrote a line was not disabled."""
    expected = ["wrote 1 lines instead of 0"]

    assert expected == check_output(encode([make_line(0)]), RIVAL, WORKLOADS["disabled"], 2)


def test_text_is_searched_for_values() -> None:
    """Text has to show the event and each plain value."""
    rival = RIVALS["stdlib-text"]
    sound = f"INFO app.db benchmark_message iteration=0 thread_id={THREAD}\n".encode()

    assert [] == check_output(sound, rival, WORKLOAD, 1)
    assert ["line 1 has no thread_id"] == check_output(
        b"INFO app.db benchmark_message iteration=0\n", rival, WORKLOAD, 1
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a":NaN}', id="nan"),
        pytest.param(b'{"a":1,"a":2}', id="duplicate"),
        pytest.param(b"[1]", id="no-object"),
        pytest.param(b'{"a":1', id="torn"),
        pytest.param(b'{"a":"\xff"}', id="not-utf-8"),
    ],
)
def test_lenient_json_is_refused(text: bytes) -> None:
    """What a strict parser refuses is refused."""
    with pytest.raises(ValueError, match=r"."):
        parse_strict(text)


def test_turns_that_are_kept_are_released() -> None:
    """Writing nothing is not enough: an error behind them has all of them written."""
    rival, workload = RIVALS["foundation-buffered"], WORKLOADS["kept"]
    kept = [{**make_line(number % 2), "level": "debug"} for number in range(-1, 2)]
    last = encode([{**make_line(0), "level": "error"}])

    assert [] == check_output(encode(kept) + last, rival, workload, 2)
    assert ["wrote 1 lines instead of 2"] == check_output(
        encode(kept[:1]) + last, rival, workload, 2
    )
    assert ["wrote 0 lines instead of 2"] == check_output(last, rival, workload, 2)


@pytest.mark.parametrize("name", ["left_out", "repeated"])
def test_turns_that_are_left_out_are_told(name: str) -> None:
    """Writing nothing is not enough: each iteration has been decided about, and counted."""
    rival, workload = RIVALS["foundation-left-out"], WORKLOADS[name]
    told = b'{"event":"3 more like this in 1 s","left_out":3}\n'

    assert [] == check_output(told + told, rival, workload, 6)
    assert ["3 iterations are told to have been left out instead of 6 or more"] == check_output(
        told, rival, workload, 6
    )
    assert ["wrote 2 lines instead of 1"] == check_output(
        told + encode([make_line(0)]), RIVAL, WORKLOAD, 1
    )
