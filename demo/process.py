"""The service's process: given a socket, stopped with SIGTERM; imports traffic only.

The demo opens the socket, so the port is free, known, and takes connections before the service is
there. Every wait has a limit, and whatever happens the process is gone in the end.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from demo.traffic import TOKEN_VARIABLE

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 15.0
KILL_AFTER_S = 3.0


class ServiceFailed(RuntimeError):
    """Say that the service did not start or did not stop."""


class ServiceProcess:
    """Run `python -m demo.service` for the length of a `with` block.

    Args:
        log_file: Where the service writes its JSON lines.
        terminal: The descriptor that becomes the service's stderr.
        colors: Whether the lines there are coloured.
        delivery: ``direct`` or ``background``.
        token: What requests have that may ask for their debug lines, or change levels.
        config: A configuration file that the service follows; `None`: it has its own set-up.
    """

    def __init__(
        self,
        log_file: Path,
        terminal: int,
        *,
        colors: bool,
        delivery: str = "direct",
        token: str = "",
        config: Path | None = None,
    ) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            self.address = "http://{}:{}".format(*listener.getsockname())
            command = [sys.executable, "-m", "demo.service", "--socket", str(listener.fileno())]
            command += ["--log-file", str(log_file), *(["--colors"] if colors else [])]
            command += ["--delivery", delivery]
            command += ["--config", str(config)] if config is not None else []
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                cwd=Path(__file__).parent.parent,
                env={**os.environ, TOKEN_VARIABLE: token},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=terminal,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C is for the demo, which then stops the service
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(KILL_AFTER_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.communicate()

    def wait_until_ready(self) -> None:
        """Wait until the service has started.

        Raises:
            ServiceFailed: It ended, or said nothing for `START_TIMEOUT_S`.
        """
        wire = self._process.stdout
        assert wire is not None, "Popen was asked for a pipe"
        readable, _, _ = select.select([wire], [], [], START_TIMEOUT_S)
        if not readable or wire.readline().strip() != b"ready":
            raise ServiceFailed("the service did not start")

    def hang_up(self) -> None:
        """Have the service read its configuration again."""
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> dict[str, Any]:
        """Stop the service and return its last word: what `stats()` said after the flush.

        Raises:
            ServiceFailed: It did not end within `STOP_TIMEOUT_S`, or ended with an error.
        """
        self._process.send_signal(signal.SIGTERM)
        try:
            printed, _ = self._process.communicate(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise ServiceFailed(f"the service ran on {STOP_TIMEOUT_S:g} s after SIGTERM") from None
        if self._process.returncode:
            raise ServiceFailed(f"the service ended with status {self._process.returncode}")
        counts: dict[str, Any] = json.loads(printed)
        return counts
