"""The keys of everyday calls: which the line renames, and whose values it masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation._lanes.prefix import SHORT_CHARS
from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._record.redaction import MASK, KeyPolicy

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane

_MOST_KEYS = 1024
#: Says of a key that only the policy itself can tell its name.
_ODD = ("", False)


class KnownKeys:
    """Redact fields as `KeyPolicy.redact` does, by what is known of each key.

    Args:
        lane: Says which keys its format takes as they are.
        policy: Says which are secret.
    """

    __slots__ = ("_known", "_lane", "_policy")

    def __init__(self, lane: FastLane, policy: KeyPolicy) -> None:
        self._lane = lane
        self._policy = policy
        #: The new name of a key, and whether its value is masked.
        self._known: dict[str, tuple[str, bool]] = {}

    def redact(self, fields: dict[str, Any], *, hides: bool = True) -> dict[str, Any] | None:
        """Return fields with reserved keys renamed and secrets masked; `None`: a key is odd.

        Args:
            fields: The fields.
            hides: Whether a censor is asked; False: `MASK` stands for each secret.
        """
        censor = self._policy.censor if hides else None
        safe, known, lane = self._lane.safe_keys, self._known, self._lane
        redacted: dict[str, Any] = {}
        for key, value in fields.items():
            if type(key) is not str:
                return None
            if key in safe or (key not in known and lane.classify_key(key)):
                redacted[key] = value
                continue
            name, secret = known.get(key) or self._learn(key)
            if not name:
                return None
            if name != key and (name in fields or name in redacted):
                name = self._policy.rename(key, fields.keys() | redacted.keys())
            if secret:
                value = MASK if censor is None else censor(value)
            redacted[name] = value
        return redacted

    def _learn(self, key: str) -> tuple[str, bool]:
        if len(key) > SHORT_CHARS or key in CALL_PARAMETERS or not self._lane.is_plain_key(key):
            return _ODD
        name = self._policy.rename(key) if key in self._policy.reserved else key
        found = (name, self._policy.is_secret(name))
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        self._known[key] = found
        return found
