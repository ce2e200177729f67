"""Access lines of hostile clients: no field holds what belongs to another, in linear time."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation._bridges.frameworks.access_lines import make_mask, make_readers
from provide.foundation._record.redaction import MASK, is_secret
from server_records import SERVERS

pytestmark = pytest.mark.slow

MASKED = make_mask(is_secret, lambda _value: MASK)
READERS = make_readers(MASKED)
#: What clients write where a parser looks for its own signs.
SIGNS = st.sampled_from([*"\"' []()%\\\n\r\x1b-?=&;#:", '" 200 5', '] "', " - - [", " HTTP/1.1"])
TEXTS = st.lists(SIGNS | st.text(max_size=5), max_size=12).map("".join)
#: A server refuses a path with white space, or quotes it; a development server does not.
PATHS = TEXTS.map(lambda text: "/" + text.replace("?", ""))
QUERIES = TEXTS.map(lambda text: text.replace(" ", ""))


def read(record: logging.LogRecord) -> dict[str, Any]:
    """Return event and fields of a record, as the handler gets them."""
    made = READERS[record.name](record)
    plain = logging.LogRecord("", 0, "", 0, "", None, None).__dict__
    fields = {key: value for key, value in made.__dict__.items() if key not in plain}
    return {"event": made.msg, **fields}


def masked(text: str) -> str:
    """Return a text as it stands in a field."""
    return MASKED(text)


@given(path=PATHS, query=QUERIES)
def test_uvicorn(path: str, query: str) -> None:
    """Path, query, client and status are those of the request, whatever the client has sent."""
    target = f"{path}?{query}"
    found = read(SERVERS["uvicorn 0.54"].make(args=("h:1", "GET", target, "1.1", 200)))
    assert ("http_request", masked(path)) == (found["event"], found["url.path"])
    assert masked(query) == found.get("url.query", "")
    assert ("h", 1, 200) == tuple(
        found[key] for key in ("client.address", "client.port", "http.response.status_code")
    )


@given(path=PATHS, query=QUERIES)
def test_werkzeug(path: str, query: str) -> None:
    """The same, where all of it is one text."""
    line = f"GET {path}?{query} HTTP/1.1"
    for args, message in (
        ((line, "404", "-"), '10.0.0.1 - - [29/Nov/2026 16:08:38] "%s" %s %s'),
        ((), f'10.0.0.1 - - [29/Nov/2026 16:08:38] "{line}" 404 -\n'),
    ):
        found = read(SERVERS["werkzeug 3.1"].make(message=message, args=args))
        if "\x1b" in line:  # colours are taken away, as for every line
            continue
        assert ("http_request", "10.0.0.1", 404) == (
            found["event"],
            found["client.address"],
            found["http.response.status_code"],
        )
        assert (masked(path), masked(query)) == (found["url.path"], found.get("url.query", ""))


@given(agent=TEXTS, referer=TEXTS)
def test_gunicorn(agent: str, referer: str) -> None:
    """Headers of gunicorn's atoms come back as the client has sent them."""
    gunicorn = SERVERS["gunicorn 27.0"]
    atoms = type(gunicorn.args)({**dict(gunicorn.args), "a": agent, "f": referer})
    found = read(gunicorn.make(args=atoms))
    none = ("", "-")
    assert (
        None if agent in none else masked(agent),
        None if referer in none else [masked(referer)],
        200,
    ) == (
        found.get("user_agent.original"),
        found.get("http.request.header.referer"),
        found["http.response.status_code"],
    )


@given(path=PATHS)
def test_decoded_paths(path: str) -> None:
    """A path that the server has decoded is quoted, so that no sign in it means anything."""
    granian = SERVERS["granian 2.8"]
    found = read(granian.make(args={**granian.args, "path": path}))
    assert found["url.path"].isascii()
    assert found["url.path"].isprintable()
    assert not set(found["url.path"]) & set(' ?#"<>')


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    name=st.sampled_from(sorted(READERS)),
    message=ANYTHING | st.sampled_from([each.message for each in SERVERS.values()]),
    args=ANYTHING
    | st.tuples(ANYTHING, ANYTHING, ANYTHING)
    | st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
    | st.dictionaries(st.sampled_from([*"hrsmUqHbDfa", "path", "status", "method"]), ANYTHING),
    extra=st.dictionaries(
        st.sampled_from(
            ["first_request_line", "response_status", "request_header", "server_time", "data"]
        ),
        ANYTHING,
    ),
)
def test_anything(name: str, message: Any, args: Any, extra: dict[str, Any]) -> None:
    """No message, no argument and no extra field makes a reader raise."""
    record = SERVERS["uvicorn 0.54"].make(message=message, args=args, extra=extra)
    record.name = name
    assert isinstance(READERS[name](record), logging.LogRecord)


#: Texts that are hard for a parser that looks back.
HARD = {
    "quotes": '"' * 50_000,
    "spaces": " " * 50_000,
    "signs": '" 200 5 ] "' * 5_000,
    "parameters": "?token=a&" * 6_000,
    "secrets": "&token=" * 7_000,
    "colours": "\x1b[31m" * 10_000,
    "half colours": "\x1b[" * 25_000,
    "percents": "%3A//" * 10_000,
    "digits": "1" * 50_000,
    "newlines": "\r\n" * 25_000,
}


def _seconds(record: logging.LogRecord) -> float:
    started = time.process_time()
    READERS[record.name](record)
    return time.process_time() - started


@pytest.mark.parametrize("text", HARD)
@pytest.mark.parametrize("server", ["uvicorn", "gunicorn", "werkzeug", "hypercorn", "aiohttp"])
def test_time_is_linear(server: str, text: str) -> None:
    """A text of 400 KB takes less than thirty times as long as one of 50 KB: eight, if linear."""

    def make(hard: str) -> logging.LogRecord:
        line = f"GET /{hard} HTTP/1.1"
        if server == "uvicorn":
            it = SERVERS["uvicorn 0.54"]
            return it.make(args=(hard, "GET", f"/{hard}", "1.1", 200))
        if server == "werkzeug":
            return SERVERS["werkzeug 3.1"].make(args=(line, "200", "-"))
        if server == "aiohttp":
            it = SERVERS["aiohttp 3.14"]
            headers = {"User-Agent": hard, "Referer": hard}
            return it.make(
                extra={**it.extra, "first_request_line": line, "request_header": headers}
            )
        it = SERVERS["gunicorn 27.0" if server == "gunicorn" else "hypercorn 0.18"]
        return it.make(
            args=type(it.args)({**it.args, "r": line, "U": f"/{hard}", "a": hard, "f": hard})
        )

    short, long = make(HARD[text]), make(HARD[text] * 8)
    _seconds(short)
    allowed = 30 * max(min(_seconds(short) for _ in range(5)), 0.0005)
    # A busy machine makes one of them longer, and seldom all.
    assert any(_seconds(long) < allowed for _ in range(3))


def test_arguments_that_do_not_fit() -> None:
    """A message whose arguments do not fit stays as it is."""
    record = SERVERS["werkzeug 3.1"].make(message='%s - - [%s] "%s" %s %s', args=("h", "now"))
    assert record is READERS["werkzeug"](record)
