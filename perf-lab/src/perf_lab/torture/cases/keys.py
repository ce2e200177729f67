"""No spoofing: a field cannot overwrite what the line says of itself, and is not lost either."""

from __future__ import annotations

import json
import sys

from perf_lab.torture.case import KEPT, Judge, Performance, Stage, case
from perf_lab.torture.judge import manner, read
from perf_lab.torture.libraries import LIBRARIES

LEVEL, TIME, EVENT, LOGGER = range(4)


def _judge(role: int) -> Judge:
    def judge(performance: Performance) -> str:
        found = manner(performance)
        if found:
            return found
        reading = read(performance)
        if b"a-spoof" not in performance.data:
            return "the field is lost"
        # A library may have lines of its own to say.
        records = [*reading.records.values(), *reading.own]
        records = [record for record in records if "a-spoof" in json.dumps(record)]
        if len(records) != 1:
            return reading.fault or "lost"
        library = LIBRARIES[performance.library]
        key = library.reserved[role]
        where = records[0].get("record", records[0]) if library.fields else records[0]
        if where.get(key) == "a-spoof":
            return f"spoofs the {key}"
        return KEPT if key in where else f"has no {key} any more"

    return judge


def _pass(stage: Stage, role: int) -> None:
    library = LIBRARIES[sys.argv[1]]
    stage.take()
    fields = {library.reserved[role]: "a-spoof", "end": "end-m0-"}
    stage.attempt(lambda: stage.log.info("beg-m0-", **fields))


@case(9, _judge(LEVEL), form="json", quick=True)
def spoofed_level(stage: Stage) -> None:
    """A field under the name of the level."""
    _pass(stage, LEVEL)


@case(9, _judge(TIME), form="json")
def spoofed_time(stage: Stage) -> None:
    """A field under the name of the time."""
    _pass(stage, TIME)


@case(9, _judge(EVENT), form="json")
def spoofed_event(stage: Stage) -> None:
    """A field under the name of the event."""
    _pass(stage, EVENT)


@case(9, _judge(LOGGER), form="json")
def spoofed_logger(stage: Stage) -> None:
    """A field under the name of the logger's name."""
    _pass(stage, LOGGER)


@case(
    9,
    _judge(LEVEL),
    form="json",
    only=("foundation", "structlog-orjson", "logging", "loguru", "provide-foundation"),
)
def spoofed_level_bound(stage: Stage) -> None:
    """A bound field under the name of the level."""
    library = LIBRARIES[sys.argv[1]]
    assert stage.log.bind is not None
    stage.take()

    def bind_and_log() -> None:
        assert stage.log.bind is not None
        stage.log.bind(**{library.reserved[LEVEL]: "a-spoof"})("beg-m0-", end="end-m0-")

    stage.attempt(bind_and_log)
