"""The variables of frames: which are shown, how they are masked, and where they never are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import Console, Redaction
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._record.exceptions import describe_exception
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits
from provide.foundation._runtime.openers.people import terminal_parts
from provide.foundation.levels import ERROR

CODE = re.compile(r"\x1b\[[0-9;]*m")


def show(error: BaseException, tracebacks: Any = "short", **options: Any) -> str:
    """Return the rows of an exception at a terminal, without colours."""
    options.setdefault("console", Console(locals=True, tracebacks=tracebacks))
    _, render, _ = terminal_parts(
        LoggingConfig(**options), None, Limits(), KeyPolicy(),
        terminal=True, colors=False,
    )  # fmt: skip
    record = Record(ERROR, "shop", "failed", {})
    record.exception = describe_exception(error)
    record.exc_info = (type(error), error, error.__traceback__)
    return CODE.sub("", render(record).decode())


def caught(function: Callable[..., object], *arguments: object) -> BaseException:
    """Return what a function raises."""
    try:
        function(*arguments)
    except Exception as error:
        return error
    raise AssertionError


def variables_of(text: str, function: str) -> list[str]:
    """Return the rows of variables below the frame of a function."""
    rows = text.split("\n")
    at = next(n for n, row in enumerate(rows) if row.endswith(f" in {function}"))
    found = []
    for row in rows[at + 2 :]:
        if not row.startswith(" " * 19):
            break
        found.append(row.strip())
    return found


def charge(order: dict[str, object], attempt: int) -> None:
    """Raise, with an import and a function among the variables."""
    import os.path

    def refuse() -> None:
        raise ValueError(order, os.path)

    card_number, total = "4111111111111111", 12.5
    if total > len(card_number):
        return
    raise RuntimeError(attempt)


def test_variables_stand_below_their_frame() -> None:
    """Those in the line of the source come first; functions and modules are left out."""
    rows = variables_of(show(caught(charge, {"id": 7, "token": "t0p"}, 3)), "charge")
    assert [
        "attempt = 3",
        'order = {"id":7,"token":"***"}',
        "card_number = ***",
        "total = 12.5",
    ] == rows


@pytest.mark.parametrize("tracebacks", ["short", "full"])
def test_frames_of_libraries_have_none(tracebacks: str) -> None:
    """Only the program's own frames have their variables shown."""
    text = show(caught(lambda text: json.loads(text), "{'a': 1}"), tracebacks)
    assert (["text = \"{'a': 1}\""], False) == (variables_of(text, "<lambda>"), "idx = " in text)


def test_none_without_being_asked() -> None:
    """By default, and as Python prints it, no variable is shown."""
    error = caught(charge, {}, 3)
    assert "attempt =" not in show(error, console=Console())
    assert "attempt =" not in show(error, "python")


def test_patterns_and_keys_of_the_redaction_hold() -> None:
    """What fields have masked, variables have, too: keys of one's own, patterns and a censor."""

    def sign(pin: int, header: str, nested: list[object]) -> None:
        raise ValueError

    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLTE"
    error = caught(sign, 1234, f"x {token}", [{"deep": f"a {token} b"}, "c" * 190 + " " + token])
    text = show(
        error,
        redact_keys=["pin"],
        censor="<gone>",
        redaction=Redaction(patterns=["jwt"]),
    )
    rows = variables_of(text, "sign")
    assert ["pin = <gone>", 'header = "x <gone>"'] == rows[:2]
    assert rows[2].startswith('nested = [{"deep":"a <gone> b"},"ccc')
    assert "eyJ" not in text


def test_objects_that_fail_or_are_large() -> None:
    """A `__repr__` that raises is survived; long and deep values are cut, and so are many."""

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    def work(broken: object, text: str, many: list[int], loop: list[object]) -> None:
        a, b, c, d, e, f = range(6)
        raise ValueError(a, b, c, d, e, f)

    loop: list[object] = []
    loop.append(loop)
    rows = variables_of(show(caught(work, Broken(), "x" * 5000, [1] * 10**6, loop)), "work")
    assert [*(f"{name} = {n}" for n, name in enumerate("abcdef"))] == rows[:6]
    assert rows[6].startswith("broken = ")
    assert "unprintable" in rows[6]
    assert (f'text = "{"x" * 98}…', "⋮ 2 more") == (rows[7], rows[8])


def test_control_characters_are_escaped() -> None:
    """The value of a variable brings no control characters."""
    text = show(caught(lambda title: 1 / 0, "\x1b]0;x\x07\n\u202e"))
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) is None
    assert "title = " in text


