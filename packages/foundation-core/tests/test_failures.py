"""Exceptions at a terminal: the error first, then where it came through."""

from __future__ import annotations

import concurrent.futures
import json
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provide.foundation._record.exceptions import describe_exception
from provide.foundation._record.values import DEFAULT_LIMITS
from provide.foundation._render.terminal.failures import Failures
from provide.foundation._runtime.openers.people import knows_links

CODE = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\")
MARGIN = " " * 13


def show(error: BaseException, **options: Any) -> list[str]:
    """Return the rows of an exception without colours, behind their margin."""
    info = (type(error), error, error.__traceback__)
    rows = Failures(**options).show(describe_exception(error), info, DEFAULT_LIMITS)
    return [CODE.sub("", row) for row in rows]


def caught(function: Callable[[], object]) -> BaseException:
    """Return what a function raises."""
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError


def read_reply() -> object:
    """Raise what `json` does."""
    return json.loads("{'a': 1}")


def charge() -> None:
    """Raise an exception that has a cause."""
    try:
        read_reply()
    except ValueError as error:
        raise RuntimeError("unreadable reply\nfor order 1042") from error


def test_error_comes_first() -> None:
    """The error has the first row, its frames have their lines, and then comes its cause."""
    rows = show(caught(charge))
    place = re.compile(r"\S*test_failures\.py:\d+ in (\w+)")
    shown = [place.sub(r"FILE in \1", row.removeprefix(MARGIN)) for row in rows]
    assert [
        "✖ RuntimeError: unreadable reply",
        "  for order 1042",
        "  FILE in caught",
        "    │ function()",
        "  FILE in charge",
        '    ❯ raise RuntimeError("unreadable reply\\nfor order 1042") from error',  # noqa: RUF001
        "↳ caused by json.decoder.JSONDecodeError: Expecting property name enclosed in double"
        " quotes: line 1 column 2 (char 1)",
        "  FILE in charge",
        "    │ read_reply()",
        "  FILE in read_reply",
        "    ❯ return json.loads(\"{'a': 1}\")",  # noqa: RUF001
        "  ⋮ 3 frames in json",
    ] == shown


def test_all_frames() -> None:
    """In the full form frames of libraries are shown one by one, too."""
    error = caught(lambda: concurrent.futures.ThreadPoolExecutor(1).submit(charge).result(1))
    short, full = show(error), show(error, form="full")
    assert (0, True) == (sum("thread.py" in row for row in short), "thread.py" in "".join(full))
    assert any("frames in concurrent" in row for row in short)


def test_as_python_prints_it() -> None:
    """The third form is the traceback that is in files."""
    rows = show(caught(charge), form="python")
    assert ["    Traceback (most recent call last):", "    for order 1042"] == [rows[0], rows[-1]]


def test_repeated_frames_are_folded() -> None:
    """Frames that repeat are one, with a count."""

    def descend(left: int) -> None:
        if left:
            descend(left - 1)
        raise ValueError(left)

    rows = show(caught(lambda: descend(30)))
    assert 1 == sum("if left" in row or "descend(left - 1)" in row for row in rows)
    assert any(row.strip() == "⋮ repeated 29 times" for row in rows)


def test_members_of_groups_are_numbered() -> None:
    """The members of a group stand below it, each with its own number."""
    error = ExceptionGroup("2 of 3 failed", [KeyError("a"), ExceptionGroup("x", [OSError(1)])])
    assert [
        "✖ ExceptionGroup: 2 of 3 failed (2 sub-exceptions)",
        "  1. KeyError: 'a'",
        "  2. ExceptionGroup: x (1 sub-exception)",
        "    1. OSError: 1",
    ] == [row.removeprefix(MARGIN) for row in show(error)]


def test_syntax_errors_have_a_caret() -> None:
    """A mistake in a source is shown with its line and the place in it."""
    rows = show(caught(lambda: compile("if x:\n    y = (1,\n", "shop.cfg", "exec")))
    at = next(number for number, row in enumerate(rows) if "shop.cfg:" in row)
    source, caret = rows[at + 1], rows[at + 2]
    assert ("│ y = (1,", source.index("(")) == (source.strip(), caret.index("^"))


def test_notes_are_shown() -> None:
    """Notes stand below the message."""
    error = ValueError("no")
    error.add_note("while reading\nthe basket")
    assert ["✖ ValueError: no", "  while reading", "  the basket"] == [
        row.removeprefix(MARGIN) for row in show(error)
    ]


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    """Messages, names of files and lines of the source bring no control characters."""
    path = tmp_path / "a\x1b[2J\u202eb.py"
    path.write_text("raise ValueError('\x1b]0;x\x07')  # \u202e\x9b", encoding="utf-8")
    code = compile(path.read_text("utf-8"), str(path), "exec")
    rows = show(caught(lambda: exec(code)), links=True)
    shown = LINK.sub("", "\n".join(rows))
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown) is None
    assert all(
        re.fullmatch(r"(file:///[\w.~%/-]+#\d+)?", link) for link in LINK.findall("".join(rows))
    )


def test_places_are_links_where_asked_for() -> None:
    """A place is a link to its file and line, closed behind it, and none without being asked."""
    error = caught(charge)
    links = [link for row in show(error, links=True) for link in LINK.findall(row)]
    assert [] == [link for row in show(error) for link in LINK.findall(row)]
    assert {f"file://{__file__}"} == {link.partition("#")[0] for link in links[::2]}
    assert {""} == set(links[1::2])


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "4900"}, False),
        ({"VTE_VERSION": "6800"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "foot", "TMUX": "/tmp/tmux"}, False),
    ],
)
def test_terminals_that_know_links(
    environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links are for terminals that are known to have them, outside of multiplexers."""
    names = ("TERM", "TERM_PROGRAM", "VTE_VERSION", "TMUX", "STY", "WT_SESSION")
    for name in (*names, "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WEZTERM_PANE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert expected == knows_links()


def test_working_folder_may_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the working folder has been deleted, paths are whole."""

    def fail() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("os.getcwd", fail)
    assert any(f"{__file__}:" in row for row in show(caught(charge)))


@pytest.mark.parametrize("description", [{}, {"type": 1, "frames": [3, {}], "exceptions": [None]}])
def test_descriptions_may_hold_anything(description: dict[str, Any]) -> None:
    """A description that was read from a file may be of any form."""
    assert [*Failures().show(description, None, DEFAULT_LIMITS)]


def test_text_of_another_renderer() -> None:
    """An exception that is a text already is shown as it is."""
    text = "".join(traceback.format_exception(caught(charge)))
    rows = [*Failures().show(text, sys.exc_info(), DEFAULT_LIMITS)]
    assert "    Traceback (most recent call last):" in [CODE.sub("", row) for row in rows]
