"""A file that holds a configuration: how it is read, and how closely it is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import Any, ClassVar

from provide.foundation._config.values.immutable import Immutable
from provide.foundation.errors import ConfigurationError

#: A configuration takes a few kilobytes; a followed file is read again and again.
MOST_BYTES = 1024 * 1024
#: The table of `pyproject.toml` that is meant.
TABLE_OF_PYPROJECT = ("tool", "foundation")


class Source(Immutable):
    """Say which file a configuration has come from, and when that is read again.

    `TelemetryConfig.from_file` makes it, for those who ask. It is immutable.

    Args:
        path: The file.
        watch: Whether the file is looked at.
        every_s: Seconds between two looks.
        signal: The number of the signal at which it is read again; `None`: at none.
        base: What the file has said, with defaults for the rest.
    """

    __slots__ = ("base", "every_s", "path", "signal", "watch")
    FIELDS: ClassVar[tuple[str, ...]] = ("path", "watch", "every_s", "signal", "base")

    path: str
    watch: bool
    every_s: float
    signal: int | None
    base: Any

    def __init__(
        self, path: str, watch: bool, every_s: float, signal: int | None, *, base: object
    ) -> None:
        values = (path, watch, every_s, signal, base)
        self.__setstate__(dict(zip(self.FIELDS, values, strict=True)))

    def __repr__(self) -> str:
        """Return what it follows, without what the file says."""
        return f"Source({self.path!r}, watch={self.watch}, signal={self.signal})"


def check_signal(given: object) -> int | None:
    """Return the number of a signal that can be handled: True is SIGHUP, False is none.

    Raises:
        ConfigurationError: There is no such signal here.
    """
    if given is False:
        return None
    import signal  # 1 ms, for the few who ask

    number = getattr(signal, "SIGHUP", None) if given is True else given
    unhandled = {getattr(signal, name, None) for name in ("SIGKILL", "SIGSTOP")}
    if isinstance(number, int) and number in signal.valid_signals() - unhandled:
        return int(number)
    allowed = "True where there is SIGHUP, False, or the number of a signal that can be handled"
    raise ConfigurationError("reload_on_signal", given, allowed)


def read_file(path: str, *, follows: bool = False) -> Mapping[str, object]:
    """Return what a configuration file describes.

    Args:
        path: The file.
        follows: Whether it is to be followed, for which it has to be a regular file.

    Raises:
        ConfigurationError: It cannot be read, or is not what its name says.
    """
    try:
        if follows:
            return parse(path, read_bytes(path))
        with open(path, "rb") as file:
            return parse(path, file.read())
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str, error: Exception) -> ConfigurationError:
    """Return what says that a file cannot be read as what it is named."""
    return ConfigurationError("path", path, f"a {_kind(path)} file that can be read ({error})")


def _kind(path: str) -> str:
    return "JSON" if path.lower().endswith(".json") else "TOML"


def read_bytes(path: str) -> bytes:
    """Return what a regular file holds that is to be followed.

    Raises:
        ConfigurationError: It is no regular file, or too long.
        OSError: It cannot be read.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ConfigurationError("path", path, "a regular file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ConfigurationError("path", path, f"a file of at most {MOST_BYTES} bytes")
    return data


def _open_at_once(path: str, flags: int) -> int:
    # Without O_NONBLOCK the opening of a named pipe would wait for a writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def parse(path: str, data: bytes) -> Mapping[str, object]:
    """Return what the text of a configuration file describes: JSON by its name, else TOML.

    Raises:
        ConfigurationError: It is not what its name says, or has no table for Foundation.
    """
    try:
        values = parse_json(data) if _kind(path) == "JSON" else _parse_toml(data)
        if not isinstance(values, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        # ValueError covers bad UTF-8 and an integer of more digits than int() takes.
        raise unreadable(path, error) from error
    if os.path.basename(path) == "pyproject.toml":
        for key in TABLE_OF_PYPROJECT:
            values = values.get(key)
            if not isinstance(values, dict):
                allowed = f"a file with a table [{'.'.join(TABLE_OF_PYPROJECT)}]"
                raise ConfigurationError("path", path, allowed)
    return values


# Imported where they are needed: tomllib pulls in re, and most programs read no file.
def _parse_toml(data: bytes) -> Any:
    import tomllib

    return tomllib.loads(data.decode())


def parse_json(data: bytes) -> Any:
    """Return the value of a text in JSON that gives no key twice and has no NaN.

    Raises:
        ValueError: It is not such a text.
        RecursionError: It is nested too deeply.
    """
    import json

    return json.loads(data.decode(), object_pairs_hook=_refuse_twice, parse_constant=_refuse)


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is there twice")
        found[key] = value
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
