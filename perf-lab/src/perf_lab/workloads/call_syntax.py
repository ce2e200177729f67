"""How each library writes the same call; imports workload only.

`loop_source` gives the measured loop as Python source, because a loop that called the library
through a function of ours would measure that function too.
"""

from __future__ import annotations

from collections.abc import Sequence

from perf_lab.workloads.workload import Field, Workload


class Unsupported(Exception):
    """Say that a library has no such feature."""


def spell_call(spelling: str, target: str, event: str, fields: Sequence[Field]) -> str:
    """Return one call as source.

    Args:
        spelling: ``keywords`` (structlog's way), ``extra`` (stdlib's, for formatters that show
            it), ``percent`` (stdlib's own way to put values into a message) or ``braces``
            (logbook's).
        target: The method, such as ``log.info``.
        event: The event.
        fields: The call's fields.
    """
    if not fields:
        return f"{target}({event!r})"
    values = ", ".join(item.expression for item in fields)
    match spelling:
        case "keywords":
            return f"{target}({event!r}, {spell_pairs(fields)})"
        case "extra":
            return f"{target}({event!r}, extra={spell_dict(fields)})"
        case "percent":
            text = " ".join([event, *(f"{item.name}=%s" for item in fields)])
            return f"{target}({text!r}, {values})"
        case "braces":
            text = " ".join([event, *(f"{item.name}={{}}" for item in fields)])
            return f"{target}({text!r}, {values})"
    raise ValueError(spelling)


def spell_pairs(fields: Sequence[Field]) -> str:
    """Return ``a=1, b=2``."""
    return ", ".join(f"{item.name}={item.expression}" for item in fields)


def spell_dict(fields: Sequence[Field]) -> str:
    """Return ``{'a': 1, 'b': 2}``."""
    return "{" + ", ".join(f"{item.name!r}: {item.expression}" for item in fields) + "}"


def spell_bind(spelling: str, fields: Sequence[Field]) -> str:
    """Return what makes a logger with bound fields."""
    if spelling == "keywords":
        return f"log.bind({spell_pairs(fields)})"
    if spelling == "extra":  # the cookbook's way; `Adapter` is the rival module's
        return f"Adapter(log, {spell_dict(fields)})"
    raise Unsupported("has no bound fields")


def spell_line(spelling: str, target: str, workload: Workload) -> str:
    """Return the call of a workload as source.

    Raises:
        Unsupported: The library puts fields into the message, and has no place for options.
    """
    if not workload.spoken and not workload.option:
        return spell_call(spelling, target, workload.event, workload.fields)
    if spelling in ("percent", "braces"):
        raise Unsupported("has no fields beside its message")
    words = [workload.spoken or repr(workload.event)]
    if workload.fields:
        extra = spelling == "extra"
        pairs = f"extra={spell_dict(workload.fields)}" if extra else spell_pairs(workload.fields)
        words.append(pairs)
    return f"{target}({', '.join([*words, *filter(None, [workload.option])])})"


def spell_turn(spelling: str, workload: Workload) -> list[str]:
    """Return the statements of one turn of the loop."""
    if workload.action == "turn":
        return [workload.spoken]
    call = spell_line(spelling, f"log.{workload.method}", workload)
    match workload.action:
        case "emit" | "exception":
            if workload.loggers > 1:
                return [f"log = logs[i % {workload.loggers}]", call]
            return [call]
        case "enabled":
            return ["log.isEnabledFor(20)"]
        case "get_logger":
            return ["get_logger(NAME)"]
        case "bind":
            bind = spell_bind(spelling, workload.rebound)
            if workload.emits == 0:
                return [bind]
            target = f"bound.{workload.method}"
            line = spell_call(spelling, target, workload.event, workload.fields)
            return [f"bound = {bind}", *[line] * workload.emits]
    raise ValueError(workload.action)


def loop_source(spelling: str, workload: Workload, *, timed: bool, spin: bool) -> str:
    """Return the source of `run(n, log, logs, samples, first)`.

    Args:
        spelling: The library's way of writing a call.
        workload: What to call.
        timed: Whether each turn is timed into `samples`.
        spin: Whether each turn is followed by a deliberate delay.
    """
    turn = spell_turn(spelling, workload)
    if spin:
        turn += ["for _ in repeat(None, SPIN): pass"]
    if timed:
        turn = ["started = clock()", *turn, "samples[i] = clock() - started"]
        loop = ["for i in range(n):", *_indent(turn)]
    else:
        loop = ["for i in range(first, first + n):", *_indent(turn)]
    if workload.action == "exception":
        loop = ["try:", "    fail()", "except ValueError:", *_indent(loop)]
    return "\n".join(["def run(n, log, logs, samples, first):", *_indent(loop)])


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
