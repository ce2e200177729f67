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
from itertools import cycle
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
        self._steps = cycle((
            self._bind, self._change_levels, self._unbind, self._raise, self._bind_context,
            self._fork, self._clear_context, self._set_up,
        ))  # fmt: skip

    def set_up(self) -> None:
        """Set Foundation up; the name of the service changes with each time."""
        foundation = self.foundation = importlib.import_module("provide.foundation")
        logging = foundation.LoggingConfig(
            default_level="INFO", console_formatter="json", log_file=self.path, extensions=(),
            das_emoji_prefix_enabled=False, logger_name_emoji_prefix_enabled=False,
            enabled_emoji_sets=(),
        )  # fmt: skip
        service = f"soak-{self.done['set_ups'] % 2}"
        foundation.setup_telemetry(
            foundation.TelemetryConfig(service_name=service, logging=logging)
        )
        if self.log is None:
            self.log = foundation.get_logger(LOGGER_NAME)

    def account(self) -> dict[str, Any]:
        """Return how many lines Foundation says that it has written and dropped."""
        found = self.foundation.stats().outputs[self.path]
        return {
            "written": sum(found.written.values()), "own_records": found.own_records,
            "dropped": found.dropped,
        }  # fmt: skip

    def disturb(self, sequence: int) -> int:
        """Do what is next, and return the number of the next message."""
        return sequence + (next(self._steps)(sequence) or 0)

    def _bind(self, _sequence: int) -> None:
        self.log = self.log.bind(request="a81f", attempt=3)
        self.done["binds"] += 1

    def _unbind(self, _sequence: int) -> None:
        self.log = self.log.unbind("request", "attempt")
        self.done["unbinds"] += 1

    def _bind_context(self, _sequence: int) -> None:
        self.foundation.bind_contextvars(tenant=42)
        self.done["binds"] += 1

    def _clear_context(self, _sequence: int) -> None:
        self.foundation.clear_contextvars()
        self.done["unbinds"] += 1

    def _change_levels(self, sequence: int) -> int:
        set_level = self.foundation.set_level
        set_level("WARNING")
        self.log.info("message_unwanted", seq=-1)
        self.log.warning("message_warned", seq=sequence)
        set_level("DEBUG", LOGGER_NAME)
        self.log.debug("message_debugged", seq=sequence + 1)
        set_level("INFO", LOGGER_NAME)
        set_level("INFO")
        self.log.debug("message_unwanted", seq=-1)
        self.done["level_changes"] += 4
        return 2

    def _raise(self, sequence: int) -> int:
        try:
            raise ValueError("out of stock")
        except ValueError:
            self.log.exception("message_failed", seq=sequence)
        self.done["exceptions"] += 1
        return 1

    def _fork(self, _sequence: int) -> None:
        number = self.done["forks"]
        self.done["forks"] += 1
        child = os.fork()
        if not child:
            status = 1
            try:
                for line in range(CHILD_LINES):
                    self.log.info("child_wrote", child=number, line=line)
                status = 0
            finally:
                os._exit(status)
        os.waitpid(child, 0)

    def _set_up(self, _sequence: int) -> None:
        self.done["set_ups"] += 1
        self.set_up()
        gc.collect()  # the older set-up is a cycle, and holds the file open until it is found
