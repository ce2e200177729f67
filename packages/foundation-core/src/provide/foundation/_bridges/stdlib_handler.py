"""The one handler that takes records of the standard library's `logging` to the outputs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from provide.foundation._bridges.frameworks.access_lines import Reader
from provide.foundation._bridges.frameworks.records import OBJECT_NAMES, extra_of
from provide.foundation._bridges.frameworks.request_objects import describe_objects
from provide.foundation._bridges.messages import (
    ASYNCIO_LOGGER,
    split_message,
    split_report,
    strip_terminal,
)
from provide.foundation._bridges.plain_records import Call, write_plain
from provide.foundation._bridges.set_aside import SetAside
from provide.foundation._output import feedback
from provide.foundation._output.handlers.records import LineRecord
from provide.foundation._process.interrupts import let_through
from provide.foundation.levels import LEVEL_NAMES, nearest_level

Emit = Callable[..., None]
#: Takes level, name and reason of a record that is not to be written.
Refuse = Callable[[int, str, str], None]

Around = Callable[[], AbstractContextManager[None]]


class FoundationHandler(logging.Handler):
    """Give each record to Foundation: level, `extra`, exception and stack kept.

    Args:
        emit: `emit_foreign` of `_runtime/foreign.py`.
        call: `call_plainly`, likewise.
        refuse: `refuse_foreign`, likewise.
        set_aside: Whose filters run first.
        level: The lowest level of stdlib's that is taken.
        begun: Is called where `logging.config` begins to configure: it closes all handlers.
    """

    def __init__(
        self,
        emit: Emit,
        call: Call,
        refuse: Refuse,
        set_aside: SetAside,
        level: int = logging.NOTSET,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(level)
        self._begun = begun
        self.write = emit
        self.call = call
        self.refuse = refuse
        self.set_aside = set_aside
        #: What each record is taken in, where lines are handed on to `logging`: not this one.
        self.around: Around | None = None
        #: What reads the records of web servers and frameworks, by their loggers' names.
        self.readers: dict[str, Reader] = {}

    def close(self) -> None:
        """Say that somebody configures; there is nothing here to be closed."""
        self._begun()

    def handle(self, record: Any) -> Any:
        """Take a record that has not come by our own walk past the handlers.

        Where a console stands on its way, which that walk passes by, the console has it.
        """
        if self.set_aside.routes and self.set_aside.on_the_way(record):
            return True
        return self.take(record)

    # A filter may return another record from Python 3.12 on, which typeshed's 3.11 does not say.
    def take(self, record: Any) -> Any:
        """Filter one record and write it, without the handler's lock: a fork could leave it held.

        Source: logging.Handler.handle, 3.13.
        """
        if isinstance(record, LineRecord):  # one of ours, on its way to others
            return True
        passed: Any = self.filter(record) if self.filters else record
        if not passed:
            return passed
        kept = passed if isinstance(passed, logging.LogRecord) else record
        if feedback.is_return(kept, _message_of):
            return passed
        if self.set_aside.routes:
            kept, reason = self.set_aside.run_filters(kept)
            if reason:
                self.refuse(nearest_level(record.levelno), str(record.name), reason)
                return passed
        if self.around is None:
            self._take(kept)
        else:
            with self.around():
                self._take(kept)
        if "_absl_log_fatal" in record.__dict__:
            self.set_aside.end_process(record)
        return passed

    def _take(self, record: logging.LogRecord) -> None:
        if type(name := record.name) is str and (read := self.readers.get(name)) is not None:
            record = read(record)
        if not write_plain(record, self.call):
            self.emit(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; nothing that it holds can make this raise an `Exception`."""
        fields = extra_of(record)
        if "stacklevel" in fields:  # else it would be taken as the parameter of a call
            fields["stacklevel_"] = fields.pop("stacklevel")
        name = str(record.name)
        if name.startswith("uvicorn"):
            fields.pop("color_message", None)  # the same message, with terminal colours
        event: object = record.msg
        args: Any = record.args or ()
        if not isinstance(args, tuple):
            args = (args,)
        if not args and isinstance(event, dict):
            event, fields = split_message(record, fields)
        elif name == ASYNCIO_LOGGER and not args and type(event) is str:
            event, details = split_report(event)
            fields = {**details, **fields}
        if not OBJECT_NAMES.isdisjoint(fields):
            fields = describe_objects(fields, name)
        if type(record).getMessage is not logging.LogRecord.getMessage:
            try:
                event, args = record.getMessage(), ()
            except Exception:  # a log call never raises: the class is the user's
                let_through()
                fields.setdefault("args", record.args)
                args = ()
        event, args = strip_terminal(event, args)
        if record.levelno not in LEVEL_NAMES:
            fields.setdefault("stdlib_level", record.levelname)
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        elif record.exc_text:  # the traceback of a record from another process
            fields.setdefault("exc_text", record.exc_text)
        if record.stack_info:
            fields["stack_info"] = record.stack_info
        self.write(
            nearest_level(record.levelno),
            name,
            event,
            fields,
            args=args,
            seconds=record.created,
            callsite={"file": record.pathname, "line": record.lineno, "function": record.funcName},
        )


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a log call never raises: arguments may not fit, or be anything
        let_through()
        return str(record.msg) if isinstance(record.msg, str) else ""
