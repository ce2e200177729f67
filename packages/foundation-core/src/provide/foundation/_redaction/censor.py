"""What stands in a line for what must not be there: a text, or what a function makes of it."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from typing import Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.redaction import MASK, Censored
from provide.foundation._record.values import LAZIES

#: Gives what stands for a value.
Censor = Callable[[Any], str]
_LONGEST = 1000
_LONGEST_HASHED = 100_000


def make_censor(given: str | Callable[[Any], object]) -> Censor:
    """Return what gives the text that stands for a value, whatever a function of the user's does.

    Args:
        given: The text, or the function.
    """
    if isinstance(given, str):
        text = str.__str__(given)
        return lambda value: text
    running = threading.local()

    def censor(value: Any) -> str:
        if type(value) is Censored:
            return value
        if LAZIES.kind is not None and type(value) is LAZIES.kind:  # not even computed
            return Censored(MASK)
        if getattr(running, "is_so", False):  # it logs a secret itself
            return Censored(MASK)
        running.is_so = True
        try:
            made = given(value)
            if isinstance(made, str):
                return Censored(str.__str__(made)[:_LONGEST])
            if type(made) in (int, float, bool):
                return Censored(made)
            raise TypeError(f"a censor returned {type(made).__name__}")
        except Exception as error:  # a log call never raises: the function is the user's
            let_through()
            COUNTERS.fault("censor")
            DIAGNOSTICS.report_once(
                "censor", "a censor failed, so that secrets are masked", {"error": _kind_of(error)}
            )
            return Censored(MASK)
        finally:
            running.is_so = False

    return censor


def _kind_of(error: Exception) -> str:
    """Return the type alone: the message may hold the secret."""
    return type(error).__name__


def censor_hash(key: str | bytes, length: int = 16) -> Callable[[Any], str]:
    """Return a censor that makes equal secrets equal hashes, by which lines can be joined.

    A hash is the beginning of the HMAC-SHA256 of the value's text. Whoever has the key can try
    values out, so it is a secret itself, and a new one makes new hashes.

    Args:
        key: The key, 16 bytes or more.
        length: How many hexadecimal digits a hash has, 8 to 64.

    Raises:
        ValueError: The key or the length is too short, or the length too long.
    """
    secret = key.encode() if isinstance(key, str) else bytes(key)
    if len(secret) < 16:
        raise ValueError("the key has 16 bytes or more")
    if not 8 <= length <= 64:
        raise ValueError("the length is from 8 to 64")

    def hash_of(value: Any) -> str:
        if isinstance(value, bytes | bytearray):
            data = bytes(value[:_LONGEST_HASHED])
        else:
            data = str(value)[:_LONGEST_HASHED].encode("utf-8", "backslashreplace")
        return hmac.digest(secret, data, "sha256").hex()[:length]

    return hash_of
