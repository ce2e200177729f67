"""What a workload is: a log call, how its logger is prepared, and what must stand in the output.

The call is written once, as an event and named expressions; `call_syntax.py` turns it into the
words of each library. The expressions may use `i` (the number of the call), `now()` (the time in
seconds), `t` (a thread's number), `thread()` (asks for it), the names of `objects.CONSTANTS`, and
those of the objects that a workload names. It imports nothing of this folder.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Something that is there, whatever its value.
ANY = object()
#: The number of the call, which is different in each line.
INDEX = object()
#: Any number.
NUMBER = object()

THREAD = 140_123_412_341_234


@dataclass(frozen=True)
class Secret:
    """Expect a value that Foundation has to mask, and the others write."""

    value: str


@dataclass(frozen=True)
class Renamed:
    """Expect a value under its key and `_` in Foundation's lines, which write the key themselves.

    The others write it, or a value of their own in its place.
    """

    value: object


@dataclass(frozen=True)
class Field:
    """Hold one field of a call.

    Args:
        name: Its key.
        expression: Its value, in Python.
        expected: What a parser must find in the line: a value, INDEX, NUMBER, ANY, a Secret or
            Renamed. A value that JSON has not may be there as text.
    """

    name: str
    expression: str
    expected: object = ANY


@dataclass(frozen=True)
class Workload:
    """Describe one measured loop.

    Args:
        name: Short, for tables and command lines.
        title: What it measures, in words.
        event: The event; it has to be in every line, with the call's number in place of `{i}`.
        spoken: What stands in the call for the event, as source; the text itself if it is empty.
        option: What stands in the call behind the fields, such as ``exc_info=None``.
        fields: The call's own fields.
        method: The level method.
        bound: Fields bound to the logger beforehand.
        context: Fields bound to the context beforehand.
        emits: How many lines an iteration of the loop writes; 0 for calls that write nothing.
        action: ``emit``, ``bind`` (bind `rebound`, then `emits` lines), ``enabled`` (ask for the
            level), ``get_logger``, ``exception`` (inside of an except block), ``iteration``
            (`spoken` is the whole statement).
        rebound: The fields that each iteration binds.
        threads: How many threads share the loop.
        loggers: How many loggers take turns.
        processors: How many processors of the user's are in the chain.
        output: Where it goes: to the ``null`` device, a real ``file``, a ``terminal``, or as text
            and as JSON to a file each (``both``).
        columns: The width of that terminal; 0: it does not say.
        wall: Whether the wall clock counts, also where one thread writes.
        needs: The distribution without which it cannot be measured.
        emoji: ``das`` or ``sets``: the emoji that foundation switches on for it.
        objects: Which maker of `objects.py` makes what its expressions name.
        deep: Whether the exception has twelve frames and a cause.
        asks: What a library has to be set up for, and is not everywhere: ``stack``, ``callsite``,
            or ``wide`` (integers beyond 64 bits).
        group: The file that it is from, or ``growth``.
    """

    name: str
    title: str
    event: str = "benchmark_message"
    spoken: str = ""
    option: str = ""
    fields: tuple[Field, ...] = ()
    method: str = "info"
    bound: tuple[Field, ...] = ()
    context: tuple[Field, ...] = ()
    emits: int = 1
    action: str = "emit"
    rebound: tuple[Field, ...] = ()
    threads: int = 1
    loggers: int = 1
    processors: int = 0
    output: str = "null"
    columns: int = 0
    wall: bool = False
    needs: str = ""
    emoji: str = ""
    objects: str = ""
    deep: bool = False
    asks: str = ""
    group: str = ""

    def expected(self) -> dict[str, object]:
        """Return what a line's fields must be; the nearest of one name wins."""
        written = (*self.context, *self.bound, *self.rebound, *self.fields)
        return {item.name: item.expected for item in written}


#: The name of the logger, and of the first of many.
LOGGER_NAME = "app.db"


@dataclass(frozen=True)
class Options:
    """Hold what a rival's set-up has to know of a workload."""

    fields: tuple[str, ...] = ()

    processors: int = 0
    emoji: str = ""
    level: str = "INFO"
    telemetry: bool = False
    output: str = "null"
    asks: str = ""
