"""A record on its way to the outputs: rendered once for each format, written, or counted lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.losses import drop_reason
from provide.foundation._diagnostics.reports import DIAGNOSTICS, LOGGER_NAME
from provide.foundation._diagnostics.stats import LEVEL_INDEX, OWN_RECORD
from provide.foundation._output.output import Output
from provide.foundation._process.forks import notice_fork
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    is_accounted_for,
)
from provide.foundation._process.memory import RESERVE
from provide.foundation._record.record import Record
from provide.foundation._record.values import LAZIES
from provide.foundation.extension import Exporter
from provide.foundation.levels import WARNING

if TYPE_CHECKING:
    from typing import Protocol

    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.methods import Gate
    from provide.foundation._logger.state import LoggerState
    from provide.foundation._redaction.hiding import Hiding

    class Telling(Protocol):
        """Say what has been left out; see `_sampling/counters.py`."""

        def say_all(self) -> None:
            """Say all that has not been said."""

        def close(self) -> None:
            """Say it, and from now on each one at once."""

    class Chance(Protocol):
        """Count the calls of one event; see `_sampling/counters.py`."""

        seen: int
        until: int

    #: Counters by logger and event; what decides; and two counters, as `chances` says.
    Chances = tuple[
        Mapping[Any, Mapping[Any, Chance] | None],
        Callable[[Any, object, Any, int], bool],
        Chance,
        Chance,
    ]

    class Sampler(Gate, Protocol):
        """Decide which calls are left out; see `_sampling/gate.py`."""

        def passes(self, level: int, site: LoggerState, event: object) -> bool:
            """Say whether a call that comes to no level method becomes a line, or count it."""
            raise NotImplementedError

        def chances(self, level: int) -> Chances:
            """Return what decides about the calls of a level."""
            raise NotImplementedError

        def say_rest(self, *, for_good: bool = False) -> None:
            """Say all that has been left out and not been said."""


class Delivery:
    """Hold the outputs of one configuration, and what every line for them has alike.

    Args:
        outputs: Where lines go.
        constants: What every line has alike, in order, as `gather_constants` returns it.
        max_line_bytes: A longer line is replaced by one that says how long it was.
        timestamps: Whether lines carry the time.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        constants: Mapping[str, Any],
        *,
        max_line_bytes: int,
        timestamps: bool,
    ) -> None:
        self.outputs = tuple(outputs)
        self.constants = dict(constants)
        #: Takes more out of records than the values of secret keys, where that is asked for.
        self.hiding: Hiding | None = None
        #: Leaves calls out, where that is asked for.
        self.sampling: Sampler | None = None
        #: What calls of `Logger.once` and its like have left out here.
        self.repeats: Telling | None = None
        #: Functions that take every record beside the outputs.
        self.exporters: tuple[Exporter, ...] = ()
        self.max_line_bytes = max_line_bytes
        self.timestamps = timestamps
        #: What makes lines that are written later, once one is wanted: of `_scopes/keeping.py`.
        self.keeping: Any = None
        self._next_look = 0.0
        RESERVE.fill()

    @accounts
    def deliver(self, record: Record, made: bytes | None = None) -> None:
        """Render the line once for each distinct format, and hand it to every output."""
        if time.monotonic() >= self._next_look:
            self.follow()
        index = LEVEL_INDEX[record.level]
        emoji = record.emoji
        rendered: dict[object, bytes] = {}
        interruption: Exception | None = None
        for output in self.outputs:
            data = made
            try:
                if record.level < output.unasked and not output.takes(record):
                    continue
                if data is None and rendered:
                    data = rendered.get(output.format_key)
                if data is None:
                    record.emoji = emoji if output.shows_emoji else ""
                    data = rendered[output.format_key] = self.render(output, record)
                if output.sink.takes_records:
                    output.sink.deliver_line(index, record, data)
                else:
                    output.sink.deliver(index, data)
            except Exception as error:  # never raises, never silent: the line is lost, and counted
                if not comes_from_handler(error):
                    output.sink.counts.drop(reason_of(error), error)
                    continue
                if not is_accounted_for(error):  # else the sink knows what became of it
                    output.sink.counts.drop(INTERRUPTED)
                interruption = error  # once the other outputs have the line, too
        if interruption is not None:
            raise interruption

    def render(self, output: Output, record: Record) -> bytes:
        """Render a line for one output; one over the limit says how long it was instead."""
        data = output.render(record)
        if len(data) > self.max_line_bytes:
            cut = Record(
                record.level,
                record.logger,
                record.event[:1000],
                {"truncated": f"<line of {len(data)} bytes>"},
                seconds=record.seconds,
                constants=record.constants,
                emoji=record.emoji,
                trace=record.trace,
            )
            data = output.render(cut)
        return data

    def compute(
        self,
        level: int,
        logger: Logger,
        text: str,
        fields: dict[str, Any],
        parameters: dict[str, Any],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return fields with the lazy ones computed, if the line is written, and the parameters.

        Args:
            level: The line's level.
            logger: Its logger.
            text: The event.
            fields: The fields, redacted.
            parameters: The parameters of the call. Those that are returned have as `takers` the
                outputs that write the line: none of their filters is asked twice.
        """
        force, kinds = LAZIES.force, map(type, fields.values())
        if force is None or LAZIES.kind not in {*kinds}:
            return fields, parameters
        takers, name = parameters.get("takers"), logger._site._name
        if takers is None:
            takers = [
                output
                for output in self.outputs
                if output.takes_level(level, name) and output.lets_pass(level, name, text, fields)
            ]
        if takers or self.exporters:
            fields = dict(fields)
            force(fields)
        return fields, {**parameters, "takers": takers}

    def follow(self) -> None:
        """Let every sink look whether it has been moved; both lanes ask once a second."""
        notice_fork()
        self._next_look = time.monotonic() + 1.0
        RESERVE.fill()
        for output in self.outputs:
            output.sink.follow()

    def drop_or_raise(self, level: int, error: Exception, logger: object = None) -> None:
        """Count a line that an error has cost; what a signal handler has raised goes on."""
        # Never raises: whatever a logger lacks may be the error.
        name = getattr(getattr(logger, "_site", None), "_name", None)
        if comes_from_handler(error):
            if not is_accounted_for(error):
                self.drop(level, INTERRUPTED, name=name)
            raise error
        self.drop(level, reason_of(error), error, name)

    def drop(
        self,
        level: int,
        reason: str,
        error: BaseException | None = None,
        name: str | None = None,
    ) -> None:
        """Count a line as dropped by every output that would have written it.

        Args:
            level: The line's level.
            reason: A short name.
            error: What has cost it.
            name: The logger's; `None`: it is not known, and the level alone tells.
        """
        for output in self.outputs:
            if output.takes_level(level, name):
                output.sink.counts.drop(reason, error)
        if error is not None:
            try:
                DIAGNOSTICS.report(
                    "internal", "line could not be made", {"error": drop_reason(error)}
                )
            except RecursionError:  # the line is counted, and would be counted again
                return

    def report(self, level: int, event: str, fields: Mapping[str, Any], output: Output) -> None:
        """Write a record of Foundation's own to one output, uncounted steps left out."""
        if self.hiding is not None:
            event, fields = self.hiding.hide(event, fields)
        record = Record(level, LOGGER_NAME, event, fields, constants=self.constants)
        if self.timestamps:
            record.seconds = time.time()
        output.sink.deliver(OWN_RECORD, output.render(record))

    def recovery_record(self, output: Output, lost: int) -> bytes:
        """Return the line that says, after a fault, how many lines were dropped."""
        record = Record(WARNING, LOGGER_NAME, "output recovered", {"dropped": lost})
        record.seconds = time.time() if self.timestamps else None
        return output.sink.destination.prefix(OWN_RECORD) + output.render(record)


def reason_of(error: Exception) -> str:
    """Return what a line is counted under that could not be made; for that there must be memory."""
    if isinstance(error, MemoryError):
        RESERVE.give_up()
        return "memoryerror"
    return "internal"
