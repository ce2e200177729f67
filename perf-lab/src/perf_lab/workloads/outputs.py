"""Lines that come from elsewhere or go to more than one place; imports workload only."""

from __future__ import annotations

from perf_lab.workloads.workload import INDEX, Field, Workload

_LINE = (
    Field("iteration", "i", INDEX),
    Field("user", "'alice'", "alice"),
    Field("request", "7003", 7003),
    Field("load", "2.5", 2.5),
)

OUTPUTS = (
    Workload("logging_line", "a line of logging with four extra fields", fields=_LINE,
             output="file"),
    Workload("structlog_line", "a line of structlog with four fields", fields=_LINE,
             output="file"),
    Workload("context_of_both", "three fields, and structlog's context is in use", fields=_LINE[:3],
             context=(Field("region", "'eu-west'", "eu-west"),)),
    Workload("processor_file", "four fields, one processor of the user's, to a file",
             fields=_LINE, processors=1, output="file"),
    Workload("processors_3", "four fields, three processors of the user's, to a file",
             fields=_LINE, processors=3, output="file"),
    Workload("terminal", "four fields for people, to a terminal", fields=_LINE, output="terminal"),
    Workload("two_outputs", "text for people, and JSON to a file", fields=_LINE, output="both"),
)  # fmt: skip
