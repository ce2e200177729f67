"""Django: what its settings, commands, mails and responses do with our lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters
from programs.program import environment

Lines = list[dict[str, Any]]
SETTINGS = "django_shop.settings"
#: A project in one file; `{settings}` are further settings.
PROJECT = """
import asyncio, logging, sys
import django
from django.conf import settings
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path

OURS = "provide.foundation.integrations.django."
given = dict(
    SECRET_KEY="of no use", ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__,
    LOGGING_CONFIG=OURS + "configure_logging", LOGGING={{"foundation": {{}}}},
    MIDDLEWARE=[OURS + "RequestMiddleware", "django.middleware.common.CommonMiddleware"],
)
given.update({settings})
settings.configure(**given)
django.setup()
from django.test import AsyncClient, Client

def parts():
    yield b"one"
    yield b"two"

async def async_parts():
    yield b"one"
    yield b"two"

async def stream_async(request):
    return StreamingHttpResponse(async_parts())

urlpatterns = [
    path("plain", lambda request: HttpResponse("ok")),
    path("stream", lambda request: StreamingHttpResponse(parts())),
    path("async", stream_async),
    path("file", lambda request: FileResponse(open(__file__, "rb"))),
]
client = Client()
"""


def run(folder: Path, *command: str, code: int = 0, **variables: str) -> tuple[Lines, str]:
    """Run Python; return the lines on its stderr, and what it printed to stdout."""
    done = interpreters.run(
        [sys.executable, *command], cwd=folder, env=environment(**variables), timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    assert code == done.returncode, done.stderr
    # The runner of tests prints its dots between the lines.
    rows = [row.lstrip(".") for row in done.stderr.splitlines()]
    lines = [json.loads(row) for row in rows if row.startswith("{")]
    return lines, done.stdout + done.stderr


def run_project(folder: Path, then: str, settings: str = "") -> Lines:
    """Run statements in a project; return its lines, nothing else being on stderr."""
    (folder / "project.py").write_text(PROJECT.format(settings=settings) + then)
    lines, text = run(folder, "project.py")
    assert len(lines) == len(text.splitlines()), text
    return lines


def finished(lines: Lines) -> Lines:
    """Return the lines that requests end with."""
    return [line for line in lines if line["event"] == "request_finished"]


def test_admins_get_their_mail(tmp_path: Path) -> None:
    """A request that fails in production sends one mail, and its exception is one line."""
    ask = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "Client(raise_request_exception=False).get('/fail/8')"
    )
    lines, _ = run(
        tmp_path, "-c", ask, DJANGO_SETTINGS_MODULE=SETTINGS, SHOP_MAILS=str(tmp_path / "mails")
    )

    mails = [each.read_text() for each in (tmp_path / "mails").iterdir()]
    assert 1 == len(mails)
    assert "Internal Server Error: /fail/8" in mails[0]
    assert ["django.request"] == [line["logger"] for line in lines if "exception" in line]
    assert ["django.request", "http.server"] == [line["logger"] for line in lines]


def test_command_logs_and_prints(tmp_path: Path) -> None:
    """A management command writes lines, and what it prints stays what it was."""
    lines, text = run(tmp_path, "-m", "django", "restock", DJANGO_SETTINGS_MODULE=SETTINGS)

    assert ["restocked", "stock written"] == [line["event"] for line in lines]
    assert "3 items\n" in text


def test_runner_of_tests(tmp_path: Path) -> None:
    """Under `manage.py test` the client's requests have lines, and `assertLogs` works."""
    lines, text = run(
        tmp_path, "-m", "django", "test", "django_shop", DJANGO_SETTINGS_MODULE=SETTINGS
    )

    shown = [line for line in lines if line.get("request_id") == "of-a-test"]
    assert ["item_shown", "stock read", "request_finished"] == [line["event"] for line in shown]
    assert "Ran 2 tests" in text


def test_logging_dict_beside_ours(tmp_path: Path) -> None:
    """A `LOGGING` of the project's own is configured, and its console adds no line."""
    settings = """LOGGING={"version": 1, "foundation": {"level": "DEBUG"}, "handlers": {
        "file": {"class": "logging.FileHandler", "filename": "own.log"},
        "console": {"class": "logging.StreamHandler"}},
        "loggers": {"inventory": {"handlers": ["file", "console"], "level": "DEBUG"}}}"""

    lines = run_project(tmp_path, "logging.getLogger('inventory').debug('counted')", settings)

    assert ["counted"] == [line["event"] for line in lines]
    assert "counted\n" == (tmp_path / "own.log").read_text()


