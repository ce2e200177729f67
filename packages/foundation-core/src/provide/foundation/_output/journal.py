"""Lines to stderr or stdout where systemd's journal reads them: each says its priority.

The journal takes a number in front of a line, `<3>` say, as its priority, so that
`journalctl -p err` finds it, and takes it off. Without one every line has the unit's default.

Source: sd-daemon(3), systemd.exec(5) on JOURNAL_STREAM, RFC 5424 section 6.2.1.
"""

from __future__ import annotations

from typing import Any

from provide.foundation._diagnostics.stats import LEVEL_INDEX, OWN_INDEX, OWN_RECORD
from provide.foundation._output.descriptor import leads_to
from provide.foundation._output.standard import StandardSink
from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, TRACE, WARNING

_PRIORITIES = {CRITICAL: 2, ERROR: 3, WARNING: 4, INFO: 6, DEBUG: 7, TRACE: 7}
#: What a line begins with, by its slot in `Counts.written`.
_PREFIXES = {
    slots[level]: b"<%d>" % number
    for level, number in _PRIORITIES.items()
    for slots in (LEVEL_INDEX, OWN_INDEX)
}
_PREFIXES[OWN_RECORD] = b"<%d>" % _PRIORITIES[WARNING]


class JournalSink(StandardSink):
    """Write to stderr or stdout, each row of a text behind its level's priority.

    A stream that has replaced the interpreter's own is not the journal, and gets lines as they are.

    Args:
        name: ``"stderr"`` or ``"stdout"``.
        stream: What JOURNAL_STREAM says; `None`: the priority is asked for, whatever reads it.
        transcode: As `StandardSink` has it.
        timeout_s: As `StandardSink` has it.
    """

    KIND = "a standard stream, to systemd's journal"
    AS_IS = False
    _is_journal = True

    def __init__(self, name: str, stream: str | None, *, transcode: bool, timeout_s: float) -> None:
        super().__init__(name, transcode=transcode, timeout_s=timeout_s)
        self._stream = stream

    def prefix(self, index: int) -> bytes:
        """Return the priority of a level."""
        return _PREFIXES[index] if self._is_journal else b""

    def follow(self) -> None:
        """Look again what the descriptor leads to: it may have been redirected."""
        super().follow()
        self._is_journal = self._stream is None or leads_to(self.writer.fd, self._stream)

    # Flat, as each line goes this way.
    def _deliver_direct(self, stream: Any, index: int, data: bytes) -> None:
        if self._is_journal:
            prefix = _PREFIXES[index]
            if data.find(b"\n") < len(data) - 1:
                data = data[:-1].replace(b"\n", b"\n" + prefix) + data[-1:]
            data = prefix + data
        _deliver_direct(self, stream, index, data)


_deliver_direct = StandardSink._deliver_direct
