"""The fenced blocks of a page of the documentation, for what runs, reads or compares them."""

from __future__ import annotations

import re

import attrs

FENCE = re.compile(
    r"(?:^ *<!-- (?P<mark>output|output: terminal|recorded) -->\n\n?)?"
    r"^(?P<indent> *)```(?P<language>[a-z]*)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n"
    r"(?P<body>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)


@attrs.frozen
class Block:
    """One fenced block of a page."""

    language: str
    title: str | None
    body: str
    mark: str | None
    line: int
    indent: str
    span: tuple[int, int]


def read_blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    blocks = []
    for found in FENCE.finditer(text):
        indent = found["indent"]
        body = "".join(row.removeprefix(indent) for row in found["body"].splitlines(keepends=True))
        line = text.count("\n", 0, found.start("language")) + 1
        blocks.append(
            Block(found["language"], found["title"], body, found["mark"], line, indent,
                  found.span("body"))
        )  # fmt: skip
    return blocks
