"""The libraries that are measured: names, features, where each value stands in a line.

It reads rivals.toml and features.toml. Nothing of a rival is imported here, so that the parent
process can read it. What sets a rival up is its adapter, which only its own process loads.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perf_lab.places import read_table

if TYPE_CHECKING:
    from perf_lab.rivals.library import Library

Path = Sequence[str]


@dataclass(frozen=True)
class Rival:
    """Describe one library in one set-up.

    Args:
        name: What tables call it.
        adapter: ``module:class`` of what sets it up.
        distribution: What to ask for the version; empty for the standard library.
        features: The Features column in the comparison of the founding claims.
        setup: Which of the adapter's set-ups it is; ours is a format, and what stands behind a
            colon takes part of it away, or adds to it (see `foundation.py`).
        json: Whether its lines are JSON.
        syntax: How a call with fields is written; see `call_syntax.py`.
        event, level, logger, fields: Where a JSON line has these; no logger: it has no such thing.
        environment: Variables that its process needs.
        interpreter: The variable that names its interpreter; empty for ours.
        message_only: Whether it logs messages, and the caller renders the line.
        keeps_file: Whether its file may not be emptied or removed under it.
        newcomer: Whether it is measured only where it is asked for (`--all-rivals`).
    """

    name: str
    adapter: str
    distribution: str = ""
    features: str = ""
    setup: str = ""
    json: bool = True
    syntax: str = "keywords"
    event: Path = ("event",)
    level: Path = ("level",)
    logger: Path = ("logger",)
    fields: Path = ()
    environment: dict[str, str] = field(default_factory=dict)
    interpreter: str = ""
    message_only: bool = False
    keeps_file: bool = False
    newcomer: bool = False

    @property
    def ours(self) -> bool:
        """Say whether it is Foundation itself."""
        return self.distribution == "foundation-core"

    def python(self) -> str | None:
        """Return the interpreter to start, "" for ours, None where it is not there."""
        if not self.interpreter:
            return ""
        given = os.environ.get(self.interpreter, "")
        return given if given and os.path.exists(given) else None

    def load(self) -> Library:
        """Import the library, and return what sets it up."""
        module, _, name = self.adapter.partition(":")
        library: Library = getattr(importlib.import_module(f"perf_lab.rivals.{module}"), name)()
        return library


@dataclass(frozen=True)
class Feature:
    """Describe what a set-up of Foundation has on; features.toml says what the words mean."""

    name: str
    title: str
    native: float | None = None
    pure: float | None = None
    shows: Sequence[str] = ()
    telemetry: dict[str, Any] = field(default_factory=dict)
    logging: dict[str, Any] = field(default_factory=dict)
    output: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Path] = field(default_factory=dict)

    @property
    def lanes(self) -> tuple[tuple[str, str, float], ...]:
        """Return, for each lane that writes such lines, its name, a library and the limit."""
        lanes = (("native", f"foundation-native-{self.name}", self.native),
                 ("fast", f"foundation-{self.name}", self.pure))  # fmt: skip
        return tuple((lane, name, limit) for lane, name, limit in lanes if limit is not None)


def _list_rivals() -> Iterator[Rival]:
    for family in read_table("rivals/rivals.toml").values():
        rivals = family.pop("rivals")
        for name, own in rivals.items():
            row = {**family, **own}
            if lane := row.pop("lane", ""):
                row["environment"] = {"FOUNDATION_LANE": lane}
            if row.get("distribution") == "foundation-core":
                row["json"] = row["setup"].startswith("json")
            yield Rival(name, **row)
        if "foundation" in rivals:
            for each in SETUPS.values():
                # Of those without a limit there is one for each lane, too.
                both = (("fast", f"foundation-{each.name}", 0.0),
                        ("native", f"foundation-native-{each.name}", 0.0))  # fmt: skip
                for lane, name, _ in each.lanes or both:
                    more = {"setup": f"json:{each.name}", "environment": {"FOUNDATION_LANE": lane}}
                    yield Rival(name, **{**family, **each.line, **more})


#: Every set-up of features.toml.
SETUPS = {name: Feature(name, **row) for name, row in read_table("rivals/features.toml").items()}
#: Those of which it is measured what they cost.
FEATURES = tuple(each for each in SETUPS.values() if each.lanes)
#: Every rival by its name, in the order in which tables show them.
RIVALS: dict[str, Rival] = {rival.name: rival for rival in _list_rivals()}

#: What a feature costs is the ratio of one of these to the plain one of its lane.
FEATURE_LIBRARIES = tuple(name for each in FEATURES for _, name, _ in each.lanes)
NEWCOMERS = tuple(rival.name for rival in RIVALS.values() if rival.newcomer)
#: What ratios are made against: the features we have, made as fast as they get, and the floor.
REFERENCE = "structlog-tuned"
FLOOR = "hand-rolled"
