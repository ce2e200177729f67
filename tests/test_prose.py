"""The check of English: each rule finds what it is for, and nothing is left unread."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import prose

ROOT = Path(__file__).parent.parent
#: A text that breaks a rule and no other.
BAD = {
    "AnA": "It is an logger.",
    "BareNone": "How many lines are kept; None: any.",
    "Glossary": "The ledger has it.",
    "LongSentences": f"A line {'and a line ' * 14}is long.",
    "ManyA": "Many a logger is bound for one line.",
    "PromiseNumber": "A call never raises (promise 1).",
    "RepeatedWords": "A line is is written.",
    "TheDocument": "So says the document.",
    "WhatIs": "What is bound is kept as bytes.",
}
GOOD = """# A page

A bound logger that writes one line is cheaper if its fields are encoded with that line.
`None`: no size limit. Say what a line holds. A log call never raises.
"""


#: A file for each bad text, as a page and as a docstring; one has a comment, one has no fault.
FILES = {
    **{f"{rule}.md": f"{GOOD}\n{text}\n" for rule, text in BAD.items()},
    **{f"{rule}.py": f'"""{text}"""\n\nlevel = 1\n' for rule, text in BAD.items()},
    "comment.py": 'the_the = "the the"\n# Many a line is short.\n',
    "good.md": GOOD,
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the rules that find something, by file; Harper starts once for all."""
    folder = tmp_path_factory.mktemp("prose")
    paths = [folder / name for name in FILES]
    for path in paths:
        path.write_text(FILES[path.name], encoding="utf-8")
    rules = [*prose.CHOSEN, *prose.list_rules()]
    found: dict[str, list[str]] = {name: [] for name in FILES}
    for fault in prose.find_faults([str(path) for path in paths], rules):
        found[Path(fault.path).name].append(fault.rule)
    return found


def test_each_rule_has_a_bad_text() -> None:
    """No rule is added without a text that it finds."""
    assert sorted([*prose.CHOSEN, *prose.list_rules()]) == sorted(BAD)


@pytest.mark.parametrize("rule", sorted(BAD))
def test_rule_finds_its_fault(found: dict[str, list[str]], rule: str) -> None:
    """A page with one bad sentence has that one fault."""
    assert [rule] == found[f"{rule}.md"]


@pytest.mark.parametrize("rule", sorted(BAD))
def test_docstring_is_read(found: dict[str, list[str]], rule: str) -> None:
    """The same sentence is found in a docstring."""
    assert [rule] == found[f"{rule}.py"]


def test_comment_is_read(found: dict[str, list[str]]) -> None:
    """Comments are English too; strings and names of the code are not."""
    assert ["ManyA"] == found["comment.py"]


def test_good_text_has_no_fault(found: dict[str, list[str]]) -> None:
    """A sentence that names its thing passes, and so does what is marked as code."""
    assert [] == found["good.md"]


@pytest.mark.parametrize("rule", prose.list_rules())
def test_own_rule_passes_its_tests(rule: str) -> None:
    """Each of our rules has examples in its file, which Harper itself runs."""
    text = (prose.STYLE / f"{rule}.weir").read_text(encoding="utf-8")
    done = prose.harper("test", str(prose.STYLE / f"{rule}.weir"))

    assert "\ntest " in text
    assert "\nallows " in text
    assert 0 == done.returncode, done.stdout


def test_files_are_hand_written_pages_and_code() -> None:
    """Every page and every module of a package is read, but for those that a program writes."""
    files = prose.list_files()

    assert {"README.md", "docs/limitations.md", "docs/guide/tuning.md", "noxfile.py"} <= set(files)
    assert set() == {"docs/guarantees.md", "docs/performance.md"} & set(files)
    assert any(re.match(r"packages/foundation-core/src/.*\.py", name) for name in files)


def test_unread_file_is_an_error(tmp_path: Path) -> None:
    """A path that Harper cannot read does not pass for a text without a fault."""
    with pytest.raises(RuntimeError):
        prose.find_faults([str(tmp_path / "absent.md")], prose.CHOSEN)
