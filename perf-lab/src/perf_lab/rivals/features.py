"""How Foundation is set up for each feature of `features.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provide.foundation import TelemetryConfig, buffered

if TYPE_CHECKING:
    from provide.foundation.config import RecordView


def lets_pass(record: RecordView) -> bool:
    """Look at the level and at a field, as filters do."""
    return record.level > 10 and record.fields.get("path") != "/healthz"


def follow(name: str) -> object:
    """Return what has a configuration follow a file that never changes."""
    return TelemetryConfig.from_file(Path(__file__).with_name(name), watch=True).source


@contextmanager
def stay_behind() -> Iterator[None]:
    """Be in no block any more."""
    with buffered():
        pass
    yield


#: By the feature's name: the block in which lines are written.
BLOCKS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "buffered": buffered,
    "after-buffered": stay_behind,
}
#: By the feature's name: what it adds to the configuration, to its part for lines, to the output.
FEATURES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "max-level": ({}, {}, {"max_level": "WARNING"}),
    "module-levels": ({}, {}, {"level": "WARNING", "module_levels": {"app": "INFO", "sql": "OFF"}}),
    "filter": ({}, {}, {"filter": lets_pass}),
    "static-fields": (
        {"service_version": "1.4.2", "environment": "production"},
        {"fields": {"region": "eu-west", "shard": 7}, "process": True, "host": True},
        {},
    ),
    "caller": ({}, {"thread": True, "task": True}, {}),
    # The block is another matter: `BLOCKS`.
    "buffered": ({}, {}, {}),
    "after-buffered": ({}, {}, {}),
    "watched": ({"source": follow("watched.json")}, {}, {}),
    "live": ({}, {"live": True}, {}),
    "sampled": ({}, {"sampling": {"": {"first": 10**9, "per_s": 86_400}}}, {}),
    "rate-limited": ({}, {"sampling": {"": {"lines": 10**9}}}, {}),
    "left-out": ({}, {"sampling": {"": {"first": 0, "thereafter": 0, "per_s": 86_400}}}, {}),
    "schema-ecs": ({}, {"schema": "ecs"}, {}),
    "schema-gcp": ({}, {"schema": "gcp"}, {}),
    "schema-otel": ({}, {"schema": "otel"}, {}),
    "patterns": ({}, {"redact_patterns": ("url_credentials", "bearer", "jwt", "email")}, {}),
}
