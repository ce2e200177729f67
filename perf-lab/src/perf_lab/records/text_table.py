"""Tables for a person, as text; rich lays them out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: Wider than any table: a line that a terminal breaks is better than a cell that is cut.
_WIDTH = 500


def text_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", after: str = ""
) -> str:
    """Return a table with a title above it.

    Args:
        columns: Their names; one that begins with ">" is aligned to the right.
        rows: Their cells; a row may have fewer than there are columns.
        title: Stands above, with an empty line between.
        after: Stands below.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    for name in columns:
        justify = "right" if name.startswith(">") else "left"
        table.add_column(name.removeprefix(">"), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        table.add_row(*map(Text, cells))
    text = io.StringIO()
    console = Console(file=text, width=_WIDTH, color_system=None, markup=False)
    console.print(table)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join([*([title, ""] if title else []), *lines, *([after] if after else [])])
