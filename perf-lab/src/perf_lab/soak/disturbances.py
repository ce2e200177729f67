"""What happens to a program while it logs: one thing a second, in turn.

It binds and unbinds, changes levels, raises exceptions, forks, and sets Foundation up again; the
parent renames the log file meanwhile. Every one of them must leave each line whole and written
once. Another library is only asked to open its file again when that was renamed.
"""

from __future__ import annotations

import gc
import importlib
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.mix import CHILD_LINES
from perf_lab.workloads.workload import LOGGER_NAME, Options


class Undisturbed:
    """Be the program that logs through a library; nothing happens to it.

    Args:
        name: A name of the catalogue.
        path: The log file.
    """

    def __init__(self, name: str, path: str) -> None:
        self.rival, self.path = RIVALS[name], path
        self.done = Counter[str]()
        self.log: Any = None
        self.set_up()

    def set_up(self) -> None:
        """Open the log file."""
        module: Any = self.rival.load()
        module.open_output(self.rival.setup, self.path, Options())
        self.log = module.get_logger(LOGGER_NAME)

    def disturb(self, sequence: int) -> int:
        """Open the file again if it was renamed; return the number of the next message."""
        if not os.path.exists(self.path):
            self.set_up()
        return sequence

    def account(self) -> dict[str, Any]:
        """Return what the library itself says of its lines: nothing."""
        return {}


class Disturbed(Undisturbed):
    """Be the program that logs through Foundation, and is disturbed."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        self.sequence = 0
        self._turns = self._take_turns()

    def set_up(self) -> None:
        """Set Foundation up; the name of the service changes with each time."""
        foundation = self.foundation = importlib.import_module("provide.foundation")
        logging = foundation.LoggingConfig(
            default_level="INFO", console_formatter="json", log_file=self.path, extensions=(),
            das_emoji_prefix_enabled=False, logger_name_emoji_prefix_enabled=False,
            enabled_emoji_sets=(),
        )  # fmt: skip
        name = f"soak-{(self.done['set_ups'] + (self.log is not None)) % 2}"
        foundation.setup_telemetry(foundation.TelemetryConfig(service_name=name, logging=logging))
        if self.log is None:
            self.log = foundation.get_logger(LOGGER_NAME)

    def account(self) -> dict[str, Any]:
        """Return how many lines Foundation says that it has written and dropped."""
        found = self.foundation.stats().outputs[self.path]
        return {"written": sum(found.written.values()), "dropped": found.dropped}

    def disturb(self, sequence: int) -> int:
        """Do what is next, and return the number of the next message."""
        self.sequence = sequence
        what, times, messages = next(self._turns)
        self.done[what] += times
        return sequence + messages

    def _take_turns(self) -> Iterator[tuple[str, int, int]]:
        """Disturb; yield what was done, how often, and how many messages that had."""
        foundation = self.foundation
        while True:
            self.log = self.log.bind(request="a81f", attempt=3)
            yield "binds", 1, 0

            foundation.set_level("WARNING")
            self.log.info("message_unwanted", seq=-1)
            self.log.warning("message_warned", seq=self.sequence)
            foundation.set_level("DEBUG", LOGGER_NAME)
            self.log.debug("message_debugged", seq=self.sequence + 1)
            foundation.set_level("INFO", LOGGER_NAME)
            foundation.set_level("INFO")
            self.log.debug("message_unwanted", seq=-1)
            yield "level_changes", 4, 2

            self.log = self.log.unbind("request", "attempt")
            yield "unbinds", 1, 0

            try:
                raise ValueError("out of stock")
            except ValueError:
                self.log.exception("message_failed", seq=self.sequence)
            yield "exceptions", 1, 1

            foundation.bind_contextvars(tenant=42)
            yield "binds", 1, 0

            self._fork()
            yield "forks", 1, 0

            foundation.clear_contextvars()
            yield "unbinds", 1, 0

            self.set_up()
            gc.collect()  # the older set-up is a cycle, and holds the file open until it is found
            yield "set_ups", 1, 0

    def _fork(self) -> None:
        child = os.fork()
        if not child:
            status = 1
            try:
                for line in range(CHILD_LINES):
                    self.log.info("child_wrote", child=self.done["forks"], line=line)
                status = 0
            finally:
                os._exit(status)
        os.waitpid(child, 0)
