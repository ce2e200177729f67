"""`foundation migrate check`: the command, the files that it reads, and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import interpreters
import migrate_programs as programs
from provide.foundation._migrate.check import Checker
from provide.foundation._migrate.rules.rule import Verdict
from provide.foundation._migrate.syntax.files import MAX_BYTES, Unreadable, Walk

CALL = "import logging\nlogging.basicConfig()\n"
FINE = "import logging\nlogging.getLogger('a').info('x %s', 1)\n"


def check(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return interpreters.run(
        [*programs.COMMAND, *map(str, arguments)], cwd=folder, timeout=60, check=False,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["fine.py"], 0, id="nothing-to-change"),
        pytest.param(["call.py"], 1, id="something-to-change"),
        pytest.param(["."], 1, id="folder"),
        pytest.param(["call.py", "--library", "structlog,loguru"], 0, id="other-library"),
        pytest.param(["call.py", "--library", "logging"], 1, id="this-library"),
        pytest.param(["call.py", "--diff"], 1, id="diff"),
        pytest.param(["missing"], 2, id="no-such-path"),
        pytest.param(["call.py", "--library", "log4j"], 2, id="no-such-library"),
        pytest.param(["call.py", "--library", ","], 2, id="no-library"),
        pytest.param(["call.py", "--diff", "--format", "json"], 2, id="two-formats"),
        pytest.param([], 2, id="no-path"),
    ],
)
def test_exit_codes(arguments: list[str], code: int, tmp_path: Path) -> None:
    """The exit code says whether something has to be changed, or the command is wrong."""
    (tmp_path / "call.py").write_text(CALL)
    (tmp_path / "fine.py").write_text(FINE)

    assert code == check(*arguments, folder=tmp_path).returncode


BOTH = """\
import logging
import sys
import structlog

def drop(logger, name, fields):
    return fields

logging.basicConfig({basic})
structlog.configure({chain})
"""
CHAIN = (
    "processors=[structlog.contextvars.merge_contextvars, drop, "
    'structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()], '
    "logger_factory=structlog.stdlib.LoggerFactory()"
)


@pytest.mark.parametrize(
    ("basic", "more", "becomes"),
    [
        pytest.param(
            "level=logging.INFO, stream=sys.stdout",
            "",
            'configure(level=logging.INFO, output="stdout", format="json", '
            'keys={"event": "message"}, processors=[drop])',
            id="both",
        ),
        pytest.param(
            "stream=sys.stdout",
            ", wrapper_class=structlog.make_filtering_bound_logger(20)",
            'configure(level=20, output="stdout", format="json", '
            'keys={"event": "message"}, processors=[drop])',
            id="implied-level",
        ),
        pytest.param(
            "level=logging.INFO",
            ", wrapper_class=structlog.make_filtering_bound_logger(30)",
            None,
            id="contradiction",
        ),
    ],
)
def test_two_libraries_have_one_set_up(
    basic: str, more: str, becomes: str | None, tmp_path: Path
) -> None:
    """A file that configures logging and structlog gets one `configure(...)`, or none is shown."""
    text = BOTH.format(basic=basic, chain=CHAIN + more)
    (tmp_path / "a.py").write_text(text)

    rows = check("a.py", "--diff", folder=tmp_path).stdout.splitlines()

    added = [row[1:] for row in rows if row.startswith("+") and "configure(" in row]
    assert ([] if becomes is None else [becomes]) == added
    gone = [row for row in rows if row.startswith(("-logging", "-structlog"))]
    assert (0 if becomes is None else 2) == len(gone)


def test_text(tmp_path: Path) -> None:
    """The text names the place, the verdict, the reason once, and the change."""
    (tmp_path / "a.py").write_text(f"{CALL}logging.basicConfig(level=10)\n{FINE}")

    printed = check("a.py", folder=tmp_path).stdout
    assert (
        """\
a.py:2:1: change: logging.basicConfig
    `configure(level=..., format=..., output=...)` takes its place, and lines have Foundation's
    formats
  - logging.basicConfig()
  + from provide.foundation import configure
  + configure(level="WARNING")
a.py:3:1: change: logging.basicConfig
  - logging.basicConfig(level=10)
  + from provide.foundation import configure
  + configure(level=10)

