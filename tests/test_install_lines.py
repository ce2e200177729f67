"""No page shows a `pip install` that fails: until a release is on an index, each names folders.

The README of a distribution is left out. It is the page that the package index shows.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```sh\n(?P<body>(?:[^`\n][^\n]*\n)+)```")
INSTALL = re.compile(r"^(?:\S*python3? -m )?pip install (?P<names>[^#\n]*)", re.MULTILINE)
OURS = re.compile(r"(?P<folder>\./packages/)?(?P<name>foundation-\w+)(?:\[(?P<extras>[\w,-]+)\])?")
#: What tells a reader who comes by search why the command names folders.
LINE = re.compile(
    r"In a checkout of the repository \(\[why\]\((?:\.\./)*quickstart\.md#install\)\):"
)
#: These say in their own words that they install from a checkout.
BEGINNINGS = ("README.md", "docs/index.md", "docs/quickstart.md")


def find_installs(text: str) -> list[tuple[str, list[str]]]:
    """Return what each block of a page installs, behind the line that stands before it."""
    blocks = []
    for block in BLOCK.finditer(text):
        names = [
            name for call in INSTALL.finditer(block["body"]) for name in shlex.split(call["names"])
        ]
        if any(OURS.fullmatch(name) for name in names):
            blocks.append((block["before"], names))
    return blocks


def find_failing(names: list[str]) -> list[str]:
    """Return those of our distributions that an index would be asked for."""
    ours = [found for name in names if (found := OURS.fullmatch(name))]
    here = {found["name"] for found in ours if found["folder"]}
    asked = [found["name"] for found in ours if not found["folder"]]
    for found in ours:
        text = (ROOT / "packages" / found["name"] / "pyproject.toml").read_text("utf-8")
        project = tomllib.loads(text)["project"]
        extras = (found["extras"] or "").split(",") if found["extras"] else []
        wanted = [*project["dependencies"]]
        for extra in extras:
            wanted += project["optional-dependencies"][extra]
        required = {match[0] for each in wanted if (match := re.match(r"foundation-\w+", each))}
        asked += sorted(required - here)
    return asked


PAGES = {
    path.relative_to(ROOT).as_posix(): blocks
    for path in [ROOT / "README.md", *sorted(DOCS.glob("**/*.md"))]
    if (blocks := find_installs(path.read_text("utf-8")))
}


@pytest.mark.parametrize("page", PAGES)
def test_page_installs_folders_of_a_checkout(page: str) -> None:
    """Each command has the folder of what it installs, and the folders of what that needs."""
    assert [[] for _ in PAGES[page]] == [find_failing(names) for _, names in PAGES[page]]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in BEGINNINGS])
def test_page_says_why(page: str) -> None:
    """The line above a command says that it is for a checkout, and leads to the reason."""
    assert [] == [before for before, _ in PAGES[page] if not LINE.fullmatch(before)]


def test_pages_are_found() -> None:
    """The pages of frameworks have such a command, and a command that would fail is found."""
    fails = (
        "Install it:\n\n```sh\npip install ./packages/foundation-otel foundation-emoji rq\n```\n"
    )

    assert len([page for page in PAGES if page.startswith("docs/integrations/")]) > 20
    assert [("Install it:", ["./packages/foundation-otel", "foundation-emoji", "rq"])] == (
        find_installs(fails)
    )
    assert ["foundation-emoji", "foundation-core", "foundation-core"] == (
        find_failing(find_installs(fails)[0][1])
    )
