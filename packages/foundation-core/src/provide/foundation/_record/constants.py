"""What every line of a configuration has alike: gathered once, at set-up, as plain data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.schema import CALLER, CONSTANTS
from provide.foundation._record.values import Limits, plain, plain_fields

#: What takes the place of the end of a long text has to fit as well.
_MARK_CHARS = 48


if TYPE_CHECKING:

    class Hides(Protocol):
        """Be a redactor, as far as it is asked here."""

        def hiding(self, limits: Limits, *, searches: bool) -> Limits:
            """Return limits with which values are hidden."""
            raise NotImplementedError


def gather_constants(config: TelemetryConfig, redactor: Hides | None = None) -> dict[str, Any]:
    """Return the members that all lines have alike, in their order, and secrets masked.

    Rendering them again changes nothing, so that a lane may keep their bytes.

    Args:
        config: The configuration.
        redactor: What hides more than the values of secret keys, or hides them otherwise.
    """
    logging, limits = config.logging, value_limits(config.logging)
    within = Limits(
        limits.depth,
        max(limits.items - 1, 1),
        max(limits.string - _MARK_CHARS, 1),
        limits.nodes,
        limits.line,
    )
    if redactor is not None:
        within = redactor.hiding(within, searches=True)
    own = {
        "service": config.service_name,
        "service_version": config.service_version,
        "environment": config.environment,
        "host": _host_name() if logging.host else None,
        "pid": os.getpid() if logging.process else None,
    }
    members = {
        each.key: plain(own[each.key], within) for each in CONSTANTS if own[each.key] is not None
    }
    if logging.fields:
        members.update(plain_fields(logging.fields, within, key_policy(logging).is_secret))
    return members


def key_policy(
    logging: LoggingConfig,
    names: Iterable[str] = (),
    censor: Callable[[Any], str] | None = None,
) -> KeyPolicy:
    """Return which keys are secret, and which are the line's own.

    Args:
        logging: The configuration.
        names: What is reserved beside: what all lines of this configuration have alike, and the
            names in their schemas.
        censor: Gives what stands for a secret value; `None`: `MASK`.
    """
    own = [each.key for each in CALLER if getattr(logging, each.key)]
    if logging.adds_stack_trace:
        own.append("stack_trace")
    return KeyPolicy(
        (*logging.redact_keys, *logging.redaction.keys),
        redact_defaults=logging.redaction.defaults,
        exempt=(*logging.redact_except, *logging.redaction.exempt),
        names=(*names, *own),
        censor=censor,
    )


def value_limits(logging: LoggingConfig) -> Limits:
    """Return where values are cut."""
    return Limits(
        logging.limits.max_depth,
        logging.limits.max_items,
        logging.limits.max_string_chars,
        line=logging.limits.max_line_bytes,
    )


def renewed(constants: dict[str, Any]) -> dict[str, Any]:
    """Return the same for a forked child, whose process has an id of its own."""
    return {**constants, "pid": os.getpid()} if "pid" in constants else constants


def _host_name() -> str | None:
    from socket import gethostname  # for those who ask

    try:
        return gethostname() or None
    except OSError:
        return None
