"""Faults to be planted in one lane, which the comparison of lanes has to find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

from installed_lanes import LANES
from provide.foundation._pipeline.fields import merge_fields
from provide.foundation._record import escaping
from provide.foundation._record.plans import NAMED_TUPLE, Plan, make_plan
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits

_CORE = "provide.foundation"
_is_secret = KeyPolicy.is_secret
_substitute = escaping._substitute


def _leave_delete(escape: Any, text: str) -> str:
    """Escape what is unsafe, but not DEL."""
    return "\x7f".join(_substitute(escape, part) for part in text.split("\x7f"))


def _show_tokens(policy: KeyPolicy, key: str) -> bool:
    """Take a token for no secret."""
    return _is_secret(policy, key) and not key.endswith("token")


def _turn_names(kind: type) -> Plan:
    """Put the names of a named tuple at each other's items."""
    plan = make_plan(kind)
    return Plan(NAMED_TUPLE, plan.names[::-1]) if plan.code == NAMED_TUPLE else plan


def _keep_one_more(depth: int, items: int, *others: Any, **named: Any) -> Limits:
    """Keep an item more than was asked for."""
    return Limits(depth, items + 1, *others, **named)


def _let_context_win(
    context: Mapping[str, Any], bound: Mapping[str, Any], fields: dict[str, Any]
) -> dict[str, Any]:
    """Merge fields, those of the context over bound ones."""
    return merge_fields({}, {**bound, **context}, fields)


#: By name: the lane, and what is put in the place of what there.
_FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "bound": (LANES[-1], {f"{_CORE}._record.constants.Limits": _keep_one_more}),
    "escape": ("processor", {f"{_CORE}._record.escaping._substitute": _leave_delete}),
    "names": ("native", {f"{_CORE}.native.lane.make_plan": _turn_names}),
    "override": (
        "fast",
        {
            f"{_CORE}._lanes.rare.merge_fields": _let_context_win,
            f"{_CORE}._lanes.everyday.call.merge_fields": _let_context_win,
        },
    ),
    "secret": ("fast", {f"{_CORE}._record.redaction.KeyPolicy.is_secret": _show_tokens}),
}
#: The faults of the lanes that are there.
PLANTS = tuple(name for name, (lane, _) in _FAULTS.items() if lane in LANES)


@contextlib.contextmanager
def planted(name: str, lane: str) -> Iterator[None]:
    """Have a fault while a lane is used, if it is that one's; no name: none."""
    with contextlib.ExitStack() as stack:
        if (fault := _FAULTS.get(name)) is not None and fault[0] == lane:
            for target, wrong in fault[1].items():
                stack.enter_context(patch(target, wrong))
        yield
