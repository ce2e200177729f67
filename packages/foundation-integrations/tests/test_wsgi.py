"""The request middleware of WSGI: the same as that of ASGI, and cleared when a body is closed."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from provide.foundation import bind_contextvars, get_contextvars, get_logger, stats
from provide.foundation.integrations import ResponseCutShort, add_event_fields
from provide.foundation.integrations.wsgi import RequestMiddleware
from web_calls import Wsgi

Lines = Callable[[], list[dict[str, Any]]]
log = get_logger("shop")
FAILURE = b"Internal Server Error"


def shop(environ: dict[str, Any], start_response: Any) -> Any:
    """Bind a field, write lines, and answer in two parts."""
    bind_contextvars(order=environ["PATH_INFO"])
    add_event_fields(customer="kim")
    log.debug("order_opened")
    log.info("order_read")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"se", b"ven"]


def streaming(*parts: bytes, error: BaseException | None = None, length: str = "") -> Any:
    """Return an application with a body that comes piece by piece, and then raises."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", length)] if length else [])
        yield from parts
        if error is not None:
            raise error

    return app


def test_line_says_what_a_request_was(lines: Lines) -> None:
    """One line has the method, path, status, duration, size, client and agent, besides the id."""
    answer = Wsgi(RequestMiddleware(shop), HTTP_X_REQUEST_ID="a-1", HTTP_USER_AGENT="curl/8")

    assert (b"seven", ["a-1"]) == (answer.read(), answer.header("x-request-id"))
    answer.close()
    first, last = lines()
    assert ("order_read", "a-1") == (first["event"], first["request_id"])
    assert isinstance(last.pop("duration_ms"), float)
    del last["timestamp"]
    assert {
        "level": "info",
        "logger": "http.server",
        "event": "request_finished",
        "request_id": "a-1",
        "order": "/orders/7",
        "customer": "kim",
        "http.request.method": "GET",
        "url.path": "/orders/7",
        "http.response.status_code": 200,
        "http.response.body.size": 5,
        "client.address": "192.0.2.1",
        "user_agent.original": "curl/8",
    } == last


@pytest.mark.parametrize("given", ["", "a" * 10_240, "a\nb", "caf\xe9", "a,b", " a"])
def test_bad_id_is_not_taken(given: str, lines: Lines) -> None:
    """Instead of an id that is not valid, or several, the request gets a new one."""
    answer = Wsgi(RequestMiddleware(shop), HTTP_X_REQUEST_ID=given)

    assert re.fullmatch("[0-9a-f]{32}", answer.header("x-request-id")[0])


def test_context_lasts_until_the_body_is_closed(lines: Lines) -> None:
    """The server's own line behind the last part has the id, and nothing stays for the next one."""
    bind_contextvars(worker=3)
    answer = Wsgi(RequestMiddleware(shop), HTTP_X_REQUEST_ID="a-1")
    answer.read()

    assert {"worker": 3, "request_id": "a-1", "order": "/orders/7"} == get_contextvars()
    answer.close()
    assert {"worker": 3} == get_contextvars()


def test_context_of_a_failure_lasts_until_the_next(lines: Lines) -> None:
    """The server's line about an exception has the id; the next request has none of its fields."""

    def fail(environ: Any, start_response: Any) -> Any:
        bind_contextvars(order=1)
        raise KeyError

    app = RequestMiddleware(lambda e, s: fail(e, s) if e["PATH_INFO"] == "/fail" else shop(e, s))
    with pytest.raises(KeyError):
        Wsgi(app, "/fail", HTTP_X_REQUEST_ID="a-1")
    assert {"request_id": "a-1", "order": 1} == get_contextvars()

    answer = Wsgi(app, "/b", HTTP_X_REQUEST_ID="b-2")
    assert {"request_id": "b-2", "order": "/b"} == get_contextvars()
    answer.close()
    assert {} == get_contextvars()


