"""The inputs from which fuzzing begins, one file a check, one input a line, in base64."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

_FOLDER = Path(__file__).parent


def read_corpus(check: str) -> list[bytes]:
    """Return the inputs of one check."""
    text = (_FOLDER / f"{check}.txt").read_text(encoding="ascii")
    return [base64.b64decode(line) for line in text.splitlines()]


def write_corpus(check: str, inputs: Iterable[bytes]) -> None:
    """Replace the inputs of one check."""
    text = "".join(base64.b64encode(data).decode() + "\n" for data in inputs)
    (_FOLDER / f"{check}.txt").write_text(text, encoding="ascii")
