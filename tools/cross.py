"""A look at other systems from this one: `python -m tools.cross`, or `nox -s cross`.

The native lane is compiled for Linux with musl and for macOS by Zig's clang, with the flags of its
build and every warning an error, against the headers of this Python. That shows that the code
compiles there, and that the systems have what it includes; nothing is linked, and nothing runs. And
cibuildwheel says which wheels it would build for a release, without building any.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tools.free_threaded import NATIVE, ROOT, write_unit

#: As Zig names them. macOS 13.3 is the oldest that has `std::to_chars` for floats.
TARGETS = (
    "x86_64-linux-musl",
    "aarch64-linux-musl",
    "x86_64-macos.13.3",
    "aarch64-macos.13.3",
)
#: What release.yml has a machine for, as cibuildwheel names systems and architectures.
WHEELS = {"linux": "x86_64,aarch64", "macos": "x86_64,arm64", "windows": "AMD64"}


def build_flags(target: str) -> list[str]:
    """Return the flags of the package's build here, without GCC's own, and without optimising.

    What an optimiser finds beyond that, each system's own compiler has to say.
    """
    os.environ["FOUNDATION_NATIVE_STRICT"] = "1"
    spec = importlib.util.spec_from_file_location("hatch_build", NATIVE / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    others = ("--param", "-O", *(["-fno-plt"] if "macos" in target else []))
    flags = [flag for flag in hook.compiler_flags() if not flag.startswith(others)]
    return [*flags, "-O0"]


def compile_for(target: str, whole: Path) -> int:
    """Compile the native lane for one system; returns the compiler's exit code."""
    command = [
        sys.executable, "-m", "ziglang", "c++", "-target", target, *build_flags(target), "-fPIC",
        "-DFOUNDATION_ONE_UNIT", f"-I{NATIVE / 'cpp'}",
        "-isystem", sysconfig.get_path("include"),
        "-c", str(whole), "-o", str(whole.with_suffix(".o")),
    ]  # fmt: skip
    return subprocess.run(command).returncode


def wheels_of(platform: str) -> set[str]:
    """Return what cibuildwheel would build for a system.

    Raises:
        subprocess.CalledProcessError: It refuses its configuration.
    """
    command = [
        sys.executable, "-m", "cibuildwheel", str(NATIVE), "--print-build-identifiers",
        "--platform", platform, "--archs", WHEELS[platform],
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return set(done.stdout.split())


def wanted_wheels(platform: str) -> set[str]:
    """Return the wheels of each Python that the package says it is tested on."""
    project = tomllib.loads((NATIVE / "pyproject.toml").read_text("utf-8"))["project"]
    minors = re.findall(r"Python :: 3\.(\d+)", "\n".join(project["classifiers"]))
    kinds = {
        "linux": ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64"),
        "macos": ("macosx_x86_64", "macosx_arm64"),
        "windows": ("win_amd64",),
    }[platform]
    return {f"cp3{minor}-{kind}" for minor in minors for kind in kinds}


def main(words: Sequence[str] | None = None) -> int:
    """Compile for each system, or for those that are named, and look at the wheels' list.

    Returns:
        1 where a system's compiler has failed, or a wheel would be missing.
    """
    chosen = list(sys.argv[1:] if words is None else words) or TARGETS
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        whole = write_unit(Path(folder))
        for target in chosen:
            begun = time.monotonic()
            if compile_for(target, whole):
                failed.append(target)
            else:
                print(f"{target}: compiles, {time.monotonic() - begun:.1f} s", flush=True)
    for platform in WHEELS:
        made = wheels_of(platform)
        if missing := wanted_wheels(platform) - made:
            failed.append(f"{platform}: no wheel {', '.join(sorted(missing))}")
        print(f"{platform}: cibuildwheel would build {len(made)} wheels", flush=True)
    for each in failed:
        print(f"failed: {each}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
