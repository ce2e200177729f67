"""Tests of stack_traces/: exceptions as the text that `traceback` makes of them."""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from lane_process import Lane
from provide.foundation._pipeline.stack_traces.folding import FrameFolder
from provide.foundation._pipeline.stack_traces.text import format_stack_trace
from provide.foundation._record.exceptions import describe_exception, measured_exception
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.tracebacks import format_exception

pytestmark = pytest.mark.interpreter


class OurError(Exception):
    """Be an error with a module."""


def recurse(depth: int) -> Any:
    """Fail behind some calls of itself."""
    if depth:
        return recurse(depth - 1)
    nothing: Any = {}
    return nothing["key"] + (1 +
        2)  # fmt: skip


def fail_with_cause() -> None:
    """Fail because of a failure with notes."""
    try:
        recurse(10)
    except KeyError as error:
        error.add_note("one\ntwo")
        raise OurError("of more\nlines") from error


def fail_in_handler() -> None:
    """Fail while a failure is handled."""
    try:
        recurse(0)
    except KeyError:
        int("é" + "x")


def fail_with_group() -> None:
    """Fail with a group whose members have a context in common, and one of its own inside."""
    try:
        fail_with_cause()
    except OurError as first:
        try:
            fail_in_handler()
        except ValueError as second:
            inner = ExceptionGroup("inner", [TypeError(), second, OurError("x\ny")])
            raise ExceptionGroup("outer", [first, second, inner]) from None


def fail_widely() -> None:
    """Fail with a group of more members than are shown."""
    raise ExceptionGroup("wide", [ValueError(number) for number in range(20)])


def fail_deeply() -> None:
    """Fail with a group in a group, and so on."""
    group: Exception = ValueError("innermost")
    for number in range(6):
        group = ExceptionGroup(str(number), [group, KeyError(number)])
    raise group


def fail_to_parse() -> None:
    """Fail with an error that shows a line of the source."""
    compile("if x:\n    1 +* 2", "basket.py", "exec")


def fail_to_indent() -> None:
    """Fail with a class of such errors."""
    compile("if x:\n1", "basket.py", "exec")


def fail_without_end() -> None:
    """Use the stack up."""
    fail_without_end()


def fail_to_find_attribute() -> None:
    """Fail with an error that has a suggestion from 3.12 on."""
    os.get_cwd()  # type: ignore[attr-defined]


def fail_to_find_name() -> None:
    """Fail with another one."""
    print_all("é")  # type: ignore[name-defined]  # noqa: F821


def fail_to_import() -> None:
    """Fail with a third one."""
    from os import paths  # type: ignore[attr-defined]  # noqa: F401


def fail_without_message() -> None:
    """Fail without a word."""
    raise OurError


def fail_from_nothing() -> None:
    """Fail in a handler, and hide that."""
    try:
        recurse(0)
    except KeyError:
        raise OurError("hidden") from None


FAILURES = (
    fail_with_cause, fail_in_handler, fail_with_group, fail_widely, fail_deeply, fail_to_parse,
    fail_to_indent, fail_without_end, fail_to_find_attribute, fail_to_find_name, fail_to_import,
    fail_without_message, fail_from_nothing,
)  # fmt: skip


def catch(fail: Callable[[], Any]) -> Exception:
    """Return what a function raises."""
    try:
        fail()
    except Exception as error:
        return error
    raise AssertionError


def show(error: BaseException) -> str:
    """Return the text of an exception."""
    return format_stack_trace(error, describe_exception(error))


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_text_is_what_python_prints(fail: Callable[[], None]) -> None:
    """An exception has the text that `traceback` gives it, each time."""
    error = catch(fail)
    expected = "".join(traceback.format_exception(error)).removesuffix("\n")

    assert expected == show(error)
    assert expected == show(error)


def test_exception_without_traceback_has_no_frames() -> None:
    """An exception that was never raised is its message."""
    assert "KeyError: 'a'" == show(KeyError("a"))


def test_secret_in_a_message_is_masked() -> None:
    """What a message is made of has no secret in it, as in the object."""
    is_secret = KeyPolicy().is_secret
    error = catch(lambda: recurse(0))
    error.args = ({"password": "hunter2"},)
    text = format_stack_trace(error, describe_exception(error, is_secret=is_secret))

    assert text.endswith("KeyError: {'password': '***'}")


SCRIPT = """
import traceback

word = "hunter" + "2"

def fail():
    try:
        return {}["é"]
    except KeyError as error:
        error.add_note("password")
        raise ValueError({"password": word}, "x" * 10) from error

def report_lines(**given):
    use(log_file=FILE, **given)
    try:
        fail()
    except ValueError:
        log.exception("failed", a=1)
        log.error("failed", exc_info=True, stack_info=True)
        expected.append("".join(traceback.format_exc())[:-1])
    log.error("none", stack_trace="mine")

expected = []
report_lines(exceptions="text")
report_lines(exceptions="both")
report(expected=expected)
"""


