"""A function of Google Cloud in the server that the platform runs it in."""

from __future__ import annotations

from pathlib import Path

from programs.program import APPS, Program
from programs.web import serve

PROGRAMS = [
    Program(
        "Google Cloud, functions-framework",
        "functions-framework",
        serve(
            "functions-framework", "--source", str(Path(APPS, "functions_app.py")),
            "--target", "answer", "--port", "{port}",
        ),
        quick=True,
    ),
]  # fmt: skip
