"""FastAPI under the servers that it is run with."""

from __future__ import annotations

from programs.program import Program
from programs.web import serve

PROGRAMS = [
    Program(
        "FastAPI, uvicorn",
        "fastapi",
        serve("uvicorn", "fastapi_app:app", "--port", "{port}"),
        requests=2000,
        quick=True,
    ),
]
