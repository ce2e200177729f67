"""Which log calls ask rules of sampling themselves, and how a lane gets them.

A gate around the method of a lane is a call more, and packs and unpacks the fields once more: a
fifth of a line. So the lanes of one output have copies of their log call that ask within it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from provide.foundation._lanes.gate import Gates
from provide.foundation._lanes.variant import make_variant, origin_of

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._lanes.variant import MakeLog
    from provide.foundation._pipeline.delivery import Sampler

_LANES = "provide.foundation._lanes."


def ask_rules(lane: FastLane, rules: Sampler) -> None:
    """Have the log calls of a lane ask rules themselves, before any of them is installed.

    Args:
        lane: The lane; its log calls are those of `_lanes/json.py` or a sibling, or variants.
        rules: What they ask.
    """
    lane.rules = rules
    make_log = _sampled(type(lane).make_log)
    lane.methods = {
        level: make_log(lane, level) if rules.wraps(level, level) else method
        for level, method in lane.methods.items()
    }
    highest = lane.gates.highest
    lane.gates = Gates(lane.methods)
    lane.gates.highest = highest


def _sampled(make_log: MakeLog) -> MakeLog:
    origin = origin_of(make_log)
    if origin is not None:
        original, constants, literals = origin
        return make_variant(_sampled(original), constants, literals)
    name = make_log.__module__.removeprefix(_LANES)
    made: MakeLog = import_module(f"{_LANES}sampled.{name}").make_log
    return made
