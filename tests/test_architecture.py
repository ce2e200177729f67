"""What docs/architecture.md names is there: folders, files, names in them, sessions of nox."""

from __future__ import annotations

import re

import pytest

from architecture_table import CORE, PAGE, ROOT, TABLE, make_table

TEXT = PAGE.read_text("utf-8")
#: In backquotes: a folder or a file, from the root, from core, or beside what was named before.
PATHS = sorted(set(re.findall(r"`((?:[\w-]+/)*[\w-]+(?:\.(?:py|toml|cpp|md))?)`", TEXT)))
INTEGRATIONS = ROOT / "packages/foundation-integrations/src/provide/foundation/integrations"


def test_table_is_what_the_folders_say() -> None:
    """Nobody has to write the table by hand: `python tests/architecture_table.py` does."""
    found = TABLE.search(TEXT)

    assert found is not None
    assert make_table() == found[0]
    assert 20 < found[0].count("\n")


@pytest.mark.parametrize("path", [each for each in PATHS if "/" in each or "." in each])
def test_path_is_there(path: str) -> None:
    """Each file and each folder with a slash that the page names exists."""
    assert any((folder / path).exists() for folder in (ROOT, CORE, INTEGRATIONS))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Record", "_record/record.py"),
        ("finish", "_pipeline/pipeline.py"),
        ("SCHEMAS", "_render/schemas.py"),
        ("Schema", "_config/values/checks.py"),
        ("Formatter", "_config/values/checks.py"),
        ("StandardSink", "_output/standard.py"),
        ("Sink", "_output/output.py"),
    ],
)
def test_name_is_where_the_page_says(name: str, path: str) -> None:
    """Each class, function and table that the page names is defined in the file beside it."""
    source = (CORE / path).read_text("utf-8")

    assert name in TEXT
    assert path in TEXT
    assert re.search(rf"^\s*(?:class |def )?{name}\b *[:=(]", source, re.MULTILINE)


def test_sessions_are_there() -> None:
    """Each session of nox that the page names is one."""
    sessions = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(), re.M))

    assert set() == set(re.findall(r"nox -s (\w+)", TEXT)) - sessions
