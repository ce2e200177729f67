"""Litestar under the server that it is mostly run with."""

from __future__ import annotations

from programs.program import Program
from programs.web import serve

PROGRAMS = [
    Program(
        "Litestar, uvicorn",
        "litestar",
        serve("uvicorn", "litestar_app:app", "--port", "{port}"),
        requests=2000,
    ),
]