@pytest.mark.parametrize("reads", [False, True])
def test_bodies_that_nobody_closes(reads: bool, lines: Lines) -> None:
    """Its thread's next request begins anew: some test clients close none."""
    app = RequestMiddleware(streaming(b"se", b"ven", length="5"))
    for name in ("a", "b"):
        answer = Wsgi(app, HTTP_X_REQUEST_ID=name)
        bind_contextvars(**{name: 1})
        if reads:
            assert b"seven" == answer.read()

    assert (["a", "b"] if reads else []) == [line["request_id"] for line in lines()]
    assert {"request_id": "b", "b": 1} == get_contextvars()


@pytest.mark.parametrize("streams", [False, True])
def test_request_within_a_request(streams: bool, lines: Lines) -> None:
    """An application may call another one: afterwards the outer one's fields are there again."""
    inner = RequestMiddleware(shop, event="inner")

    def work() -> Iterator[bytes]:
        bind_contextvars(tenant="acme")
        answer = Wsgi(inner, "/inner", HTTP_X_REQUEST_ID="inner")
        yield answer.read()
        answer.close()
        log.info("called", fields=get_contextvars())

    def gateway(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return work() if streams else list(work())

    answer = Wsgi(RequestMiddleware(gateway, event="outer"), HTTP_X_REQUEST_ID="outer")
    answer.read()
    answer.close()

    assert ["order_read", "inner", "called", "outer"] == [line["event"] for line in lines()]
    assert {"request_id": "outer", "tenant": "acme"} == lines()[2]["fields"]
    assert {} == get_contextvars()


def test_line_is_written_before_the_last_part(lines: Lines) -> None:
    """Where the length is known, who has the whole response finds its line."""
    answer = Wsgi(RequestMiddleware(streaming(b"se", b"ven", length="5")))

    counts = [len(lines()) for _ in answer.body]

    assert [0, 1] == counts


def test_client_that_hangs_up(lines: Lines) -> None:
    """A body that is closed before its end is incomplete, and no error."""
    answer = Wsgi(RequestMiddleware(streaming(b"se", b"ven")))
    next(answer.body)
    answer.close()

    assert [("info", True, 2)] == [
        (line["level"], line["http.response.incomplete"], line["http.response.body.size"])
        for line in lines()
    ]


def test_exception_within_the_body(lines: Lines) -> None:
    """It goes to the server, and the line has its type."""
    answer = Wsgi(RequestMiddleware(streaming(b"se", error=KeyError("gone"))))
    with pytest.raises(KeyError):
        answer.read()
    answer.close()

    assert [("error", "KeyError", True)] == [
        (line["level"], line["error.type"], line["http.response.incomplete"]) for line in lines()
    ]


def test_exceptions_can_be_logged_here(lines: Lines) -> None:
    """With `exceptions="log"` the line has the exception, and the client an answer with the id."""

    def fail(environ: Any, start_response: Any) -> Any:
        raise ValueError("no such order")

    answer = Wsgi(RequestMiddleware(fail, exceptions="log"), HTTP_X_REQUEST_ID="a-1")

    assert ("500 Internal Server Error", FAILURE) == (answer.status, answer.read())
    assert ["a-1"] == answer.header("x-request-id")
    assert ["no such order"] == [line["exception"]["message"] for line in lines()]


def test_logged_exception_of_a_body(lines: Lines) -> None:
    """Before the first part the answer is 500; later the server breaks the response off."""
    early = Wsgi(RequestMiddleware(streaming(error=ValueError("early")), exceptions="log"))
    assert (FAILURE, "500 Internal Server Error") == (early.read(), early.status)
    early.close()

    late = Wsgi(RequestMiddleware(streaming(b"se", error=ValueError("late")), exceptions="log"))
    with pytest.raises(ResponseCutShort):
        late.read()
    late.close()

    assert ["early", "late"] == [line["exception"]["message"] for line in lines()]


def test_server_is_told_of_a_failure_only_where_it_must(lines: Lines) -> None:
    """The exception goes to the server where a response had started: uWSGI prints what it gets."""
    told: list[bool] = []

    def fail(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/started":
            start_response("200 OK", [])
        raise ValueError("no such order")

    def start(status: str, headers: Any, exc_info: Any = None) -> Any:
        told.append(exc_info is not None)
        return print

    for path in ("/", "/started"):
        RequestMiddleware(fail, exceptions="log")(
            {"REQUEST_METHOD": "GET", "PATH_INFO": path}, start
        )

    assert [False, False, True] == told
    assert 2 == len(lines())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_what_ends_the_process_is_not_caught(error: BaseException, lines: Lines) -> None:
    """`BaseException` leaves as it is, and makes no error of the request."""

    def fail(environ: Any, start_response: Any) -> Any:
        raise error

    with pytest.raises(type(error)):
        Wsgi(RequestMiddleware(fail, exceptions="log"))

    assert ["info"] == [line["level"] for line in lines()]


def test_path_is_text(lines: Lines) -> None:
    """Bytes of UTF-8 are those of the client, and those that are none do not break anything."""
    app = RequestMiddleware(shop)
    for path in ("/caf\xc3\xa9", "/\xff", "/" + "x" * 5000):
        Wsgi(app, path, SCRIPT_NAME="/shop").close()

    paths = [line["url.path"] for line in lines() if "url.path" in line]
    assert ["/shop/caf%C3%A9", "/shop/%EF%BF%BD", "/shop/" + "x" * 1018 + "..."] == paths


def test_body_keeps_its_length(lines: Lines) -> None:
    """A body of known length has it still, and another one has none, as servers ask for it."""
    assert 2 == len(Wsgi(RequestMiddleware(shop)).body)
    assert not hasattr(Wsgi(RequestMiddleware(streaming(b"a"))).body, "__len__")


def test_functions_that_fail(lines: Lines) -> None:
    """A request goes on without what `bind` and `skip` would say; each fault is counted."""

    def broken(*args: Any) -> Any:
        raise LookupError("mine")

    answer = Wsgi(RequestMiddleware(shop, bind=broken, skip=broken))

    assert b"seven" == answer.read()
    answer.close()
    assert {"integration": 2} == stats().faults
    assert "request_finished" == lines()[-1]["event"]


def test_environment_that_no_server_makes(lines: Lines) -> None:
    """Whatever it holds, the application is called, and answers."""
    assert b"seven" == Wsgi(RequestMiddleware(shop), REQUEST_METHOD=None, SCRIPT_NAME=7).read()


def test_status_that_no_server_takes(lines: Lines) -> None:
    """A status that is not valid reaches the server as it is, which says so."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response("fine", 7)
        return []

    answer = Wsgi(RequestMiddleware(app))

    given: Any = 7
    assert ("fine", given) == (answer.status, answer.headers)


def test_headers_for_bind(lines: Lines) -> None:
    """`bind` gets the headers under their own names, in lower case."""
    seen: list[Any] = []

    def bind(headers: Any) -> dict[str, Any]:
        seen.append(dict(headers))
        return {}

    app = RequestMiddleware(shop, bind=bind)
    Wsgi(app, HTTP_X_TENANT="acme", CONTENT_TYPE="text/plain", CONTENT_LENGTH="5").close()

    assert [{"x-tenant": "acme", "content-type": "text/plain", "content-length": "5"}] == seen


def test_threads_have_requests_of_their_own(lines: Lines) -> None:
    """Eight threads with 50 requests each mix up no id and no field."""
    app = RequestMiddleware(shop)

    def work(thread: int) -> None:
        for number in range(50):
            name = f"t-{thread}-{number}"
            answer = Wsgi(app, f"/{name}", HTTP_X_REQUEST_ID=name)
            answer.read()
            answer.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    last = [line for line in lines() if line["event"] == "request_finished"]
    assert 400 == len(last)
    assert all(line["order"] == f"/{line['request_id']}" == line["url.path"] for line in last)


def test_middleware_keeps_to_the_standard(lines: Lines) -> None:
    """The standard library's checker finds nothing wrong on either side of the middleware."""
    environ: dict[str, Any] = {
        "SERVER_NAME": "shop", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "QUERY_STRING": "", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    answer = Wsgi(validator(RequestMiddleware(validator(shop))), **environ)

    assert b"seven" == b"".join(iter(answer.body))
    answer.close()
    assert 1 == len([line for line in lines() if line["event"] == "request_finished"])
