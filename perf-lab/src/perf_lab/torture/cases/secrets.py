"""Secrets stay out: secrets stay out of the output."""

from __future__ import annotations

import base64

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import manner

_SECRET = "hunter" + "2-s3cr3t"


def _kept_out(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    data = performance.data + performance.aside
    if b"beg-m0-" not in data:
        return "lost the line"
    spellings = (_SECRET.encode(), base64.b64encode(_SECRET.encode()))
    return "secret written" if any(each in data for each in spellings) else KEPT


@case(13, _kept_out, quick=True)
def flat_secrets(stage: Stage) -> None:
    """Values under `password`, `Authorization`, `X-Api-Key` and `user_password`."""
    names = ("password", "Authorization", "X-Api-Key", "user_password")
    stage.call(**dict.fromkeys(names, _SECRET))


@case(13, _kept_out, quick=True)
def nested_secrets(stage: Stage) -> None:
    """The same deep inside of dicts and lists."""
    stage.call(v={"a": [{"b": ({"client_secret": _SECRET},)}], "cookies": {"x": _SECRET}})


@case(13, _kept_out)
def header_pairs(stage: Stage) -> None:
    """Headers as pairs of bytes, as ASGI has them."""
    stage.call(headers=[(b"host", b"x"), (b"cookie", _SECRET.encode())])


@case(13, _kept_out, form="text")
def secrets_in_text(stage: Stage) -> None:
    """Text: values under secret keys, flat and nested."""
    stage.call(token=_SECRET, v={"refresh_token": _SECRET})


@case(13, _kept_out,
      only=("foundation", "structlog-orjson", "structlog", "logging", "loguru",
            "provide-foundation"))  # fmt: skip
def bound_secret(stage: Stage) -> None:
    """A secret that is bound."""
    bind = stage.log.bind
    if bind is None:
        raise NotImplementedError
    stage.log.info = bind(api_key=_SECRET)
    stage.call()


@case(13, _kept_out, only=("foundation", "logging"))
def secret_in_extra(stage: Stage) -> None:
    """A secret in `extra` of the standard library's logging."""
    import logging

    fields = {"end": "end-m0-", "db_password": _SECRET, "v": {"token": _SECRET}}
    stage.attempt(logging.getLogger("lib").warning, "beg-m0-", extra=fields)


@case(13, _kept_out, form="json")
def secret_in_local_variable(stage: Stage) -> None:
    """A secret in a local variable of a frame that raises."""

    def connect(pin: str) -> None:
        found = pin
        raise ConnectionError("no answer")
        print(found)

    try:
        connect(_SECRET)
    except ConnectionError:
        stage.attempt(stage.log.exception, "beg-m0-")


@case(13, _kept_out, only=("foundation",), options={"redact_keys": ["maiden_name"]})
def own_secret_key(stage: Stage) -> None:
    """A key that the configuration calls secret, beside the built-in ones."""
    stage.call(maiden_name=_SECRET, v=[{"mothers-maiden-name": _SECRET}], token=_SECRET)
