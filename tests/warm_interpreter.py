"""An interpreter that has Foundation imported, and a child of it for each program it is handed.

`interpreters.py` starts it and says what a program runs with: its descriptors, folder, environment
and words. Foundation is not set up here. A child ends as any interpreter does, and belongs to the
process that asked for it, not to this one. It has frames below the program's own that another
interpreter has not, and what a first set-up imports is imported.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import linecache
import os
import runpy
import signal
import socket
import sys
from importlib.machinery import BuiltinImporter, SourceFileLoader
from types import ModuleType
from typing import Any

#: By Ctrl-C an interpreter ends of the signal, when all else is over.
INTERRUPTED: list[bool] = []


def die_of_interrupt() -> None:
    """End the process by SIGINT, if its program did not expect it."""
    if INTERRUPTED:
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


def import_all() -> None:
    """Import what a program has imported that has been set up, and no more."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        exec("from provide.foundation import *\nsetup_telemetry()")
        os.write(writer, json.dumps(list(sys.modules)).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        names = json.loads(pipe.read())
    os.wait()
    for name in names:
        if name != "__main__":
            importlib.import_module(name)


def receive(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the next program and its descriptors; end the process if nobody will ask again."""
    head, descriptors, _, _ = socket.recv_fds(control, 8, 3)
    if not head:
        os._exit(0)
    text = b""
    while len(text) < int.from_bytes(head, "big"):
        text += control.recv(1 << 20)
    return json.loads(text), descriptors


def wait_for_program(control: socket.socket, tests: int) -> dict[str, Any]:
    """Fork a child for each program, and return in the child.

    Args:
        control: Where programs come from, and their process ids go to.
        tests: The process that asks, which adopts each child.
    """
    while True:
        program, descriptors = receive(control)
        between = os.fork()
        if between == 0:
            between = os.getpid()
            child = os.fork()
            if child == 0:
                break
            control.sendall(child.to_bytes(8, "big"))
            os._exit(0)
        os.waitpid(between, 0)
        control.sendall(b".")
        for each in descriptors:
            os.close(each)
    while (parent := os.getppid()) == between:
        os.sched_yield()
    if parent != tests:
        os._exit(os.EX_OSERR)  # nobody would wait for it
    control.detach()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, max(descriptors) + 1)
    return program


def open_stream(descriptor: int, like: Any, mode: str) -> Any:
    """Return a standard stream as an interpreter makes it at its start.

    Args:
        descriptor: Its number.
        like: The one of the warm interpreter, whose settings are those of its start.
        mode: Of it.
    """
    at_once = like.write_through  # PYTHONUNBUFFERED
    raw = io.FileIO(descriptor, mode, closefd=False)
    terminal = raw.isatty()
    raw.name = like.name
    binary: Any = (
        io.BufferedReader(raw) if mode == "r" else raw if at_once else io.BufferedWriter(raw)
    )
    lines = mode == "w" and not at_once and (descriptor == 2 or terminal)
    stream: Any = io.TextIOWrapper(binary, like.encoding, like.errors, "\n", lines, at_once)
    stream.mode = mode
    return stream


def become(program: dict[str, Any]) -> None:
    """Have the environment, the folder, the streams and the words of a program."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if program["session"]:
        os.setsid()
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = open_stream(descriptor, getattr(sys, name), mode)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.orig_argv[1:] = program["words"]


def prepare(program: dict[str, Any]) -> tuple[str | bytes, str, dict[str, Any]]:
    """Return the text of a program, its file's name, and the names of the `__main__` it runs in."""
    option, *words = program["words"]
    # A new one: the interpreter's end passes over objects that are frozen.
    main = sys.modules["__main__"] = ModuleType("__main__")
    names = vars(main)
    names["__builtins__"] = sys.modules["builtins"]
    if option == "-m":
        sys.path[0] = os.getcwd()
        sys.argv[:] = ["-m", *words[1:]]
        return f"_run_module_as_main({words[0]!r})", __file__, vars(runpy)
    if option == "-c":
        sys.path[0] = ""
        sys.argv[:] = ["-c", *words[1:]]
        names["__loader__"] = BuiltinImporter
        return words[0], "<string>", names
    sys.path[0] = os.path.dirname(os.path.realpath(option))
    sys.argv[:] = program["words"]
    path = names["__file__"] = os.path.abspath(option)
    names["__loader__"] = SourceFileLoader("__main__", path)
    with open(path, "rb") as file:
        return file.read(), path, names


def play() -> None:
    """Import, wait, and be in a child the program that it is to be."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the programs
    atexit.register(die_of_interrupt)  # the first one, and so it is called last
    import_all()
    gc.collect()
    gc.freeze()
    program = wait_for_program(control, os.getppid())
    become(program)
    text, file, names = prepare(program)
    failed = False
    try:
        code = compile(text, file, "exec", dont_inherit=True)
        if file == "<string>" and sys.version_info >= (3, 13):
            # A traceback has its lines. From 3.14 on this is not in `linecache.cache`.
            key: Any = code if sys.version_info >= (3, 14) else file
            linecache._register_code(key, text, file)  # type: ignore[attr-defined]
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        failed = True
        INTERRUPTED[:] = [True] if isinstance(error, KeyboardInterrupt) else []
        error.__traceback__ = behind = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error, behind)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    # Under another name, so that `__main__` is the program's alone, to the teardown of modules.
    import warm_interpreter

    warm_interpreter.play()
