"""The viewer's query language: what it finds, what it refuses, and the search before it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import interpreters
from provide.foundation._view.query.errors import QueryError
from provide.foundation._view.query.parser import looks_like_query, parse_query
from provide.foundation._view.query.terms import OPERATORS
from provide.foundation._view.query.times import parse_moment
from provide.foundation._view.scan import Scan, Wanted

COMMAND = [sys.executable, "-m", "provide.foundation", "view", "--color", "never"]


def line(**fields: Any) -> bytes:
    """Return a line of Foundation's own."""
    start = {"timestamp": "2026-11-23T14:10:00.123456Z", "level": "info", "logger": "app"}
    return json.dumps({**start, "event": "hit", **fields}).encode() + b"\n"


def find(block: bytes, *query: str, searched: bool = True, level: int | None = None) -> list[bytes]:
    """Return the lines of a block for which a query holds."""
    wanted = Wanted(level, query=parse_query(query))
    if not searched:
        wanted.needles = None
    return [entry.raw for entry in Scan(wanted).read(block)]


LINE = line(
    level="warning",
    status=500,
    ms=1.50,
    text="a=b c",
    path="/api/v1/orders",
    ok=True,
    none=None,
    port="8080",
    request={"method": "GET", "tags": ["a", "b"], "sizes": {"in": 7}},
    **{"http.route": "/x"},
)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("status=500", True), ("status!=500", False), ("status!=200", True), ("status>=500", True),
        ("status>500", False), ("status<501", True), ("status<=499", False), ("status~^5", True),
        ("status!~^5", False), ("status=500.0", True), ("ms=1.5", True), ("ms>1", True),
        ("port>=8080", True), ("port=8080", True), ("missing!=1", False), ("missing!~x", False),
        ("not missing=1", True), ("missing=", False), ("ok=true", True), ("none=null", True),
        ("path~^/api", True), ("path~orders$", True), ("path!~orders", False), ("text=a=b c", True),
        ("request.method=GET", True), ("request.sizes.in>6", True), ("request.tags.1=b", True),
        ("http.route=/x", True), ("level=warn", True), ("level>=warning", True),
        ("level>error", False), ("level!=info", True), ("event=hit", True), ("logger=app", True),
        ("timestamp>2026-11-23T14", True), ("timestamp<2026-11-23T14", False),
        ("has:status", True), ("has:request.method", True), ("has:seconds", False),
        ("not has:status", False), ("status=500 and ok=false", False),
        ("status=404 or status=500", True), ("status=404 or (status=500 and not ok=false)", True),
        ("not (status=500 or ok=false)", False), ('"v1/orders"', True), ("'v1/users'", False),
        ("~v[12]/orders", True), ("!~v[12]/orders", False), ('text="a=b c"', True),
        ('path="/api/v1/orders" status=500', True), ('status=500 "orders"', True),
        ("status=500 and users", False), ("none<1", False), ("ok>0", False),
    ],
)  # fmt: skip
def test_query(query: str, holds: bool) -> None:
    """Each operator says of a line what it is to say, with a search before it and without."""
    found = [bool(find(LINE, query)), bool(find(LINE, query, searched=False))]

    assert [holds, holds] == found


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("status==500", "no operator '=='"), ("status=>500", "no operator '=>'"),
        ("status<>500", "no operator '<>'"), ("status=~5", "no operator '=~'"),
        ("status!500", "no operator '!'"), ("status:500", "no operator ':'"),
        ("ok=true and status==500", "no operator '=='"), ("(status=500", "not closed"),
        ("status=500)", "')' is not expected"), ("or", "'or' is not expected"),
        ("status=500 or", "missing at the end"), ("not", "missing at the end"),
        ("path~[", "no regular expression"), ("( " * 60, "too many brackets"),
    ],
)  # fmt: skip
def test_wrong_query(query: str, problem: str) -> None:
    """What cannot be understood is refused, with the operators that there are."""
    assert looks_like_query(query)
    with pytest.raises(QueryError) as raised:
        parse_query([query])

    assert (True, True) == (problem in str(raised.value), "!~ > >= <" in str(raised.value))


def test_wrong_query_exits_2() -> None:
    """The command refuses an operator that does not exist with exit code 2, and shows nothing."""
    done = interpreters.run(
        [*COMMAND, "status==500"], input=LINE, capture_output=True, timeout=60, check=False
    )

    assert (2, b"", True) == (done.returncode, done.stdout, b"has:KEY and or not" in done.stderr)


def test_words_of_the_shell_are_one_query() -> None:
    """Without quotes the shell makes arguments of a query, which are put together again."""
    block = LINE + line(status=200) + line(status=404)

    assert [LINE[:-1]] == find(block, "status=500", "or", "status=503")
    assert 2 == len(find(block, "not", "(", "status=500", ")"))


def test_no_match_names_the_nearest_key() -> None:
    """A query without a match says of how many lines, and which key may be meant, and exits 1."""
    done = interpreters.run(
        [*COMMAND, "stats=500"], input=LINE * 1200, capture_output=True, timeout=60, check=False
    )

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"view: 0 of 1,200 lines; nearest key: status\n" in done.stderr


TRACEBACK = b"""Traceback (most recent call last):
  File "a.py", line 1, in <module>
    raise ValueError("no")
ValueError: no
"""


