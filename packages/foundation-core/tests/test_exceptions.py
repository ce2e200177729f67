"""Tests of exceptions.py: exceptions as data, such data as text, and what `exc_info` may be."""

from __future__ import annotations

import json
import sys
import traceback
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation._pipeline.fields import normalise_exc_info
from provide.foundation._record.exceptions import describe_exception, measured_exception
from provide.foundation._record.tracebacks import format_exception
from provide.foundation._record.values import Limits, plain

pytestmark = pytest.mark.interpreter

HERE = __name__


class OurError(Exception):
    """Be an error with a module."""


class SilentError(Exception):
    """Be an error that cannot say what happened."""

    def __str__(self) -> str:
        raise ValueError


class SlyError(Exception):
    """Be an error that fails on being asked where it came from."""


def fail_to_tell(error: SlyError) -> Any:
    """Fail."""
    raise OSError


for name in ("__cause__", "__context__", "__traceback__", "__notes__"):
    setattr(SlyError, name, property(fail_to_tell))


def catch(error: Exception, origin: Exception | None = None) -> Exception:
    """Raise an exception, from another one if given, and return it."""
    try:
        if origin is None:
            raise error
        raise error from origin
    except Exception as caught:
        return caught


def without_frames(description: Any) -> Any:
    """Return a description without its frames."""
    if isinstance(description, list):
        return [without_frames(part) for part in description]
    if isinstance(description, dict):
        return {k: without_frames(part) for k, part in description.items() if k != "frames"}
    return description


def test_exception_is_described() -> None:
    """Type, message and frames are there, the outermost frame first; nothing that is empty is."""
    error = catch(ValueError("bad"))
    line = error.__traceback__.tb_lineno if error.__traceback__ else 0

    assert {
        "type": "ValueError",
        "message": "bad",
        "frames": [{"file": __file__, "line": line, "function": "catch"}],
    } == describe_exception(error)


def test_frames_are_in_order() -> None:
    """Frames run from where the exception was caught to where it was raised."""
    try:
        json.loads("{")
    except ValueError as error:
        functions = [frame["function"] for frame in describe_exception(error)["frames"]]

    assert ["test_frames_are_in_order", "loads", "decode", "raw_decode"] == functions


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(OurError("x"), {"type": f"{HERE}.OurError", "message": "x"}, id="qualified"),
        pytest.param(ValueError(), {"type": "ValueError", "message": ""}, id="no-message"),
        pytest.param(
            SilentError(),
            {"type": f"{HERE}.SilentError", "message": f"<unprintable {HERE}.SilentError>"},
            id="failing-str",
        ),
        pytest.param(
            SlyError("x"),
            {"type": f"{HERE}.SlyError", "message": "x", "notes": ["<unreadable>"]},
            id="failing-properties",
        ),
        pytest.param(KeyError("k"), {"type": "KeyError", "message": "'k'"}, id="key-error"),
        pytest.param(
            ValueError("\ud800"), {"type": "ValueError", "message": "\\ud800"}, id="surrogate"
        ),
    ],
)
def test_exception_without_traceback(error: Exception, expected: dict[str, str]) -> None:
    """An exception that was never raised has a type and a message."""
    assert expected == describe_exception(error)


def test_cause_context_and_suppression() -> None:
    """As in a traceback, a cause stands for the context, and `from None` hides it."""
    first = ValueError("first")
    caused, contextual, suppressed = OSError("c"), OSError("x"), OSError("s")
    caused.__cause__ = first
    contextual.__context__ = suppressed.__context__ = first
    suppressed.__suppress_context__ = True
    origin = {"type": "ValueError", "message": "first"}

    assert [
        {"type": "OSError", "message": "c", "cause": origin},
        {"type": "OSError", "message": "x", "context": origin},
        {"type": "OSError", "message": "s"},
    ] == [describe_exception(error) for error in (caused, contextual, suppressed)]


def test_group_and_notes_are_described() -> None:
    """Members and notes stand under keys of their own, in the order of the schema."""
    group = ExceptionGroup("many", [ValueError("a"), ExceptionGroup("more", [OSError("b")])])
    group.add_note("hint")
    group.__cause__ = KeyError("k")

    description = describe_exception(group)

    assert (
        ["type", "message", "notes", "cause", "exceptions"],
        [
            {"type": "ValueError", "message": "a"},
            {
                "type": "ExceptionGroup",
                "message": "more (1 sub-exception)",
                "exceptions": [{"type": "OSError", "message": "b"}],
            },
        ],
    ) == (list(description), description["exceptions"])


def test_cycle_ends() -> None:
    """A chain that bites its tail is told once round."""
    first, second = ValueError("1"), OSError("2")
    first.__context__, second.__context__ = second, first

    assert {
        "type": "ValueError",
        "message": "1",
        "context": {
            "type": "OSError",
            "message": "2",
            "context": {"type": "ValueError", "message": "<already described>"},
        },
    } == describe_exception(first)


