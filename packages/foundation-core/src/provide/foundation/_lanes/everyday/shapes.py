"""What is done to the fields of a call whose keys are not plain, by the names of all of them.

The calls at one place in a program have the same names each time: what is renamed, masked or taken
out of their fields is found once and kept. So is what stands before the fields where these override
bound ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation._lanes.everyday.keys import KnownKeys
from provide.foundation._lanes.prefix import NOTHING_ALLOWED
from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._record.redaction import MASK

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._logger.logger import Logger
    from provide.foundation.context import Context

_MOST_SHAPES = 1024
#: Of the bytes of bound fields that are kept without those which calls override.
_MOST_BYTES = 1024
_MOST_OVERRIDDEN = 256
#: Of keys that are not plain, from the first one that is renamed on: the place of each, its name
#: and that in the line. Then the keys whose values are masked, those that are parameters of the
#: call, and those parameters that may ask for something. At last the names that are not there any
#: more, and all names that the fields have before and after.
Shape = tuple[
    tuple[tuple[int, str, str], ...],
    tuple[str, ...],
    tuple[str, ...],
    tuple[str, ...],
    frozenset[str],
    frozenset[str],
]
#: The names of larger calls are looked at one by one each time.
_MOST_NAMES = 64
_STRINGS = frozenset({str})


class KnownShapes:
    """Redact the fields of calls by what is known of their names.

    Args:
        lane: Does what is not known, and says what stands before the fields.
        keys: Say which are renamed and which masked.
    """

    __slots__ = ("_keys", "_lane", "_overridden", "_redact_all", "_safe_keys", "_shapes")

    def __init__(self, lane: FastLane, keys: KnownKeys) -> None:
        self._lane, self._keys = lane, keys
        self._safe_keys, self._redact_all = lane.safe_keys, lane.redact_all
        self._shapes: dict[tuple[str, ...], Shape] = {}
        #: What stands before the fields without those that they override, by it and their names;
        #: empty for what has come once.
        self._overridden: dict[tuple[bytes, tuple[str, ...]], bytes] = {}

    def redact(
        self,
        logger: Logger,
        fields: dict[str, Any],
        tail: bytes,
        allowed: set[str],
        context: Context | None,
    ) -> tuple[bytes, dict[str, Any]]:
        """Take the parameters of a call out of its fields, rename and mask, where that is needed.

        Args:
            logger: The logger.
            fields: The call's own fields, or all that are merged; they are used up.
            tail: What stands before them.
            allowed: The keys that may stand behind it as they are.
            context: The context.

        Returns:
            What stands before the fields; the fields, none where the call has a key, or a
            parameter, that takes more.
        """
        names = tuple(fields)
        shape = self._shapes.get(names)
        if shape is None:
            without = self._overridden.get((tail, names))
            if without:
                return without, fields
            if self._lane.classify_all(fields, allowed, logger._bound):
                return tail, fields
            if allowed is not NOTHING_ALLOWED:
                self._learn(logger, names, tail, allowed, context)
        elif allowed is not NOTHING_ALLOWED:
            moves, masked, parameters, asking, gone, every = shape
            bound, censor = logger._bound, self._lane.policy.censor
            # Bound fields are merged already where any key is allowed. Whoever takes such a call
            # over merges them once more, so their names must still be there.
            beside = gone if allowed is self._safe_keys else every
            if (not bound or beside.isdisjoint(bound)) and (
                context is None or every.isdisjoint(context.fields)
            ):
                for name in asking:
                    value = fields[name]
                    if value is not None and value is not False:
                        return self._redact_all(logger, fields)
                for name in parameters:
                    del fields[name]
                for place, key, name in moves:
                    # A subclass may compare as it likes, and pass for a name that is no secret.
                    if type(names[place]) is not str:
                        return self._redact_all(logger, fields)
                    fields[name] = fields.pop(key)
                for name in masked:
                    fields[name] = MASK if censor is None else censor(fields[name])
                return tail, fields
        return self._redact_all(logger, fields)

    def _learn(
        self,
        logger: Logger,
        names: tuple[str, ...],
        tail: bytes,
        allowed: set[str],
        context: Context | None,
    ) -> None:
        """Remember what is done to fields of these names, or what they override of `tail`."""
        shape = self._shape_of(names)
        if shape is not None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes[names] = shape
            return
        if (
            allowed is self._safe_keys  # no bound field stands in `tail`
            or len(tail) > _MOST_BYTES
            or not self._safe_keys.issuperset(names)
        ):
            return
        if (tail, names) not in self._overridden:  # perhaps a logger that is bound for one line
            if len(self._overridden) >= _MOST_OVERRIDDEN:
                self._overridden.clear()
            self._overridden[tail, names] = b""
            return
        lane = self._lane
        without = lane.render_around(logger._site._name)[1]
        kept = {key: value for key, value in logger._bound.items() if key not in names}
        if kept:
            without = lane.render_members(without, kept)
        if context is not None:
            holder, members, _ = context.rendered
            if holder is not lane:
                return
            without += members
        self._overridden[tail, names] = without

    def _shape_of(self, names: tuple[str, ...]) -> Shape | None:
        """Say what is done to all fields of these names; `None`: nothing, or one is odd."""
        if not _STRINGS.issuperset(map(type, names)) or len(names) > _MOST_NAMES:
            return None
        parameters = tuple([name for name in names if name in CALL_PARAMETERS])
        places = {name: place for place, name in enumerate(names) if name not in parameters}
        redacted = self._keys.redact(dict.fromkeys(places), hides=False)
        if redacted is None:
            return None
        moves: list[tuple[int, str, str]] = []
        for (key, place), name in zip(places.items(), redacted, strict=True):
            if moves or key != name:  # what follows is moved as well, to keep the order
                moves.append((place, key, name))
        masked = tuple([name for name, value in redacted.items() if value is MASK])
        if not (parameters or masked or moves):
            return None
        asking = tuple([name for name in parameters if name != "stacklevel"])
        before, after = frozenset(names), frozenset(redacted)
        return tuple(moves), masked, parameters, asking, before - after, before | after
