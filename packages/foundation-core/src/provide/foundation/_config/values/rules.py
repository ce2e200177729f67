"""Rules of sampling: how many lines of a logger are written, as a configuration holds them.

Only a configuration that has rules loads this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from provide.foundation._config.values.checks import check_flag, check_integer, check_seconds
from provide.foundation._config.values.immutable import Immutable
from provide.foundation._config.values.mappings import is_number, read_pairs
from provide.foundation._config.values.sources import parse_json
from provide.foundation.errors import ConfigurationError

#: A year; a longer window is a mistake in the unit.
LONGEST_S = 366 * 86_400
#: The shortest window, a millisecond.
SHORTEST_S = 0.001
_MOST = 1_000_000_000


class Sample(Immutable):
    """Write the first lines of an event in each window of time, then one in so many.

    Each event of each logger and level has a window of its own, which begins with the first call
    after the one before it has ended. The event is the text as the call gives it: arguments and
    fields do not matter.

    Args:
        first: How many lines of a window are written, 0 or more. Default 100.
        thereafter: Of the further ones, each so-manieth is written; 0: none. Default 100.
        per_s: How many seconds a window has, 0.001 to 31,622,400. Default 1.0.
        errors: Whether lines at ERROR and above are left out as well. Default False.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    __slots__ = ("errors", "first", "per_s", "thereafter")
    FIELDS: ClassVar[tuple[str, ...]] = ("first", "thereafter", "per_s", "errors")

    first: int
    thereafter: int
    per_s: float
    errors: bool

    def __init__(
        self, first: int = 100, thereafter: int = 100, per_s: float = 1.0, *, errors: bool = False
    ) -> None:
        self.__setstate__(
            {
                "first": check_integer(first, "Sample.first", 0, _MOST),
                "thereafter": check_integer(thereafter, "Sample.thereafter", 0, _MOST),
                "per_s": check_seconds(per_s, "Sample.per_s", SHORTEST_S, LONGEST_S),
                "errors": check_flag(errors, "Sample.errors"),
            }
        )


class RateLimit(Immutable):
    """Write at most so many lines of a logger in a time, whatever their events and levels are.

    It is a bucket of tokens: full at first, and filled up evenly.

    Args:
        lines: How many lines, 1 or more. Default 100.
        per_s: In how many seconds, 0.001 to 31,622,400. Default 1.0.
        errors: Whether lines at ERROR and above are left out as well. Default False.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    __slots__ = ("errors", "lines", "per_s")
    FIELDS: ClassVar[tuple[str, ...]] = ("lines", "per_s", "errors")

    lines: int
    per_s: float
    errors: bool

    def __init__(self, lines: int = 100, per_s: float = 1.0, *, errors: bool = False) -> None:
        self.__setstate__(
            {
                "lines": check_integer(lines, "RateLimit.lines", 1, _MOST),
                "per_s": check_seconds(per_s, "RateLimit.per_s", SHORTEST_S, LONGEST_S),
                "errors": check_flag(errors, "RateLimit.errors"),
            }
        )


class Rules(Mapping[str, Sample | RateLimit]):
    """Map prefixes of the names of loggers to rules, for good."""

    __slots__ = ("_rules",)

    def __init__(self, rules: Mapping[str, Sample | RateLimit]) -> None:
        self._rules = dict(rules)

    def __getitem__(self, key: str) -> Sample | RateLimit:
        return self._rules[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __hash__(self) -> int:
        return hash(frozenset(self._rules.items()))

    def __repr__(self) -> str:
        return repr(self._rules)


def make_rules(given: Mapping[str, object], place: str) -> Rules:
    """Return the rules that a mapping holds.

    Raises:
        ConfigurationError: A name is no name of a logger, or a rule is none.
    """
    rules = {}
    for name, rule in given.items():
        if not isinstance(name, str):
            raise ConfigurationError(place, name, 'names such as app.db as keys, or "" for all')
        rules[name.strip()] = make_rule(rule, f"{place}[{name!r}]")
    return Rules(rules)


def read_rules(text: str, variable: str) -> Rules:
    """Return the rules of ``app.http=100/100/1,app.db=50/1``, or of an object in JSON.

    Three numbers are `first`, `thereafter` and `per_s` of a `Sample`; two are `lines` and `per_s`
    of a `RateLimit`. A name that is empty stands for all loggers.
    """
    example = "app.http=100/100/1 (first/thereafter/per_s) or app.db=50/1 (lines/per_s)"
    allowed = f"entries such as {example}"
    if text.lstrip().startswith("{"):
        try:
            found = parse_json(text.encode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            raise ConfigurationError(variable, text, "an object in JSON, or " + allowed) from None
        return make_rules(found, variable)
    rules: dict[str, Sample | RateLimit] = {}
    for name, numbers in read_pairs(text, variable, example).items():
        pieces = [piece.strip() for piece in numbers.split("/")]
        *whole, per_s = pieces
        if (
            len(pieces) not in (2, 3)
            or not all(map(is_number, pieces))
            or not all(piece.isdigit() for piece in whole)
        ):
            raise ConfigurationError(variable, text, allowed)
        names = ("first", "thereafter") if len(pieces) == 3 else ("lines",)
        given = {**dict(zip(names, map(int, whole), strict=True)), "per_s": float(per_s)}
        rules[name] = make_rule(given, f"{variable}[{name!r}]")
    return Rules(rules)


def make_rule(given: object, place: str) -> Sample | RateLimit:
    """Return the rule that a rule or a mapping of its fields is.

    Args:
        given: What stands in a configuration; a mapping with `lines` is a `RateLimit`.
        place: Where it stands.

    Raises:
        ConfigurationError: It is neither, has a name that no rule has, or a bad value.
    """
    if isinstance(given, Sample | RateLimit):
        return given
    if not isinstance(given, Mapping):
        allowed = "a Sample, a RateLimit, or a mapping of the fields of one"
        raise ConfigurationError(place, given, allowed)
    kind: type[Sample] | type[RateLimit] = RateLimit if "lines" in given else Sample
    for name in given:
        if name not in kind.FIELDS:
            known = ", ".join(kind.FIELDS)
            raise ConfigurationError(f"{place}.{name}", given[name], f"the fields {known}")
    try:
        return kind(**given)
    except ConfigurationError as error:
        field = place + error.field.removeprefix(kind.__name__)
        raise ConfigurationError(field, error.value, error.allowed) from None
