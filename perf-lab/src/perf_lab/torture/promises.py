"""The promises of promises.toml: what each says, which tests hold it, where its limits are."""

from __future__ import annotations

from typing import Any

from perf_lab.places import read_table

#: Where tests are whose file is named without a folder.
CORE_TESTS = "packages/foundation-core/tests/"


def path_of(test: str) -> str:
    """Return a test, or its file, by its path from the repository."""
    return test if "/" in test else CORE_TESTS + test


#: Each with: its number, as everybody calls it; `title`, `text` and `limits`, which may
#: be empty; and the `tests` that hold it, as pairs of a file and its names.
PROMISES: list[dict[str, Any]] = [
    {
        "limits": "", **row, "number": number,
        "tests": [(path_of(file), names.split()) for file, names in row["tests"].items()],
    }
    for number, row in enumerate(read_table("torture/promises.toml")["promise"], 1)
]  # fmt: skip
