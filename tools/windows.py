"""Run pytest in CPython for Windows under Wine, and say what passed, what was skipped, and why.

    python -m tools.windows FOLDER ARGUMENT...

FOLDER is what `tools/windows.sh` has made. The native lane is compiled for it, by Debian's MinGW.
Tests of consoles run in a second pytest, which has a pseudo-terminal: Wine makes a console of one.
The results are FOLDER/junit.xml and FOLDER/junit-console.xml; the exit code is 0 only if tests have
run and none has failed.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tools.free_threaded import NATIVE, write_unit

#: A process takes seconds to start there, and tests start many.
TIMEOUT_S = 300
SCALE, PATIENCE, LANES = "0.1", "5", "fast,native"
#: More than processors: most tests wait for the process that they have started.
WORKERS = "4"
CONSOLE = "test_windows_console.py"
COMPILER = "x86_64-w64-mingw32-g++-posix"
#: Of its two C runtimes the one that CPython has; all else is linked in, as nothing is on the path
#: there. `libwinpthread` names one function of the other runtime, which nothing here calls.
LIBRARIES = (
    "-nodefaultlibs", "-Wl,--start-group", "-lstdc++", "-lmingw32", "-lgcc", "-lgcc_eh",
    "-lmoldname", "-lmingwex", "-lucrt", "-lkernel32", "-lpthread", "-Wl,--end-group", "-lmsvcrt",
)  # fmt: skip


def compile_native(folder: Path) -> Path:
    """Compile the native lane into the packages of that CPython; return where it is.

    Raises:
        subprocess.CalledProcessError: There was an error, or a warning.
    """
    leaf = folder / "cp313/Lib/site-packages/provide/foundation/native"
    built = leaf / "_lane.cp313-win_amd64.pyd"
    with tempfile.TemporaryDirectory() as work:
        command = [
            COMPILER, "-shared", "-static", "-s", "-std=c++17", "-O2", "-fvisibility=hidden",
            "-fno-exceptions", "-fno-rtti", "-D_UCRT", "-D__MSVCRT_VERSION__=0x0E00",
            "-Wall", "-Wextra", "-Wconversion", "-Werror",
            "-DFOUNDATION_ONE_UNIT", f"-I{NATIVE / 'cpp'}",
            "-isystem", str(folder / "cp313/include"), str(write_unit(Path(work))),
            str(folder / "cp313/libs/python313.lib"), *LIBRARIES, "-o", str(built),
        ]  # fmt: skip
        subprocess.run(command, check=True)
    return built


def begin_services(folder: Path) -> None:
    """Start what Wine runs beside a program, which would else hold the pipes of the first one."""
    end_services(folder)  # an earlier run's
    environment = wine_environment(folder)
    for command in (["wineserver", "-p"], ["wine", "cmd", "/c", "exit"]):
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def end_services(folder: Path) -> None:
    """End what `begin_services` has started, and whatever a test has left."""
    for option in ("-k", "-w"):
        subprocess.run(["wineserver", option], env=wine_environment(folder), timeout=60)


def wine_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a program under Wine."""
    return {
        **os.environ,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=d",
        "FOUNDATION_TEST_SCALE": SCALE,
        "FOUNDATION_TEST_PATIENCE": PATIENCE,
        "FOUNDATION_TEST_LANES": LANES,
        "PYTHONPYCACHEPREFIX": name_in_windows(folder / "bytecode"),
    }


def pytest_command(folder: Path, junit: Path, arguments: Sequence[str]) -> list[str]:
    """Return what runs pytest there, and has it leave its result in a file."""
    return [
        str(folder / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "--timeout", str(TIMEOUT_S), "--junitxml", name_in_windows(junit), *arguments,
    ]  # fmt: skip


def run(folder: Path, junit: Path, arguments: Sequence[str]) -> int:
    """Run pytest, its output passed on, and return its exit code."""
    # Pipes, because Wine refuses files as the standard streams of this interpreter.
    with subprocess.Popen(
        pytest_command(folder, junit, ["-n", WORKERS, *arguments]),
        env=wine_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        for line in process.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return process.returncode


def run_on_console(folder: Path, junit: Path, arguments: Sequence[str]) -> int:
    """Run pytest on a console, whose screen is not shown, and return its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        command = pytest_command(folder, junit, arguments)
        os.execvpe(command[0], command, {**wine_environment(folder), "TERM": "xterm"})
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # Linux says so that nobody has the terminal open any more
        pass
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def summarise(*results: Path) -> tuple[Counter[str], Counter[str]]:
    """Count the tests of results by their end, and those that were skipped by their reason."""
    ends: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for result in results:
        for case in ElementTree.parse(result).getroot().iter("testcase"):
            skipped = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                ends["failed"] += 1
                print(f"  failed: {case.get('classname')}::{case.get('name')}")
            elif skipped is not None:
                ends["skipped"] += 1
                reasons[skipped.get("message", "")] += 1
            else:
                ends["passed"] += 1
    return ends, reasons


def main(arguments: Sequence[str]) -> int:
    """Run the tests, print the counts, and return the exit code."""
    folder, begun = Path(arguments[0]).resolve(), time.monotonic()
    compile_native(folder)
    parts = [
        ("junit.xml", run, [word for word in arguments[1:] if not word.endswith(CONSOLE)]),
        ("junit-console.xml", run_on_console, [w for w in arguments[1:] if w.endswith(CONSOLE)]),
    ]
    status, results = 0, []
    for name, _, _ in parts:
        (folder / name).unlink(missing_ok=True)
    begin_services(folder)
    try:
        for name, start, chosen in parts:
            if any(word.endswith(".py") or "::" in word for word in chosen):
                status = start(folder, folder / name, chosen) or status
                results.append(folder / name)
    finally:
        end_services(folder)
    if missing := [str(result) for result in results if not result.exists()]:
        print("pytest has not left", *missing)
        return status or 1
    ends, reasons = summarise(*results)
    for reason, count in sorted(reasons.items()):
        print(f"  skipped {count}: {reason}")
    counts = ", ".join(f"{ends[end]} {end}" for end in ("passed", "failed", "skipped"))
    print(f"CPython for Windows under Wine: {counts}, in {time.monotonic() - begun:.0f} s")
    return status or (0 if ends["passed"] and not ends["failed"] else 1)


def name_in_windows(path: Path) -> str:
    """Return how a program under Wine names a file of this system."""
    return "Z:" + str(path).replace("/", "\\")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
