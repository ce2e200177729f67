"""One file: its text, its tree, and the places of nodes in the text."""

from __future__ import annotations

import ast
import re
import warnings

from provide.foundation._migrate.syntax.files import Unreadable

#: Where a line ends for the parser: `str.splitlines` knows more line ends than Python's syntax.
_LINE_END = re.compile(r"\r\n|\n|\r")


class Source:
    """Hold a text with its syntax tree.

    Args:
        path: Where the text is from.
        text: The text.

    Raises:
        Unreadable: The text is not Python.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of invalid escapes: not our subject
                self.tree = ast.parse(text)
        except SyntaxError as error:
            raise Unreadable(f"syntax error in line {error.lineno or 0}: {error.msg}") from None
        except (RecursionError, MemoryError):
            raise Unreadable("nested too deeply to be parsed") from None
        except ValueError as error:
            raise Unreadable(str(error)) from None
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """Return the index in the text of a place as the tree names it, columns in UTF-8 bytes."""
        start = self._starts[line - 1]
        row = self.text[start : self._starts[line] if line < len(self._starts) else None]
        if row.isascii():
            return start + column
        return start + len(row.encode("utf-8")[:column].decode("utf-8", "ignore"))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends in the text."""
        place: ast.expr = node  # type: ignore[assignment]  # all that are asked for have a place
        return (
            self.offset(place.lineno, place.col_offset),
            self.offset(place.end_lineno or place.lineno, place.end_col_offset or 0),
        )

    def segment(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def find_statement(self, span: tuple[int, int]) -> tuple[ast.Expr, list[ast.stmt]] | None:
        """Return the statement that an expression is all of, with the block that it stands in.

        Args:
            span: Where the expression begins and ends.
        """
        for node in ast.walk(self.tree):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, ())
                if not isinstance(block, list):  # the value of a lambda
                    continue
                for each in block:
                    if isinstance(each, ast.Expr) and self.span(each.value) == span:
                        return each, block
        return None

    def row(self, line: int) -> str:
        """Return a line of the text without its end."""
        end = self._starts[line] if line < len(self._starts) else None
        return self.text[self._starts[line - 1] : end].rstrip("\r\n")
