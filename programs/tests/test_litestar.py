"""Litestar with Foundation's logging: what is logged of an exception, and by which logger."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Request, get
from litestar.exceptions import NotFoundException

from provide.foundation import reset_for_testing, setup_telemetry
from provide.foundation.integrations.litestar import FoundationLoggingConfig, install
from provide.foundation.testing import capture_logs
from web_calls import call, header_of


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    reset_for_testing()
    setup_telemetry()
    yield
    reset_for_testing()


@get("/items/{number:int}", sync_to_thread=False)
def show_item(request: Request[Any, Any, Any]) -> int:
    """Log by the request's logger."""
    number = int(request.path_params["number"])
    request.logger.info("item_shown", item=number)
    return number


@get("/fail", sync_to_thread=False)
def fail() -> None:
    """Raise what nobody expects."""
    raise LookupError("no such item")


@get("/gone", sync_to_thread=False)
def gone() -> None:
    """Raise an answer."""
    raise NotFoundException("gone")


def make_app(**config: Any) -> Litestar:
    """Return the application, with a configuration of its logging."""
    app = Litestar([show_item, fail, gone], logging_config=FoundationLoggingConfig(**config))
    install(app)
    install(app)
    return app


def ask(app: Litestar, path: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the status of an answer, and the lines of the request."""
    with capture_logs() as lines:
        start, *_ = call(app, path, [("x-request-id", "a-1")])
    assert [b"a-1"] == header_of(start, b"x-request-id")
    return start["status"], [line for line in lines if line["logger"] != "asyncio"]


def test_loggers_are_ours() -> None:
    """The request's logger takes fields, and its lines have the request's id and one line more."""
    status, (first, last) = ask(make_app(), "/items/7")

    assert (200, "item_shown", 7, "a-1") == (
        status,
        first["event"],
        first["item"],
        first["request_id"],
    )
    assert ("/items/{number}", 200) == (last["http.route"], last["http.response.status_code"])


def test_exception_is_logged_once() -> None:
    """An exception is one line of the logger `litestar`, with the id; the last line has 500."""
    status, (first, last) = ask(make_app(), "/fail")

    assert (500, "litestar", "uncaught_exception", "a-1") == (
        status,
        first["logger"],
        first["event"],
        first["request_id"],
    )
    assert "no such item" == first["exception"]["message"]
    assert ("error", 500) == (last["level"], last["http.response.status_code"])
    assert "exception" not in last


@pytest.mark.parametrize(
    ("path", "config"),
    [
        pytest.param("/gone", {}, id="answer"),
        pytest.param("/nowhere", {}, id="no-route"),
        pytest.param("/fail", {"log_exceptions": "never"}, id="never"),
        pytest.param("/fail", {"log_exceptions": "debug"}, id="no-debug-mode"),
        pytest.param("/fail", {"disable_stack_trace": {LookupError}}, id="left-out"),
    ],
)
def test_what_is_no_exception(path: str, config: dict[str, Any]) -> None:
    """Answers of 4xx, and what the configuration leaves out, are the last line only."""
    _, lines = ask(make_app(**config), path)

    assert ["request_finished"] == [line["event"] for line in lines]


def test_no_handler_is_set() -> None:
    """Litestar leaves `logging` as it is."""
    before = logging.getLogger().handlers[:], logging.getLogger("litestar").handlers[:]
    make_app()

    assert before == (logging.getLogger().handlers, logging.getLogger("litestar").handlers)
