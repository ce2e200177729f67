"""From the outputs of a configuration to sinks and renderers.

Here it is decided what `auto` means, where colours and emoji go, and what an unwritable file is
told. The text renderers are imported by the configurations that use them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.outputs import OutputConfig
from provide.foundation._output.descriptor import is_tty, leads_to
from provide.foundation._output.encoding import can_show_emoji, wants_colors
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.handlers.sink import HandlerSink
from provide.foundation._output.output import LevelRange, Output, Render, Sink
from provide.foundation._output.standard import StandardSink
from provide.foundation._output.stream import StreamSink
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits
from provide.foundation._render.json import render_json
from provide.foundation._runtime.openers.places import Place, find_places, wants_emoji
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import CRITICAL, TRACE, parse_level

if TYPE_CHECKING:
    from provide.foundation._output.filters import RecordFilter
    from provide.foundation._render.layout import Layout
    from provide.foundation._render.layouts import Layouts
    from provide.foundation._render.terminal.screen import Screen

#: Seconds that the thread of an output waits for its reader, before it drops a line.
_THREAD_TIMEOUT_S = 1.0
NO_LAYOUTS: Layouts = {}
MakeSink = Callable[..., Any]


def make_sink(kind: Callable[..., Sink], *arguments: Any, **named: Any) -> Sink:
    """Make a sink, and open what it writes to."""
    return kind(*arguments, **named)


def open_outputs(
    logging: LoggingConfig,
    limits: Limits,
    policy: KeyPolicy,
    layouts: Layouts = NO_LAYOUTS,
    make: MakeSink = make_sink,
) -> list[Output]:
    """Open every output of a configuration.

    Args:
        logging: The configuration.
        limits: Where rendered values are cut.
        policy: Which keys are secret.
        layouts: How lines in JSON are laid out, where one is not as ever.
        make: Makes each sink; another than `make_sink` opens nothing.

    Raises:
        ConfigurationError: A file cannot be opened; those opened before it close again.
    """
    opener = _Opener(logging, limits, policy, layouts, make)
    outputs = [opener.open(place) for place in find_places(logging)]
    return [*outputs, opener.open_outward()] if logging.propagate else outputs


def bare_output() -> Output:
    """Return JSON to stderr, the output before a set-up and where no other works."""
    logging = LoggingConfig(console_formatter="json")
    return open_outputs(logging, Limits(), KeyPolicy())[0]


def _levels(entry: OutputConfig) -> LevelRange:
    return LevelRange(
        TRACE if entry.level is None else parse_level(entry.level),
        CRITICAL if entry.max_level is None else parse_level(entry.max_level),
        {name: parse_level(level) for name, level in entry.module_levels.items()},
    )


class _Opener:
    """Open the outputs of one configuration."""

    def __init__(
        self,
        logging: LoggingConfig,
        limits: Limits,
        policy: KeyPolicy,
        layouts: Layouts,
        make: MakeSink,
    ) -> None:
        self.make = make
        self.logging = logging
        self.layouts = layouts
        self.limits = limits
        self.policy = policy

    def open(self, place: Place) -> Output:
        entry, field, formatter, is_file, standard, stream, terminal, captured = place
        target: Any = entry.target
        wanted = self.logging.console.colors if entry.colors is None else entry.colors
        wanted = wants_colors(stream, terminal=terminal) if wanted is None else wanted
        colors = bool(wanted) and not is_file
        layout = self.layouts.get(entry.schema) if formatter == "json" else None
        form = "object" if formatter != "json" else entry.exceptions or self.logging.exceptions
        if layout is not None and layout.exception is not None:
            form = "both"  # of which the layout takes what its schema has
        shown = terminal or captured or wants_emoji(self.logging)
        if shown and formatter != "json" and not is_file:
            shown = can_show_emoji(stream)
        screen: Screen | None = None
        if formatter == "key_value" and (terminal or colors or captured):
            from provide.foundation._runtime.openers.people import terminal_parts

            screen, render, key = terminal_parts(
                self.logging, stream, self.limits, self.policy,
                terminal=terminal, colors=colors, captured=captured,
            )  # fmt: skip
        else:
            render, key = self._renderer(formatter, terminal, colors, form, layout)
        delivery = self.logging.delivery
        queued = (entry.delivery or delivery.mode) == "background"
        timeout_s = delivery.write_timeout_s
        if queued:  # no call waits for it, and what it drops would have had room in the queue
            timeout_s = max(timeout_s, _THREAD_TIMEOUT_S)
        passes = self._make_filter(entry, field)  # before anything is opened
        sink: Sink
        if is_file:
            sink = self._open_file(target, field, timeout_s)
        elif standard:
            transcode = formatter != "json"
            sink = self._open_standard(target, screen, transcode=transcode, timeout_s=timeout_s)
        elif hasattr(target, "handle") and hasattr(target, "emit"):
            sink = self.make(HandlerSink, target, self.limits, self.policy.is_secret)
        elif hasattr(target, "write"):
            sink = self._make_on(screen, StreamSink, target, timeout_s)
        elif entry.batch is not None:
            # Only those load it who use it.
            from provide.foundation._output.callables.batches import open_batches

            sink = self.make(open_batches, target, entry.batch, entry, delivery)
        else:
            from provide.foundation._output.callables.callback import CallableSink

            sink = self.make(CallableSink, target)
        if queued and entry.batch is None:
            sink = self._queue_before(sink, entry, field)
        if screen is not None and not hasattr(sink.destination, "screen"):
            from provide.foundation._runtime.openers.people import lay_out_with

            render = lay_out_with(screen, render)
        return Output(
            sink,
            _levels(entry),
            render,
            key,
            shows_emoji=shown,
            exceptions=form,
            filter=passes,
            local_time=self._shows_local_time(terminal or captured, colors),
        )

    def open_outward(self) -> Output:
        """Open what hands lines on to `logging`."""
        from provide.foundation._output.handlers.outward import OutwardSink  # for those who ask

        render, key = self._renderer("json", False, False, "object", None)
        sink = self.make(OutwardSink, self.limits, self.policy.is_secret)
        return Output(sink, TRACE, render, key, shows_emoji=False)

    def _make_filter(self, entry: OutputConfig, field: str) -> RecordFilter | None:
        if entry.filter is None:
            return None
        from provide.foundation._output.filters import make_filter  # for those who ask

        return make_filter(entry.filter, f"{field}.filter")

    def _make_on(self, screen: Screen | None, kind: type[Any], *given: Any, **named: Any) -> Any:
        if screen is None:
            return self.make(kind, *given, **named)
        from provide.foundation._runtime.openers.people import make_on_screen

        return make_on_screen(self.make, screen, kind, *given, **named)

    def _open_standard(
        self, name: str, screen: Screen | None, *, transcode: bool, timeout_s: float
    ) -> Any:
        wanted = self.logging.journal
        # Only a service of systemd has the variable.
        stream = os.environ.get("JOURNAL_STREAM") if wanted is None else None
        fd = 1 if name == "stdout" else 2
        if wanted or (stream and leads_to(fd, stream)):
            from provide.foundation._output.journal import JournalSink

            named = {"transcode": transcode, "timeout_s": timeout_s}
            return self._make_on(screen, JournalSink, name, stream, **named)
        if sys.platform == "win32" and is_tty(fd):
            from provide.foundation._output.windows.console import ConsoleSink

            kind: type[StandardSink] = ConsoleSink
        else:
            kind = StandardSink
        return self._make_on(screen, kind, name, transcode=transcode, timeout_s=timeout_s)

    def _open_file(self, path: str, field: str, timeout_s: float) -> Any:
        logging = self.logging
        rotates = logging.rotation.max_bytes is not None or logging.rotation.when is not None
        try:
            if rotates:
                from provide.foundation._runtime.openers.rotating import open_rotating

                sink: Any = open_rotating(self.make, path, logging, field, timeout_s)
            else:
                sink = self.make(FileSink, path, timeout_s)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            allowed = f"a file that can be opened for appending ({reason})"
            raise ConfigurationError(field, path, allowed) from error
        sink.holds_gil = logging.delivery.write_holds_gil
        return sink

    def _queue_before(self, sink: Sink, entry: OutputConfig, field: str) -> Any:
        if isinstance(sink, HandlerSink):
            if entry.delivery is None:  # the default for all outputs is not meant for this one
                return sink
            allowed = "direct for a logging.Handler, or a QueueHandler of its own around it"
            raise ConfigurationError(f"{field}.delivery", entry.delivery, allowed)
        # Only those load it who use it.
        from provide.foundation._output.delivery.background import BackgroundSink

        delivery = self.logging.delivery
        return self.make(
            BackgroundSink,
            sink,
            policy=entry.queue_policy or delivery.queue_policy,
            most_lines=delivery.queue_lines,
            most_bytes=delivery.queue_bytes,
            wait_s=delivery.write_timeout_s,
            drain_timeout_s=delivery.drain_timeout_s,
        )

    def _shows_local_time(self, terminal: bool, colors: bool) -> bool:
        # Lines that a program may read again are in UTC.
        return self.logging.console.time != "utc" and (terminal or colors)

    def _renderer(
        self, formatter: str, terminal: bool, colors: bool, form: str, layout: Layout | None
    ) -> tuple[Render, object]:
        """Return what renders a line, and a key that is equal where the rendering is."""
        limits, is_secret = self.limits, self.policy.is_secret
        if formatter == "json":
            if layout is not None:
                return layout.make_renderer(limits, is_secret, form), (formatter, form, layout)
            if form == "object":
                return lambda record: render_json(record, limits, is_secret), "json"
            return lambda record: render_json(record, limits, is_secret, form), (formatter, form)
        # Imported here: the text renderers are loaded by those who use them.
        from provide.foundation._runtime.openers.text import text_renderer

        return text_renderer(
            formatter, limits, self.policy, terminal=terminal, colors=colors,
            local=self._shows_local_time(terminal, colors),
        )  # fmt: skip
