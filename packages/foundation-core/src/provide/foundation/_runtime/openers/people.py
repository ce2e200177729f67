"""The renderers of text, and the screen of an output that is a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._diagnostics.stats import LEVEL_INDEX, OWN_INDEX, OWN_RECORD
from provide.foundation._output.encoding import is_reported
from provide.foundation._output.journal import JournalSink
from provide.foundation._output.output import Render
from provide.foundation._output.screens import sinks
from provide.foundation._output.standard import StandardSink
from provide.foundation._output.stream import StreamSink
from provide.foundation._record.constants import key_policy, value_limits
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits, plain_fields
from provide.foundation._render.frames.variables import Variables, bound
from provide.foundation._render.logfmt import display_value, name_fields
from provide.foundation._render.terminal.columns import order_of
from provide.foundation._render.terminal.failures import Failures
from provide.foundation._render.terminal.flat import paint_field, render_flat
from provide.foundation._render.terminal.screen import Screen
from provide.foundation._render.terminal.tags import ContextTags
from provide.foundation.levels import ERROR, WARNING

if TYPE_CHECKING:
    from provide.foundation._redaction.redactor import Redactor

#: The level of each index of a counter.
LEVEL_OF = {
    **{index: level for level, index in LEVEL_INDEX.items()},
    **{index: level for level, index in OWN_INDEX.items()},
    OWN_RECORD: WARNING,
}
#: What terminals set that know links, of OSC 8; screen readers of others print what is in them.
_LINKED = (
    "KITTY_WINDOW_ID",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "WEZTERM_PANE",
    "ALACRITTY_WINDOW_ID",
)
_LINKED_PROGRAMS = ("iTerm.app", "vscode", "ghostty", "WezTerm", "Hyper", "Tabby", "rio")
#: Terminals that have no more than 16 colours, or map others to those.
_FEW_COLORS = ("linux", "ansi", "cygwin", "vt", "cons25", "rxvt", "xterm-16color", "xterm-color")
#: The first version of the VTE library that has them.
_VTE = 5000


def knows_links() -> bool:
    """Say whether the terminal is one that is known to have links.

    Source: https://github.com/Alhadis/OSC8-Adoption, and the manuals of these terminals.
    """
    environment = os.environ
    if environment.get("TMUX") or environment.get("STY"):  # which may take them out
        return False
    version = environment.get("VTE_VERSION", "")
    return (
        any(environment.get(name) for name in _LINKED)
        or environment.get("TERM_PROGRAM") in _LINKED_PROGRAMS
        or (version.isdecimal() and int(version) >= _VTE)
        or environment.get("TERM", "").startswith("foot")
    )


def has_few_colors() -> bool:
    """Say whether the environment names a terminal that has no more than 16 colours.

    Source: terminfo's own entries of these names; https://github.com/termstandard/colors.
    """
    term = os.environ.get("TERM", "")
    if os.environ.get("COLORTERM") or "256" in term or "direct" in term:
        return False
    return term.startswith(_FEW_COLORS)


def terminal_parts(
    logging: LoggingConfig,
    stream: Any,
    limits: Limits,
    policy: KeyPolicy,
    *,
    terminal: bool,
    colors: bool,
    captured: bool = False,
) -> tuple[Screen, Render, object]:
    """Return the screen of an output, what renders its flat lines, and their key.

    Args:
        logging: The options.
        stream: The stream, or whatever lines go to.
        limits: Where values are cut.
        policy: Which keys are secret.
        terminal: Whether it is a terminal.
        colors: Whether there are colours.
        captured: Whether people read them in the report of tests, or in the log of a CI system.
    """
    console = logging.console
    wanted = console.context or ("fold" if terminal else "full")
    links = knows_links() if console.links is None else console.links
    links = links and terminal and colors
    failures = Failures(console.tracebacks, links, *_masking(logging))
    is_secret, local = policy.is_secret, console.time != "utc"

    def paint(fields: dict[str, Any]) -> bytes:
        redacted = fields if policy.are_safe(fields) else policy.redact(dict(fields))
        pairs = name_fields(plain_fields(redacted, limits, is_secret))
        shown = [f" {paint_field(key, display_value(value))}" for key, value in pairs]
        return "".join(shown).encode("utf-8", "backslashreplace")

    def columns() -> int:
        if console.width or not captured:
            return console.width or (sinks.terminal_columns(stream) if terminal else 0)
        given = os.environ.get("COLUMNS", "")
        return int(given) if given.isdecimal() and len(given) < 5 else 0

    finish = None
    if captured and os.environ.get("GITHUB_ACTIONS") and not is_reported(stream):
        from provide.foundation._output.screens.github import Commands  # for those who ask

        errors = {index for index, level in LEVEL_OF.items() if level >= ERROR}
        finish = Commands(errors).add
    screen = Screen(
        columns,
        LEVEL_OF,
        colors=colors,
        dated=not logging.omit_timestamp,
        clock=console.time,
        tags=ContextTags(paint, folds=wanted == "fold"),
        plain_signs=not sinks.shows_signs(stream),
        order=order_of(console.columns),
        finish=finish,
        ansi=has_few_colors() if console.theme is None else console.theme == "ansi",
    )

    def render(record: Record) -> bytes:
        return render_flat(record, failures, local=local, limits=limits, is_secret=is_secret)

    return screen, render, ("terminal", failures)


def _masking(
    logging: LoggingConfig,
) -> tuple[Callable[[str], str] | None, Variables | None]:
    """Return what masks lines of the source, and what reads variables, where there is any."""
    redactor: Redactor | None = None
    if logging.hides_more:
        from provide.foundation._redaction.choice import make_redactor  # for those who ask

        redactor = make_redactor(logging)
    search = redactor.search if redactor is not None and redactor.searches else None
    if not logging.console.locals:
        return search, None
    limits = bound(value_limits(logging))
    if redactor is not None:
        limits = redactor.hiding(limits, searches=True)
    return search, Variables(limits, key_policy(logging).is_secret)


def make_on_screen(
    make: Callable[..., Any], screen: Screen | None, kind: type[Any], *arguments: Any, **named: Any
) -> Any:
    """Make a sink that gives its lines to a screen, if there is one.

    Args:
        make: Makes it.
        screen: The screen.
        kind: The class of a sink that has none.
        *arguments: What the class is given.
        **named: Likewise.
    """
    if screen is None:
        return make(kind, *arguments, **named)
    kinds = {
        JournalSink: sinks.ScreenJournal,
        StandardSink: sinks.ScreenSink,
        StreamSink: sinks.ScreenStream,
    }
    sink = make(kinds.get(kind) or sinks.ScreenConsole, *arguments, **named)
    sink.screen = screen
    return sink


def lay_out_with(screen: Screen, render: Render) -> Render:
    """Return what renders and lays out, for a sink that has no screen of its own."""
    index_of: Callable[[int, int], int] = LEVEL_INDEX.get
    return lambda record: screen.lay_out(index_of(record.level, OWN_RECORD), render(record))
