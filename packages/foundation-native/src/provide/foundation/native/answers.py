"""What the native lane's compiled half asks of Python, each time for what it has not met before.

It keeps most of the answers. What a value or an exception needs code of the user's for is asked
between two attempts at a line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._native_api import (
    ARRAY,
    CALL_PARAMETERS,
    COUNTERS,
    ERROR,
    EXCEPTION_DEPTH,
    INTERRUPTED,
    LAZIES,
    LAZY,
    RENDERING,
    RESERVE,
    SHORT_CHARS,
    FastLane,
    Fold,
    Limits,
    Logger,
    Odd,
    StackTrace,
    StandardSink,
    adopt,
    ask_for,
    exception_text,
    is_accounted_for,
    make_plan,
    measured_exception,
    plain,
    plain_part,
    render_stack,
    show_plain,
)
from provide.foundation.native._lane import Lane

if TYPE_CHECKING:
    _Base = FastLane
else:
    _Base = object

#: The numbers of `enum class Format` in lane.h.
JSON, LOGFMT, COMPACT = range(3)
# What numpy makes bools, ints and floats of.
_PLAIN_DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64",
)  # fmt: skip


class Answers(_Base):
    """Answer the compiled half of one configuration; a class for each format inherits from it."""

    FORMAT: int
    compiled: Lane
    _emoji_fields: frozenset[str]
    _plain_exceptions: bool
    _exceptions: str
    _stack_trace: StackTrace | None
    _fold: Fold | None
    _describe: Callable[..., dict[str, Any]]

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        raise NotImplementedError

    def text_of_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return self.refresh_clock(second * 1_000_000_000)[1]

    def adopt(self, logger: Logger) -> None:
        """Make a logger that nothing has initialised one of the default name."""
        adopt(logger)

    def spell(
        self,
        logger: Logger,
        level: int,
        event: object,
        args: tuple[object, ...],
        fields: dict[str, Any],
    ) -> str | None:
        """Return the event of a call as text, with its arguments put in; `None`: it is written.

        Code of the user's may run, and must not run again: where the arguments become a field, the
        Python lanes take the call from here.
        """
        text, more = self.put_in(logger, event, args, fields)
        if more is fields:
            return text
        self.emit(logger, level, text, (), more)
        return None

    def encode_name(self, name: str) -> tuple[bytes, bytes]:
        """Return the logger's name and what leads to the event, and what follows that."""
        return self.render_name(name), self.constants

    def describe_key(self, key: str) -> tuple[bytes, bytes, bool, bool, bool, bool]:
        """Say of a key how it is written as a field, and in a value, and whether it may be.

        Returns:
            The two texts; whether it can be written so; whether a field may have that name;
            whether the value is a secret; whether it may change the line's emoji.
        """
        plain = len(key) <= SHORT_CHARS and key.isascii() and self.is_plain_key(key)
        secret = self.policy.is_secret(key)
        if not plain:
            return b"", b"", False, False, secret, False
        own = key not in self.policy.reserved and key not in CALL_PARAMETERS
        marking = key in self._emoji_fields
        return self.encode_key(key), json_key(key), True, own, secret, marking

    def describe_type(self, kind: type) -> tuple[int, tuple[str, ...], str, bool]:
        """Say of a type how its values are written, as `Plan` of `_record/plans.py` has it."""
        if kind is LAZIES.kind:
            return LAZY, (), "", False
        plan = make_plan(kind)
        if plan.code == ARRAY:
            make = sys.modules["numpy"].dtype
            self.compiled.plain_dtypes = frozenset(map(make, _PLAIN_DTYPES))
        return plan.code, plan.names, plan.label, plan.extra

    def encode_value(
        self, nodes: int, room: int, value: object, around: tuple[object, ...], pair: bool
    ) -> tuple[int, int, Any] | None:
        """Return what of the budget one value of a line takes; and it as plain data, or encoded.

        `None` says that the whole line is for the Python lanes. So is one that a value logs while
        it is rendered: that line has less of its context.
        """
        if RENDERING.encoder is not None:
            return None
        found = plain_part(
            value,
            self.limits,
            self.policy.is_secret,
            nodes=nodes,
            room=room,
            around=around,
            pair=pair,
        )
        if found is not None and self.FORMAT == LOGFMT and not around:
            form = found[2]
            if type(form) is dict or type(form) is list:
                # orjson crashes where there is no memory, and this is a line of any level.
                ask_for(4 * found[1], found[0])
                return found[0], found[1], show_plain(form).encode("utf-8")
        return found

    def compute(
        self,
        names: tuple[str, ...],
        values: tuple[object, ...],
        bound: dict[str, Any],
        context: dict[str, Any] | None,
    ) -> tuple[object, ...] | None:
        """Return the values of a call with the lazy ones computed; `None`: none is, or may be.

        Those of secrets are not, because nobody is shown them. Where other fields of the line are
        lazy as well, core has all of them computed at once.

        Args:
            names: The names of its fields.
            values: Their values.
            bound: The bound fields.
            context: The fields of the context, if there are any.
        """
        around = (*bound.values(), *(context or {}).values())
        if any(type(value) is LAZIES.kind for value in around):
            return None
        given = dict(zip(names, values, strict=True))
        found = {
            name: value
            for name, value in given.items()
            if type(value) is LAZIES.kind
            and name not in CALL_PARAMETERS
            and not self.policy.is_secret(name)
        }
        if LAZIES.force is None or not LAZIES.force(found):
            return None
        return tuple({**given, **found}.values())

    def encode_exception(self, error: BaseException) -> object:
        """Return what a line says of an exception: plain data, or a text, as the format has it.

        A line with both has the two in a tuple.
        """
        limits, is_secret = self.limits, self.policy.is_secret
        description, measured = measured_exception(error, limits, is_secret, self._fold)
        if self.FORMAT != JSON:
            return exception_text(description, limits)
        text = None
        if self._exceptions != "object" and self._stack_trace is not None:
            text = str(plain(self._stack_trace(error, description), limits))
            if self._exceptions == "text":
                return text
        if measured is None or not self._plain_exceptions:
            deep = Limits(EXCEPTION_DEPTH, string=limits.string, line=limits.line)
            description = plain(description, deep, is_secret)
        return description if text is None else (description, text)

    def encode_stack_trace(self, error: BaseException) -> str | None:
        """Return an exception as the text of a traceback; its messages run no code."""
        if self._stack_trace is None:
            return None
        limits = self.limits
        description = measured_exception(error, limits, self.policy.is_secret, self._fold)[0]
        return str(plain(self._stack_trace(error, description), limits))

    def encode_details(
        self, error: BaseException | None, stack: object, stacklevel: object
    ) -> bytes | None:
        """Return what stands behind the fields of a line, each member with its comma.

        `None`: only the Python lanes can write it.

        Args:
            error: An exception.
            stack: What a call has given as `stack_info`.
            stacklevel: What it has given as that.
        """
        given = {"exc_info": error, "stack_info": stack, "stacklevel": stacklevel}
        parts = self._describe({key: value for key, value in given.items() if value}, None)
        try:
            rest = self.add_details(self.END, parts, ERROR)
        except Odd:
            return None
        return bytes(rest[: -len(self.END)])

    def encode_stack(self, asked: str | bool, stacklevel: object) -> str:
        """Return the stack of the code that logged, or one that is given."""
        stack = render_stack({"stack_info": asked, "stacklevel": stacklevel})
        return str(plain(stack, self.limits))

    def finish_queued(self) -> None:
        """Finish the lines that stand in the queue of a stream's lock."""
        if isinstance(self.sink, StandardSink):
            self.sink.writer.finish_queued()

    def count_lost(self, level: int, starved: bool) -> None:
        """Count a line that could not even be handed on; there may have been no memory for it."""
        if starved:
            RESERVE.give_up()
        self.drop(level, "memoryerror" if starved else "internal")

    def count_interrupted(self, level: int, error: BaseException) -> None:
        """Count a line that a signal handler's exception has cost, unless core has."""
        if not is_accounted_for(error):
            self.drop(level, INTERRUPTED)

    def count_uncounted(self) -> None:
        """Count one line that was lost when there was no memory, or no stack, to count it."""
        self.sink.counts.drop("internal")

    def settle(self) -> None:
        """Count all such lines now, and those that were written so; for who reads the counts."""
        self.compiled.settle()
        for method in self.methods.values():
            method.settle()  # type: ignore[attr-defined]

    def count_failed_hook(self) -> None:
        """Count a failure of an exporter hook."""
        COUNTERS.fault("exporter")


def json_key(key: str) -> bytes:
    """Return a printable ASCII key as a member's name.

    Not by orjson, which crashes the process where there is no memory.
    """
    return b'"%b":' % key.replace("\\", r"\\").replace('"', r"\"").encode()
