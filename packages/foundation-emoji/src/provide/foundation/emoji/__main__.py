"""The command line, `python -m provide.foundation.emoji`; imports the whole package.

Exit codes: 0 as asked, 2 arguments or a configuration that cannot be understood.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from provide.foundation import ConfigurationError, TelemetryConfig
from provide.foundation._render.console import display_width
from provide.foundation.emoji.das import DAS_FIELDS
from provide.foundation.emoji.extension import make_resolver
from provide.foundation.emoji.names import REGISTRY
from provide.foundation.emoji.resolver import DAS, LOGGER_NAME, Resolver
from provide.foundation.emoji.tables import ACTIONS, DOMAINS, STATUSES

PROGRAM = "python -m provide.foundation.emoji"
HEADINGS = ("SOURCE", "KEY", "EMOJI", "VALUES")
#: Columns that the values of one emoji may take before they go on in the next row.
VALUES_WIDTH = 60

Row = tuple[str, str, str, str]


def list_rows(resolver: Resolver, *, names: bool, das: bool) -> Iterator[Row]:
    """Yield the rows of the matrix: what gives which emoji under a configuration.

    Args:
        resolver: The resolver of the configuration.
        names: Whether emoji of logger names are on.
        das: Whether emoji of domain, action and status are on.
    """
    for emoji_set in resolver.sets:
        source = f"{emoji_set.name} ({emoji_set.priority})"
        for field, table in emoji_set.fields.items():
            yield from _list_table(source, field, table)
        yield from _list_table(source, "(pattern)", emoji_set.patterns)
    if das:
        for field, table in zip(DAS_FIELDS, (DOMAINS, ACTIONS, STATUSES), strict=True):
            yield from _list_table(DAS, field, table)
    if names:
        yield from _list_table(LOGGER_NAME, "(prefix)", REGISTRY.table.emoji)


def _list_table(source: str, key: str, table: Mapping[str, str]) -> Iterator[Row]:
    values_of: dict[str, list[str]] = {}
    for value, emoji in table.items():
        values_of.setdefault(emoji, []).append(value)
    for emoji, values in values_of.items():
        text = ""
        for value in values:
            if text and display_width(f"{text}, {value}") > VALUES_WIDTH:
                yield source, key, emoji, text
                text = value
            else:
                text = f"{text}, {value}" if text else value
        yield source, key, emoji, text


def render_table(rows: Sequence[Row], encoding: str) -> str:
    """Return rows as a table with a heading, its columns aligned as a terminal shows them.

    Args:
        rows: The rows, without their heading.
        encoding: The encoding of the output; what it does not have is shown as escapes.
    """
    table = [[show_text(cell, encoding) for cell in row] for row in (HEADINGS, *rows)]
    widths = [max(map(display_width, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = (
            cell + " " * (width - display_width(cell))
            for cell, width in zip(row, widths, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def show_text(text: str, encoding: str) -> str:
    """Return a text with escapes for what is not printable or not in the encoding."""
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    # Joiners and variation selectors are part of emoji.
    return "".join(
        char if char.isprintable() or char in "\u200d\ufe0f" else ascii(char)[1:-1] for char in text
    )


def try_line(resolver: Resolver, arguments: Sequence[str], encoding: str) -> str:
    """Return what a line would get, and from where.

    Args:
        resolver: The resolver of the configuration.
        arguments: Such as ``domain=auth``; ``event=`` and ``logger=`` are the line's own.
        encoding: As in `render_table`.

    Raises:
        ValueError: An argument is not of that form.
    """
    fields = {}
    for argument in arguments:
        key, sign, value = argument.partition("=")
        if not key or not sign:
            raise ValueError(f"{argument!r} is not of the form key=value")
        fields[key] = value
    logger, event = fields.pop("logger", ""), fields.pop("event", "")
    marker = resolver.marker(logger, event, fields)
    lines = [f"line: {marker} {event}".rstrip() if marker else "no emoji"]
    for part in resolver.explain(logger, event, fields):
        lines.append(f"  {part.emoji}  {part.source}: {part.reason}")
    return "\n".join(show_text(line, encoding) for line in lines)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Write usage and message as ASCII, which every stream takes, and exit with 2."""
        super().error(ascii(message)[1:-1].replace("\\'", "'"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: What follows the program's name; None takes the process's own.
    """
    parser = _Parser(
        prog=PROGRAM,
        description="Show which emoji lines get under the configuration in the environment.",
    )
    parser.add_argument(
        "--try",
        dest="line",
        nargs="+",
        metavar="KEY=VALUE",
        help="show what a line with these fields gets, and from where; event= is its event and "
        "logger= the name of its logger",
    )
    options = parser.parse_args(arguments)
    try:
        logging = TelemetryConfig.from_env().logging
        resolver, failures = make_resolver(logging)
    except ConfigurationError as error:
        parser.error(str(error))
    encoding = sys.stdout.encoding or "ascii"
    try:
        if options.line is not None:
            print(try_line(resolver, options.line, encoding))
        else:
            das = logging.das_emoji_prefix_enabled is not False
            names = logging.logger_name_emoji_prefix_enabled is not False
            print(render_table(list(list_rows(resolver, names=names, das=das)), encoding))
        sys.stdout.flush()
    except ValueError as error:
        parser.error(str(error))
    except BrokenPipeError:
        # `| head` has seen enough; the interpreter flushes what is left into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    for name, text in failures.items():
        problem = f"{name}: sets that cannot be loaded: {text}"
        print(show_text(problem, "ascii"), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
