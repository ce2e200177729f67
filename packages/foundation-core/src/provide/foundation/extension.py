"""What joins a line: the way in for foundation-emoji, foundation-otel and others.

Extensions are found by the entry-point group `provide.foundation.extensions`.
Each entry point names a function that takes the `TelemetryConfig` and returns an `Extension` (or
`None`: nothing to do under this configuration). It is called once per set-up; the functions that it
holds are called directly for each line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX
from provide.foundation._entry_points import GROUP, find_entries
from provide.foundation._process.forks import make_mark, notice_fork, renew_after_fork
from provide.foundation._process.import_watch import ImportWatch
from provide.foundation._process.interrupts import let_through
from provide.foundation._process.locks import Bell, Turns, call_holding
from provide.foundation._record import constants
from provide.foundation._record.tracebacks import format_exception
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import LEVEL_NAMES, LEVELS, TRACE, parse_level

if TYPE_CHECKING:
    from provide.foundation._config.telemetry import TelemetryConfig

__all__ = [
    "COUNTERS",
    "DIAGNOSTICS",
    "GROUP",
    "LEVELS",
    "LEVEL_INDEX",
    "LEVEL_NAMES",
    "TRACE",
    "Bell",
    "EmojiPrefix",
    "Exporter",
    "Extension",
    "ImportWatch",
    "TraceFields",
    "Turns",
    "call_holding",
    "forget_emoji",
    "format_exception",
    "gather_constants",
    "let_through",
    "make_mark",
    "notice_fork",
    "parse_level",
    "renew_after_fork",
]

#: ``(logger_name, event, fields) -> text``: the emoji in front of a line, or "".
EmojiPrefix = Callable[[str, str, Mapping[str, Any]], str]
#: ``() -> bytes``: JSON members that are ready to be written, such as ``"trace_id":"ab"``, or b"".
#: Such a function may have an attribute `version_stamp`, a function too: while that returns the
#: same object, the trace fields are what they were, `version_stamp` itself is the same, and no call
#: is needed. One that another has replaced returns from then on what it has never returned. While
#: it returns what is false, as OpenTelemetry's context without a span is, the trace fields are b"".
TraceFields = Callable[[], bytes]
#: ``(level, seconds, logger_name, event, fields, members, details) -> None``: takes a line that has
#: been accepted. `seconds` count from the epoch. `fields` are bound, context and call fields with
#: secrets masked, plain data that nobody changes any more. `members` is what the `trace_fields` of
#: all extensions gave; `details` is None or has `exception`, `exc_info`, `stack`, `callsite`. It
#: returns at once. An exporter may have an attribute `export_line`, a function ``(level, line) ->
#: None`` too: where it is the only exporter, the fast lane for JSON hands it the bytes of the line
#: instead, which it has anyway.
Exporter = Callable[
    [int, float, str, str, Mapping[str, Any], bytes, Mapping[str, Any] | None], None
]


class Extension:
    """Say what an extension adds to each line.

    Args:
        name: The distribution that it belongs to, such as ``"foundation-emoji"``.
        emoji_prefix: A function that gives the line's emoji.
        emoji_fields: The names of all fields that `emoji_prefix` looks at. If they are given, a
            compiled lane remembers what it returned for a logger's name, an event and the values of
            these fields, and asks no more; `forget_emoji` has it ask again.
        trace_fields: A function that gives fields already encoded as JSON members, without braces.
        exporter: A function that is handed each line beside the outputs, to export it; the
            outputs' own levels do not apply to it.
        stop: Called at shutdown and before a new set-up.
        flush: ``(seconds) -> bool``: pass on what the exporter has taken by now, within so many
            seconds, and say whether it has all been passed on or counted as dropped. It may be
            called from any thread and from a signal handler, so it waits for no lock for longer
            than that.
    """

    __slots__ = (
        "emoji_fields",
        "emoji_prefix",
        "exporter",
        "flush",
        "name",
        "stop",
        "trace_fields",
    )

    def __init__(
        self,
        name: str,
        *,
        emoji_prefix: EmojiPrefix | None = None,
        emoji_fields: frozenset[str] | None = None,
        trace_fields: TraceFields | None = None,
        exporter: Exporter | None = None,
        stop: Callable[[], None] | None = None,
        flush: Callable[[float], bool] | None = None,
    ) -> None:
        self.name = name
        self.emoji_prefix = emoji_prefix
        self.emoji_fields = emoji_fields
        self.trace_fields = trace_fields
        self.exporter = exporter
        self.stop = stop
        self.flush = flush


class _Memory:
    """Hold how the lane that writes forgets which emoji it was given."""

    forget: Callable[[], None] | None = None


def forget_emoji() -> None:
    """Have emoji asked for again: the same line has others from now on."""
    if _Memory.forget is not None:
        _Memory.forget()


def set_forgetter(forget: Callable[[], None] | None) -> None:
    """Say what forgets the emoji that a lane has kept; `None`: no lane keeps any."""
    _Memory.forget = forget


def gather_constants(config: TelemetryConfig) -> dict[str, Any]:
    """Return the members that all lines of a configuration have alike, nothing secret in them."""
    if not config.logging.hides_more:
        return constants.gather_constants(config)
    from provide.foundation._redaction.choice import make_redactor  # for those who ask

    return constants.gather_constants(config, make_redactor(config.logging))


def load_extensions(
    config: TelemetryConfig, *, strict: bool = True, idle: Collection[str] = ()
) -> tuple[list[Extension], dict[str, str]]:
    """Return what the installed extensions add under `config`, and the errors of those that fail.

    Reading entry points costs as much as importing structlog, so zero-config start-up calls this,
    and loads what does it, only where an extension can matter.

    Args:
        config: The configuration.
        strict: Whether a configuration that an extension refuses is an error; else that one fails
            like any other.
        idle: The distributions that are left out, because they have nothing to add.

    Returns:
        The extensions, in the order of their names, and a text for each name that failed.

    Raises:
        ConfigurationError: An extension refuses its part of the configuration; those that were
            loaded before it are stopped.
    """
    try:
        entries = find_entries(GROUP, config.logging.extensions)
    except Exception as error:  # never raises: the metadata of any distribution may be broken
        let_through()
        return [], {"*": _describe(error)}
    found: list[Extension] = []
    failures: dict[str, str] = {}
    for entry in entries:
        if entry.owner in idle:
            continue
        try:
            extension = entry.load()(config)
            if extension is not None and not isinstance(extension, Extension):
                raise TypeError(f"not an Extension but a {type(extension).__name__}")
        except Exception as error:  # never raises: a broken extension must not stop the logger
            let_through()
            if strict and isinstance(error, ConfigurationError):
                stop_extensions(found)
                raise
            failures[entry.name] = _describe(error)
            continue
        if extension is not None:
            found.append(extension)
    return found + _load_page(config), failures


def _load_page(config: TelemetryConfig) -> list[Extension]:
    """Return what hands lines over to a page in the browser, if a configuration asks for one."""
    if not config.logging.live:
        return []
    # By its name: it is made of the viewer, which comes behind all this.
    page: Any = import_module("provide.foundation._live.program")
    extension = page.make_extension()
    return [] if extension is None else [extension]


def stop_extensions(extensions: Iterable[Extension]) -> None:
    """Call each extension's `stop`; one that fails is counted."""
    for extension in extensions:
        try:
            if extension.stop is not None:
                extension.stop()
        except Exception:  # a log call never raises: an extension must not stop the shutdown
            let_through()
            COUNTERS.fault("extension")


def flush_extensions(extensions: Iterable[Extension], deadline: float) -> bool:
    """Call each extension's `flush`; one that fails is counted, and has not done it.

    Args:
        extensions: The extensions.
        deadline: The `time.monotonic` to give up at.
    """
    done = True
    for extension in extensions:
        try:
            if extension.flush is not None:
                done = extension.flush(max(deadline - monotonic(), 0.0)) and done
        except Exception:  # a log call never raises: an extension must not stop the flush
            COUNTERS.fault("extension")
            done = False
    return done


def _describe(error: Exception) -> str:
    COUNTERS.fault("extension")
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # a log call never raises: its text is the extension's
        let_through()
        return type(error).__name__
