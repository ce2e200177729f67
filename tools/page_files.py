"""Read the configurations that the pages show, as the programs they are for would: `nox -s docs`.

A block of YAML, JSON or TOML with a title is a file. One that its format's parser refuses fails. So
does YAML that has a key twice.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.page_blocks import Block, read_blocks

ROOT = Path(__file__).parent.parent


def read_yaml(text: str) -> Any:
    """Read YAML, a key that stands twice being an error."""
    # The documentation's builders bring it; it has no types.
    yaml: Any = import_module("yaml")

    class Strict(yaml.SafeLoader):  # type: ignore[misc]
        pass

    def mapping(loader: Any, node: Any) -> dict[Any, Any]:
        keys = [loader.construct_object(key) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise ValueError(f"a key stands twice: {keys}")
        return dict(yaml.SafeLoader.construct_mapping(loader, node, deep=True))

    Strict.add_constructor("tag:yaml.org,2002:map", mapping)
    return yaml.load(text, Strict)


READERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads, "toml": tomllib.loads, "yaml": read_yaml,
}  # fmt: skip


def find_problems(name: str, blocks: list[Block]) -> list[str]:
    """Return what is wrong with the files of a page."""
    problems = []
    for block in blocks:
        if block.title and block.language in READERS:
            try:
                READERS[block.language](block.body)
            except Exception as error:  # each reader has its own
                problems.append(f"{name}:{block.line}: {block.title}: {error}")
    return problems


def main() -> int:
    """Read the files of all pages, and say what is wrong."""
    problems = []
    count = 0
    for page in sorted((ROOT / "docs").glob("**/*.md")):
        blocks = read_blocks(page.read_text("utf-8"))
        count += sum(bool(block.title) and block.language in READERS for block in blocks)
        problems += find_problems(page.relative_to(ROOT).as_posix(), blocks)
    print("\n".join(problems) or f"{count} files of pages can be read")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
