"""Interpreters for the programs that tests start, in most cases a fork of a warm one.

Its `run` and `Popen` take what those of `subprocess` take. A program that asks for nothing of the
interpreter itself is played by a child of `warm_interpreter.py`, in a tenth of the time: a process
with descriptors, environment, folder and `__main__` of its own, in which Foundation is imported and
not set up. Options, variables that are read at the start and names in `LOOKS` ask for more; where
else a test rests on the start, it uses `subprocess`.

Elsewhere than on Linux, where coverage is measured, and where `FOUNDATION_TEST_FORKS` is 0, each
program has an interpreter of its own. `nox -s tests_whole` runs all tests so. So it is under a QEMU
that does not know how to adopt processes.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_WARM = Path(__file__).with_name("warm_interpreter.py")
#: Variables that an interpreter or the C library reads when a process starts, or OpenTelemetry when
#: it is imported, as it is where a first set-up imports it.
AT_START = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC_", "GLIBC_", "TZ", "COVERAGE_", "OTEL_")
#: Those of them that many programs have alike: there is a warm interpreter for each choice.
ALIKE = {"PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "PYTHONWARNINGS"}
#: Folders of the tree are looked at by many programs, too; another one is of one test.
_TREE = str(_WARM.parent.parent)
#: A program that names one of these looks at imports, memory or time: it starts as a user's does.
LOOKS = (
    "sys.modules",
    "meta_path",
    "importlib",
    "__import__",
    "getrusage",
    "tracemalloc",
    "gc.get_",
    "statm",
)
#: What `subprocess.Popen` does with the ends of pipes, and what a fork is told.
OPTIONS = {
    "stdin", "stdout", "stderr", "text", "universal_newlines", "encoding", "errors", "bufsize",
    "cwd", "env", "start_new_session",
}  # fmt: skip
#: prctl(2): processes whose parent ends become children of this one.
_PR_SET_CHILD_SUBREAPER = 36


def adopt(wanted: bool) -> bool:
    """Have this process adopt those whose parent ends, or no more; return whether that can be."""
    return not ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)


CAN_FORK = (
    sys.platform == "linux"
    and os.environ.get("FOUNDATION_TEST_FORKS") != "0"
    and not any(name.startswith("COVERAGE_") for name in os.environ)
    and adopt(False)  # QEMU 7.2 answers EINVAL
)
#: Held while the process adopts, for all warm interpreters.
_ADOPTING = threading.Lock()


def read_at_start(environment: Any) -> dict[str, str]:
    """Return those variables that a fork cannot have others of."""
    return {name: value for name, value in environment.items() if name.startswith(AT_START)}


HERE = read_at_start(os.environ)


class _Warm:
    """Hold a warm interpreter, which starts with its first program."""

    def __init__(self, at_start: dict[str, str]) -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(_WARM), str(theirs.fileno())],
                env={**at_start, "PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )  # fmt: skip

    def start(self, program: dict[str, Any], descriptors: list[int]) -> int:
        """Start a program as a child of this process, and return its id."""
        text = json.dumps(program).encode()
        with _ADOPTING:
            adopt(True)
            try:
                socket.send_fds(self.control, [len(text).to_bytes(8, "big")], descriptors)
                self.control.sendall(text)
                answer = self.control.recv(9, socket.MSG_WAITALL)
            finally:
                adopt(False)
        assert 9 == len(answer), "the warm interpreter has ended"
        return int.from_bytes(answer[:8], "big")


#: By the process that asks, and by what each started with.
_STARTED: dict[tuple[object, ...], _Warm] = {}


def warm(at_start: dict[str, str]) -> _Warm:
    """Return the warm interpreter of this process that started with these variables."""
    key = (os.getpid(), *sorted(at_start.items()))
    if key not in _STARTED:
        _STARTED[key] = _Warm(at_start)
    return _STARTED[key]


def plan(command: Any, options: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the warm interpreter is to play, or None if the program needs one of its own."""
    environment = os.environ if options.get("env") is None else options["env"]
    others = {
        name
        for name, value in read_at_start(environment).items() ^ HERE.items()
        if not (name == "PYTHONPATH" and value.startswith(_TREE))
    }
    if options.keys() - OPTIONS or command[0] != sys.executable or others - ALIKE:
        return None
    words = [str(word) for word in command[1:]]
    folder = Path(options.get("cwd") or "").absolute()
    match words:
        case ["-c", text, *_]:
            pass
        case ["-m", _, *_]:
            text = ""
        case [file, *_] if not file.startswith("-"):
            text = (folder / file).read_text("utf-8", "replace")
        case _:
            return None
    if any(name in text for name in LOOKS):
        return None
    session = options.pop("start_new_session", False)
    return {
        "words": words,
        "environment": dict(environment),
        "folder": str(folder),
        "session": session,
    }


class Popen(subprocess.Popen[Any]):
    """Start a program as `subprocess.Popen` does, from the warm interpreter where that can be."""

    def __init__(self, command: Any, **options: Any) -> None:
        self._program = plan(command, options) if CAN_FORK else None
        super().__init__(command, **options)

    def _execute_child(self, *given: Any) -> None:
        if self._program is None:
            super()._execute_child(*given)  # type: ignore[misc]
            return
        # Of `subprocess`: both ends of the pipes behind what a program is started with.
        pipes = given[10:16]
        ours: Any = self
        theirs = (pipes[0], pipes[3], pipes[5])
        inherited = [n if end == -1 else end for n, end in enumerate(theirs)]
        at_start = read_at_start(self._program["environment"])
        self.pid = warm(at_start).start(self._program, inherited)
        ours._child_created = True
        ours._close_pipe_fds(*pipes)


def run(
    command: Any,
    *,
    input: Any = None,
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end as `subprocess.run` does."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with Popen(command, **options) as process:
        try:
            stdout, stderr = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, stdout, stderr)
    if check:
        done.check_returncode()
    return done
