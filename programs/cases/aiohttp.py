"""The server of aiohttp."""

from __future__ import annotations

import sys

from programs.program import APPS, Program
from programs.web import serve

PROGRAMS = [
    Program(
        "aiohttp, run_app",
        "aiohttp",
        serve(sys.executable, str(APPS / "aiohttp_app.py"), "{port}"),
        requests=2000,
        quick=True,
    ),
]
