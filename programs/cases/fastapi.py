"""FastAPI and Starlette under the servers that they are run with."""

from __future__ import annotations

from programs.program import APPS, Program
from programs.web import serve

_PORT = ("--port", "{port}")
#: Takes the handlers away that servers set: their lines go on to those of the root, to ours.
_NO_HANDLERS = str(APPS / "no_handlers.json")
_UVICORN = ("uvicorn", "fastapi_app:app", *_PORT)
_GUNICORN = (
    "gunicorn", "-b", "127.0.0.1:{port}", "-w", "2", "-k", "uvicorn_worker.UvicornWorker",
    "--logger-class", "provide.foundation.integrations.gunicorn.Logger",
)  # fmt: skip

PROGRAMS = [
    Program("FastAPI, uvicorn", "fastapi", serve(*_UVICORN), requests=2000, quick=True),
    Program(
        "FastAPI, uvicorn --http h11",
        "uvicorn",
        serve(*_UVICORN, "--http", "h11", "--loop", "asyncio"),
    ),
    Program(
        "FastAPI, uvicorn --workers 2",
        "uvicorn",
        serve(*_UVICORN, "--workers", "2", "--log-config", _NO_HANDLERS),
        requests=2000,
    ),
    Program(
        "FastAPI, uvicorn --reload",
        "uvicorn",
        serve(*_UVICORN, "--reload", "--log-config", _NO_HANDLERS),
    ),
    Program(
        "FastAPI, hypercorn",
        "hypercorn",
        serve(
            "hypercorn",
            "fastapi_app:app",
            "-b",
            "127.0.0.1:{port}",
            "--log-config",
            f"json:{_NO_HANDLERS}",
        ),
        requests=2000,
    ),
    Program(
        "FastAPI, granian, access lines",
        "granian",
        serve(
            "granian",
            "--interface",
            "asgi",
            *_PORT,
            "--workers",
            "2",
            "--access-log",
            "--log-config",
            _NO_HANDLERS,
            "fastapi_app:app",
            EXCEPTIONS="log",
        ),
        requests=2000,
    ),
    Program(
        "FastAPI, gunicorn uvicorn_worker",
        "gunicorn",
        serve(*_GUNICORN, "fastapi_app:app"),
        requests=2000,
    ),
    Program("Starlette, uvicorn", "starlette", serve("uvicorn", "starlette_app:app", *_PORT)),
]
