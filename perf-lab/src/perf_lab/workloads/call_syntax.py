"""How each library writes the same call; imports workload only.

`loop_source` gives the measured loop as Python source, because a loop that called the library
through a function of ours would measure that function too.
"""

from __future__ import annotations

from collections.abc import Sequence

from perf_lab.workloads.workload import Field, Workload

#: How a value is put into a message, where that is the library's only way.
_IN_MESSAGE = {"percent": "%s", "braces": "{}"}


class Unsupported(Exception):
    """Say that a library has no such feature."""


def call_source(
    syntax: str, target: str, event: str, fields: Sequence[Field], spoken: str = "", end: str = ""
) -> str:
    """Return one call as source.

    Args:
        syntax: ``keywords`` (structlog's way), ``extra`` (stdlib's, for formatters that show
            it), ``percent`` (stdlib's own way to put values into a message) or ``braces``
            (logbook's).
        target: The method, such as ``log.info``.
        event: The event.
        fields: The call's fields.
        spoken: What stands for the event, as source.
        end: What stands behind the fields.

    Raises:
        Unsupported: The library puts fields into the message, and has no place for options.
    """
    words = [spoken or repr(event), *fields_source(syntax, fields), end]
    if syntax in _IN_MESSAGE:
        if spoken or end:
            raise Unsupported("has no fields beside its message")
        shown = [event, *(f"{item.name}={_IN_MESSAGE[syntax]}" for item in fields)]
        words = [repr(" ".join(shown)), *(item.expression for item in fields)]
    return f"{target}({', '.join(filter(None, words))})"


def fields_source(syntax: str, fields: Sequence[Field]) -> list[str]:
    """Return ``a=1, b=2``, or ``extra={'a': 1, 'b': 2}``; nothing if there are none."""
    if syntax == "keywords" or not fields:
        return [f"{item.name}={item.expression}" for item in fields]
    return [f"extra={dict_source(fields)}"]


def dict_source(fields: Sequence[Field]) -> str:
    """Return ``{'a': 1, 'b': 2}``."""
    return "{" + ", ".join(f"{item.name!r}: {item.expression}" for item in fields) + "}"


def bind_source(syntax: str, fields: Sequence[Field]) -> str:
    """Return what makes a logger with bound fields."""
    if syntax == "keywords":
        return f"log.bind({', '.join(fields_source(syntax, fields))})"
    if syntax == "extra":  # the cookbook's way; `Adapter` is the rival module's
        return f"Adapter(log, {dict_source(fields)})"
    raise Unsupported("has no bound fields")


def line_source(syntax: str, target: str, workload: Workload) -> str:
    """Return the call of a workload as source."""
    said, end = workload.spoken, workload.option
    return call_source(syntax, target, workload.event, workload.fields, said, end)


def iteration_source(syntax: str, workload: Workload) -> list[str]:
    """Return the statements of one iteration of the loop."""
    if workload.action == "iteration":
        return [workload.spoken]
    call = line_source(syntax, f"log.{workload.method}", workload)
    match workload.action:
        case "emit" | "exception":
            chosen = [f"log = logs[i % {workload.loggers}]"] if workload.loggers > 1 else []
            return [*chosen, call]
        case "enabled":
            return ["log.isEnabledFor(20)"]
        case "get_logger":
            return ["get_logger(NAME)"]
        case "bind":
            bind = bind_source(syntax, workload.rebound)
            if workload.emits == 0:
                return [bind]
            line = line_source(syntax, f"bound.{workload.method}", workload)
            return [f"bound = {bind}", *[line] * workload.emits]
    raise ValueError(workload.action)


def loop_source(syntax: str, workload: Workload, *, timed: bool, spin: bool) -> str:
    """Return the source of `run(n, log, logs, samples, first)`.

    Args:
        syntax: The library's way of writing a call.
        workload: What to call.
        timed: Whether each iteration is timed into `samples`.
        spin: Whether each iteration is followed by a deliberate delay.
    """
    iteration = iteration_source(syntax, workload)
    if spin:
        iteration += ["for _ in repeat(None, SPIN): pass"]
    loop = ["for i in range(first, first + n):", *_indent(iteration)]
    if timed:
        iteration = ["started = clock()", *iteration, "samples[i] = clock() - started"]
        loop = ["for i in range(n):", *_indent(iteration)]
    if workload.action == "exception":
        loop = ["try:", "    fail()", "except ValueError:", *_indent(loop)]
    return "\n".join(["def run(n, log, logs, samples, first):", *_indent(loop)])


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
