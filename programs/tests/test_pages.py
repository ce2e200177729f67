"""The pages about frameworks are true: what they show is what their programs write."""

from __future__ import annotations

from pathlib import Path

import pytest

from programs.pages import DOCS, find_missing, read_blocks, run_page
from programs.program import Failure

PAGES = sorted(DOCS.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_runs_as_written(page: Path, tmp_path: Path) -> None:
    """The page's programs run in an empty folder and write the lines that it shows."""
    text = page.read_text(encoding="utf-8")

    written = run_page(text, tmp_path)

    assert [] == find_missing(text, written), written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_shows_lines(page: Path) -> None:
    """Each page shows lines of its program, and has one screen: no more than 120 rows."""
    text = page.read_text(encoding="utf-8")

    assert any(block.lines and block.body.strip() for block in read_blocks(text))
    assert len(text.splitlines()) <= 120


def test_wrong_line_is_found() -> None:
    """A line that was not written, or came before the one above it, is missing."""
    page = '<!-- lines -->\n```json\n{"event":"a"}\n{"event":"b"}\n```\n'

    assert [] == find_missing(page, '{"event":"a"}\n{"event":"x"}\n{"event":"b"}\n')
    assert ['{"event":"b"}'] == find_missing(page, '{"event":"b"}\n{"event":"a"}\n')


def test_line_behind_an_answer_is_found() -> None:
    """An answer without a line end may stand in front of a line."""
    line = '{"timestamp":"2026-11-30T16:10:23.623217Z","event":"%s"}'
    page = f"<!-- lines -->\n```json\n{line % 'a'}\n```\n"

    assert [] == find_missing(page, f"Internal Server Error{line % 'a'}\n")
    assert [line % "a"] == find_missing(page, f"Internal Server Error{line % 'b'}\n")


def test_failing_command_is_found(tmp_path: Path) -> None:
    """A command that fails is no page that runs."""
    with pytest.raises(Failure, match="ended with 3"):
        run_page('```sh title="Run"\nexit 3\n```\n', tmp_path)
