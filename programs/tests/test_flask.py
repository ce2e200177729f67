"""Flask: its logger, its errors and its client, with `install`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import interpreters
from programs.program import environment

APP = """
import logging
from flask import Flask
from provide.foundation import bind_contextvars, get_contextvars, setup_telemetry
from provide.foundation.integrations.flask import install

{before}
def make(name="shop", **settings):
    app = Flask(name)
    install(app, **settings)

    @app.get("/orders/<int:number>")
    def show(number):
        app.logger.info("order read")
        return "ok"

    @app.get("/fail")
    def fail():
        raise ValueError("no such order")

    return app

ID = {{"X-Request-ID": "a-1"}}
"""


def run(folder: Path, then: str, before: str = "setup_telemetry()") -> list[dict[str, Any]]:
    """Run statements with an application; return its lines, nothing else being printed."""
    (folder / "program.py").write_text(APP.format(before=before) + then)
    done = interpreters.run(
        [sys.executable, "program.py"], cwd=folder, env=environment(), timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return [json.loads(row) for row in (done.stdout + done.stderr).splitlines()]


def test_exception_is_one_line_of_flasks(tmp_path: Path) -> None:
    """Flask logs the exception, with the id; the request's line has the status and the route."""
    lines = run(tmp_path, "assert make().test_client().get('/fail', headers=ID).status_code == 500")

    assert [("shop", "Exception on /fail [GET]"), ("http.server", "request_finished")] == [
        (line["logger"], line["event"]) for line in lines
    ]
    assert {"a-1"} == {line["request_id"] for line in lines}
    assert [True, False] == ["exception" in line for line in lines]
    assert ("/fail", 500) == (lines[1]["http.route"], lines[1]["http.response.status_code"])


def test_handled_error_is_no_exception(tmp_path: Path) -> None:
    """What an `errorhandler` answers is on the request's line, by its status."""
    lines = run(
        tmp_path,
        "app = make()\n"
        "app.register_error_handler(ValueError, lambda error: ('none', 404))\n"
        "app.test_client().get('/fail')\n",
    )

    assert [404] == [line["http.response.status_code"] for line in lines]
    assert "exception" not in lines[0]


def test_propagated_exception_is_named(tmp_path: Path) -> None:
    """In testing Flask raises: the caller has the exception, and the line its type."""
    lines = run(
        tmp_path,
        "app = make()\n"
        "app.testing = True\n"
        "try:\n"
        "    app.test_client().get('/fail')\n"
        "except ValueError:\n"
        "    logging.warning('raised')\n",
    )

    assert ["request_finished", "raised"] == [line["event"] for line in lines]
    assert "ValueError" == lines[0]["error.type"]


def test_logger_keeps_no_handler(tmp_path: Path) -> None:
    """A logger that Flask gave a handler to, before anything was set up, writes one line."""
    lines = run(
        tmp_path,
        "app = Flask('shop')\n"
        "app.logger.warning\n"
        "assert app.logger.handlers\n"
        "install(app)\n"
        "assert not app.logger.handlers\n"
        "setup_telemetry()\n"
        "app.logger.warning('stock is low')\n",
        before="",
    )

    assert ["stock is low"] == [line["event"] for line in lines]


def test_two_applications_in_one_process(tmp_path: Path) -> None:
    """Each has its own settings, and a second `install` for one of them changes nothing."""
    lines = run(
        tmp_path,
        "first, second = make('first'), make('second', event='second_finished')\n"
        "install(second)\n"
        "for app in (first, second, first):\n"
        "    app.test_client().get('/orders/7')\n",
    )

    assert ["request_finished", "second_finished", "request_finished"] == [
        line["event"] for line in lines if line["logger"] == "http.server"
    ]
    assert {"/orders/<int:number>"} == {
        line["http.route"] for line in lines if line["logger"] == "http.server"
    }


def test_context_of_a_test_is_kept(tmp_path: Path) -> None:
    """After a request of the test client, what was bound before is bound, and nothing else."""
    lines = run(
        tmp_path,
        "bind_contextvars(test='one')\n"
        "make().test_client().get('/orders/7', headers=ID).close()\n"
        "logging.warning('%s', sorted(get_contextvars()))\n",
    )

    assert [("one", "a-1"), ("one", "a-1"), ("one", None)] == [
        (line["test"], line.get("request_id")) for line in lines
    ]
    assert "['test']" == lines[-1]["event"]
