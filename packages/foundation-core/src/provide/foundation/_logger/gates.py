"""Gates: what decides for each call whether the method of its level gets it, and when.

A gate stands around the method that a lane gives for a level, and only while somebody has asked for
it; so a process without gates has the lanes' own methods on the class, and pays nothing. Gates come
from two sides. Those of a configuration (sampling) come with its pipeline, and go with it; nearest
to the lane. Others stay over all set-ups (`stay`), and are outermost: a scope keeps lines that no
rule has sampled yet.

What a gate makes calls the method that it stands around with the same arguments, and is a function
of a module of Foundation, whose frames call sites and `stacklevel` pass over. It has to look at the
threshold of the logger first, as lanes do: below it there is no call. And where its configuration
has been superseded, it has to let every call through: the lane sends the call on to `METHODS`,
around which the gates of the next configuration stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from provide.foundation._logger.methods import STAYING, MadeFor, describe
from provide.foundation._logger.starting import UNSTARTED
from provide.foundation.levels import TABLE

if TYPE_CHECKING:
    from provide.foundation._logger.methods import Gate

Method = Callable[..., None]


def stay(gate: Gate) -> None:
    """Put a gate around the methods of every configuration from now on, outside of all others."""
    if gate not in STAYING:
        TABLE.renew(partial(exchange, gate, None))


def leave(gate: Gate) -> None:
    """Take a gate away that has stayed; a method of it that somebody keeps has to do no harm."""
    if gate in STAYING:
        TABLE.renew(partial(exchange, None, gate))


def exchange(fresh: Gate | None, older: Gate | None) -> None:
    """Put a gate there, and take another away, in the midst of a turn of the table."""
    if fresh is not None and fresh not in STAYING:
        STAYING.append(fresh)
    if older is not None and older in STAYING:
        STAYING.remove(older)


def wrap(
    methods: Mapping[int, Method | MadeFor],
    lowest: int,
    gates: Sequence[Gate],
    made: MutableMapping[tuple[Gate, int, object], Method | MadeFor],
) -> Mapping[int, Method | MadeFor]:
    """Return the methods of a lane with gates around them.

    Args:
        methods: By level.
        lowest: The lowest level that any logger writes.
        gates: The innermost first.
        made: What has been made before for this lane: nothing changes on the class of loggers
            where nothing has changed.
    """
    for gate in gates:
        wrapped = dict(methods)
        for level, method in methods.items():
            if gate.wraps(level, lowest):
                key = gate, level, method
                if key not in made:
                    made[key] = _put_around(gate, level, method)
                wrapped[level] = made[key]
        methods = wrapped
    return methods


def _put_around(gate: Gate, level: int, method: Method | MadeFor) -> Method | MadeFor:
    if isinstance(method, MadeFor):
        inner = method
        return MadeFor(lambda kind: _make(gate, level, inner.make(kind)))
    return _make(gate, level, method)


def _make(gate: Gate, level: int, method: Method) -> Method:
    made = gate.make(level, method)
    describe(made, UNSTARTED[level])
    return made
