"""A file that is followed: noticed when it changes, read again, and given to who applies it.

What counts is the file at the path, whatever it is at that moment: renamed over by an editor, or
reached by a link that somebody turns, as Kubernetes does with a ConfigMap. Nothing here raises.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from provide.foundation._config.section import from_parsed
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._config.values.sources import Source, parse, read_bytes, unreadable
from provide.foundation._control import differences  # noqa: F401  # the thread imports nothing
from provide.foundation._control.signals import SignalHandler, check_thread
from provide.foundation._control.threads import Waiter
from provide.foundation.errors import ConfigurationError

#: Two reads so many seconds apart have to say the same: else somebody is still writing.
_SETTLED_S = 0.05
#: How often that is tried where a signal asks for it.
_MOST_READS = 20
#: A file that has changed within so many seconds may change again without another time or size.
_YOUNG_S = 3.0
_MOST_REFUSED = 100

#: Tells one state of a file from another without reading it.
Look = tuple[int, ...]


class FileWatch:
    """Follow the file of one configuration, from a set-up to the next.

    Args:
        config: The configuration; its source says which file, and how it is followed.
        source: That.
        adopt: Takes what the file says now, and ``"file"`` or ``"signal"``; it raises
            ConfigurationError where that cannot be set up.
        refuse: Is told why a file is not taken.
    """

    def __init__(
        self,
        config: TelemetryConfig,
        source: Source,
        adopt: Callable[[FileWatch, TelemetryConfig, str], None],
        refuse: Callable[[FileWatch, ConfigurationError, str], None],
    ) -> None:
        self.config = config
        self.source = source
        self._adopt = adopt
        self._refuse = refuse
        self._seen: Look | None = None
        self._data: bytes | None = None
        self._misses = 0
        self._refused: set[int] = set()
        trouble = "a configuration could not be read again"
        self._waiter = Waiter(self._work, "watch", trouble, path=source.path)
        self._hangup: SignalHandler | None = None
        if source.signal is not None:
            self._hangup = SignalHandler(source.signal, self._ring, ends=False)
        self.is_stopped = False

    def check(self) -> None:
        """Refuse what cannot be started here.

        Raises:
            ConfigurationError: A signal is asked for, and this is not the main thread.
        """
        if self._hangup is not None:
            check_thread("reload_on_signal")

    def start(self) -> None:
        """Follow the file from now on.

        Raises:
            RuntimeError: No thread can be had.
        """
        if self._hangup is not None:
            self._hangup.install()
        self._waiter.start(self._pause())

    def stop(self) -> None:
        """Follow it no longer; any number of times."""
        self.is_stopped = True
        self._waiter.stop()
        if self._hangup is not None:
            self._hangup.remove()

    def _pause(self) -> float:
        return self.source.every_s if self.source.watch else -1

    def _work(self, has_rung: bool) -> float | None:
        self._look("signal" if has_rung else "file")
        return None if self.is_stopped else self._pause()

    def _ring(self, _is_last: bool) -> None:
        self._waiter.ring()

    def _look(self, by: str) -> None:
        path = self.source.path
        try:
            seen, data = self._read(is_asked=by == "signal")
        except (OSError, ConfigurationError) as error:
            self._seen = None
            self._misses += 1
            # An editor's rename leaves a moment without the file: only the second look counts.
            if by == "signal" or self._misses == 2:
                if not isinstance(error, ConfigurationError):
                    error = unreadable(path, error)
                self._refuse(self, error, by)
            return
        self._misses = 0
        if data is None or (data == self._data and by == "file"):
            return
        try:
            if not data.strip():
                raise ConfigurationError("path", path, "a file that is not empty")
            self._adopt(self, from_parsed(type(self.config), parse(path, data), path), by)
            self._refused.clear()  # whoever breaks the file again is told again
        except ConfigurationError as error:
            key = hash(data)
            if by == "signal" or key not in self._refused:
                if len(self._refused) >= _MOST_REFUSED:
                    self._refused.clear()
                self._refused.add(key)
                self._refuse(self, error, by)
        # Only now: a child that was forked meanwhile, or a failure, has the change noticed again.
        self._data = data
        self._remember(seen)

    def _read(self, *, is_asked: bool) -> tuple[Look | None, bytes | None]:
        """Return what the file holds; `None`: nothing new, or it is being written.

        Before it stands how the file looked; `None`: it has changed since.
        """
        path = self.source.path
        seen = _look_at(path)
        if seen == self._seen and not is_asked:
            return seen, None
        data = read_bytes(path)
        if data == self._data and not is_asked:
            self._remember(seen)
            return seen, None
        for _ in range(_MOST_READS if is_asked else 1):
            time.sleep(_SETTLED_S)
            before, seen, data = data, _look_at(path), read_bytes(path)
            if data == before:
                return seen, data
        return None, data if is_asked else None

    def _remember(self, seen: Look | None) -> None:
        is_young = seen is None or abs(time.time() - seen[0] / 1e9) < _YOUNG_S
        self._seen = None if is_young else seen


def _look_at(path: str) -> Look:
    found = os.stat(path)
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev, found.st_size)
