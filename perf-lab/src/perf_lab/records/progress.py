"""Says on stderr what a long run is doing; standard library only."""

from __future__ import annotations

import sys
import time


class Progress:
    """Say on stderr what is being done: one line that changes on a terminal, else a few lines."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self._said = -10.0
        self._terminal = sys.stderr.isatty()

    def __call__(self, text: str) -> None:
        """Show one step."""
        elapsed = time.monotonic() - self.started
        if self._terminal:
            print(f"\r\x1b[K[{elapsed:4.0f} s] {text}", end="", file=sys.stderr, flush=True)
        elif elapsed - self._said >= 5:
            self._said = elapsed
            print(f"[{elapsed:4.0f} s] {text}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clear the changing line."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
