"""The rivals' processes, seen from the parent; imports catalogue only.

A `Worker` is one process that runs `worker.py` for one rival. It stays alive over all workloads,
so that the rounds of all rivals can be interleaved.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from perf_lab.rivals.catalogue import RIVALS

#: A rival that has not answered by then hangs: picologging 0.9.3 did, in 4 threads.
ANSWER_S = 60.0


class WorkerFailed(Exception):
    """Say that a rival's process could not do what it was told."""


#: Variables that would set a rival up otherwise than its adapter does begin with these.
_FOREIGN = ("PROVIDE_", "OTEL_", "FOUNDATION_", "LOG_", "LOGURU_", "NO_COLOR", "FORCE_COLOR")
_OWN = {"PYTHONHASHSEED": "0", "COLUMNS": "400", "TERM": "xterm-256color"}


class Worker:
    """Talk to the process of one rival.

    Args:
        name: A name of the catalogue.
        module: What the process runs.
        environment: Variables that the process gets besides.
        wait: Whether it has said what it is when this returns; else `meet` waits for that.
        answer_s: How long an answer may take.
        stderr: Where its messages go, as `subprocess.Popen` takes it.

    Raises:
        WorkerFailed: The rival is not there; the message says why.
    """

    def __init__(
        self,
        name: str,
        module: str = "perf_lab.processes.worker",
        environment: Mapping[str, str] | None = None,
        *,
        wait: bool = True,
        answer_s: float = ANSWER_S,
        stderr: int | None = subprocess.DEVNULL,
    ) -> None:
        self.name, self.rival = name, RIVALS[name]
        self.answer_s = answer_s
        python = self.rival.python()
        if python is None:
            variable = self.rival.interpreter
            raise WorkerFailed(f"no interpreter for it: {variable} names none (nox -s bench does)")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        self.process = subprocess.Popen(
            [python or sys.executable, "-P", "-m", module, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**kept, **_OWN, **self.rival.environment, **(environment or {})},
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout
        self.about: dict[str, Any] = {}
        if wait:
            self.meet()

    def meet(self) -> None:
        """Hear what the process says of itself, first of all.

        Raises:
            WorkerFailed: It did not come up.
        """
        self.about = self.hear()

    def ask(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Have one command done and return its answer.

        Raises:
            WorkerFailed: It failed; `unsupported` in the answer is no failure.
        """
        self.tell(action, **arguments)
        return self.hear()

    def tell(self, action: str, **arguments: Any) -> None:
        """Have one command begun; `hear` returns its answer.

        Raises:
            WorkerFailed: The process has ended.
        """
        try:
            self.input.write(json.dumps({"do": action, **arguments}) + "\n")
            self.input.flush()
        except BrokenPipeError as error:
            raise WorkerFailed("its process has ended") from error

    def hear(self) -> dict[str, Any]:
        """Return the answer to the last command.

        Raises:
            WorkerFailed: It failed, or there was no answer.
        """
        # Each answer is one line, so nothing is left in the buffer that select cannot see.
        if not select.select([self.output], [], [], self.answer_s)[0]:
            self.process.kill()
            raise WorkerFailed(f"hangs: no answer in {self.answer_s:.0f} s")
        line = self.output.readline()
        if not line:
            raise WorkerFailed(f"its process ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerFailed(answer["error"])
        return answer

    def dismiss(self) -> None:
        """Tell the process to end."""
        with contextlib.suppress(BrokenPipeError):
            self.input.close()

    def stop(self) -> None:
        """End the process."""
        self.dismiss()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Pool:
    """Hold the workers of a run; those that cannot start are in `missing`, with the reason."""

    def __init__(self, names: Iterable[str]) -> None:
        self.workers: dict[str, Worker] = {}
        self.missing: dict[str, str] = {}
        for name in names:
            try:
                self.workers[name] = Worker(name, wait=False)
            except WorkerFailed as error:
                self.missing[name] = str(error)
        for name, worker in list(self.workers.items()):
            try:
                worker.meet()
            except WorkerFailed as error:
                self.missing[name] = str(error)
                self.workers.pop(name).stop()

    def restart(self, *names: str) -> None:
        """Replace processes; they start side by side."""
        for name in names:
            self.workers[name].dismiss()
        for name in names:
            self.workers[name].stop()
            self.workers[name] = Worker(name, wait=False)
        for name in names:
            self.workers[name].meet()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.stop()

    @property
    def extensions(self) -> set[str]:
        """Return the distributions of Foundation that are there, by what they provide."""
        foundation = self.workers.get("foundation")
        about = foundation.about["extensions"] if foundation else ()
        owner = {leaf: f"foundation-{leaf}" for leaf in ("emoji", "otel")}
        owner["metrics"] = owner["otel"]
        return {owner[leaf] for module in about for leaf in module.split(".") if leaf in owner}
