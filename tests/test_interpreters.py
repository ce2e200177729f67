"""A program in a fork of a warm interpreter does what it does in an interpreter of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import interpreters

pytestmark = [
    pytest.mark.interpreter,
    pytest.mark.skipif(not interpreters.CAN_FORK, reason="there is no warm interpreter here"),
]

PROGRAMS = {
    "streams": "import sys; print(sys.stdin.read()); print('wrong', file=sys.stderr)",
    "kinds of streams": (
        "import sys\nfor each in sys.stdin, sys.stdout, sys.stderr:"
        "print(each, each.errors, each.line_buffering, each.write_through, each.fileno())"
    ),
    "words": "import sys; print(sys.argv, sys.orig_argv[1:], sys.path[0], __name__)",
    "environment": "import os; print(os.environ['HERE'], 'HOME' in os.environ, os.getcwd())",
    "parent": "import os; print(os.getppid(), os.getpgrp())",
    "error": "def fail():\n  1/0\nfail()",
    "syntax": "def fail(:",
    "status": "raise SystemExit(3)",
    "word at the end": "raise SystemExit('no')",
    "interrupt": "import atexit\natexit.register(print, 'bye')\nraise KeyboardInterrupt",
    "Ctrl-C": "import signal; signal.raise_signal(signal.SIGINT)",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "handlers": "import signal; print(*map(signal.getsignal, (2, 13, 15, 17)))",
    "teardown": (
        "import atexit\nclass Late:\n  def __del__(self, say=print): say('late')\n"
        "late = Late()\natexit.register(lambda: print('bye'))"
    ),
    "names": (
        "print(sorted(set(vars()) - {'__annotations__', '__cached__'}))\n"
        "print(__doc__, str(__loader__).split(' at')[0])"
    ),
    "exit": "import atexit, os; atexit.register(print, 'bye'); print('hi')",
    "at once": "import os; print('lost'); os._exit(5)",
    "thread": (
        "import threading, time\nmain = threading.main_thread()\n"
        "threading.Thread(target=lambda: (main.join(), print('late'))).start()"
    ),
    "descriptors": "import os; print(sorted(os.listdir('/proc/self/fd'), key=int)[:3])",
    "set-up": ("from provide.foundation import *\nsetup_telemetry()\nprint(len(stats().outputs))"),
    "pool": (
        "import multiprocessing\nif __name__ == '__main__':\n"
        "  with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-1]))"
    ),
}


def play(ways: Any, folder: Path, command: list[str]) -> tuple[int, str, str]:
    """Return status, stdout and stderr of a program."""
    done = ways.run(
        [sys.executable, *command], cwd=folder, input="asked", capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], **interpreters.HERE, "HERE": "here"}, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fork_is_as_an_interpreter(tmp_path: Path, name: str) -> None:
    """Status and output are the same."""
    command = ["-c", PROGRAMS[name], "word"]
    expected = play(subprocess, tmp_path, command)

    assert expected == play(interpreters, tmp_path, command)


@pytest.mark.parametrize("name", ["words", "names", "error", "teardown", "pool"])
def test_a_file_is_as_in_an_interpreter(tmp_path: Path, name: str) -> None:
    """So they are where the program is a file."""
    (tmp_path / "program.py").write_text(PROGRAMS[name], encoding="utf-8")
    expected = play(subprocess, tmp_path, ["program.py", "word"])

    assert expected == play(interpreters, tmp_path, ["program.py", "word"])


def test_a_module_is_as_in_an_interpreter(tmp_path: Path) -> None:
    """What `-m` names runs as `__main__`."""
    command = ["-m", "provide.foundation", "logging-config"]

    expected = play(subprocess, tmp_path, command)

    assert 0 == expected[0]
    assert expected == play(interpreters, tmp_path, command)


def test_a_fork_has_nothing_set_up() -> None:
    """One program leaves nothing to the next one."""
    code = (
        "from provide.foundation import *; print(stats().outputs);"
        "get_logger('shop').info('placed'); print(len(stats().outputs))"
    )
    for _ in range(2):
        done = interpreters.run([sys.executable, "-c", code], capture_output=True, text=True)

        assert ["{}", "1"] == done.stdout.splitlines()
        assert 1 == done.stderr.count("placed")


def test_a_fork_is_a_child() -> None:
    """It is waited for, killed and timed as any other child."""
    command = [sys.executable, "-c", "import sys; print('here', flush=True); sys.stdin.read()"]
    ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with interpreters.Popen(command, start_new_session=True, **ends) as process:
        assert process.stdout is not None
        assert b"here\n" == process.stdout.readline()
        assert process.pid == os.getsid(process.pid)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert -signal.SIGKILL == process.returncode
    with pytest.raises(subprocess.TimeoutExpired):
        interpreters.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.1)


def test_threads_have_forks_of_several_interpreters() -> None:
    """None is lost while another thread, with another warm interpreter, has had its own."""

    def play_many(unbuffered: str) -> list[bytes]:
        environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
        command = [sys.executable, "-c", "print('here')"]
        return [
            interpreters.run(command, env=environment, capture_output=True, timeout=30).stdout
            for _ in range(40)
        ]

    with ThreadPoolExecutor() as pool:
        written = list(pool.map(play_many, ["", "1"]))

    assert [[b"here\n"] * 40] * 2 == written


def test_fork_that_nobody_adopts_ends() -> None:
    """It says nothing, and does not wait for a parent that never comes."""
    reader, writer = os.pipe()
    warm = interpreters._Warm(interpreters.HERE)
    program = interpreters.plan([sys.executable, "-c", "print('here')"], {})
    text = json.dumps(program).encode()
    socket.send_fds(warm.control, [len(text).to_bytes(8, "big")], [0, writer, writer])
    warm.control.sendall(text)
    assert 9 == len(warm.control.recv(9, socket.MSG_WAITALL))
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert select.select([pipe], [], [], 30)[0], "it waits"
        assert b"" == pipe.read()
    warm.control.close()
    warm.process.wait(30)


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["-W", "error", "-c", "1"], {}),
        (["-X", "dev", "-c", "1"], {}),
        (["-c", "import sys; sys.modules"], {}),
        (["-c", "1"], {"env": {"PYTHONHASHSEED": "1"}}),
        (["-c", "1"], {"env": {"TZ": "UTC"}}),
        (["-c", "1"], {"pass_fds": [0]}),
    ],
    ids=str,
)
def test_what_asks_for_an_interpreter_has_one(words: list[str], options: dict[str, Any]) -> None:
    """No fork is made of what rests on the start of an interpreter."""
    assert interpreters.plan([sys.executable, "-c", "1"], {}) is not None
    assert interpreters.plan([sys.executable, *words], options) is None
    assert interpreters.plan(["sh", "-c", "1"], {}) is None
