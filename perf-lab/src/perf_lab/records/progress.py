"""Says on stderr what a long run is doing."""

from __future__ import annotations

import time

from rich.console import Console
from rich.live import Live
from rich.text import Text


class Progress:
    """Say on stderr what is being done: one line that changes on a terminal, else a few lines.

    The line changes with each step and at no other time: a thread that draws would be measured.
    """

    def __init__(self) -> None:
        self.started = time.monotonic()
        self._said = -10.0
        self._console = Console(stderr=True, highlight=False)
        self._line = Live(console=self._console, auto_refresh=False, transient=True)

    def __call__(self, text: str) -> None:
        """Show one step."""
        elapsed = time.monotonic() - self.started
        line = Text(f"[{elapsed:4.0f} s] {text}", no_wrap=True, overflow="ellipsis")
        if self._console.is_terminal:
            self._line.start()
            self._line.update(line, refresh=True)
        elif elapsed - self._said >= 5:
            self._said = elapsed
            self._console.print(line, soft_wrap=True)

    def end(self) -> None:
        """Clear the changing line."""
        self._line.stop()
