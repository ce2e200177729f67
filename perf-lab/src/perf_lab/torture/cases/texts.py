"""Strict JSON, No spoofing, No injection (CWE-117), Secrets: what a line says, and how."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import logging
import math
import random
import types
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import FORGED, KEPT_OUT, SECRET, every_line, harmless, has, shows
from perf_lab.torture.judge import Performance
from perf_lab.torture.libraries import OURS, STRUCTLOGS, WITH_BINDING


@case(7, every_line, form="json", quick=True)
def keys_of_two_types(stage: Stage) -> None:
    """A dict with the keys 1, "1", 2.0 and None: no key stands twice."""
    stage.call(v={1: "a", "1": "b", 2.0: "c", "2.0": "d", None: "e", "null": "f"})


@case(7, every_line, form="json", quick=True)
def lone_surrogates(stage: Stage) -> None:
    """Half a surrogate pair in a value and in a key."""
    stage.call(v="\ud800", w=["\udfff"])
    stage.call(**{"k\ud800": 1})


@case(7, every_line, form="json")
def surrogate_in_event(stage: Stage) -> None:
    """Half a surrogate pair in the event."""
    stage.attempt(stage.log.info, "event \udc80")
    stage.call()


@case(7, every_line, form="json")
def keys_that_are_no_strings(stage: Stage) -> None:
    """A dict whose keys are tuples, numbers and dates."""
    stage.call(v={(1, 2): 1, 1.5: 2, datetime.date(2026, 1, 2): 3, b"x": 4})


@case(7, every_line, shows(lambda user: user == "call", "the bound field wins", "user"),
      form="json", only=WITH_BINDING)  # fmt: skip
def bound_and_passed(stage: Stage) -> None:
    """A field that is bound, and passed again, stands once."""
    stage.call(stage.log.bind(user="bound", n=1), user="call")


def _make(choose: random.Random, depth: int = 0) -> Any:
    """Return a random value: scalars, and lists and dicts of them down to a depth of three."""
    letters = [0, 10, 27, 34, 92, 127, 133, 0x2028, 0xD800, 0x1F600]
    scalars = [None, True, False, 0, -1, 2**63, 2**64, -(2**70), 1e308, 5e-324]
    keys = ["a", "", "1", 1, None, True, (1,), 0.5, "k\n", b"x", "\udc00"]
    kinds: list[Any] = [
        lambda: choose.choice(scalars),
        lambda: choose.choice([math.nan, math.inf, -0.0, 0.1]),
        lambda: "".join(chr(choose.choice(letters)) for _ in range(choose.randrange(6))),
        lambda: bytes(choose.randrange(256) for _ in range(choose.randrange(6))),
        lambda: datetime.datetime(2026, 1, choose.randrange(1, 28)),
        lambda: {choose.randrange(9) for _ in range(3)},
        lambda: [_make(choose, depth + 1) for _ in range(choose.randrange(4))],
        lambda: {choose.choice(keys): _make(choose, depth + 1) for _ in range(3)},
    ]
    return choose.choice(kinds if depth < 3 else kinds[:6])()


@case(7, every_line, form="json")
def five_hundred_graphs(stage: Stage) -> None:
    """500 random graphs of hostile values."""
    choose = random.Random(7)
    for _ in range(500):
        stage.call(v=_make(choose))


def _not_spoofed(performance: Performance) -> str:
    if b"a-spoof" not in performance.data:
        return "the field is lost"
    key, reading = performance.facts["key"], performance.reading
    # A library may have lines of its own to say.
    records = [*reading.records.values(), *reading.own]
    records = [record for record in records if "a-spoof" in json.dumps(record)]
    if len(records) != 1:
        return reading.fault or "lost"
    where = records[0].get("record", records[0]) if performance.library.fields else records[0]
    if where.get(key) == "a-spoof":
        return f"spoofs the {key}"
    return "" if key in where else f"has no {key} any more"


@case(9, _not_spoofed, form="json", name="spoofed_logger", argument=3,
      title="A field under the name of the logger's name.")  # fmt: skip
@case(9, _not_spoofed, form="json", name="spoofed_event", argument=2,
      title="A field under the name of the event.")  # fmt: skip
@case(9, _not_spoofed, form="json", name="spoofed_time", argument=1,
      title="A field under the name of the time.")  # fmt: skip
@case(9, _not_spoofed, form="json", quick=True, name="spoofed_level", argument=0,
      title="A field under the name of the level.")  # fmt: skip
def spoofed(stage: Stage, role: int) -> None:
    """Log a field under a key of the line's own."""
    key = stage.facts["key"] = stage.library.reserved[role]
    stage.take()
    stage.attempt(lambda: stage.log.info("beg-m0-", **{key: "a-spoof", "end": "end-m0-"}))


@case(9, _not_spoofed, form="json", only=WITH_BINDING)
def spoofed_level_bound(stage: Stage) -> None:
    """A bound field under the name of the level."""
    key = stage.facts["key"] = stage.library.reserved[0]
    stage.take()
    stage.attempt(lambda: stage.log.bind(**{key: "a-spoof"})("beg-m0-", end="end-m0-"))