@pytest.mark.parametrize("name", LANES)
def test_lanes_write_the_text(name: str, tmp_path: Path) -> None:
    """Every lane writes the text, with secrets masked, and beside the object if both are wanted."""
    done = Lane(name, tmp_path).run(SCRIPT)

    assert 0 == done.status, done.stderr
    lines = [json.loads(line) for line in done.file.read_bytes().splitlines()]
    texts = [each.replace("hunter2", "***") for each in done.report["expected"]]
    first, second, last, *both = lines
    assert [texts[0]] * 2 == [first["exception"], second["exception"]]
    assert "stack_trace" not in first.keys() | second.keys()
    assert [texts[1]] * 2 == [both[0]["stack_trace"], both[1]["stack_trace"]]
    assert ["ValueError", "KeyError"] == [
        both[0]["exception"]["type"],
        both[1]["exception"]["cause"]["type"],
    ]
    assert ["event", "exception", "stack_trace", "stack"] == list(both[1])[3:]
    # Only where lines have the text, its name is theirs.
    assert ["mine", "mine"] == [last["stack_trace"], both[2]["stack_trace_"]]


HOSTILE = """
class OddError(Exception):
    __traceback__ = __cause__ = __context__ = __notes__ = property(lambda self: 1 / 0)

    def __str__(self):
        raise SystemError

class OddAttributeError(AttributeError):
    name = property(lambda self: 1 / 0)

class Deaf:
    def __dir__(self):
        raise KeyError

def syntax_error(**parts):
    error = SyntaxError("m")
    for name, value in parts.items():
        setattr(error, name, value)
    return error

def chain(length):
    error = None
    for number in range(length):
        following = KeyError(number)
        following.__cause__ = error
        error = following
    return error

def group(depth):
    error = ValueError("seed")
    for number in range(depth):
        error = ExceptionGroup(f"g{number}", [error] * 3)
    return error

def run_in(file, source):
    exec(compile(source, file, "exec"), {"__name__": "m", "__loader__": 5})

def deep(number):
    return deep(number - 1) if number % 2 else other(number - 1) if number else 1 / 0

def other(number):
    return deep(number)

def fail(error):
    raise error

with open(FILE + ".py", "w") as file:
    file.write(long := "[" + "1," * 100_000 + "1/0]\\n")
loop = KeyError("a")
loop.__cause__ = ValueError("b")
loop.__cause__.__cause__ = loop
errors = [
    OddError("x"), OddAttributeError("x"), AttributeError("x", name="foo", obj=Deaf()),
    NameError("x", name=5), syntax_error(text=b"bytes", lineno="1"),
    syntax_error(text="x" * 10**6, lineno=1, offset=10**9, end_offset=-5),
    syntax_error(msg=5, lineno=1), chain(500), group(60), loop, ValueError("\\x1b[31m\\udc80"),
    OSError(2, "no", "a\\udc80"), KeyError({"password": "hunter" + "2"}),
]
calls = [lambda error=error: fail(error) for error in errors]
calls += [
    lambda: run_in(FILE + ".py", long), lambda: run_in("bad\\udc80name", "1/0"), lambda: deep(400),
]
use(log_file=FILE, exceptions="both", fold_frames=True)
log.error("failed", exc_info=errors[0])
for call in calls:
    try:
        call()
    except Exception:
        log.exception("failed")
report(lines=1 + len(calls))
"""


def test_hostile_exceptions_come_out_alike(tmp_path: Path) -> None:
    """Whatever an exception does, there is one bounded line, the same in every lane."""
    written = set()
    for name in ("processor", *LANES):
        done = Lane(name, tmp_path).run(HOSTILE)
        assert 0 == done.status, done.stderr
        assert (done.report["lines"], 0) == done.balance(str(done.file))
        lines = done.file.read_bytes().splitlines()
        assert all(len(line) < 50_000 and b"hunter2" not in line for line in lines)
        assert {"failed"} == {json.loads(line)["event"] for line in lines}
        written.add(re.sub(rb"\d\d:\d\d:\d\d\.\d{6}", b"", b"".join(lines)))
        done.file.unlink()

    assert 1 == len(written)


SEVERAL = """
import traceback

def fail():
    raise ValueError("é")

expected = {}
for forms in (["object", "text"], ["text", "both"], ["object", "text", "both", "both"]):
    names = [FILE + "." + "".join(forms) + str(place) for place in range(len(forms))]
    use(outputs=[OutputConfig(name, exceptions=form) for name, form in zip(names, forms)])
    try:
        fail()
    except ValueError as error:
        log.exception("failed", a=1)
        expected["".join(forms)] = traceback.format_exc()[:-1]
report(expected=expected)
"""


@pytest.mark.parametrize("name", LANES)
def test_each_output_has_its_own_form(name: str, tmp_path: Path) -> None:
    """Of several outputs each has exceptions in the form that it asks for."""
    done = Lane(name, tmp_path).run(SEVERAL)

    assert 0 == done.status, done.stderr
    for forms in (["object", "text"], ["text", "both"], ["object", "text", "both", "both"]):
        text = done.report["expected"]["".join(forms)]
        for place, form in enumerate(forms):
            line = json.loads(Path(f"{done.file}.{''.join(forms)}{place}").read_bytes())
            kind = str if form == "text" else dict
            assert (kind, form) == (type(line["exception"]), form)
            texts = {"object": None, "text": line["exception"], "both": line.get("stack_trace")}
            assert (None if form == "object" else text) == texts[form]


