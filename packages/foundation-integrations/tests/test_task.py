"""One run of a task: what travels, what its lines have, and what is left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provide.foundation import (
    ConfigurationError,
    bind_contextvars,
    clear_contextvars,
    get_contextvars,
    get_logger,
    stats,
)
from provide.foundation.integrations import TaskSettings, add_event_fields
from provide.foundation.integrations._task import Task, pack_context
from provide.foundation.integrations.trace_context import (
    bind_trace,
    current_traceparent,
    parse_traceparent,
    restore_trace,
)
from provide.foundation.testing import capture_logs

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def run(settings: TaskSettings, **travelled: Any) -> Task:
    """Begin a task."""
    task = Task(settings, "queue", "t-1", "ship", "default")
    task.begin(travelled)
    return task


def test_ids_and_trace_travel() -> None:
    """What is bound where a task is sent is bound where it runs, and only there."""
    settings = TaskSettings(carry=["request_id", "tenant"])
    bind_contextvars(request_id="r-1", tenant="acme", secret="s", carried=3)
    earlier = bind_trace(parse_traceparent(TRACE))
    packed = pack_context(settings)
    restore_trace(earlier)
    clear_contextvars()

    task = run(settings, **packed)

    assert {"request_id": "r-1", "tenant": "acme", "traceparent": TRACE} == packed
    bound = {"task_id": "t-1", "task_name": "ship", "request_id": "r-1", "tenant": "acme"}
    assert (bound, TRACE) == (get_contextvars(), current_traceparent())
    task.leave()
    assert ({}, None) == (get_contextvars(), current_traceparent())


@pytest.mark.parametrize("given", ["x" * 10_000, "a\nb", "", "é", 7, None, ["r"]])
def test_invalid_id_is_passed_over(given: object) -> None:
    """A message that anybody may have sent binds no id that is none, and no trace that is none."""
    task = run(TaskSettings(), request_id=given, traceparent=given)

    assert {"task_id": "t-1", "task_name": "ship"} == get_contextvars()
    assert current_traceparent() is None
    task.leave()


@pytest.mark.parametrize("given", ["x" * 10_000, "a\nb", "", 7])
def test_invalid_id_does_not_travel(given: object) -> None:
    """What is bound as an id and is none stays where it is."""
    bind_contextvars(request_id=given)

    assert {} == pack_context(TaskSettings())


def test_line_of_a_task() -> None:
    """The line at the end has the state, what was gathered, and the queue's names."""
    with capture_logs() as lines:
        task = run(TaskSettings())
        add_event_fields(parcels=2, state="mine")
        task.finish("done", attempt=1)
        task.finish("again")
        add_event_fields(late=True)
        task.leave()

    (line,) = lines
    duration = line.pop("duration_ms")
    assert 0 <= duration < 1000
    assert {
        "event": "task_finished", "level": "info", "logger": "tasks", "task_id": "t-1",
        "task_name": "ship", "parcels": 2, "messaging.system": "queue", "queue": "default",
        "attempt": 1, "state": "done",
    } == line  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "level", "has_exception"), [(False, "error", True), (True, "warning", False)]
)
def test_error_of_a_task(expected: bool, level: str, has_exception: bool) -> None:
    """A failure has its exception; one that is expected has its text only."""
    with capture_logs() as lines:
        task = run(TaskSettings())
        task.finish("failed", ValueError("v" * 5000), expected=expected)
        task.leave()

    (line,) = lines
    assert (level, "ValueError") == (line["level"], line["error.type"])
    assert has_exception == ("exception" in line)
    assert (None if has_exception else "v" * 1024 + "...") == line.get("error.message")


def test_task_within_a_task() -> None:
    """A task that is run in the place of its sender gives the sender's context back."""
    with capture_logs() as lines:
        outer = run(TaskSettings(), request_id="r-1")
        inner = Task(TaskSettings(), "queue", "t-2", "pack", None)
        inner.begin({})
        add_event_fields(of="inner")
        inner.finish("done")
        inner.leave()
        get_logger("shop").info("between")
        add_event_fields(of="outer")
        outer.finish("done")
        outer.leave()

    assert ["t-2", "t-1", "t-1"] == [line["task_id"] for line in lines]
    assert ["r-1"] * 3 == [line["request_id"] for line in lines]
    assert ["inner", None, "outer"] == [line.get("of") for line in lines]


def _raise(_name: str) -> bool:
    raise RuntimeError("mine")


@pytest.mark.parametrize(
    ("skip", "error", "lines_wanted"),
    [
        (["ship"], None, 0),
        (["ship"], ValueError(), 1),
        (["pack"], None, 1),
        (str.isalpha, None, 0),
        (_raise, None, 1),
    ],
    ids=["named", "named-and-failed", "other", "function", "function-fails"],
)
def test_skip(
    skip: list[str] | Callable[[str], bool], error: Exception | None, lines_wanted: int
) -> None:
    """Tasks that are named get no line unless they fail; a function that fails costs none."""
    with capture_logs() as lines:
        task = run(TaskSettings(skip=skip))
        task.finish("over", error)
        task.leave()

    assert lines_wanted == len(lines)


def test_sample_goes_by_the_id() -> None:
    """All attempts of a task are written or none, and about the share that was asked for."""
    settings = TaskSettings(sample=0.25)

    def is_written(task_id: str) -> bool:
        with capture_logs() as lines:
            task = Task(settings, "queue", task_id, "ship", None)
            task.begin({})
            task.finish("done")
            task.leave()
        assert all(line["sample"] == 0.25 for line in lines)
        return bool(lines)

    written = [is_written(f"id-{number}") for number in range(400)]
    assert 60 < sum(written) < 140
    assert written[:50] == [is_written(f"id-{number}") for number in range(50)]


@pytest.mark.parametrize(
    "given",
    [
        {"logger": ""},
        {"event": 7},
        {"skip": "ship"},
        {"sample": 2},
        {"carry": "request_id"},
        {"carry": [7]},
        {"bind": 7},
    ],
    ids=lambda given: next(iter(given)),
)
def test_wrong_setting_is_refused(given: dict[str, Any]) -> None:
    """A setting that is not valid is an error that names it."""
    with pytest.raises(ConfigurationError, match=next(iter(given))):
        TaskSettings(**given)


def test_bind_adds_fields() -> None:
    """A function of what travelled binds further fields."""
    task = run(TaskSettings(bind=lambda travelled: {"shop": travelled["shop"]}), shop="berlin")

    assert "berlin" == get_contextvars()["shop"]
    task.leave()


def test_failing_bind_costs_nothing_but_its_fields() -> None:
    """A function of the user's that raises leaves the task its ids and its line, and is counted."""

    def fail(_travelled: object) -> dict[str, Any]:
        raise LookupError("no tenant")

    before = stats().faults.get("integration", 0)
    with capture_logs() as lines:
        task = run(TaskSettings(bind=fail))
        bound = get_contextvars()
        task.finish("SUCCESS")
        task.leave()

    assert {"task_id": "t-1", "task_name": "ship"} == bound
    assert ["SUCCESS"] == [line["state"] for line in lines if line["event"] == "task_finished"]
    assert before + 1 == stats().faults["integration"]