def test_long_chain_is_cut() -> None:
    """Sixteen links are described, and the others counted."""
    chain = [ValueError(str(number)) for number in range(100)]
    for effect, cause in pairwise(chain):
        effect.__cause__ = cause

    node: Any = describe_exception(chain[0])
    messages = []
    while node is not None:
        messages.append(node["message"])
        node = node.get("cause")

    assert [*map(str, range(17)), "<83 more exceptions>"] == messages


def test_deep_traceback_is_cut() -> None:
    """The innermost frames stay, and the others are counted."""

    def descend(depth: int) -> None:
        if depth == 0:
            raise ValueError
        descend(depth - 1)

    try:
        descend(200)
    except ValueError as error:
        description = describe_exception(error)

    assert (64, 138, "descend") == (
        len(description["frames"]),
        description["frames_omitted"],
        description["frames"][0]["function"],
    )


def test_wide_and_deep_groups_are_cut() -> None:
    """A group within every single limit, and still huge, is cut; so is one that is too deep."""
    wide = ExceptionGroup("wide", [ValueError(str(number)) for number in range(50)])
    deep: ExceptionGroup[Exception] = wide
    for _ in range(30):
        deep = ExceptionGroup("deep", [deep])
    huge: ExceptionGroup[Exception] = wide
    for _ in range(7):
        huge = ExceptionGroup("huge", [huge] * 16)

    levels, node = 0, describe_exception(deep)
    while "exceptions" in node:
        levels, node = levels + 1, node["exceptions"][0]

    assert (
        (17, {"type": "...", "message": "<34 more exceptions>"}),
        (9, {"type": "...", "message": "<1 more exceptions>"}),
        True,
    ) == (
        (len(describe_exception(wide)["exceptions"]), describe_exception(wide)["exceptions"][-1]),
        (levels, node),
        len(orjson.dumps(describe_exception(huge))) < 100_000,
    )


def test_messages_are_cut() -> None:
    """One message and all of them together are bounded."""
    chain = [ValueError("x" * 3_000_000) for _ in range(12)]
    for effect, cause in pairwise(chain):
        effect.__cause__ = cause

    description = describe_exception(chain[0])

    assert (True, True) == (
        description["message"].endswith("x...<902848 more characters>"),
        len(orjson.dumps(description)) < 9_000_000,
    )


def test_limit_of_a_message() -> None:
    """A message is cut where the limits say."""
    description = describe_exception(ValueError("abcdef"), limits=Limits(string=2))

    assert "ab...<4 more characters>" == description["message"]


DEEP = Limits(depth=64)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(catch(ValueError("bad")), id="usual"),
        pytest.param(catch(OurError("é\ud800\x7f"), catch(KeyError("k"))), id="wide"),
        pytest.param(ExceptionGroup("g", [catch(ValueError("a"))] * 3), id="group"),
        pytest.param(SlyError("x"), id="failing-properties"),
        pytest.param(SilentError(), id="failing-str"),
    ],
)
def test_measured_description_is_plain(error: Exception) -> None:
    """A description that has a size is left as it is by the encoder, and takes no more bytes."""
    description, measured = measured_exception(error)

    assert measured is not None
    assert description == describe_exception(error) == plain(description, DEEP)
    texts = [part for part in walk(description) if isinstance(part, str)]
    assert sum(len(text.encode()) for text in texts) <= measured[0]
    assert len(list(walk(description))) <= measured[1]


def walk(value: Any) -> Any:
    """Yield the values inside of plain data."""
    for part in value.values() if isinstance(value, dict) else value:
        yield part
        if isinstance(part, dict | list):
            yield from walk(part)


def chain(length: int) -> Exception:
    """Return an exception with so many causes."""
    error: Exception = ValueError(0)
    for number in range(length):
        error = catch(ValueError(number), error)
    return error


@pytest.mark.parametrize(
    ("error", "limits"),
    [
        pytest.param(ValueError("x" * 50_000), Limits(string=40_000), id="cut"),
        pytest.param(ValueError("x" * 50_000), Limits(line=40_000), id="no-room"),
        pytest.param(chain(16), Limits(), id="many"),
        pytest.param(type("E", (Exception,), {"__qualname__": "é"})(), Limits(), id="type"),
    ],
)
def test_other_description_has_no_size(error: Exception, limits: Limits) -> None:
    """A description that the encoder might change has no size."""
    assert measured_exception(error, limits)[1] is None


def test_locals_stay_out() -> None:
    """No value of a local variable gets into a description or its text."""

    def fail() -> None:
        hidden = "the-" + "secret"
        raise ValueError(len(hidden))

    try:
        fail()
    except ValueError as error:
        description = describe_exception(error)

    assert "the-secret" not in str(description) + format_exception(description)


