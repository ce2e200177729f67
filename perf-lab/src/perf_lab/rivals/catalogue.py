"""The libraries that are measured: names, features, where each value stands in a line.

Plain data: nothing of a rival is imported here, so that the parent process can read it. What sets
a rival up stands in `rivals/<module>.py`, which only that rival's own process imports.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from perf_lab.workloads.features import FEATURES

#: Says which interpreter has provide-foundation 0.4.10, which owns foundation-core's import path.
OLDER_PYTHON = "PERF_LAB_PROVIDE_FOUNDATION"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Rival:
    """Describe one library in one set-up.

    Args:
        name: What tables call it.
        module: The file in rivals/ that sets it up.
        distribution: What to ask for the version; empty for the standard library.
        features: The Features column in the comparison of the founding claims.
        setup: Which of the module's set-ups it is; ours is a format, and what stands behind a colon
            takes part of it away, or adds to it (see `rivals/foundation.py`).
        json: Whether its lines are JSON.
        syntax: How a call with fields is written; see `call_syntax.py`.
        event, level, logger, fields: Where a JSON line has these; None: it has no such thing.
        environment: Variables that its process needs.
        interpreter: The variable that names its interpreter; empty for ours.
        message_only: Whether it logs messages, and the caller renders the line.
        keeps_file: Whether its file may not be emptied or removed under it.
        newcomer: Whether it is measured only where it is asked for (`--all-rivals`).
    """

    name: str
    module: str
    distribution: str
    features: str
    setup: str = ""
    json: bool = True
    syntax: str = "keywords"
    event: Path = ("event",)
    level: Path = ("level",)
    logger: Path | None = ("logger",)
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


def older_environment(emoji: str) -> dict[str, str]:
    """Return what provide-foundation needs to write JSON, with its emoji "true" or "false"."""
    return {
        # Without a level in the environment it drops every line and looks fast.
        "PROVIDE_LOG_LEVEL": "INFO",
        "PROVIDE_LOG_CONSOLE_FORMATTER": "json",
        "PROVIDE_LOG_DAS_EMOJI_ENABLED": emoji,
        "PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED": emoji,
    }


_OURS = "Structured + Emojis + Async"
_STRUCTLOG = "Structured"
#: With a sampling rule that leaves all lines out, in pure Python and in the native lane.
LEFT_OUT = ("foundation-left-out", "foundation-native-left-out")

_TABLE = (
    Rival("foundation", "foundation", "foundation-core", _OURS, setup="json"),
    Rival("foundation-processor", "foundation", "foundation-core", _OURS, setup="json",
          environment={"FOUNDATION_LANE": "processor"}),
    # The others of ours are the pure Python lanes, also where the native one is installed.
    Rival("foundation-native", "foundation", "foundation-core", _OURS, setup="json",
          environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-native-key_value", "foundation", "foundation-core", _OURS,
          setup="key_value", json=False, environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-native-compact", "foundation", "foundation-core", _OURS,
          setup="compact", json=False, environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-native-compact-bare", "foundation", "foundation-core", _OURS,
          setup="compact:bare", json=False, environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-native-bare", "foundation", "foundation-core", _OURS, setup="json:bare",
          environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-native-metrics", "foundation", "foundation-core", _OURS,
          setup="json:metrics", environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-key_value", "foundation", "foundation-core", _OURS, setup="key_value",
          json=False),
    Rival("foundation-compact", "foundation", "foundation-core", _OURS, setup="compact",
          json=False),
    # What telemetry costs is the ratio of one of these to the first.
    Rival("foundation-metrics", "foundation", "foundation-core", _OURS, setup="json:metrics"),
    Rival("foundation-no-span", "foundation", "foundation-core", _OURS, setup="json:no-span"),
    Rival("foundation-span", "foundation", "foundation-core", _OURS, setup="json:span"),
    Rival("foundation-otlp", "foundation", "foundation-core", _OURS, setup="json:otlp"),
    # What redaction costs is the ratio of the first to this.
    Rival("foundation-unmasked", "foundation", "foundation-core", _OURS, setup="json:unmasked"),
    # What emoji cost is the ratio of a set-up to its twin that never shows any.
    Rival("foundation-bare", "foundation", "foundation-core", _OURS, setup="json:bare"),
    Rival("foundation-key_value-bare", "foundation", "foundation-core", _OURS,
          setup="key_value:bare", json=False),
    Rival("foundation-compact-bare", "foundation", "foundation-core", _OURS,
          setup="compact:bare", json=False),
    # Lines of others that Foundation takes over; text for people; two outputs.
    Rival("foundation-logging", "foundation_logging", "foundation-core", _OURS, setup="json",
          syntax="extra"),
    Rival("foundation-native-logging", "foundation_logging", "foundation-core", _OURS,
          setup="json", syntax="extra", environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-structlog", "foundation_structlog", "foundation-core", _OURS, setup="json"),
    Rival("foundation-native-structlog", "foundation_structlog", "foundation-core", _OURS,
          setup="json", environment={"FOUNDATION_LANE": "native"}),
    Rival("foundation-beside-structlog", "foundation", "foundation-core", _OURS,
          setup="json:beside-structlog"),
    Rival("foundation-native-beside-structlog", "foundation", "foundation-core", _OURS,
          setup="json:beside-structlog", environment={"FOUNDATION_LANE": "native"}),
    *(Rival(name, "foundation", "foundation-core", _OURS, setup=f"json:{each.name}",
            event=each.event, level=each.level, logger=each.logger, fields=each.fields,
            environment={"FOUNDATION_LANE": lane})
      for each in FEATURES for lane, name, _ in each.lanes),
    *(Rival(name, "foundation", "foundation-core", _OURS, setup="json:left-out",
            environment={"FOUNDATION_LANE": lane})
      for lane, name in zip(("fast", "native"), LEFT_OUT, strict=True)),
    Rival("hand-rolled", "hand_rolled", "orjson", "None: os.write(fd, orjson.dumps({...}))"),
    Rival("structlog-tuned", "structlog_json", "structlog", _STRUCTLOG),
    Rival("structlog-default", "structlog_console", "structlog", _STRUCTLOG, json=False),
    Rival("structlog-colors", "structlog_console", "structlog", _STRUCTLOG, setup="colors",
          json=False),
    Rival("structlog-key_value", "structlog_key_value", "structlog", _STRUCTLOG, json=False),
    Rival("stdlib-text", "stdlib_text", "", "Basic", json=False, syntax="percent"),
    Rival("stdlib-json", "stdlib_json", "python-json-logger", "Basic + JSON", syntax="extra",
          event=("message",), level=("levelname",), logger=("name",)),
    Rival("stdlib-both", "stdlib_both", "python-json-logger", "Basic + JSON", syntax="extra",
          event=("message",), level=("levelname",), logger=("name",)),
    Rival("loguru-text", "loguru_text", "loguru", "Rich features", json=False),
    Rival("loguru-serialize", "loguru_serialize", "loguru", "Rich features",
          event=("record", "message"), level=("record", "level", "name"), logger=None,
          fields=("record", "extra")),
    Rival("picologging", "picologging_text", "picologging", "Basic", json=False,
          syntax="percent"),
    Rival("logbook", "logbook_text", "logbook", "Basic", json=False, syntax="braces"),
    Rival("rich", "rich_logging", "rich", "Terminal styling", json=False, syntax="percent"),
    Rival("logust", "logust_serialize", "logust", "Rich features", event=("message",), logger=None,
          fields=("extra",), newcomer=True),
    Rival("logly", "logly_serialize", "logly", "Rich features", event=("message",), logger=None,
          fields=("extra",), newcomer=True),
    Rival("bqlog", "bqlog_message", "bqlog", "Basic", message_only=True,
          keeps_file=True, newcomer=True),
    Rival("provide-foundation", "provide_foundation", "provide-foundation", _OURS, logger=None,
          interpreter=OLDER_PYTHON, environment=older_environment("false")),
    Rival("provide-foundation-emoji", "provide_foundation", "provide-foundation", _OURS,
          logger=None, interpreter=OLDER_PYTHON, environment=older_environment("true")),
)  # fmt: skip

#: Every rival by its name, in the order in which tables show them.
RIVALS: dict[str, Rival] = {rival.name: rival for rival in _TABLE}

#: What a feature costs is the ratio of one of these to the plain one of its lane.
FEATURE_LIBRARIES = tuple(name for each in FEATURES for _, name, _ in each.lanes)
#: Compiled libraries of the last years, which few programs use yet.
NEWCOMERS = tuple(rival.name for rival in _TABLE if rival.newcomer)
#: What ratios are made against: the features we have, made as fast as they get, and the floor.
REFERENCE = "structlog-tuned"
FLOOR = "hand-rolled"
