"""What hides more than the values of secret keys, where a configuration asks for it."""

from __future__ import annotations

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._record.constants import key_policy
from provide.foundation._redaction.censor import make_censor
from provide.foundation._redaction.redactor import Redactor


def make_redactor(logging: LoggingConfig) -> Redactor:
    """Return what hides more than the values of secret keys, or hides them otherwise."""
    wanted = logging.redaction
    censor = wanted.censor if logging.censor is None else logging.censor
    return Redactor(
        (*logging.redact_patterns, *wanted.patterns),
        key_policy(logging).is_secret,
        None if censor is None else make_censor(censor),
        wanted.max_searched_chars,
    )
