"""What a configuration adds to lines, or asks of them, each on against off; standard library only.

Each is a set-up of Foundation that differs from the plain one in this alone (`rivals/features.py`
says how), and writes the workload `features`. What it costs is the ratio of its time to the plain
one's. That it costs nothing while it is off is told by the count of instructions.
"""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str, ...]


@dataclass(frozen=True)
class Feature:
    """Describe one feature.

    Args:
        name: The set-up's.
        title: What is on.
        native: How many times as long a line may take with it, in the native lane; `None`: that
            lane leaves such lines to pure Python.
        pure: The same in pure Python.
        shows: What each line has of it.
        event, level, logger, fields: Where a line has these, as `catalogue.Rival` says.
    """

    name: str
    title: str
    native: float | None
    pure: float
    shows: tuple[bytes, ...] = ()
    event: Path = ("event",)
    level: Path = ("level",)
    logger: Path | None = ("logger",)
    fields: Path = ()

    @property
    def lanes(self) -> tuple[tuple[str, str, float], ...]:
        """Return, for each lane that writes such lines, its name, a library and the limit."""
        lanes = (("native", f"foundation-native-{self.name}", self.native),
                 ("fast", f"foundation-{self.name}", self.pure))  # fmt: skip
        return tuple((lane, name, limit) for lane, name, limit in lanes if limit is not None)


FEATURES = (
    Feature("max-level", "max_level of an output", 1.05, 1.05),
    Feature("module-levels", "level and module_levels of an output", 1.05, 1.05),
    # A function of the user's is called, and shown what the line has.
    Feature("filter", "a filter of an output", 5.0, 2.2),
    Feature("static-fields", "version, environment, two fields of every line, process and host",
            1.05, 1.05, shows=(b'"service_version":"1.4.2"', b'"environment":"production"',
                               b'"region":"eu-west"', b'"pid":')),
    Feature("schema-ecs", "lines in the schema of ECS", 1.05, 1.05,
            shows=(b'"@timestamp":', b'"ecs.version":'), event=("message",),
            level=("log.level",), logger=("log.logger",)),
    Feature("schema-gcp", "lines in the schema of Google Cloud", 1.05, 1.05,
            shows=(b'"severity":"INFO"',), event=("message",), level=("severity",)),
    # Fields stand in an object of their own there, and are encoded in one.
    Feature("schema-otel", "lines in the schema of OpenTelemetry", 1.1, 1.1,
            shows=(b'"SeverityNumber":9',), event=("Body",), level=("SeverityText",),
            logger=("InstrumentationScope", "Name"), fields=("Attributes",)),
    # None of what they mask is in the line: they are looked for, and that costs.
    Feature("patterns", "patterns of secrets in texts, none of which is there", None, 1.05),
    # Looked up with each line, because a thread may take another name.
    Feature("caller", "the names of thread and task", 2.0, 1.4, shows=(b'"thread":"MainThread"',)),
    # Lines that are written anyway take their own way.
    Feature("buffered", "a block that keeps debug lines", 1.05, 1.05),
    Feature("after-buffered", "such a block that has ended", 1.05, 1.05),
    # A thread looks at the file once a second; no call knows of it.
    Feature("watched", "a configuration file that is followed", 1.05, 1.05),
    # The caller hands its line over; a thread of the program makes the page, and is not counted.
    Feature("live", "the live page of a program's own lines, the caller's thread", 2.5, 1.5),
    # In pure Python, a function decides about each call that has a rate limit.
    Feature("sampled", "a sampling rule that lets all lines through", 1.1, 1.15),
    Feature("rate-limited", "a rate limit that lets all lines through", 1.1, 1.45),
)  # fmt: skip