change: 2 (logging.basicConfig 2)
works as it is: 2 (logging.Logger.info 1, logging.getLogger 1)
--all lists those of: works as it is
1 files read, nothing written
"""
        == printed
    )


def test_json(tmp_path: Path) -> None:
    """The JSON holds every finding, with counts and what was not read."""
    (tmp_path / "a.py").write_text(CALL + FINE)
    (tmp_path / "b.py").write_text("def f(:\n")
    (tmp_path / ".git").mkdir()

    found = json.loads(check("--format", "json", ".", folder=tmp_path).stdout)
    assert ["change", "works as it is", "works as it is"] == [
        each["verdict"] for each in found["findings"]
    ]
    assert {
        "path": "./a.py",
        "line": 2,
        "column": 1,
        "library": "logging",
        "name": "logging.basicConfig",
        "verdict": "change",
        "before": ["logging.basicConfig()"],
        "after": ["from provide.foundation import configure", 'configure(level="WARNING")'],
    } == {key: value for key, value in found["findings"][0].items() if key != "why"}
    assert (1, 2) == (found["counts"]["change"], found["counts"]["works as it is"])
    assert 1 == found["files"]
    assert ["./b.py"] == [each["path"] for each in found["unreadable"]]
    assert ["./.git"] == found["left_out"]


def test_patch_applies(tmp_path: Path) -> None:
    """What --diff prints is a patch that git takes, in the encoding and line ends of each file."""
    (tmp_path / "a.py").write_text(CALL)
    (tmp_path / "folder").mkdir()
    texts = {
        "latin.py": ("# coding: latin-1\n# é\n" + CALL).encode("latin-1"),
        "mark.py": b"\xef\xbb\xbf" + CALL.encode(),
        "folder/windows.py": CALL.replace("\n", "\r\n").encode(),
        "open.py": CALL.rstrip("\n").encode(),
        "form_feed.py": b"import logging\n\x0clogging.basicConfig()\n\x0c\nx = 1\n",
    }
    for name, data in texts.items():
        (tmp_path / name).write_bytes(data)
    done = interpreters.run(
        [*programs.COMMAND, ".", "--diff"], cwd=tmp_path, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert b"" == done.stderr
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply"], input=done.stdout, cwd=tmp_path, check=True)

    added = b"\nfrom provide.foundation import configure\n"
    for name, data in texts.items():
        end = b"\r\n" if b"\r\n" in data else b"\n"
        fresh = data.replace(b"import logging\n", b"import logging" + added)
        fresh = fresh.replace(b"import logging\r\n", b"import logging" + added.replace(b"\n", end))
        fresh = fresh.replace(b"logging.basicConfig()", b'configure(level="WARNING")')
        assert fresh == (tmp_path / name).read_bytes(), name
    assert 0 == check(".", folder=tmp_path).returncode


def test_nothing_is_written(tmp_path: Path) -> None:
    """A check leaves every file and folder as it was, and makes none."""
    (tmp_path / "a.py").write_text(CALL)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    for options in ([], ["--diff"], ["--format", "json"], ["--all"]):
        check(".", *options, folder=tmp_path)

    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_nothing_is_imported(tmp_path: Path) -> None:
    """Modules of the code base are not imported: one that would end the process is read."""
    (tmp_path / "a.py").write_text(f"import shop\nfrom shop import log\n{CALL}log.info(1)\n")
    (tmp_path / "shop.py").write_text("import os\nlog = os._exit(9)\n")

    assert 1 == check("a.py", folder=tmp_path).returncode


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Files that are no Python are named with the reason, and the others are checked."""
    files = {
        "syntax.py": b"def f(:\n",
        "python2.py": b"print 'x'\n",
        "bytes.py": b"x = '\xff\xfe'\n",
        "coding.py": b"# coding: klingon\n",
        "null.py": b"x = 1\0\n",
        "deep.py": b"x = " + b"(" * 5_000 + b")" * 5_000 + b"\n",
        "sum.py": b"import logging\nx = " + b"+".join([b"1"] * 20_000) + b"\n",
        "call.py": CALL.encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "large.py").open("wb") as large:
        large.truncate(MAX_BYTES + 1)
    (tmp_path / "folder.py").mkdir()
    done = check(".", folder=tmp_path)

    named = {row.split(": ")[1] for row in done.stdout.splitlines() if row.startswith("not read")}
    assert (1, "") == (done.returncode, done.stderr)
    assert {f"./{name}" for name in files if name != "call.py"} | {"./large.py"} == named
    assert "./call.py:2:1: change: logging.basicConfig" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="needs named pipes and POSIX links")
