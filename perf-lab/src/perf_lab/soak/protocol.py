"""What all processes of a soak agree on; imports nothing."""

from __future__ import annotations

#: Messages a second that the founding claims say were sustained for 24 hours.
DOCUMENTED_RATE = 14_000
#: The logger that writes.
LOGGER_NAME = "soak"
#: Lines that each forked child writes.
CHILD_LINES = 10
#: The log file that is written to; one that has been renamed has its number behind this.
LOG_NAME = "soak.log"
#: What is logged again and again, with a number.
EVENT = "message_written"
FIELDS = {"user": "alice", "load": 2.5}
