"""The options of lines that people read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.section import Section, be_flag, be_flag_or_none, be_integer_or_none
from provide.foundation._config.values.checks import check_choice
from provide.foundation._config.values.people import (
    CLOCKS,
    CONTEXT_FORMS,
    PLACES,
    THEMES,
    TRACEBACK_FORMS,
    Clock,
    Column,
    ContextForm,
    Place,
    Theme,
    TracebackForm,
    check_columns,
)


def _time(value: Clock) -> Clock:
    return check_choice(value, "logging.console.time", CLOCKS)


def _context(value: ContextForm | None) -> ContextForm | None:
    return None if value is None else check_choice(value, "logging.console.context", CONTEXT_FORMS)


def _tracebacks(value: TracebackForm) -> TracebackForm:
    return check_choice(value, "logging.console.tracebacks", TRACEBACK_FORMS)


def _theme(value: Theme | None) -> Theme | None:
    return None if value is None else check_choice(value, "logging.console.theme", THEMES)


def _columns(value: Sequence[Column] | None) -> tuple[Column, ...] | None:
    return None if value is None else check_columns(value, "logging.console.columns")


def _captured(value: Place) -> Place:
    return check_choice(value, "logging.console.captured", PLACES)


@frozen(kw_only=True, eq=False, repr=False)
class Console(Section):
    """Say how lines look that people read: those of ``key_value`` and ``compact``.

    All but the first two hold for ``key_value`` at a terminal, or with colours.

    Args:
        colors: Whether colours are written. Default `None`: not with NO_COLOR, else with
            FORCE_COLOR, each with any value, else at a terminal whose TERM is not ``dumb``;
            PROVIDE_LOG_CONSOLE_COLORS.
        time: ``local`` for the time of the machine's zone, ``utc``, or ``delta`` for the time since
            the line before, which ``compact`` has as ``local``. It is for lines at a terminal or
            with colours; all others are in UTC. Default ``"local"``; PROVIDE_LOG_CONSOLE_TIME.
        width: How many columns a row has, 40 to 1,000. Default `None`: those of the terminal, and
            without one rows are not broken; PROVIDE_LOG_CONSOLE_WIDTH.
        context: Whether context fields that were shown once are a short tag from then on,
            ``fold``, or whole in each line, ``full``. Default `None`: ``fold`` at a terminal;
            PROVIDE_LOG_CONSOLE_CONTEXT.
        tracebacks: ``short``, with runs of frames of libraries as one row; ``full``, with all of
            them; or ``python``, as Python prints a traceback. Default ``"short"``;
            PROVIDE_LOG_CONSOLE_TRACEBACKS.
        links: Whether places in the source are links, by OSC 8. Default `None`: where the terminal
            is one that is known to have them; PROVIDE_LOG_CONSOLE_LINKS.
        locals: Whether the local variables of the program's own frames stand below them, masked as
            fields are; not with ``tracebacks="python"``. Default False; PROVIDE_LOG_CONSOLE_LOCALS.
        theme: ``fixed`` for colours that are legible on dark and on light, or ``ansi`` for those
            16 that the terminal's own theme sets. Default `None`: ``ansi`` where TERM names a
            terminal that has no more; PROVIDE_LOG_CONSOLE_THEME.
        columns: Which of ``time``, ``level``, ``logger`` and ``event`` there are, in this order;
            what comes after ``event`` stands behind the fields. Default `None`: all of them, the
            logger last below 110 columns; PROVIDE_LOG_CONSOLE_COLUMNS.
        captured: Where the format ``auto`` is for people though there is no terminal: ``pytest``,
            in what its reports show of stderr and stdout; ``ci``, there and in the log of a CI
            system; or ``never``. Default ``"pytest"``; PROVIDE_LOG_CONSOLE_CAPTURED.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "logging.console"

    colors: bool | None = field(default=None, validator=be_flag_or_none)
    time: Clock = field(default="local", converter=_time)
    width: int | None = field(default=None, validator=be_integer_or_none(40, 1000))
    context: ContextForm | None = field(default=None, converter=_context)
    tracebacks: TracebackForm = field(default="short", converter=_tracebacks)
    links: bool | None = field(default=None, validator=be_flag_or_none)
    locals: bool = field(default=False, validator=be_flag)
    theme: Theme | None = field(default=None, converter=_theme)
    columns: tuple[Column, ...] | None = field(default=None, converter=_columns)
    captured: Place = field(default="pytest", converter=_captured)
