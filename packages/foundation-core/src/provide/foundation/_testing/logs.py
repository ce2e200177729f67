"""The list of captured lines, and its questions: which lines are there, and what is missing.

A result that says no knows why: the nearest lines, and what each of them lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any
from unittest.mock import ANY

from provide.foundation._testing.matching import Difference, find_differences, matches, show

#: How many lines a message shows, and among how many of the latest ones it looks for the nearest.
_SHOWN, _COMPARED = 3, 1000
#: pytest cuts longer texts of values, and then the message could not be found in its own.
_LONGEST = 200


Line = dict[str, Any]


class MatchResult:
    """Be true where lines were found, and explain it where they were not.

    Args:
        lines: The lines that were found.
        summary: In one short line what was found, or not.
        explain: Makes the text for people.
    """

    __slots__ = ("_explain", "_summary", "lines")

    def __init__(self, lines: list[Line], summary: str, explain: Callable[[], list[str]]) -> None:
        self.lines = lines
        self._summary = summary
        self._explain = explain

    def __bool__(self) -> bool:
        return bool(self.lines)

    def __repr__(self) -> str:
        text = self._summary if len(self._summary) < _LONGEST else self._summary[:_LONGEST] + "..."
        return f"<{text}>"

    @property
    def explanation(self) -> str:
        """What was found, or the nearest lines and what each of them lacks; several lines."""
        return "\n".join([self._summary, *self._explain()])


class CapturedLogs(list[Line]):
    """Be the list of the lines that were logged, each a mapping as `as_dict` describes it.

    Every question takes what is expected of a line: its event, and any of its fields, `level` and
    `logger` among them; what is not named may be anything. A mapping is compared in part, at any
    depth. A class stands for its instances, a compiled regular expression for the texts that it is
    found in, a callable for what it says true of, `unittest.mock.ANY` for everything. A level may
    be a name in any case, or a number.
    """

    def has(self, event: object = ANY, /, **fields: object) -> MatchResult:
        """Say whether a line is there: `assert logs.has("order_placed", order_id=1)`.

        Args:
            event: The event that is expected.
            **fields: Values by key, likewise.

        Returns:
            What is true or false; under `assert`, pytest shows the nearest lines.
        """
        expected = _expect(event, fields)
        found = self.filter(event, **fields)
        if found:
            text = f"found {_plural(len(found), 'line')} {_name(expected)}"
            return MatchResult(found, text, lambda: [f"  {_write(each)}" for each in found[:3]])
        was = list(self)  # as it is now: more may be logged before somebody reads why
        return MatchResult([], f"no line {_name(expected)}", lambda: _explain(expected, was))

    def filter(self, event: object = ANY, /, **fields: object) -> CapturedLogs:
        """Return the lines that match, in order, as another such list."""
        expected = _expect(event, fields)
        return CapturedLogs(line for line in self if matches(expected, line))

    # A list counts equal items; so does this, where it is given nothing but a line.
    def count(self, event: Any = ANY, /, **fields: object) -> int:
        """Return how many lines match."""
        if isinstance(event, dict) and not fields:
            return super().count(event)
        return len(self.filter(event, **fields))

    def one(self, event: object = ANY, /, **fields: object) -> Line:
        """Return the one line that matches; other lines may be there.

        Raises:
            AssertionError: No line matches, or several do; it says which.
        """
        __tracebackhide__ = True  # by pytest: the line of the test is what has failed
        found = self.has(event, **fields)
        if len(found.lines) != 1:
            raise AssertionError(found.explanation)
        return found.lines[0]

    def only(self, event: object = ANY, /, **fields: object) -> Line:
        """Return the one line there is, which has to match.

        Raises:
            AssertionError: It does not, or there is no line, or there are others beside it.
        """
        __tracebackhide__ = True
        line = self.one(event, **fields)
        if len(self) != 1:
            others = [f"  {_write(each)}" for each in self if each is not line][:_SHOWN]
            text = f"one line {_name(_expect(event, fields))}, beside {len(self) - 1} others:"
            raise AssertionError("\n".join([text, *others]))
        return line

    def in_order(self, *expected: object) -> MatchResult:
        """Say whether lines came in this order; others may stand between them.

        Args:
            *expected: For each line its event, or a mapping with any of its keys.
        """
        wanted = [each if isinstance(each, Mapping) else {"event": each} for each in expected]
        found: list[Line] = []
        lines = iter(list(self))
        for number, each in enumerate(wanted):
            line = next((line for line in lines if matches(each, line)), None)
            if line is None:
                after = f" after {_name(wanted[number - 1])}" if number else ""
                return MatchResult([], f"no line {_name(each)}{after}", self._list)
            found.append(line)
        return MatchResult(found, f"{_plural(len(found), 'line')} in order", self._list)

    def _list(self) -> list[str]:
        rest = [f"  and {len(self) - 20} more"] if len(self) > 20 else []
        return [f"  [{n}] {_write(line)}" for n, line in enumerate(self[:20])] + rest


def _expect(event: object, fields: Mapping[str, object]) -> dict[str, object]:
    return dict(fields) if event is ANY else {"event": event, **fields}


def _name(expected: Mapping[str, Any]) -> str:
    """Return what is expected, as `order_placed with order_id=1`."""
    event = expected.get("event", ANY)
    fields = ", ".join(f"{key}={show(value)}" for key, value in expected.items() if key != "event")
    if event is ANY:
        return f"with {fields}" if fields else "at all"
    name = event if isinstance(event, str) and event.isidentifier() else show(event)
    return f"{name} with {fields}" if fields else str(name)


def _explain(expected: Mapping[str, Any], lines: list[Line]) -> list[str]:
    """Return the lines that are nearest to what is expected, and what each of them lacks."""
    if not lines:
        return ["  nothing was logged at the levels that are in force"]
    likeness: dict[object, float] = {}
    rated: list[tuple[float, int, list[Difference]]] = []
    for number, line in list(enumerate(lines))[-_COMPARED:]:
        differences = find_differences(expected, line)
        same = len(expected) - len({each.keys[0] for each in differences})
        # An equal event outweighs fields; of equals, the latest line comes first.
        rated.append((_alike(expected, line, likeness) * 3 + same, number, differences))
    nearest = sorted(rated, key=lambda each: each[:2], reverse=True)[:_SHOWN]
    rows = [f"  nearest of {_plural(len(lines), 'line')}:"]
    for _, number, differences in nearest:
        rows.append(f"    [{number}] {_write(lines[number], expected)}")
        rows += [f"        {each}" for each in differences[:8]]
        if len(differences) > 8:
            rows.append(f"        and {len(differences) - 8} more")
    return rows


def _alike(expected: Mapping[str, Any], line: Line, known: dict[object, float]) -> float:
    wanted, event = expected.get("event"), line.get("event")
    if not isinstance(wanted, str) or not isinstance(event, str):
        return 0.0
    if event not in known:
        matcher = SequenceMatcher(None, wanted[:200], event[:200], autojunk=False)
        known[event] = matcher.ratio()
    return known[event]


def _write(line: Line, expected: Mapping[str, Any] | None = None) -> str:
    """Return a line in short; of its fields, those that are expected of it, if that is said."""
    front = " ".join(str(line.get(key, "-")) for key in ("level", "logger", "event"))
    text = " ".join([front, *_fields(line, expected)]).replace("\n", "\\n")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _fields(line: Line, expected: Mapping[str, Any] | None) -> Iterator[str]:
    for key, value in line.items():
        if key not in ("level", "logger", "event") and (expected is None or key in expected):
            yield f"{key}={show(value)}"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
