"""HTML as the page needs it: escaped text, tables, figures and sections; imports table only.

Every function takes plain text and escapes it, except where an argument is called `body`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perf_lab.publish.table import number

#: Words of a verdict, and the class that colours them; the word itself is always shown.
_VERDICTS = {
    "pass": "good", "reached": "good", "kept": "good",
    "fail": "bad", "not reached": "bad", "not measured": "bad",
}  # fmt: skip

#: A cell of so many characters stays on one line.
_SHORT = 24


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph, of a class if one is named."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def command(text: str) -> str:
    """Return a command as code."""
    return f"<code>{escape(text)}</code>"


def links(files: Iterable[tuple[str, Path | None]], folder: Path, otherwise: str) -> str:
    """Return links to files, as addresses relative to the page.

    Args:
        files: What each is called, and where it lies; None if it is gone.
        folder: The folder of the page.
        otherwise: What is said where there are none.
    """
    items = []
    for text, file in files:
        if file is None:
            items.append(f"<li>{escape(text)}: no longer there</li>")
        else:
            address = quote(Path(os.path.relpath(file, folder)).as_posix())
            items.append(f'<li><a href="{address}">{escape(text)}</a></li>')
    return f"<ul>{''.join(items)}</ul>" if items else paragraph(otherwise)


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    right: Sequence[int] = (),
) -> str:
    """Return a table in a box of its own, which scrolls where the page is narrow.

    Args:
        head: The titles of the columns.
        rows: The cells, as text; the first of each row is its heading.
        caption: What the table shows; it names the box for who cannot see it.
        right: The columns of figures, counted from 0.
    """
    lines = [
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">',
        "<table>",
        f"<caption><span>{escape(caption)}</span></caption>",
        "<thead><tr>" + "".join(
            f'<th scope="col"{_class("figure" if at in right else "")}>{escape(text)}</th>'
            for at, text in enumerate(head)
        ) + "</tr></thead>",
        "<tbody>",
    ]  # fmt: skip
    for row in rows:
        cells = [
            f"<td{_class(_kind(text, at in right))}>{escape(text)}</td>"
            for at, text in enumerate(row)
            if at
        ]
        lines.append(f'<tr><th scope="row">{escape(row[0])}</th>{"".join(cells)}</tr>')
    return "\n".join([*lines, "</tbody>", "</table>", "</div>"])


def checks_table(checks: Sequence[Mapping[str, Any]], caption: str) -> str:
    """Return what a laboratory judged, each figure beside its limit."""
    rows = [
        [
            row["name"],
            f"{row['bound']} {number(row['limit'])} {row['unit']}".strip(),
            "not measured" if row["value"] is None
            else f"{number(row['value'])} {row['unit']}".strip(),
            "pass" if row["passed"] else "fail",
        ]
        for row in checks
    ]  # fmt: skip
    return table(["check", "limit", "measured", "result"], rows, caption=caption, right=(1, 2))


def details(summary: str, body: str, kind: str = "") -> str:
    """Return something that is shown when it is asked for."""
    return f"<details{_class(kind)}><summary>{escape(summary)}</summary>\n{body}\n</details>"


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Return a few large figures, each with what it is."""
    items = "".join(
        f"<div><dt>{escape(text)}</dt><dd>{escape(figure)}</dd></div>" for figure, text in figures
    )
    return f'<dl class="tiles">{items}</dl>'


def grid(figures: Iterable[str]) -> str:
    """Return figures side by side, where there is room."""
    return '<div class="grid">\n' + "\n".join(figures) + "\n</div>"


def section(name: str, title: str, body: str) -> str:
    """Return a section that the navigation can lead to."""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{escape(title)}</h2>\n{body}\n</section>'
    )


def _kind(text: str, right: bool) -> str:
    shape = "figure" if right else "short" if len(text) <= _SHORT else ""
    return " ".join(part for part in (shape, _VERDICTS.get(text.lower(), "")) if part)


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