def test_foreign_errors_stay() -> None:
    """Of the lines of other programs, tracebacks and errors are kept by -l error; others count."""
    noise = b"Started server\nINFO nothing\n"
    wanted = Wanted(level=40)
    scan = Scan(wanted)
    block = LINE + noise + TRACEBACK + noise + b"12:00 ERROR: disk full\n  on /dev/sda\n" + noise

    shown = [entry.raw for entry in scan.read(block)]

    assert [*TRACEBACK.splitlines(), b"12:00 ERROR: disk full", b"  on /dev/sda"] == shown
    assert 6 == scan.foreign


def test_hidden_foreign_lines_are_counted() -> None:
    """The command says how many lines of no known form a filter has left out."""
    done = interpreters.run(
        [*COMMAND, "-l", "warning"], input=b"Started\n\n" + LINE + b"Stopped\n",
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip

    assert 1 == done.stdout.count(b"\n")
    assert b"view: 2 hidden lines are of no known form\n" in done.stderr


KEYS = st.sampled_from(["a", "b", "ab.c", "event", "logger", "level", "trace_id", "x-y"])
TEXTS = st.text('ab1.0-/"\\ é\u2028', max_size=6)
VALUES = st.one_of(
    TEXTS,
    st.integers(-20, 20),
    st.sampled_from([10.5, 500, 500.0, 5e2, 1e22, 0.1, True, None]),
    st.lists(TEXTS, max_size=2),
    st.dictionaries(KEYS, TEXTS, max_size=2),
)
NUMBERS = st.sampled_from(["10.5", "10.50", "500", "1e22", "10000000000000000000000", "-1", "true"])
SIMPLE = st.one_of(
    st.builds("{}{}{}".format, KEYS, st.sampled_from(OPERATORS[:2]), TEXTS | NUMBERS),
    st.builds('{}~"{}"'.format, KEYS, st.text("ab10", max_size=3)),
    st.builds('"{}"'.format, st.text("ab10.-é", min_size=1, max_size=4)),
    st.builds("has:{}".format, KEYS),
)
SPELLINGS: list[dict[str, Any]] = [
    {}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"indent": None, "sort_keys": True},
]  # fmt: skip


@given(
    st.lists(st.tuples(st.dictionaries(KEYS, VALUES, max_size=4), st.sampled_from(SPELLINGS))),
    st.lists(SIMPLE, min_size=1, max_size=3),
    st.sampled_from(["and", "or"]),
)
def test_search_of_bytes_is_exact(
    records: list[tuple[dict[str, Any], dict[str, Any]]], parts: list[str], word: str
) -> None:
    """The lines found with a search before parsing are those found without, however spelt."""
    start = {"level": "info", "event": "e"}
    block = b"".join(
        json.dumps({**start, **fields}, **spelling).encode() + b"\n" for fields, spelling in records
    )
    query = [argument for part in parts for argument in (part, word)][:-1]
    try:
        parse_query(query)
    except QueryError:
        return

    assert find(block, *query, searched=False) == find(block, *query)


@pytest.mark.parametrize(("query", "lines"), [('"api"', 0), ('"xfapi"', 0), ('"pi\\\\xfa"', 1)])
def test_search_of_broken_bytes_is_exact(query: str, lines: int) -> None:
    """No word is found that begins in the escape of a byte; the escape itself is."""
    block = b'{"level":"info","event":"e"}\n{"level":"pi\xfapi\n'

    found = find(block, query)

    assert lines == len(found)
    assert found == find(block, query, searched=False)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b'{"log":"{\\"level\\":\\"info\\",\\"msg\\":\\"x\\",\\"time\\":1,\\"id\\":\\"ab'
                     b'","stream":"stdout"}\n{"log":"cd\\"}\\n","stream":"stdout"}\n', id="docker"),
        pytest.param(b'2026-11-29T10:00:00Z stdout P {"level":"info","msg":"x","time":1,"id":"ab\n'
                     b'2026-11-29T10:00:00Z stdout F cd"}\n', id="cri"),
        pytest.param(b'{"level":"info","msg":"x","time":1,"id":"\\u0061bcd"}\n', id="escape"),
    ],
)  # fmt: skip
def test_search_of_bytes_sees_through(block: bytes) -> None:
    """A text that is split by an envelope, or escaped, is found as well."""
    assert 1 == len(find(line() + block, "id=abcd"))


@pytest.mark.parametrize(
    ("text", "before_now"),
    [("-10m", 600), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("0.5s", 0.5)],
)
def test_moments_ago(text: str, before_now: float) -> None:
    """So long ago is counted from now, with a dash or without."""
    assert 1e9 - before_now == parse_moment(text, 1e9, utc=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-23T14:10:00Z", 1795443000), ("2026-11-23T15:10:00+01:00", 1795443000),
        ("2026-11-23 14:10", 1795443000), ("2026-11-23", 1795392000), ("14:10", 1795443000),
        ("14:10:00.5", 1795443000.5), ("9:05", 1795424700),
    ],
)  # fmt: skip
def test_moments_by_name(text: str, seconds: float) -> None:
    """A time of this day, a date, and both are understood."""
    assert seconds == parse_moment(text, 1795443000 + 3600, utc=True)


@pytest.mark.parametrize("text", ["", "soon", "10", "25:00", "10x", "2026-13-01", "-"])
def test_no_moment(text: str) -> None:
    """What is no moment is refused, with examples of some."""
    with pytest.raises(ValueError, match="is no moment: -10m"):
        parse_moment(text, 1e9, utc=True)
