"""One value of a line whose others a compiled lane writes, by the rules of `values.py`.

The two kinds that come most have a shorter way: what `str` says all of, and an object whose
`__log__` returns a flat dict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.plans import ALL_SPELT, LOGGED, find_plan
from provide.foundation._record.values import (
    LARGEST_FLOAT,
    LARGEST_INT,
    LAZIES,
    NO_CONTAINER,
    RENDERING,
    SHORT,
    SMALLEST_INT,
    LazyMet,
    Limits,
    ask_form,
    make_encoder,
    unprintable,
)


def plain_part(
    value: object,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
    *,
    nodes: int,
    room: int,
    around: tuple[object, ...],
    pair: bool,
) -> tuple[int, int, Any] | None:
    """Return what `plain_fields` makes of one value of a line, whose others somebody else writes.

    No `Exception` leaves this function. Any thread may call this.

    Args:
        value: The value.
        limits: What bounds it.
        is_secret: Tells which keys' values are masked; None masks none.
        nodes: What the line has left for items of containers, and
        room: for characters.
        around: The containers that the value stands in.
        pair: Whether it is a pair in a list, and so perhaps a header.

    Returns:
        What it takes of `nodes` and of `room`, and the plain data. `None` if it takes all of
        one, so that the rest of the line says where it is cut, or if it has a lazy value.
    """
    kind = type(value)
    if kind is LAZIES.kind:
        return None
    told: Any = NO_CONTAINER
    if RENDERING.encoder is None and limits.encoder is None:
        plan = find_plan(kind)
        if plan.code in ALL_SPELT:
            # The most usual, by a shorter way.
            RENDERING.encoder = NO_CONTAINER
            try:
                text = str.__str__(str(value))
            except Exception as failure:  # every value renders: the method is the user's
                if type(failure) is not RecursionError:
                    let_through()
                text = unprintable(value)
            finally:
                RENDERING.encoder = None
            if len(text) <= min(limits.string, room - 1) and text.isascii():
                return 0, len(text), text
        elif plan.code == LOGGED and not (around and any(value is each for each in around)):
            try:
                told = ask_form(value, kind, plan)
            except RecursionError:
                return None
            if type(told) is dict and len(around) < limits.depth:
                flat = told.copy()  # another thread may have it
                size = _measure_flat(flat, limits, is_secret)
                if 0 <= size < room and len(flat) < nodes:
                    return len(flat), size, flat
    encoder = make_encoder(limits, is_secret)
    encoder.nodes = nodes
    encoder.room = room
    encoder.open.update(map(id, around))
    RENDERING.in_part = LAZIES.kind is not None
    try:
        if told is not NO_CONTAINER:
            form = encoder.told_form(value, told, len(around))
        else:
            encode: Callable[[Any, int], Any] = encoder.pair if pair else encoder.encode
            form = encode(value, len(around))
    except LazyMet:
        return None
    except Exception as failure:  # every value renders, as in `plain`
        if type(failure) is not RecursionError:
            let_through()
        return None
    finally:
        RENDERING.in_part = False
    if encoder.nodes <= 0 or encoder.room <= 0:
        return None
    return nodes - encoder.nodes, room - encoder.room, form


def _measure_flat(
    form: dict[Any, Any], limits: Limits, is_secret: Callable[[str], bool] | None
) -> int:
    """Return how many characters `Encoder.mapping` would count for a dict that it leaves as it is.

    -1: it would not, or nobody has looked closely enough to say.
    """
    if len(form) > limits.items:
        return -1
    size, short = 0, min(SHORT, limits.string)
    for key, value in form.items():
        if type(key) is not str or len(key) > SHORT or not key.isascii():
            return -1
        if is_secret is not None and is_secret(key):
            return -1
        kind = type(value)
        if kind is str:
            if len(value) > short or not value.isascii():
                return -1
            size += len(value)
        elif kind is int:
            if not SMALLEST_INT <= value <= LARGEST_INT:
                return -1
        elif kind is float:
            if not -LARGEST_FLOAT <= value <= LARGEST_FLOAT:
                return -1
        elif not (kind is bool or value is None):
            return -1
    return size