def test_empty_logging_is_refused(tmp_path: Path) -> None:
    """Where Django would not call our function, the middleware says so."""
    code = PROJECT.format(settings="LOGGING={}") + "client.get('/plain')"

    lines, text = run(tmp_path, "-c", code, code=1)

    assert "only where LOGGING is not empty" in text
    assert [] == lines


@pytest.mark.parametrize(
    "debug", [pytest.param(True, id="debug"), pytest.param(False, id="production")]
)
def test_lines_of_django_come_once(tmp_path: Path, debug: bool) -> None:
    """Django's lines come with `DEBUG` and without, once, with the id and no request in them."""
    lines = run_project(
        tmp_path,
        "client.get('/missing?token=hunter2', headers={'X-Request-ID': 'a'})\n"
        "client.get('/plain', SERVER_NAME='evil', headers={'X-Request-ID': 'b'})\n",
        f"DEBUG={debug}",
    )

    found = [(line["logger"], line["request_id"]) for line in lines]
    # Django says "Not Found" after all middlewares.
    assert [
        ("http.server", "a"),
        ("django.request", "a"),
        ("django.security.DisallowedHost", "b"),
        ("http.server", "b"),
    ] == found
    assert 1 == sum("exception" in line for line in lines)
    assert {404, 400} == {line["http.response.status_code"] for line in finished(lines)}
    assert "WSGIRequest" not in json.dumps(lines)


@pytest.mark.parametrize(
    ("ask", "size", "complete"),
    [
        pytest.param("b''.join(client.get('/stream'))", 6, None, id="stream"),
        pytest.param("client.get('/stream').close()", 0, True, id="stream-cut"),
        pytest.param("asyncio.run(ask_async())", 6, None, id="async-stream"),
        pytest.param("client.get('/file').close()", None, None, id="file"),
    ],
)
def test_streams_are_counted(
    tmp_path: Path, ask: str, size: int | None, complete: bool | None
) -> None:
    """The line of a stream comes with its last part, and has its size."""
    helper = (
        "async def ask_async():\n"
        "    answer = await AsyncClient().get('/async')\n"
        "    return [part async for part in answer.streaming_content]\n"
    )

    (line,) = finished(run_project(tmp_path, helper + ask))

    wanted = (tmp_path / "project.py").stat().st_size if size is None else size
    assert wanted == line["http.response.body.size"]
    assert complete == line.get("http.response.incomplete")


@pytest.mark.parametrize(
    ("then", "settings"),
    [
        pytest.param(
            "client.get('/plain')",
            "MIDDLEWARE=[OURS + 'RequestMiddleware', OURS + 'RequestMiddleware']",
            id="two",
        ),
        pytest.param(
            "from django.core.wsgi import get_wsgi_application\n"
            "from provide.foundation.integrations.wsgi import RequestMiddleware\n"
            "from wsgiref.util import setup_testing_defaults\n"
            "environ = {'PATH_INFO': '/plain', 'HTTP_HOST': 'testserver'}\n"
            "setup_testing_defaults(environ)\n"
            "body = RequestMiddleware(get_wsgi_application())(environ, lambda *_: print)\n"
            "list(body), body.close()\n",
            "",
            id="wsgi-around",
        ),
    ],
)
def test_one_of_two_middlewares_works(tmp_path: Path, then: str, settings: str) -> None:
    """The outer one writes the line, with the route that Django knows."""
    lines = run_project(tmp_path, then, settings)

    assert [("plain", 200)] == [
        (line["http.route"], line["http.response.status_code"]) for line in finished(lines)
    ]


def test_middleware_settings_are_checked(tmp_path: Path) -> None:
    """A setting that is not valid is named when the middleware is made."""
    code = PROJECT.format(settings="FOUNDATION_REQUESTS={'sample': 2}") + "client.get('/plain')"

    _, text = run(tmp_path, "-c", code, code=1)

    assert "sample" in text.splitlines()[-1]