def test_exc_info_means_an_exception() -> None:
    """True, an exception and a tuple are normalised; nothing means nothing."""
    error = ValueError("x")
    values: list[object] = [error, (ValueError, error, None), False, None, (None, None, None), ()]

    assert [
        (ValueError, error, None),
        (ValueError, error, None),
        None,
        None,
        None,
        None,
    ] == [normalise_exc_info(value) for value in values]


def test_exc_info_true_is_the_one_in_hand() -> None:
    """Whatever is true means the exception that is being handled, if there is one."""

    class Odd:
        def __bool__(self) -> bool:
            raise TypeError

    outside = normalise_exc_info(True)
    try:
        raise ValueError
    except ValueError:
        expected = sys.exc_info()
        inside = [normalise_exc_info(value) for value in (True, 1, "yes", Odd())]

    assert (None, [expected] * 4) == (outside, inside)


def test_false_exception_counts() -> None:
    """An exception that is false as a boolean is still an exception."""

    class EmptyError(Exception):
        def __len__(self) -> int:
            return 0

    error = EmptyError()

    assert (EmptyError, error, None) == normalise_exc_info(error)


def python_text(error: BaseException) -> str:
    """Return what Python prints, without source lines and the marks under them."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    kept = []
    for number, line in enumerate(lines):
        if number and lines[number - 1].startswith("  File "):
            continue
        if line.strip() and set(line.strip()) <= set("^~"):
            continue
        kept.append(line)
    return "\n".join(kept)


def test_text_is_that_of_python() -> None:
    """Chained exceptions are printed in Python's order and wording."""
    error = catch(OSError("second"), catch(ValueError("first\nline two")))
    last = KeyError("third")
    last.__context__ = error
    last.add_note("a note")

    assert python_text(catch(last)) == format_exception(describe_exception(last))


def test_group_is_framed() -> None:
    """The members of a group are numbered and indented."""
    group = ExceptionGroup("g", [ValueError("a\nb"), ExceptionGroup("h", [OSError("c")])])

    assert [
        "ExceptionGroup: g (2 sub-exceptions)",
        "  +---------------- 1 ----------------",
        "  | ValueError: a",
        "  | b",
        "  +---------------- 2 ----------------",
        "  | ExceptionGroup: h (1 sub-exception)",
        "  |   +---------------- 1 ----------------",
        "  |   | OSError: c",
        "  |   +------------------------------------",
        "  +------------------------------------",
    ] == format_exception(describe_exception(group)).split("\n")


def test_omissions_are_said() -> None:
    """The text says how many frames and exceptions are missing."""
    description = {
        "type": "E",
        "message": "m",
        "frames": [{"file": "f", "line": 1, "function": "g"}],
        "frames_omitted": 5,
        "cause": {"type": "...", "message": "<3 more exceptions>"},
    }

    assert [
        "<3 more exceptions>",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "  <5 more frames>",
        '  File "f", line 1, in g',
        "E: m",
    ] == format_exception(description).split("\n")


def test_text_needs_the_description_only() -> None:
    """A description that went through JSON gives the same text."""
    error = catch(OSError("second"), catch(ExceptionGroup("g", [catch(ValueError("first"))])))
    description = describe_exception(error)

    assert format_exception(description) == format_exception(json.loads(json.dumps(description)))


def test_description_is_plain() -> None:
    """A renderer may hand a description to orjson as it is."""
    error = catch(OurError("second"), catch(ExceptionGroup("g", [catch(ValueError("first"))])))
    description = describe_exception(error)

    assert description == plain(description)


DESCRIPTION_KEYS = (
    *("type", "message", "notes", "frames", "frames_omitted", "cause", "context", "exceptions"),
    *("file", "line", "function"),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(DESCRIPTION_KEYS),
            inner,
            max_size=6,
        ),
    ),
)


@given(JSON)
def test_any_json_is_formatted(description: Any) -> None:
    """A hostile file cannot make the viewer fail, and the text does not end a line."""
    assert "<unprintable exception>" != format_exception(description)


def test_description_that_fails_is_formatted() -> None:
    """A mapping of a caller's own making cannot make the text fail."""

    class Hostile(dict[str, Any]):
        def get(self, key: str, default: object = None) -> Any:
            raise OSError

    assert "<unprintable exception>" == format_exception(Hostile())


def test_endless_nesting_is_formatted() -> None:
    """A file's chains and groups, deeper than any of ours, end somewhere."""
    chain: dict[str, Any] = {"type": "E"}
    group: dict[str, Any] = {"type": "E"}
    for _ in range(1000):
        chain, group = {"type": "E", "cause": chain}, {"type": "E", "exceptions": [group]}

    assert (True, True) == (
        format_exception(chain).count("E\n") == 100,
        "<depth limit>" in format_exception(group),
    )
