"""The promises of promises.toml: what each says, which tests hold it, where its limits are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Where tests are whose file is named without a folder.
CORE_TESTS = "packages/foundation-core/tests/"


@dataclass(frozen=True)
class Promise:
    """Hold one promise.

    Args:
        number: As everybody calls it.
        title: In two or three words.
        text: What is promised.
        tests: The tests of the suite that hold it: file, then names.
        limits: What it does not cover, and why; empty if there is nothing to say.
    """

    number: int
    title: str
    text: str
    tests: tuple[tuple[str, tuple[str, ...]], ...]
    limits: str = ""


def read_table(name: str) -> dict[str, Any]:
    """Return a table that lies beside this file."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def path_of(test: str) -> str:
    """Return a test, or its file, by its path from the repository."""
    return test if "/" in test else CORE_TESTS + test


PROMISES = tuple(
    Promise(
        number, row["title"], row["text"],
        tuple((path_of(file), tuple(names.split())) for file, names in row["tests"].items()),
        row.get("limits", ""),
    )
    for number, row in enumerate(read_table("promises.toml")["promise"], 1)
)  # fmt: skip
