"""Exceptions with a traceback of so many frames: alone, with a cause, in a context, in a group."""

from __future__ import annotations


class Group(ExceptionGroup[Exception]):
    """Be a group of another class."""


def make_raised(kind: int, text: str) -> BaseException:
    """Return an exception that was raised: alone, with a cause, in a context, or in a group."""
    try:
        _raise(kind, text, kind >> 3 & 7)
    except BaseException as error:  # it is what is asked for
        return error
    raise AssertionError(kind)


def _raise(kind: int, text: str, depth: int) -> None:
    if depth:
        return _raise(kind, text, depth - 1)
    match kind % 8:
        case 0:
            try:
                raise KeyError(text)
            except KeyError as error:
                raise ValueError("outer", 7) from error
        case 1:
            try:
                raise OSError(2, text)
            except OSError:
                raise RuntimeError(text)  # noqa: B904 - its context is to be shown
        case 2:
            raise Group(text or "group", [ValueError(text), TypeError("t")])
        case 3:
            noted = ValueError(text)
            noted.add_note(text)
            raise noted
        case 4:
            raise KeyboardInterrupt(text)
        case 5:
            raise SyntaxError("bad", ("f.py", 1, 2, text))
        case 6:
            raise ValueError from None
    raise ValueError(text)
