"""Rows of texts that are wider than a terminal: the short way makes those of the long one."""

from __future__ import annotations

import random

from provide.foundation._render.terminal.codes import KEY, QUIET, RESET, TEXT
from provide.foundation._render.terminal.rows import wrap_field
from provide.foundation._render.terminal.wrap import Wrapper, columns_of


def test_plain_texts_have_the_rows_of_a_wrapper() -> None:
    """Words and blanks of any length break where a `Wrapper` breaks them, at any width."""
    chance = random.Random(20261130)
    for _ in range(2_000):
        hang = chance.choice([0, 19, 45])
        width = hang + chance.randint(10, 80)
        sizes = chance.choices([0, 1, 2, 3, 5, 8, 12, 30, 70], k=chance.randint(1, 40))
        blanks = " " * chance.choice([1, 1, 1, 2, 3, 30])
        text = '"' + blanks.join("a" * size for size in sizes) + '"'
        field = f"{KEY}{'k' * chance.randint(1, 8)}{QUIET}={TEXT}{text}{RESET}"

        rows = Wrapper(width, hang, hang, 3).wrap(field)
        column = columns_of(rows.rpartition("\n")[2]) + (0 if "\n" in rows else hang)

        assert (f" {rows}", column, None) == wrap_field(f" {field}", hang, width, None)