def test_links_and_pipes(tmp_path: Path) -> None:
    """Each file is read once, links in a circle end, and nothing waits for a pipe."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.py").write_text(CALL)
    (inner / "circle").symlink_to(tmp_path, target_is_directory=True)
    (inner / "itself.py").symlink_to(inner / "itself.py")
    (inner / "again.py").symlink_to(inner / "a.py")
    (tmp_path / "missing.py").symlink_to(tmp_path / "nowhere.py")
    os.mkfifo(inner / "pipe.py")
    walk = Walk([str(tmp_path), str(inner)])
    found = [Path(path).name for path in walk]

    assert ["a.py", "pipe.py"] == sorted(found)
    assert ["itself.py", "missing.py"] == sorted(Path(path).name for path, _ in walk.unreadable)
    with pytest.raises(Unreadable, match="not a regular file"):
        Checker([str(tmp_path)]).check(str(inner / "pipe.py"))


def test_folders_that_are_left_out(tmp_path: Path) -> None:
    """Environments, node_modules and hidden folders are left out, and read where they are named."""
    for name in (".git", "venv", "node_modules", "src/__pycache__", "mine/lib", "app.egg-info"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.py").write_text(CALL)
    (tmp_path / "mine" / "pyvenv.cfg").write_text("home = /usr\n")
    (tmp_path / "src" / "b.py").write_text(CALL)
    (tmp_path / "src" / "build").mkdir()
    (tmp_path / "src" / "build" / "__init__.py").write_text(CALL)  # a package of that name
    whole = check(".", folder=tmp_path).stdout
    named = check("venv", folder=tmp_path).stdout

    assert "2 files read" in whole
    assert (
        "left out: ./.git, ./app.egg-info, ./mine, ./node_modules, ./venv; name one as PATH to have"
        " it read\n" in whole
    )
    assert "venv/a.py:2:1: change" in named


def test_encodings_count(tmp_path: Path) -> None:
    """Columns and changes are right where letters take several bytes, in any encoding."""
    text = "# coding: {}\nimport logging\nx = 'é'; logging.basicConfig(level='INFO')\n"
    for encoding in ("utf-8", "latin-1", "cp1252"):
        path = tmp_path / f"{encoding}.py"
        path.write_bytes(text.format(encoding).encode(encoding))
        (finding,) = Checker([str(path)]).check(str(path)).findings

        assert "x = 'é'; configure(level='INFO')" == finding.after[-1]


def test_reader_that_goes_away(tmp_path: Path) -> None:
    """A reader such as `head` may close the pipe: no traceback, and the exit code holds."""
    for number in range(3):
        (tmp_path / f"{number}.py").write_text(CALL + "logging.basicConfig()\n" * 2_000)
    with interpreters.Popen(
        [*programs.COMMAND, "."], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        code = process.wait(60)

    assert (1, b"") == (code, said)


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    """A file cannot send the terminal anything: names and rows are escaped."""
    try:
        (tmp_path / "a\x1b[31m.py").write_text("import logging\nlogging.basicConfig()  # \x1b[2J\n")
    except OSError:  # Windows has no such names
        (tmp_path / "a.py").write_text("import logging\nlogging.basicConfig()  # \x1b[2J\n")

    assert "\x1b" not in check(".", folder=tmp_path).stdout


def test_nothing_of_it_is_loaded() -> None:
    """A program that logs, and the other commands, load nothing of the check."""
    code = (
        "import sys, provide.foundation as f; f.configure(); f.get_logger('a').info('x');"
        "import provide.foundation.__main__;"
        "print([name for name in sys.modules if '_migrate' in name])"
    )
    done = interpreters.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert "[]\n" == done.stdout


def test_verdicts_are_those_of_the_pages() -> None:
    """The words of the verdicts are what scripts compare with."""
    assert [
        "works as it is",
        "works, better otherwise",
        "unknown",
        "works differently",
        "change",
        "no counterpart",
    ] == [verdict.value for verdict in Verdict]
