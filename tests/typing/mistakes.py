"""Mistakes of a user: each line must be an error for mypy and for pyright; never run.

Each is silenced by a comment, and both checkers are told to report a comment that silences nothing:
so a line that passes as right turns the check red.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from provide.foundation import (
    Delivery,
    LoggingConfig,
    OutputConfig,
    Rotation,
    TelemetryConfig,
    configure,
    stats,
)

LoggingConfig(console_formatter="jsn")  # type: ignore[arg-type]
LoggingConfig(output="printer")  # type: ignore[arg-type]
LoggingConfig(delivery="queued")  # type: ignore[arg-type]
LoggingConfig(max_bytes=1_000)  # type: ignore[call-arg]
LoggingConfig(callsite="yes")  # type: ignore[arg-type]
Delivery("queue")  # type: ignore[arg-type]
Delivery(queue_policy="drop")  # type: ignore[arg-type]
Rotation(when="yearly")  # type: ignore[arg-type]
OutputConfig("app.log", formatter="jsn")  # type: ignore[arg-type]
TelemetryConfig(loging=LoggingConfig())  # type: ignore[call-arg]
configure(format="jsn")  # type: ignore[arg-type]
configure(delivery="queue")  # type: ignore[arg-type]
configure(levl="DEBUG")  # type: ignore[call-arg]
print(stats()["outputs"])  # type: ignore[index]
print(stats().lanes)  # type: ignore[attr-defined]
stats().lane = "fast"  # type: ignore[misc]
