"""Lines for people where there is no terminal: in reports of pytest, and in logs of CI systems."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import interpreters
from provide.foundation._config.console import Console
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._diagnostics.stats import LEVEL_INDEX
from provide.foundation._output.encoding import is_read
from provide.foundation._output.screens.github import Commands
from provide.foundation._record.exceptions import describe_exception
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits
from provide.foundation._runtime.openers.people import terminal_parts
from provide.foundation.levels import ERROR, INFO, WARNING

pytest_plugins = ("pytester",)

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="paths as POSIX has them")
NAMES = (
    *("GITHUB_ACTIONS", "GITLAB_CI", "CI", "COLUMNS", "FORCE_COLOR", "NO_COLOR"),
    "PROVIDE_LOG_CONSOLE_CAPTURED",
)
CHILD = """
from provide.foundation import get_logger
log = get_logger("shop")
log.info("said", a=1, b="::error::x")
log.error("::error::failed")
"""


def run(output: Any = subprocess.PIPE, **environment: str) -> str:
    """Return what a program writes that sets nothing up."""
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    ran = interpreters.run(
        [sys.executable, "-c", CHILD],
        stderr=output,
        check=True,
        env={**kept, "PROVIDE_LOG_EXTENSIONS": "none", **environment},
    )
    return (ran.stderr or b"").decode()


def test_rows_in_reports_have_emoji() -> None:
    """What has emoji at a terminal has them where pytest's reports show it."""
    pytest.importorskip("provide.foundation.emoji")
    code = """
import io, sys
from provide.foundation import get_logger, setup_telemetry
class Reported(io.StringIO):
    foundation_reported = True
sys.stderr = Reported()
setup_telemetry()
get_logger("shop").info("said", domain="auth", action="login", status="success")
print(sys.stderr.getvalue(), file=sys.stdout)
"""
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    said = interpreters.run([sys.executable, "-c", code], env=kept, capture_output=True, check=True)
    assert "🔑👉✅ said " in said.stdout.decode()


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"GITHUB_ACTIONS": "true", "CI": "true"}, id="by-default"),
        pytest.param({"CI": "true", "PROVIDE_LOG_CONSOLE_CAPTURED": "ci"}, id="unknown-system"),
        pytest.param(
            {
                "GITLAB_CI": "true",
                "PROVIDE_LOG_CONSOLE_CAPTURED": "ci",
                "PROVIDE_LOG_CONSOLE_FORMATTER": "json",
            },
            id="json",
        ),
    ],
)
def test_programs_in_ci_write_json(environment: dict[str, str]) -> None:
    """A program in a CI system writes what it writes elsewhere, unless somebody asks for rows."""
    events = [json.loads(line)["event"] for line in run(**environment).splitlines()]
    assert ["said", "::error::failed"] == events


def test_rows_in_ci_where_they_are_asked_for(tmp_path: Path) -> None:
    """On request the log of a CI system has rows of COLUMNS; a file has JSON even then."""
    asked = {"GITLAB_CI": "true", "PROVIDE_LOG_CONSOLE_CAPTURED": "ci"}
    rows = run(**asked, COLUMNS="60").splitlines()
    assert "INFO  said a=1 b=::error::x shop" == rows[1][13:]
    with (tmp_path / "log").open("wb") as file:
        run(file, **asked)
    assert "said" == json.loads((tmp_path / "log").read_text("utf-8").splitlines()[0])["event"]


def test_github_has_errors_as_commands() -> None:
    """In GitHub Actions an error is a command as well, and no text of a line is one."""
    rows = run(GITHUB_ACTIONS="true", PROVIDE_LOG_CONSOLE_CAPTURED="ci").splitlines()
    assert ["::error title=shop::::error::failed"] == [row for row in rows if row[0] == ":"]


def test_streams_that_fail_are_not_read() -> None:
    """A stream that raises, whatever it is asked, is none that people read."""

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError

    assert (False, False) == (is_read(Broken(), "pytest"), is_read(None, "ci"))


# What the runner of GitHub Actions does with a row, as actions/runner's `ActionCommand` has it.
def commands_in(output: str) -> list[tuple[str, dict[str, str], str]]:
    """Return name, properties and message of the commands in what a step has written."""
    found = []
    for row in re.split(r"\r\n|\r|\n", output):
        stripped = row.strip()
        match = re.match(r"::([^:]*?)(?: ([^:]*))?::(.*)\Z", stripped, re.DOTALL)
        if match:
            pairs = [each.partition("=") for each in (match[2] or "").split(",") if each]
            properties = {key: unescape(value) for key, _, value in pairs}
            found.append((match[1], properties, unescape(match[3])))
        elif "##[" in row:
            found.append(("##", {}, row))
    return found


def unescape(text: str) -> str:
    """Return a text as it was before it was escaped for a command."""
    for number in (0x0D, 0x0A, 0x3A, 0x2C, 0x25):
        text = text.replace(f"%{number:02X}", chr(number))
    return text


