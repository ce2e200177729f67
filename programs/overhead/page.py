"""Write the page of docs about the middleware's cost from a record; nothing on it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from programs.overhead.measure import describe

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "middleware-cost.md"
_MEANING = {
    "foundation": ("Foundation", "no middleware"),
    "foundation-id": ("Foundation", "an id on each line"),
    "foundation-line": ("Foundation", "an id on each line, and a line for each request"),
    "structlog": ("structlog, tuned", "no middleware"),
    "structlog-id": ("structlog, tuned", "an id on each line, by asgi-correlation-id"),
    "structlog-line": (
        "structlog, tuned",
        "an id on each line, by asgi-correlation-id, and a line for each request by hand",
    ),
}


def write_page(record: Mapping[str, Any]) -> str:
    """Return the page of a record."""
    rows = "\n".join(
        f"| {_MEANING[name][0]} | {_MEANING[name][1]} | {rate:,} | {share:.2f} |"
        for name, rate, share in describe(record)
    )
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return f"""# What the request middleware costs

One plain ASGI application under uvicorn, one worker, loaded by `wrk` with
{record["connections"]} connections. It logs one line in each request; with a line for each request,
two. Each line was counted, and none was lost.

| logger | what the middleware does | requests a second | of those without middleware |
|---|---|---|---|
{rows}

Medians of {record["rounds"]} rounds of {record["seconds"]} seconds, all variants in turn, on
{record["date"]}: CPython {record["python"]}, {record["processor"]},
{versions}. An application that does more in a request loses less by its middleware.

`nox -s overhead -- --publish` measures it and writes this page.
"""
