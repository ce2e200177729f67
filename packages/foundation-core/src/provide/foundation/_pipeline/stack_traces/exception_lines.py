"""The last lines of a traceback: the exception itself, and its notes.

`traceback` makes the lines of what it knows more about: of a SyntaxError it shows the source, and
for a name that is unknown it suggests another one. It is given a copy for that, which has nothing
but plain texts and numbers, and which no other exception hangs on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from traceback import TracebackException, format_exception_only
from types import TracebackType
from typing import Any

from provide.foundation._process.interrupts import let_through

# What `traceback` loads in a call: from 3.13 on for a suggestion, from 3.14 on for a SyntaxError,
# and from 3.15 on for colours, which a line has none of.
for _name in ("_suggestions", "codeop", "_colorize") if sys.version_info >= (3, 13) else ():
    with suppress(ImportError):
        import_module(_name)

#: Characters of a line that a SyntaxError shows; a longer one is left out.
_LONGEST_SOURCE = 4096
_SYNTAX_PARTS = {
    name: (getattr(SyntaxError, name), kind)
    for name, kind in (
        ("filename", str),
        ("lineno", int),
        ("offset", int),
        ("text", str),
        ("end_lineno", int),
        ("end_offset", int),
    )
}
_BASE: Any = BaseException


def show_exception(error: BaseException, description: Mapping[str, Any]) -> str:
    """Return type, message and notes of an exception, each line with its end."""
    kind, message = description["type"].removeprefix("__main__."), description["message"]
    lines = f"{kind}: {message}\n" if message else f"{kind}\n"
    if isinstance(error, _KNOWN_BETTER):
        try:
            if isinstance(error, SyntaxError):
                lines = _show_syntax_error(error, kind) or lines
            elif suggestion := _suggest(error):
                lines = f"{kind}: {message}{suggestion}\n"
        except Exception as failure:  # every value renders: its attributes may be anything
            if type(failure) is not RecursionError:
                let_through()
    for note in description.get("notes", ()):
        lines += f"{note}\n"
    return lines


_KNOWN_BETTER = (SyntaxError, NameError, AttributeError, ImportError)


def _show_syntax_error(error: SyntaxError, kind: str) -> str:
    """Return a SyntaxError with its place in the source; "" where it is not as Python makes it."""
    message: Any = SyntaxError.msg.__get__(error)  # type: ignore[attr-defined]
    if type(message) is not str:
        return ""
    copy = SyntaxError(message)
    for name, (descriptor, expected) in _SYNTAX_PARTS.items():
        value = descriptor.__get__(error)
        if value is not None and type(value) is not expected:
            return ""
        if type(value) is str and len(value) > _LONGEST_SOURCE:
            value = None
        setattr(copy, name, value)
    *place, last = format_exception_only(SyntaxError, copy)
    return "".join([*place, kind, last.removeprefix("SyntaxError")])


def _suggest(error: BaseException) -> str:
    """Return what `traceback` puts behind the message of an exception about a name."""
    name = getattr(error, "name", None)
    if type(name) is not str:
        return ""
    copy: BaseException
    if isinstance(error, NameError):
        copy = NameError("", name=name)
    elif isinstance(error, AttributeError):
        copy = AttributeError("", name=name, obj=error.obj)
    else:
        wanted = getattr(error, "name_from", None)
        module = sys.modules.get(name)
        spec = getattr(module, "__spec__", None)
        # `traceback` imports the module, which is to be no work, and to wait for nobody.
        if type(wanted) is not str or spec is None or getattr(spec, "_initializing", False):
            return ""
        copy = ImportError("", name=name, name_from=wanted)  # type: ignore[call-arg]
    trace: TracebackType | None = _BASE.__traceback__.__get__(error)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return str(TracebackException(type(copy), copy, trace, limit=0))
