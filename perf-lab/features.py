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
        native: How many times as long a line may take with it, in the native lane.
        pure: The same in pure Python.
        shows: What each line has of it.
        event, level, logger, fields: Where a line has these, as `catalogue.Rival` says.
    """

    name: str
    title: str
    native: float
    pure: float
    shows: tuple[bytes, ...] = ()
    event: Path = ("event",)
    level: Path = ("level",)
    logger: Path | None = ("logger",)
    fields: Path = ()

    @property
    def libraries(self) -> tuple[str, str]:
        """Return its names in the catalogue: in the native lane, and in pure Python."""
        return f"foundation-native-{self.name}", f"foundation-{self.name}"


FEATURES = (
    Feature("max-level", "max_level of an output", 1.05, 1.05),
    Feature("module-levels", "level and module_levels of an output", 1.05, 1.05),
    # A function of the user's is called, and shown what the line has.
    Feature("filter", "a filter of an output", 5.0, 2.2),
    Feature("static-fields", "version, environment, two fields of every line, process and host",
            1.05, 1.05, shows=(b'"service_version":"1.4.2"', b'"environment":"production"',
                               b'"region":"eu-west"', b'"pid":')),
    # Looked up with each line, because a thread may take another name.
    Feature("caller", "the names of thread and task", 2.0, 1.4, shows=(b'"thread":"MainThread"',)),
)  # fmt: skip
