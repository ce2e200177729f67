"""The command line, as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import interpreters
from provide.foundation._render.console import display_width
from provide.foundation.emoji.__main__ import main, render_table


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, in UTF-8 if the environment given does not say otherwise."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PROVIDE_")}
    return interpreters.run(
        [sys.executable, "-m", "provide.foundation.emoji", *arguments],
        env={**kept, "PYTHONIOENCODING": "utf-8", **environ},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_matrix_shows_every_source() -> None:
    """Without arguments there is a table of all sets, DAS and logger names."""
    done = run()
    rows = done.stdout.splitlines()
    sources = dict.fromkeys(row.split("  ")[0] for row in rows[1:])

    assert (
        0,
        "",
        ["SOURCE", "KEY", "EMOJI", "VALUES"],
        ["http (40)", "database (30)", "llm (20)", "task_queue (10)", "das", "logger name"],
    ) == (done.returncode, done.stderr, rows[0].split(), list(sources))


def test_matrix_is_aligned() -> None:
    """The last column begins at the same place of the terminal in each row."""
    rows = [
        ("http", "method", "📥", "get"),
        ("http", "status", "⚠️", "4xx"),
        ("own", "état", "OK", "x"),
    ]
    lines = render_table(rows, "utf-8").splitlines()
    places = {
        display_width(line[: line.rindex(end)])
        for line, end in zip(lines, ("VALUES", "get", "4xx", "x"), strict=True)
    }

    assert {display_width("SOURCE  KEY     EMOJI  ")} == places


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"PROVIDE_LOG_ENABLED_EMOJI_SETS": "llm"}, {"llm (20)", "das", "logger name"}),
        ({"PROVIDE_LOG_DAS_EMOJI_ENABLED": "false"}, {"logger name"}),
        (
            {
                "PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED": "false",
                "PROVIDE_LOG_ENABLED_EMOJI_SETS": "http",
            },
            {"http (40)", "das"},
        ),
    ],
)
def test_matrix_follows_the_environment(environ: dict[str, str], expected: set[str]) -> None:
    """The matrix is that of the configuration in the environment."""
    rows = run(**environ).stdout.splitlines()[1:]

    assert expected == {row.split("  ")[0] for row in rows}


def test_try_shows_emoji_and_sources() -> None:
    """A line that is tried shows its emoji and where each is from."""
    done = run("--try", "domain=auth", "action=login", "event=User login", "logger=uvicorn.access")

    assert (
        "line: 🚪 [🔑][➡️] User login\n"
        "  🚪  logger name: uvicorn.access\n"
        "  🔑  das: domain=auth\n"
        "  ➡️  das: action=login\n"
    ) == done.stdout


def test_try_of_a_number() -> None:
    """A status is known by its number, though all that is given is text."""
    assert (
        "line: [⚠️]\n  ⚠️  http: http.status_code=410\n"
        == run("--try", "http.status_code=410").stdout
    )


def test_try_without_emoji() -> None:
    """A line that gets none says so."""
    assert "no emoji\n" == run("--try", "event=Something happened").stdout


def test_try_escapes_control_characters() -> None:
    """What is tried cannot change the terminal."""
    done = run("--try", "event=user_login \x1b[2J", "domain=auth")

    assert "line: [🔑] user_login \\x1b[2J" == done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    "arguments", [("--try", "domain"), ("--try", "=x"), ("--try",), ("matrix",), ("--tri",)]
)
def test_bad_arguments_exit_with_2(arguments: tuple[str, ...]) -> None:
    """Arguments that cannot be understood give the usage."""
    done = run(*arguments)

    assert (2, "", True) == (
        done.returncode,
        done.stdout,
        done.stderr.startswith("usage: python -m provide.foundation.emoji"),
    )


def test_bad_configuration_exits_with_2() -> None:
    """A set that does not exist is named."""
    done = run(PROVIDE_LOG_ENABLED_EMOJI_SETS="webb")

    assert (2, True) == (done.returncode, "logging.enabled_emoji_sets: 'webb'" in done.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252:strict"])
def test_output_without_emoji_shows_escapes(encoding: str) -> None:
    """An output that has no emoji gets escapes, in the matrix too, and no error."""
    tried = run("--try", "domain=auth", PYTHONIOENCODING=encoding)
    matrix = run(PYTHONIOENCODING=encoding)

    assert ("line: [\\U0001f511]\n  \\U0001f511  das: domain=auth\n", 0, True, "") == (
        tried.stdout,
        matrix.returncode,
        "\\U0001f511" in matrix.stdout,
        matrix.stderr,
    )


def test_closed_pipe_is_no_error() -> None:
    """A reader that has seen enough ends the output quietly."""
    read, write = os.pipe()
    os.close(read)
    done = interpreters.run(
        [sys.executable, "-m", "provide.foundation.emoji"],
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(write)

    assert (0, b"") == (done.returncode, done.stderr)


def test_main_returns_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """The function takes arguments as the process does."""
    assert (0, "no emoji\n") == (main(["--try", "a=b"]), capsys.readouterr().out)