def show(record: Record, *, colors: bool = False, **options: Any) -> str:
    """Return what the log of GitHub Actions gets of a record."""
    console = Console(captured="ci", time="utc", **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_ACTIONS", "true")
        screen, render, _ = terminal_parts(
            LoggingConfig(console=console), sys.__stderr__, Limits(), KeyPolicy(),
            terminal=False, colors=colors, captured=True,
        )  # fmt: skip
        return screen.lay_out(LEVEL_INDEX[record.level], render(record)).decode()


def failed(number: int) -> Record:
    """Return the record of an exception that has a cause and a message of two lines."""
    record = Record(ERROR, "shop.web", "payment_failed", {"order": number})
    try:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("50 % of it:\n  test_captured.py:1 in x") from error
    except RuntimeError as error:
        record.exception = describe_exception(error)
        record.exc_info = (RuntimeError, error, error.__traceback__)
    return record


@pytest.mark.parametrize("colors", [False, True])
@pytest.mark.parametrize("tracebacks", ["short", "full", "python"])
def test_errors_name_their_place(
    colors: bool, tracebacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command has the frame that raised, below the workspace, and the error's message."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path(__file__).parents[1]))
    record = failed(7)
    line = record.exc_info[2].tb_lineno  # type: ignore[index]
    name, properties, message = commands_in(show(record, colors=colors, tracebacks=tracebacks))[-1]
    python = tracebacks == "python"
    place = {} if python else {"file": f"tests/{Path(__file__).name}", "line": str(line)}
    error = "" if python else "\nRuntimeError: 50 % of it:"
    assert ("error", {**place, "title": "shop.web"}) == (name, properties)
    assert f"payment_failed order=7{error}" == message


@POSIX
def test_call_sites_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an exception the place is that of the call, where the line has it."""
    monkeypatch.setenv("GITHUB_WORKSPACE", "/srv")
    record = Record(ERROR, "shop", "no", {})
    record.callsite = {"file": "/srv/a b/app.py", "line": 12, "function": "f"}
    expected = {"title": "shop", "file": "a b/app.py", "line": "12"}
    assert expected == commands_in(show(record))[0][1]
    record.callsite["file"] = "/srv/a,b:c.py"
    assert "::error file=a%2Cb%3Ac.py,line=12,title=shop::no" in show(record)


@POSIX
def test_the_place_is_that_of_the_error_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no source is there to be shown, the place is not that of the cause."""
    monkeypatch.setenv("GITHUB_WORKSPACE", "/")
    record = failed(1)
    assert isinstance(record.exception, dict)
    record.exception["frames"] = [{"file": "/none/a.py", "line": 3, "function": "f"}]
    assert "none/a.py" == commands_in(show(record))[-1][1]["file"]


def test_files_elsewhere_are_no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not below the workspace is none that a page of GitHub's could show."""
    monkeypatch.setenv("GITHUB_WORKSPACE", "/nowhere")
    assert {"title": "shop.web"} == commands_in(show(failed(1)))[-1][1]


TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(["::", "error", " ", "\n", "\r", "##[", "]", "%0A", "\u3000", "\x85", "a"])
    ).map("".join),
)


@given(event=TEXTS, key=TEXTS, value=TEXTS, level=st.sampled_from([INFO, WARNING, ERROR]),
       columns=st.sampled_from([None, ("event",), ("logger", "event")]),
       width=st.sampled_from([None, 40, 100]))  # fmt: skip
def test_no_text_is_a_command(
    event: str, key: str, value: str, level: int, columns: Any, width: int | None
) -> None:
    """Whatever is logged, only an error starts a command, and that one alone."""
    record = Record(level, event or "x", event, {key: value, "nested": [value] * 9})
    try:
        raise ValueError(value)
    except ValueError as error:
        record.exception = describe_exception(error)
        record.exc_info = (ValueError, error, error.__traceback__)
    found = commands_in(show(record, columns=columns, width=width))
    assert ["error"] * (level == ERROR) == [name for name, _, _ in found]


@given(TEXTS)
@example("\u3000::error::a")
@example("a\r ::error::b")
@example("a##[error]b")
def test_foreign_lines_start_no_command(text: str) -> None:
    """A line that a processor has made, of any text, starts no command, either."""
    data = f"{text}\n".encode("utf-8", "surrogatepass")
    made = Commands({3}).add(2, data, data)
    assert [] == commands_in(made.decode("utf-8", "replace"))


TESTS = """
import subprocess, sys
from provide.foundation import get_logger, reset_for_testing

log = get_logger("shop")

def test_rows():
    reset_for_testing()
    log.info("event_of_rows", a=1)
    assert 0

def test_of_what_is_read(capfd):
    reset_for_testing()
    log.info("event_read", a=1)
    assert '"event":"event_read"' in capfd.readouterr().err

def test_of_children():
    code = "from provide.foundation import logger; logger.info('event_of_child')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert b'"event":"event_of_child"' in ran.stderr
"""


def test_a_run_without_a_report(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pytest has no plugin for terminals, and so no report, the tests run all the same."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("def test_it(): pass")
    ran = pytester.runpytest_subprocess(*("-p", "foundation", "-p", "no:terminal"))
    assert (0, []) == (ran.ret, ran.errlines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "row"),
    [
        ({}, "INFO  shop               event_of_rows a=1"),
        ({"COLUMNS": "80"}, "INFO  event_of_rows a=1 shop"),
        ({"PROVIDE_LOG_CONSOLE_CAPTURED": "never"}, ""),
        ({"PROVIDE_LOG_CONSOLE_FORMATTER": "json"}, ""),
    ],
    ids=["default", "columns", "never", "json"],
)
def test_reports_of_pytest(
    pytester: pytest.Pytester,
    variables: dict[str, str],
    row: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reports have rows; what a test reads itself, and what its children write, stays JSON."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "PROVIDE_LOG_EXTENSIONS": "none"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(TESTS)
    ran = pytester.runpytest_subprocess("-p", "foundation", "-p", "no:cacheprovider")
    ran.assert_outcomes(passed=2, failed=1)
    shown = [line for line in ran.stdout.lines if "event_of_rows" in line][-1]
    if row:
        assert row == shown[13:]
    else:
        assert "event_of_rows" == json.loads(shown)["event"]
