"""FastAPI and Starlette under the servers that they are run with."""

from __future__ import annotations

from pathlib import Path

import provide.foundation
from programs.program import Program
from programs.web import serve

_PORT = ("--port", "{port}")
#: What `foundation logging-config` prints.
_LOGGING_CONFIG = str(Path(provide.foundation.__file__).with_name("logging_config.json"))
_UVICORN = ("uvicorn", "fastapi_app:app", *_PORT)

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
        serve(*_UVICORN, "--workers", "2", "--log-config", _LOGGING_CONFIG),
        requests=2000,
    ),
    Program(
        "FastAPI, uvicorn --reload",
        "uvicorn",
        serve(*_UVICORN, "--reload", "--log-config", _LOGGING_CONFIG),
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
            f"json:{_LOGGING_CONFIG}",
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
            _LOGGING_CONFIG,
            "fastapi_app:app",
            EXCEPTIONS="log",
        ),
        requests=2000,
    ),
    Program("Starlette, uvicorn", "starlette", serve("uvicorn", "starlette_app:app", *_PORT)),
]
