"""What the viewer gives to other programs: completion for shells, and a format for lnav."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import interpreters
from provide.foundation._record.schema import BEFORE_FIELDS
from provide.foundation._view.options import OPTIONS
from provide.foundation.levels import LEVEL_NAMES

COMMAND = [sys.executable, "-m", "provide.foundation"]

#: By shell: what shows the completions of a line behind the script.
ASK = {
    "bash": """
COMP_WORDS=(foundation {words}) COMP_CWORD={number}
_foundation
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    # compadd itself works in a terminal only: here it prints what it is given.
    "zsh": """
compadd() {{ shift; for each in "$@"; do [[ $each == $word* ]] && print -- $each; done }}
_files() {{ }}
words=(foundation {words}) CURRENT={number}+1 word=${{words[{number}+1]}}
_foundation
""",
    "fish": """
complete --do-complete "foundation {line}" | string split -f1 \\t
""",
}
ASKED = {
    "command": (["vi"], ["view"]),
    "level": (["view", "--level", "e"], ["error"]),
    "color": (["view", "--color", "al"], ["always"]),
    "option": (["view", "--si"], ["--since"]),
    "shell": (["completion", "z"], ["zsh"]),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("shell", ASK)
def test_completion(shell: str, asked: str, tmp_path: Path) -> None:
    """A real shell completes commands, options and their values with the script that is printed."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    words, expected = ASKED[asked]
    script = interpreters.run(
        [*COMMAND, "completion", shell], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    ask = ASK[shell].format(words=" ".join(words), number=len(words), line=" ".join(words))
    path = tmp_path / "ask"
    path.write_text(script + ask, encoding="utf-8")
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]

    done = subprocess.run(
        [shell, *options, str(path)], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip

    assert (expected, "") == (done.stdout.split(), done.stderr)


def test_completion_knows_each_option() -> None:
    """The scripts name each option of the view."""
    for shell in ASK:
        script = interpreters.run(
            [*COMMAND, "completion", shell], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        assert set() == {name for name in OPTIONS if name.removeprefix("--") not in script}


def test_hl_config_names_the_members() -> None:
    """The configuration for hl is TOML, and names a line's members and levels as they are."""
    path = interpreters.run(
        [*COMMAND, "hl-config"], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
    known = tomllib.loads(Path(path).read_text(encoding="utf-8"))["fields"]["predefined"]
    (level,) = known.pop("level")["variants"]
    members = [each.key for each in BEFORE_FIELDS[:4]]

    named = {name: part for part in known for name in known[part]["names"]}
    assert {"timestamp": "time", "logger": "logger", "event": "message"} == named
    assert set(members) == {*named, *level["names"]}
    assert set(LEVEL_NAMES.values()) == {name for each in level["values"].values() for name in each}


def test_lnav_reads_lines(tmp_path: Path) -> None:
    """A real lnav reads Foundation's lines with the format that is shipped."""
    if shutil.which("lnav") is None:
        pytest.skip("there is no lnav here")
    path = tmp_path / "app.log"
    start = {"timestamp": "2026-11-23T14:10:00.123456Z", "logger": "app"}
    levels = ("trace", "debug", "info", "warning", "error", "critical")
    lines = [{**start, "level": level, "event": f"an_{level}", "n": 7} for level in levels]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines), encoding="utf-8")
    form = interpreters.run(
        [*COMMAND, "lnav-format"], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
    environment = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run(
        ["lnav", "-i", form], capture_output=True, timeout=60, check=True, env=environment
    )

    query = ";SELECT log_level, log_time, logger, log_body FROM foundation_log"
    done = subprocess.run(
        ["lnav", "-n", "-c", query, "-c", ":write-csv-to -", str(path)],
        capture_output=True, text=True, timeout=60, check=True, env=environment,
    )  # fmt: skip

    assert [f"{level},2026-11-23 14:10:00.123,app,an_{level}" for level in levels] == [
        row.rstrip() for row in done.stdout.splitlines()[1:]
    ]
