"""Compiles the native lane as for an interpreter without a GIL: `python -m tools.free_threaded`.

`Py_GIL_DISABLED` changes what an object looks like, so only the syntax and the types are looked at,
with the headers of each CPython from 3.13 on that this machine has. Then what `second.h` shares is
run by threads at once, under ThreadSanitizer: it needs no interpreter. `nox -s free_threaded` does
both, and fails where there is no interpreter to look at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
NATIVE = ROOT / "packages/foundation-native"
#: The versions that have builds without a GIL, so far.
VERSIONS = ("3.13", "3.14", "3.15")
FLAGS = (
    "-std=c++17", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wconversion", "-Werror",
    "-I", str(NATIVE / "cpp"),
)  # fmt: skip
_ASK = "import sysconfig; print(sysconfig.get_path('include'))"


def find_headers() -> Iterator[tuple[str, Path]]:
    """Yield the versions that this machine has, each with the folder of its headers."""
    for version in VERSIONS:
        python = shutil.which(f"python{version}")
        if python is None:
            continue
        done = subprocess.run([python, "-c", _ASK], capture_output=True, text=True)
        folder = Path(done.stdout.strip())
        # pyenv has commands of versions that are not in use, and Debian headers apart.
        if done.returncode == 0 and (folder / "Python.h").exists():
            yield version, folder


def headers_flags(folder: Path) -> list[str]:
    """Return what has the compiler find the headers of an interpreter."""
    # Debian's `pyconfig.h` leads to that of the machine's kind, which lies beside the folder.
    return ["-isystem", str(folder), "-idirafter", str(folder.parent)]


def write_unit(folder: Path) -> Path:
    """Write a file that includes all sources, as the build does; return its path."""
    whole = folder / "whole.cpp"
    names = sorted(path.name for path in (NATIVE / "cpp").glob("*.cpp"))
    whole.write_text("".join(f'#include "{name}"\n' for name in names), encoding="utf-8")
    return whole


def check_syntax(folder: Path, work: Path) -> bool:
    """Say whether all sources, as one unit, compile for an interpreter without a GIL."""
    whole = write_unit(work)
    defined = ("-DPy_GIL_DISABLED=1", "-DFOUNDATION_DECLARES_NO_GIL", "-DFOUNDATION_ONE_UNIT")
    command = ["g++", "-fsyntax-only", *FLAGS, *defined, *headers_flags(folder), str(whole)]
    return subprocess.run(command).returncode == 0


def run_threads(folder: Path, work: Path) -> bool:
    """Say whether threads that share a second's text find it whole, and race for nothing."""
    program = str(work / "second_threads")
    source = str(NATIVE / "tests/second_threads.cpp")
    command = [
        "g++", "-O1", "-g", "-fsanitize=thread", "-pthread", "-DFOUNDATION_FREE_THREADED=1",
        *FLAGS, *headers_flags(folder), source, "-o", program,
    ]  # fmt: skip
    if subprocess.run(command).returncode != 0:
        return False
    return subprocess.run([program]).returncode == 0


def main() -> int:
    """Look at all of them; return 1 if something is wrong or there is none."""
    found = list(find_headers())
    if not found:
        print(f"no headers of CPython {', '.join(VERSIONS)} here: nothing has been compiled")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        work, wrong = Path(folder), 0
        for version, headers in found:
            good = check_syntax(headers, work)
            wrong += not good
            print(f"{version} without a GIL: {'compiles' if good else 'does not compile'}")
        good = run_threads(found[-1][1], work)
        wrong += not good
        print(f"threads that share a second: {'no race' if good else 'wrong'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
