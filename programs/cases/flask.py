"""Flask under the servers that it is run with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from programs.program import Program, Run
from programs.web import serve

_APP = "flask_app:create_app()"


def _under_gunicorn(*options: str) -> Callable[[Path, int], Run]:
    logger = "provide.foundation.integrations.gunicorn.Logger"
    return serve(
        "gunicorn", "-b", "127.0.0.1:{port}", "--logger-class", logger, *options, _APP
    )  # fmt: skip


PROGRAMS = [
    Program(
        "Flask, flask run",
        "flask",
        serve("flask", "--app", _APP, "run", "--port", "{port}"),
    ),
    Program("Flask, gunicorn sync", "gunicorn", _under_gunicorn("-w", "2"), requests=2000),
    Program(
        "Flask, gunicorn gthread --preload",
        "gunicorn",
        _under_gunicorn("-w", "2", "-k", "gthread", "--threads", "4", "--preload"),
        requests=2000,
    ),
    Program(
        "Flask, gunicorn gevent, access lines",
        "gunicorn",
        _under_gunicorn("-w", "2", "-k", "gevent", "--access-logfile", "-"),
        requests=2000,
    ),
]
