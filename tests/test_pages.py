"""Each page of the documentation begins with one title, and says who needs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.glob("**/*.md"))
FENCES = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
#: What stands in front of the text of a page that a program writes.
COMMENT = re.compile(r"<!--.*?-->\n\n", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_page_begins_with_a_title_and_a_sentence(page: Path) -> None:
    """A page has one title, in its first line, and a sentence before anything else."""
    text = page.read_text("utf-8")
    titles = re.findall(r"^# .+$", FENCES.sub("", text), re.MULTILINE)
    first = COMMENT.sub("", text.partition("\n\n")[2], count=1).partition("\n\n")[0]

    assert [text.partition("\n")[0]] == titles
    assert re.match(r"[\w`\[*]", first)
    assert not first.startswith("```")
    assert first.rstrip().endswith((".", ":"))


def test_home_and_readme_have_the_same_table() -> None:
    """What a reader has leads to the same pages from the README as from the site's home."""
    readme, home = [
        page.read_text("utf-8").partition("## You have\n\n")[2].partition("\n\n")[0].splitlines()
        for page in (DOCS.parent / "README.md", DOCS / "index.md")
    ]

    assert len(home) > 10
    assert [row.replace("](docs/", "](") for row in readme] == home


def test_tests_that_a_page_names_are_there() -> None:
    """Each row of the page on failures names tests that exist, or says that there is none."""
    text = (DOCS / "what-happens-when.md").read_text("utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| ") and "| test |" not in row]
    core = DOCS.parent / "packages/foundation-core/tests"
    missing = []
    for row in rows:
        last = row.strip("| ").rpartition(" | ")[2]
        named = re.findall(r"`([\w/-]+\.py)`: ((?:`test_\w+`(?:, )?)+)", last)
        if not named and not last.startswith("no test"):
            missing.append(row)
        for file, tests in named:
            source = (core / file if "/" not in file else DOCS.parent / file).read_text("utf-8")
            names = re.findall(r"`(\w+)`", tests)
            missing += [name for name in names if f"\ndef {name}(" not in source]

    assert [] == missing
    assert len(rows) > 30
