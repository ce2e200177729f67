"""Every emoji of our own takes as many cells of real terminals as its gutter counts on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a terminal as POSIX has it", allow_module_level=True)

from provide.foundation import LoggingConfig
from provide.foundation._render.console import display_width
from provide.foundation._render.terminal.codes import GUTTER_WIDTH
from provide.foundation._render.terminal.emoji import gutter
from provide.foundation.emoji.__main__ import list_rows
from provide.foundation.emoji.extension import make_resolver
from screens import TMUX, ask_tmux, ask_xterm, has_xterm


def list_markers() -> list[str]:
    """Return all emoji that the package knows."""
    resolver, _ = make_resolver(LoggingConfig())
    return sorted({row[2] for row in list_rows(resolver, names=True, das=True)})


def test_no_marker_is_left_out() -> None:
    """What terminals disagree on has something that stands for it."""
    markers = list_markers()
    assert len(markers) > 100
    assert [] == [each for each in markers if not gutter(f"[{each}]").strip()]
    assert {GUTTER_WIDTH + 1} == {display_width(gutter(f"[{each}]")) for each in markers}


@pytest.mark.parametrize("terminal", ["tmux", "xterm.js"])
def test_gutter_is_as_wide_as_it_says(terminal: str, tmp_path: Path) -> None:
    """What is put into the column behind a gutter stands next to it, whatever its emoji is."""
    if terminal == "tmux" and TMUX is None:
        pytest.skip("tmux is not installed")
    if terminal == "xterm.js" and not has_xterm():
        pytest.skip("node does not find @xterm/headless")
    expected = [f"{gutter(f'[{each}]' * 3)}|" for each in list_markers()]
    # CHA goes to the column, wherever the terminal is by then: ECMA-48, section 8.3.9.
    text = "".join(f"{each[:-1]}\x1b[{GUTTER_WIDTH + 2}G|\r\n" for each in expected)
    if terminal == "tmux":
        shown, _ = ask_tmux([text], 80, tmp_path)[0]
    else:
        shown, _ = ask_xterm([text], 80)[0]
    assert expected == shown[: len(expected)]
