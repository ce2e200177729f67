"""What happens to a program while it logs: one thing a second, in turn.

It binds and unbinds, changes levels, raises exceptions, forks, and sets Foundation up again; the
parent renames the log file meanwhile. Every one of them must leave each line whole and written
once. Imports Foundation; lives in the writer's process.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from typing import Any

from perf_lab.soak.protocol import CHILD_LINES, LOGGER_NAME
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    clear_contextvars,
    get_logger,
    set_level,
    setup_telemetry,
    stats,
)


class Disturbances:
    """Disturb the writer, in turn; `log` is the logger to use at present.

    Args:
        path: The log file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.done = Counter[str]()
        self._turn = 0
        self._steps = (
            self._bind, self._change_levels, self._unbind, self._raise, self._bind_context,
            self._fork, self._clear_context, self._set_up,
        )  # fmt: skip
        self.log: Any = None
        self.set_up()

    def account(self) -> dict[str, Any]:
        """Return how many lines Foundation says that it has written and dropped."""
        found = stats().outputs[self.path]
        return {
            "written": sum(found.written.values()),
            "own_records": found.own_records,
            "dropped": found.dropped,
        }

    def set_up(self) -> None:
        """Set Foundation up; the name of the service changes with each time."""
        number = self.done["set_ups"]
        setup_telemetry(
            TelemetryConfig(
                service_name=f"soak-{number % 2}",
                logging=LoggingConfig(
                    default_level="INFO",
                    console_formatter="json",
                    log_file=self.path,
                    das_emoji_prefix_enabled=False,
                    logger_name_emoji_prefix_enabled=False,
                    enabled_emoji_sets=(),
                    extensions=(),
                ),
            )
        )
        if self.log is None:
            self.log = get_logger(LOGGER_NAME)

    def disturb(self, sequence: int) -> int:
        """Do what is next, and return the number of the next message.

        Args:
            sequence: The number of the next message.
        """
        step = self._steps[self._turn % len(self._steps)]
        self._turn += 1
        return step(sequence)

    def _bind(self, sequence: int) -> int:
        self.log = self.log.bind(request="a81f", attempt=3)
        self.done["binds"] += 1
        return sequence

    def _unbind(self, sequence: int) -> int:
        self.log = self.log.unbind("request", "attempt")
        self.done["unbinds"] += 1
        return sequence

    def _bind_context(self, sequence: int) -> int:
        bind_contextvars(tenant=42)
        self.done["binds"] += 1
        return sequence

    def _clear_context(self, sequence: int) -> int:
        clear_contextvars()
        self.done["unbinds"] += 1
        return sequence

    def _change_levels(self, sequence: int) -> int:
        set_level("WARNING")
        self.log.info("message_unwanted", seq=-1)
        self.log.warning("message_warned", seq=sequence)
        set_level("DEBUG", LOGGER_NAME)
        self.log.debug("message_debugged", seq=sequence + 1)
        set_level("INFO", LOGGER_NAME)
        set_level("INFO")
        self.log.debug("message_unwanted", seq=-1)
        self.done["level_changes"] += 4
        return sequence + 2

    def _raise(self, sequence: int) -> int:
        try:
            raise ValueError("out of stock")
        except ValueError:
            self.log.exception("message_failed", seq=sequence)
        self.done["exceptions"] += 1
        return sequence + 1

    def _fork(self, sequence: int) -> int:
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
        return sequence

    def _set_up(self, sequence: int) -> int:
        self.done["set_ups"] += 1
        self.set_up()
        gc.collect()  # the older set-up is a cycle, and holds the file open until it is found
        return sequence
