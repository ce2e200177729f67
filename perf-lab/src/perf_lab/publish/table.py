"""Markdown tables and figures, as people read them; imports the standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return a markdown table.

    Args:
        head: The titles of the columns.
        rows: The cells.
        right: The columns of figures, counted from 0.
    """
    rule = ["---:" if number in right else "---" for number in range(len(head))]
    return "\n".join(_row(cells) for cells in (head, rule, *rows))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def number(value: float | None) -> str:
    """Return a number with three digits that count, from a hundred on with four."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{float(f'{value:.4g}'):,.0f}"
    return f"{value:.3g}"


def microseconds(ns: float | None) -> str:
    """Return nanoseconds as microseconds, with two decimals."""
    return "" if ns is None else f"{ns / 1000:,.2f}"


def factor(value: float | None) -> str:
    """Return a ratio, such as 3.1x."""
    return "" if value is None else f"{value:.2f}x"


def with_unit(value: float | None, unit: str) -> str:
    """Return a number and its unit; yes or no where that is the question."""
    if value is None:
        return ""
    if unit == "yes = 1":
        return "yes" if value else "no"
    if unit in ("%", "x", "ratio"):
        return number(value) + ("%" if unit == "%" else "x")
    return f"{number(value)} {unit.removeprefix('messages')}".strip()


def nothing_if_empty(rows: Sequence[str]) -> str:
    """Return a list, or the word that there is nothing."""
    return "\n".join(f"- {row}" for row in rows) if rows else "None."
