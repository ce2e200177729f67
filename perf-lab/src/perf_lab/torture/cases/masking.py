"""One rule for secrets: one rule for secrets, whatever becomes text."""

from __future__ import annotations

import collections
import dataclasses
import types
from collections.abc import Callable
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import manner

_SECRET = "hunter" + "2-s3cr3t"


def _kept_out(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    data = performance.data + performance.aside
    if b"masked" not in data:
        return "lost the line"
    return "secret written" if _SECRET.encode() in data else KEPT


@dataclasses.dataclass
class Record:
    """Have a secret among its fields."""

    user: str = "kim"
    password: str = _SECRET


Named = collections.namedtuple("Named", "user password")


def _holders() -> list[Any]:
    secret = {"password": _SECRET}
    return [
        secret, [secret], (1, (secret,)), collections.deque([secret]), Record(),
        Named("kim", _SECRET), types.SimpleNamespace(**secret), types.MappingProxyType(secret),
        collections.UserDict(secret), collections.ChainMap(secret, {}), [("password", _SECRET)],
    ]  # fmt: skip


def _each(stage: Stage, log: Callable[[Any], None]) -> None:
    for holder in _holders():
        stage.attempt(log, holder)


# Libraries that put arguments into a message with % take them behind it; loguru has braces.
_WITH_ARGUMENTS = ("foundation", "logging", "structlog", "structlog-orjson")


@case(24, _kept_out, only=_WITH_ARGUMENTS)
def secret_arguments(stage: Stage) -> None:
    """Containers and records with a secret as arguments for `%s`."""
    _each(stage, lambda holder: stage.log.info("masked %s", holder))


@case(24, _kept_out, only=_WITH_ARGUMENTS)
def secret_in_named_argument(stage: Stage) -> None:
    """The same as arguments for `%(x)s`."""
    _each(stage, lambda holder: stage.log.info("masked %(x)s", {"x": holder}))


@case(24, _kept_out)
def secret_containers(stage: Stage) -> None:
    """The same as fields."""
    _each(stage, lambda holder: stage.log.info("masked", v=holder))


@case(24, _kept_out)
def secret_in_exception(stage: Stage) -> None:
    """The same as what an exception is made of, whose message Python would write."""

    def log(holder: Any) -> None:
        try:
            raise ValueError(holder)
        except ValueError:
            stage.log.exception("masked")

    _each(stage, log)
