"""What a soak logs: ten kinds of messages in a fixed cycle, and what all its processes agree on.

Three of four messages are plain. The fourth has values as services log them: a UUID, an order with
Decimal, Enum, time and nested dicts, eleven other types, dataclasses inside of containers, reserved
and secret keys, other alphabets, a long text, and now and then an exception. Which kind a message
is of follows from its number, so the reader knows what must stand in each line.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from perf_lab.workloads.call_syntax import line_source
from perf_lab.workloads.failures import handle_request
from perf_lab.workloads.objects import MAKERS
from perf_lab.workloads.table import CONSTANTS, WORKLOADS
from perf_lab.workloads.workload import Field, Workload

#: Messages a second that the founding claims say were sustained for 24 hours.
DOCUMENTED_RATE = 14_000
#: Lines that each forked child writes.
CHILD_LINES = 10
#: The log file that is written to; one that has been renamed has its number behind this.
LOG_NAME = "soak.log"
#: Calls that log one message, take its time, and return that; of a logger and a number.
Call = Callable[[Any, int], int]

_PLAIN = Workload(
    "plain", "three scalars", event="message_written",
    fields=(Field("user", "'alice'", "alice"), Field("load", "2.5", 2.5)),
)  # fmt: skip
_VALUES = (
    "access_line", "order", "other_kinds", "in_containers", "reserved_key", "secret_key",
    "non_ascii", "text_1000",
)  # fmt: skip
KINDS = (
    _PLAIN,
    *(replace(WORKLOADS[name], context=()) for name in _VALUES),
    WORKLOADS["deep_exception"],
)
#: The kind of each message, by its number modulo the length.
CYCLE = [0 if n % 4 != 3 else 1 + n // 4 % 8 for n in range(127)] + [len(KINDS) - 1]

_CALL = """
def call(log, number):
    began = clock()
    {call}
    return clock() - began
"""
_IN_EXCEPT = """
def call(log, number):
    try:
        handle_request()
    except ValueError:
        began = clock()
        {call}
        return clock() - began
"""


def compile_calls(syntax: str) -> list[Call]:
    """Return the calls of a cycle, each in a library's syntax."""
    calls: list[Call] = []
    for kind in KINDS:
        numbered = replace(kind, fields=(Field("seq", "number"), *kind.fields))
        source = _IN_EXCEPT if kind.action == "exception" else _CALL
        made = MAKERS[kind.objects]() if kind.objects else {}
        scope: dict[str, Any] = {
            **CONSTANTS, **made, "clock": time.perf_counter_ns, "i": 0,
            "handle_request": handle_request, "now": lambda: 1.5,
        }  # fmt: skip
        call = line_source(syntax, f"log.{kind.method}", numbered)
        exec(compile(source.format(call=call), f"<{kind.name}>", "exec"), scope)
        calls.append(scope["call"])
    return [calls[kind] for kind in CYCLE]
