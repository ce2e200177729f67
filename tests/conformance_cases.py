"""Log calls of every shape: each lane writes the same lines for them, in every format."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable

from provide.foundation import (
    Logger,
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
)


class Colour(enum.Enum):
    """Be a value that orjson would render by a rule of its own."""

    RED = "red"


class Hostile:
    """Raise from everything that rendering could call."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class Text(str):
    """Be a string that is not exactly one."""


def log_failure(log: Logger) -> None:
    """Log an exception with a cause."""
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError:
        log.exception("failed", a=1)


def log_in_context(log: Logger) -> None:
    """Log with context fields that meet bound fields and call fields."""
    with bound_contextvars(request_id="r-1", user="context"):
        log.info("plain")
        log.bind(user="bound", b=2).info("meets bound", c=3)
        log.info("meets call", user="call")
    bind_contextvars(mutable=[1])
    log.info("mutable", a=1)
    clear_contextvars()
    log.info("cleared", a=1)


def log_in_empty_context(log: Logger) -> None:
    """Log in a context that has been made, and has no field."""
    with bound_contextvars():
        log.info("empty")
        log.info("empty", a=1)
        log.bind(b=2).info("empty")


def log_mutable_bound(log: Logger) -> None:
    """Log twice with a bound list that changes in between."""
    items = [1]
    bound = log.bind(items=items)
    bound.info("before")
    items.append(2)
    bound.info("after", a=1)


def log_unknown_level(log: Logger) -> None:
    """Log at levels that do not exist."""
    log.log("bogus", "name")
    log.log(17, "number", level="x")
    log.log("warn", "alias")


def log_odd_events(log: Logger) -> None:
    """Log events that are no exact strings."""
    for event in (None, 7, ["x"], b"y", Text("z")):
        log.info(event)


def log_punctuation(log: Logger) -> None:
    """Log events that hold what a text format uses itself."""
    for event in ('a "b" \\', "a=b", "é=\n", 'é"'):
        log.info(event, a=1)


def log_text_of_one_kind(log: Logger) -> None:
    """Log texts with one character each of those that formats use themselves."""
    for text in ("1:2", "a,b", "{x", "y}", "x=y", "a b", 'q"q', "b\\c", "", "[1]", "é", "\x7f"):
        log.info("e", a=text, n=1)
        log.bind(b=text).info("e")


CASES: dict[str, Callable[[Logger], object]] = {
    "static": lambda log: log.info("static"),
    "scalars": lambda log: log.info("e", i=1, f=2.5, s="x", t=True, n=None, neg=-7, e=""),
    "levels": lambda log: [getattr(log, name)("e", a=1) for name in ("info", "warn", "fatal")],
    "level off": lambda log: log.debug("e", a=1),
    "bound": lambda log: log.bind(a=1, b="x").bind(c=2.5).info("e", d=4),
    "bound meets call": lambda log: log.bind(a=1, b=2).info("e", a="call"),
    "bound without call fields": lambda log: log.bind(a=1).info("e"),
    "bound mutable": log_mutable_bound,
    "bound secret": lambda log: log.bind(password="x").info("e"),
    "bound reserved": lambda log: log.bind(timestamp="x", level="y").info("e", event="z"),
    "bound call parameter": lambda log: log.bind(exc_info=True).info("e"),
    "context": log_in_context,
    "context empty": log_in_empty_context,
    "reserved": lambda log: log.info("e", timestamp=1, logger="x", timestamp_="y"),
    "secret": lambda log: log.info("e", api_key="k", Authorization="a", max_tokens=7),
    "secret nested": lambda log: log.info("e", a={"password": "x", "b": [{"token": "y"}]}),
    "positional": lambda log: log.info("took %d ms", 7, a=1),
    "positional mapping": lambda log: log.info("took %(n)d ms", {"n": 7}),
    "positional that fails": lambda log: log.info("took %d ms", "x", a=1),
    "percent without arguments": lambda log: log.info("100% %s done", a=1),
    "exception": log_failure,
    "exc_info without exception": lambda log: log.info("e", exc_info=True, a=1),
    "exc_info object": lambda log: log.info("e", exc_info=ValueError("given")),
    "exc_info false": lambda log: log.info("e", exc_info=False, stack_info=False, stacklevel=2),
    "unknown level": log_unknown_level,
    "not a number": lambda log: log.info("e", a=float("nan"), b=float("inf"), c=-float("inf")),
    "big integers": lambda log: log.info("e", a=2**63, b=2**64, c=-(2**70), d=10**400),
    "controls": lambda log: log.info("a\nb\x1b[31m", v="\x00\x7f\x85\u2028\u202e\u061c", k="\t"),
    "controls in key": lambda log: log.info("e", **{"a\nb": 1, 'q"': 2, "": 3}),
    "surrogates": lambda log: log.info("\ud800", v="\udfff", **{"k\ud800": 1}),
    "not ascii": lambda log: log.info("grün", v="日本語", w="🚀 é", x="\u3000"),
    "long strings": lambda log: log.info("e" * 500, v="x" * 70_000, w="y\x7f" * 500),
    "containers": lambda log: log.info("e", a=[1, (2, 3)], b={"x": {"y": None}}, c=[]),
    "odd types": lambda log: log.info("e", a=Colour.RED, b=uuid.UUID(int=7), c=Text("t"), d=b"x"),
    "texts": lambda log: log.info("two words", a="x=y", b='q"q', c="", d="/api/v1", e="1:2,3{}"),
    "texts of one kind": log_text_of_one_kind,
    "texts bound": lambda log: log.bind(a="two words", b="x:y").info("e", **{"http.method": "GET"}),
    "hostile": lambda log: log.info("e", a=Hostile(), b=[Hostile()], c=1),
    "event not text": log_odd_events,
    "event hostile": lambda log: log.info(Hostile()),
    "event with punctuation": log_punctuation,
    "event empty": lambda log: log.info(""),
    "field named self": lambda log: log.info("e", self=1, args=2, fields=3),
    "many fields": lambda log: log.info("e", **{f"k{n}": n for n in range(200)}),
    "too many fields": lambda log: log.info("e", **{f"k{n}": n for n in range(1_001)}),
    "too many with bound ones": lambda log: log.bind(**{f"b{n}": n for n in range(600)}).info(
        "e", **{f"k{n}": n for n in range(600)}
    ),
}


def log_kinds(log: Logger) -> None:
    """Log what emoji sets look at: in the call, bound, and in the context."""
    log.info("login", domain="user", action="login", status="success")
    log.bind(domain="payment").error("charge", status="error", reason="two words")
    with bound_contextvars(domain="database"):
        log.warning("a\tb", action="query", v='q"q')
        log.bind(status="success").info("é = e")
    log.info("nothing to show")
    log_failure(log)
