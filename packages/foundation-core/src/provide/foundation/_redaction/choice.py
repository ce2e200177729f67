"""Whether a configuration hides more than the values of secret keys, and what does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._record.constants import key_policy

if TYPE_CHECKING:
    from provide.foundation._redaction.redactor import Redactor


def make_redactor(logging: LoggingConfig) -> Redactor | None:
    """Return what hides more than the values of secret keys, or hides them otherwise."""
    wanted = logging.redaction
    patterns = (*logging.redact_patterns, *wanted.patterns)
    censor = wanted.censor if logging.censor is None else logging.censor
    if not patterns and censor is None:
        return None
    # Only those load it who use it.
    from provide.foundation._redaction.censor import make_censor
    from provide.foundation._redaction.redactor import Redactor

    return Redactor(
        patterns,
        key_policy(logging).is_secret,
        None if censor is None else make_censor(censor),
        wanted.max_searched_chars,
    )
