"""No injection (CWE-117): no message, key, value or traceback can forge a line."""

from __future__ import annotations

import re

from perf_lab.torture.case import KEPT, Judge, Performance, Stage, case
from perf_lab.torture.judge import UNSAFE, every_line, first_fields, manner, whole_text

_FORGED = "2026-01-01T00:00:00Z ERROR root forged"
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


def _closed(*, colours: bool = False, marks: tuple[str, ...] = ()) -> Judge:
    """Make a judge that wants no forged line and no control character in the output."""

    def judge(performance: Performance) -> str:
        found = manner(performance)
        if found:
            return found
        text = whole_text(performance)
        if colours:
            text = _COLOURS.sub("", text.replace("\r\n", "\n"))
        if re.search(f"^{re.escape(_FORGED)}", text, re.M):
            return "a forged line"
        if unsafe := UNSAFE.search(text, max(text.find("beg-m0-"), 0)):
            return f"raw U+{ord(unsafe[0]):04X}"
        missing = [mark for mark in marks if mark not in text]
        return f"{missing[0]} is lost" if missing else KEPT

    return judge


@case(10, _closed(marks=("beg-m0-",)), form="text", quick=True)
def newline_in_event(stage: Stage) -> None:
    """Text: a line end in the event."""
    stage.attempt(stage.log.info, f"beg-m0- \n{_FORGED}")


@case(10, _closed(marks=("beg-m0-",)), form="text")
def newline_in_value(stage: Stage) -> None:
    """Text: a line end in a value."""
    stage.call(v=f"x\r\n{_FORGED}")


@case(10, _closed(marks=("beg-m0-",)), form="text")
def newline_in_key(stage: Stage) -> None:
    """Text: a line end in a key."""
    stage.call(**{f"x\n{_FORGED}": 1})


@case(10, _closed(marks=("beg-m0-",)), form="text")
def escape_in_value(stage: Stage) -> None:
    """Text: ESC, DEL and C1 in a value, and in a list of values."""
    stage.call(v="\x1b]0;owned\x07\x7f\x9b31m", w=["\x1b[2J"])


@case(10, _closed(marks=("beg-m0-",)), form="text")
def separators_in_value(stage: Stage) -> None:
    """Text: U+2028, U+2029 and marks that turn the direction of text."""
    stage.call(v="a\u2028b\u2029c\u202ed\u2066e\u061cf")


@case(10, _closed(), form="text")
def newline_in_exception(stage: Stage) -> None:
    """Text: a line end and ESC in the message of an exception."""
    try:
        raise ValueError(f"x\n{_FORGED}\x1b[31m")
    except ValueError:
        stage.attempt(stage.log.exception, "failed")


@case(10, _closed(marks=("beg-m0-",)), form="json", quick=True)
def separators_in_json(stage: Stage) -> None:
    """JSON: DEL, C1, U+2028 and direction marks in event, key and value are escaped."""
    bad = "\x7f\x85\x9b\u2028\u202e\u2066"
    stage.attempt(stage.log.info, f"beg-m0- {bad}", v=bad, **{f"k{bad}": [bad]})


@case(10, _closed(marks=("failed",)), form="json")
def separators_in_json_traceback(stage: Stage) -> None:
    """JSON: the same in the message of an exception."""
    try:
        raise ValueError("x\x7f\x9b\u2028\u202e")
    except ValueError:
        stage.attempt(stage.log.exception, "failed")


@case(10, _closed(colours=True, marks=("beg-m0-",)), output="stream", wiring="terminal",
      form="text")  # fmt: skip
def escape_at_terminal(stage: Stage) -> None:
    """Terminal: a title is set and the screen cleared by an event, a key and a value."""
    bad = "\x1b]0;owned\x07\x1b[2J"
    stage.attempt(stage.log.info, f"beg-m0- {bad}", v=bad, **{f"k{bad}": [bad]})


@case(10, _closed(marks=("beg-m0-",)), form="text", options={"console_formatter": "compact"},
      only=("foundation",))  # fmt: skip
def compact_format(stage: Stage) -> None:
    """Compact: line ends, ESC and direction marks in event, key and value."""
    bad = f"\n{_FORGED}\x1b[2J\u202e"
    stage.attempt(stage.log.info, f"beg-m0- {bad}", v=bad, **{f"k{bad}": [bad]})


def _verbatim(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    return KEPT if b"100%s {v} {0} done" in performance.data else "formatted"


@case(10, _verbatim)
def message_is_no_format(stage: Stage) -> None:
    """A message with % and braces, and fields, is not taken for a format."""
    stage.attempt(stage.log.info, "100%s {v} {0} done", v="x")


def _reads_back(performance: Performance) -> str:
    found = every_line(performance)
    if found != KEPT:
        return found
    return KEPT if first_fields(performance).get("v") == "a\n\x1b\u2028\u202e" else "changed"


@case(10, _reads_back, form="json")
def escaped_value_reads_back(stage: Stage) -> None:
    """JSON: what was escaped is read back unchanged."""
    stage.call(v="a\n\x1b\u2028\u202e")