def run_in(file: str, source: str, module: str = "__main__", **names: Any) -> dict[str, Any]:
    """Return the names that a text defines, as if it stood in a file."""
    found = {"__name__": module, **names}
    exec(compile(source, file, "exec"), found)
    return found


def fail_in_libraries() -> None:
    """Fail behind frames of a program, of the standard library and of two packages."""
    inner = run_in("/v/lib/python3.11/site-packages/inner.py", "def call(do):\n    do(1)\n    0\n")
    outer = run_in(
        "C:\\v\\Lib\\site-packages\\outer\\web\\app.py",
        "def call(do):\n    use(do)\n",
        module="outer.web",
        use=inner["call"],
    )
    run = run_in(
        os.path.join(os.path.dirname(os.__file__), "asyncio", "own.py"),
        "def run(do):\n    call(do)\n",
        call=outer["call"],
    )["run"]
    run(lambda _: run(lambda number: number / 0))


def names_of_frames(error: Exception, *libraries: str) -> list[str]:
    """Return the functions of an exception's frames, with those of libraries folded."""
    folder = FrameFolder(libraries)
    description = measured_exception(error, fold=folder)[0]
    text = format_stack_trace(error, description, folder)
    for name in (frame["function"] for frame in description["frames"] if "folded" in frame):
        assert f"\n  ... {name} ...\n" in text
        assert f"\n  ... {name} ...\n" in format_exception(description)
    assert text.count("\n  File ") == sum("folded" not in each for each in description["frames"])
    return [frame["function"] for frame in description["frames"]]


def test_frames_of_libraries_are_folded() -> None:
    """A run of frames of libraries is one entry; the program's own frames are shown."""
    run = "3 frames in asyncio, outer, inner"

    assert [
        "catch", "fail_in_libraries", run, "<lambda>", run, "<lambda>",
    ] == names_of_frames(catch(fail_in_libraries))  # fmt: skip


def test_frame_that_raised_is_shown() -> None:
    """The innermost frame of a traceback stays, though it is a library's."""
    folded = names_of_frames(catch(lambda: json.loads("{")))

    assert ["catch", "<lambda>", "2 frames in json", "raw_decode"] == folded


def test_chosen_libraries_are_folded() -> None:
    """Prefixes of modules and of paths say which frames are folded."""
    error = catch(fail_in_libraries)
    outer = names_of_frames(error, "outer")
    paths = names_of_frames(error, "/v/lib/", "C:\\v\\", "oute")

    assert ["run", "1 frame in outer", "call"] == outer[2:5]
    assert ["run", "2 frames in v, lib", "<lambda>"] == paths[2:5]


def test_few_libraries_of_a_run_are_named() -> None:
    """A run of frames of many libraries names the first ones."""
    step: Any = {"call": lambda: 1 / 0}
    for number in range(6):
        file = f"/site-packages/lib{number}/a.py"
        step = run_in(file, "def call():\n    before()\n", before=step["call"])

    assert "6 frames in lib5, lib4, lib3, lib2, ..." == names_of_frames(catch(step["call"]))[1]


def test_folded_frames_make_room() -> None:
    """The innermost 64 entries are shown, and how many frames stand before them."""
    step: Any = {"call": lambda: 1 / 0}
    for number in range(80):
        file = f"/site-packages/lib{number}/a.py" if number % 2 else f"/app{number}.py"
        step = run_in(file, "def call():\n    before()\n", before=step["call"])
    error = catch(step["call"])
    folder = FrameFolder()
    description = measured_exception(error, fold=folder)[0]

    assert (64, 18) == (len(description["frames"]), description["frames_omitted"])
    assert "\n  <18 more frames>\n" in format_stack_trace(error, description, folder)


FOLDING = """
import asyncio

def fail():
    json.loads("{")

async def main():
    await asyncio.to_thread(fail)

for options in ({"exceptions": "both"}, {"console_formatter": "key_value"}):
    use(log_file=FILE, fold_frames=True, **options)
    try:
        asyncio.run(main())
    except ValueError:
        log.exception("failed", a=1)
"""


def test_lanes_fold_alike(tmp_path: Path) -> None:
    """Every lane writes the same entries for folded frames."""
    written = set()
    for name in ("processor", *LANES):
        done = Lane(name, tmp_path).run(FOLDING)
        assert 0 == done.status, done.stderr
        written.add(re.sub(rb"\d\d:\d\d:\d\d\.\d{6}", b"", done.file.read_bytes()))
        done.file.unlink()

    assert 1 == len(written)
    assert {b"in asyncio", b"in json"} <= set(re.findall(rb"in (?:asyncio|json)\b", min(written)))