@case(10, harmless(), form="text", quick=True)
def newline_in_event(stage: Stage) -> None:
    """Text: a line end in the event."""
    stage.attempt(stage.log.info, f"beg-m0- \n{FORGED}")


def _log_everywhere(stage: Stage, bad: str) -> None:
    """Log a text in the event, in a key and in a value."""
    stage.attempt(stage.log.info, f"beg-m0- {bad}", v=bad, **{f"k{bad}": [bad]})


@case(10, harmless(), form="json", quick=True)
def separators_in_json(stage: Stage) -> None:
    """JSON: DEL, C1, U+2028 and direction marks in event, key and value are escaped."""
    _log_everywhere(stage, "\x7f\x85\x9b\u2028\u202e\u2066")


@case(10, harmless(colours=True), output="terminal", form="text")
def escape_at_terminal(stage: Stage) -> None:
    """Terminal: a title is set and the screen cleared by an event, a key and a value."""
    _log_everywhere(stage, "\x1b]0;owned\x07\x1b[2J")


@case(10, harmless(), form="text", options={"console_formatter": "compact"}, only=OURS)
def compact_format(stage: Stage) -> None:
    """Compact: line ends, ESC and direction marks in event, key and value."""
    _log_everywhere(stage, f"\n{FORGED}\x1b[2J\u202e")


def _log_exception(stage: Stage, argument: Any, event: str = "failed") -> None:
    try:
        raise ValueError(argument)
    except ValueError:
        stage.attempt(stage.log.exception, event)


@case(10, harmless(""), form="text")
def newline_in_exception(stage: Stage) -> None:
    """Text: a line end and ESC in the message of an exception."""
    _log_exception(stage, f"x\n{FORGED}\x1b[31m")


@case(10, harmless("failed"), form="json")
def separators_in_json_traceback(stage: Stage) -> None:
    """JSON: the same in the message of an exception."""
    _log_exception(stage, "x\x7f\x9b\u2028\u202e")


@case(10, has("100%s {v} {0} done", "formatted"))
def message_is_no_format(stage: Stage) -> None:
    """A message with % and braces, and fields, is not taken for a format."""
    stage.attempt(stage.log.info, "100%s {v} {0} done", v="x")


@case(13, *KEPT_OUT)
def header_pairs(stage: Stage) -> None:
    """Headers as pairs of bytes, as ASGI has them."""
    stage.call(headers=[(b"host", b"x"), (b"cookie", SECRET.encode())])


@case(13, *KEPT_OUT, only=("structlog", *WITH_BINDING))
def bound_secret(stage: Stage) -> None:
    """A secret that is bound."""
    stage.call(stage.log.bind(api_key=SECRET))


@case(13, *KEPT_OUT, only=("foundation", "logging"))
def secret_in_extra(stage: Stage) -> None:
    """A secret in `extra` of the standard library's logging."""
    fields = {"end": "end-m0-", "db_password": SECRET, "v": {"token": SECRET}}
    stage.attempt(logging.getLogger("lib").warning, "beg-m0-", extra=fields)


@case(13, *KEPT_OUT, form="json")
def secret_in_local_variable(stage: Stage) -> None:
    """A secret in a local variable of a frame that raises."""

    def connect(pin: str) -> None:
        found = pin
        raise ConnectionError("no answer")
        print(found)

    try:
        connect(SECRET)
    except ConnectionError:
        stage.attempt(stage.log.exception, "beg-m0-")


Record = dataclasses.make_dataclass("Record", ["user", "password"])
Named = collections.namedtuple("Named", "user password")
_MASKED = (has("masked", "lost the line"), *KEPT_OUT[1:])
# Libraries that put arguments into a message with % take them behind it; loguru has braces.
_WITH_ARGUMENTS = (*STRUCTLOGS, "logging")


def _holders() -> list[Any]:
    secret = {"password": SECRET}
    return [
        secret, [secret], (1, (secret,)), collections.deque([secret]), Record("kim", SECRET),
        Named("kim", SECRET), types.SimpleNamespace(**secret), types.MappingProxyType(secret),
        collections.UserDict(secret), collections.ChainMap(secret, {}), [("password", SECRET)],
    ]  # fmt: skip


@case(24, *_MASKED, only=_WITH_ARGUMENTS)
def secret_arguments(stage: Stage) -> None:
    """Containers and records with a secret as arguments for `%s`."""
    for holder in _holders():
        stage.attempt(stage.log.info, "masked %s", holder)


@case(24, *_MASKED, only=_WITH_ARGUMENTS)
def secret_in_named_argument(stage: Stage) -> None:
    """The same as arguments for `%(x)s`."""
    for holder in _holders():
        stage.attempt(stage.log.info, "masked %(x)s", {"x": holder})


@case(24, *_MASKED)
def secret_containers(stage: Stage) -> None:
    """The same as fields."""
    for holder in _holders():
        stage.attempt(stage.log.info, "masked", v=holder)


@case(24, *_MASKED)
def secret_in_exception(stage: Stage) -> None:
    """The same as what an exception is made of, whose message Python would write."""
    for holder in _holders():
        _log_exception(stage, holder, "masked")