def test_causes_and_members_have_theirs() -> None:
    """What an exception came from has its variables, and so have the members of a group."""

    def first(inner: int) -> None:
        raise KeyError(inner)

    def second(outer: int) -> None:
        try:
            first(outer + 1)
        except KeyError as error:
            raise ExceptionGroup("all", [caught(first, 9)]) from error  # type: ignore[type-var]

    rows = [row.strip() for row in show(caught(second, 1)).split("\n")]
    assert ["outer = 1", "inner = 9", "outer = 1", "inner = 2"] == [
        row for row in rows if re.match("(inner|outer) =", row)
    ]


def test_descriptions_of_other_frames_have_none() -> None:
    """Where a description has not the frames of the exception, no variable is shown."""
    error = caught(charge, {}, 3)
    text = describe_exception(error)
    for frame in text["frames"]:
        frame["line"] += 1
    _, render, _ = terminal_parts(
        LoggingConfig(console=Console(locals=True)), None, Limits(), KeyPolicy(),
        terminal=True, colors=False,
    )  # fmt: skip
    record = Record(ERROR, "shop", "failed", {}, exception=text)
    record.exc_info = (type(error), error, error.__traceback__)
    assert "attempt = 3" not in CODE.sub("", render(record).decode())


def test_lines_of_the_source_are_masked(tmp_path: Path) -> None:
    """What a pattern finds in a line of the source is masked where that is shown."""
    path = tmp_path / "shop.py"
    path.write_text("1 / len('https://ana:hunter2@shop.example/?q=1').x  # " + "y" * 400, "utf-8")
    error = caught(lambda: exec(compile(path.read_text("utf-8"), str(path), "exec")))
    plainly, masked = show(error), show(error, redact_patterns=["url_credentials"])
    assert ("hunter2" in plainly, "hunter2" in masked) == (True, False)
    assert "***" in masked


SCRIPT = """
from provide.foundation import Console, OutputConfig, configure, get_logger
configure(
    console=Console(locals=True, colors=True, width=100),
    output=[
        OutputConfig("stderr", formatter="key_value"),
        OutputConfig("stdout", formatter="json", exceptions="both"),
        OutputConfig("plain.log", formatter="key_value"),
        OutputConfig("compact.log", formatter="compact"),
    ],
)
def charge(password, basket):
    return 1 / 0
try:
    charge("hunter" + "2", "app" + "les")
except ZeroDivisionError:
    get_logger("shop").exception("failed")
"""


def test_only_a_terminal_has_them(tmp_path: Path) -> None:
    """JSON and files have no variable, while a terminal beside them has, with secrets masked."""
    ran = interpreters.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, cwd=tmp_path, check=True, text=True
    )
    shown = CODE.sub("", ran.stderr)
    assert ("basket = apples" in shown, "password = ***" in shown) == (True, True)
    files = [(tmp_path / name).read_text("utf-8") for name in ("plain.log", "compact.log")]
    for text in (ran.stdout, *files):
        assert ("charge" in text, "apples" in text) == (True, False)
    assert "hunter2" not in "".join([shown, ran.stdout, *files])


LANES_SCRIPT = """
import logging, sys
from provide.foundation import Console, configure, get_logger
configure(
    format="key_value",
    console=Console(locals=True, colors=True),
    redact_patterns=sys.argv[1:],
    capture_uncaught=True,
)
def charge(password, header):
    return 1 / 0
try:
    charge("hunter" + "2", "Bearer eyJhb" + "GciOi.x9")
except ZeroDivisionError:
    get_logger("shop").exception("failed", n=1)
    logging.getLogger("shop").exception("failed")
charge("hunter" + "2", "x")
"""


@pytest.mark.parametrize("patterns", [(), ("bearer",)], ids=["keys", "patterns"])
def test_every_lane_shows_them(patterns: tuple[str, ...]) -> None:
    """The lanes agree, on lines of `logging` and on what nobody catches, too."""
    found = {}
    for lane in LANES:
        ran = interpreters.run(
            [sys.executable, "-c", LANES_SCRIPT, *patterns],
            stderr=subprocess.PIPE,
            env={**os.environ, "FOUNDATION_LANE": lane, "PYTHONIOENCODING": "utf-8"},
        )
        found[lane] = CODE.sub("", ran.stderr.decode())
    assert 3 == found["processor"].count("password = ***")
    assert 2 * (not patterns) == found["processor"].count("eyJhbGciOi")
    rows = {lane: re.findall(r"\n {13}.*", text) for lane, text in found.items()}
    assert rows == dict.fromkeys(LANES, rows["processor"])
