"""Build the compiled half of foundation-native, or say in one line that there is none.

`FOUNDATION_NATIVE` steers it: `auto` (the default) falls back to a pure Python wheel where the
extension cannot be compiled, `require` fails instead, `off` does not try.
`FOUNDATION_NATIVE_FREE_THREADED=1` has it declare that it needs no GIL, where the interpreter has
none, which is unproven.
`FOUNDATION_NATIVE_STRICT=1` makes every warning of the compiler an error, and
`FOUNDATION_NATIVE_FLAGS` adds flags for compiling and linking, such as `-fsanitize=address`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "FOUNDATION_NATIVE"
_GROWTH = (
    "--param=large-function-growth=800",
    "--param=large-stack-frame=8192",
    "--param=large-stack-frame-growth=5000",
    "--param=inline-unit-growth=200",
)
LEAF = "provide/foundation/native"


class NativeBuildHook(BuildHookInterface[Any]):
    """Compile the sources in cpp/ with setuptools, in a temporary folder."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled module to a wheel, or put it into the tree of an editable install."""
        if self.target_name != "wheel":
            return
        wanted = os.environ.get(VARIABLE, "auto")
        if wanted not in ("auto", "require", "off"):
            raise ValueError(f"{VARIABLE} is {wanted!r}; allowed: auto, require or off")
        if wanted == "off":
            self.app.display_warning(f"{VARIABLE}=off: foundation-native is pure Python")
            return
        self.work = tempfile.mkdtemp(prefix="foundation-native-")
        try:
            built = self.compile(Path(self.work))
        except Exception as error:  # whatever a compiler, or the lack of one, can raise
            self.remove_work()
            if wanted == "require":
                reason = f"{VARIABLE}=require, but the extension cannot be compiled: {error}"
                raise RuntimeError(reason) from error
            line = f"foundation-native is installed as pure Python: {error}".splitlines()[0]
            # pip shows what a build prints only with -v; uv shows none of a build that succeeds.
            self.app.display_warning(line)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        if version == "editable":
            put_in_place(built, Path(self.root, "src", LEAF))
        else:
            build_data["force_include"][str(built)] = f"{LEAF}/{built.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled."""
        self.remove_work()

    def remove_work(self) -> None:
        """Remove the temporary folder, if there is one."""
        shutil.rmtree(getattr(self, "work", ""), ignore_errors=True)

    def compile(self, work: Path) -> Path:
        """Return the path of the compiled module."""
        from setuptools import Distribution, Extension
        from setuptools.command.build_ext import build_ext

        flags = os.environ.get("FOUNDATION_NATIVE_FLAGS", "").split()
        free = os.environ.get("FOUNDATION_NATIVE_FREE_THREADED") == "1"
        declared = [("FOUNDATION_DECLARES_NO_GIL", None)] if free else []
        sources = Path(self.root, "cpp")
        # One unit, so that the compiler sees across all files what is worth inlining: a line takes
        # 0.97 of the time. Link-time optimisation would do that too, where a linker has it.
        whole = work / "whole.cpp"
        names = sorted(path.name for path in sources.glob("*.cpp"))
        whole.write_text("".join(f'#include "{name}"\n' for name in names), encoding="utf-8")
        extension = Extension(
            "_lane",
            sources=[str(whole)],
            include_dirs=[str(sources)],
            define_macros=[("FOUNDATION_ONE_UNIT", None), *declared],
            language="c++",
            extra_compile_args=[*compiler_flags(), *flags],
            extra_link_args=[*linker_flags(), *flags],
        )
        command = build_ext(Distribution({"name": "foundation-native", "ext_modules": [extension]}))
        command.build_lib = str(work / "lib")
        command.build_temp = str(work / "temp")
        command.ensure_finalized()
        command.run()
        return next((work / "lib").glob("_lane*"))


def put_in_place(built: Path, folder: Path) -> None:
    """Put a compiled module into a folder, in the place of an older one, and all at once.

    Never into the older file itself: processes that have loaded it would lose what stands in it
    while they run, and crash at the next call into it or at the next garbage collection.
    """
    fresh = folder / f".{os.getpid()}-{built.name}"
    try:
        shutil.copy2(built, fresh)
        os.replace(fresh, folder / built.name)
    finally:
        fresh.unlink(missing_ok=True)


def compiler_flags() -> list[str]:
    """Return the flags of this platform's compiler."""
    strict = os.environ.get("FOUNDATION_NATIVE_STRICT") == "1"
    if sys.platform == "win32":
        return ["/std:c++17", "/O2", "/W4", *(["/WX"] if strict else [])]
    return [
        "-std=c++17",
        "-O3",
        "-fvisibility=hidden",
        "-fno-exceptions",
        "-fno-rtti",
        "-g0",  # debug symbols name folders, and two builds would differ
        # Calls of the interpreter go there directly: 0.97 of a line.
        *(["-fno-plt"] if sys.platform == "linux" else []),
        # Where a function begins in a line of the cache changed with any other function: 0.92 to 1.
        *(["-falign-functions=64"] if sys.platform == "linux" else []),
        # What a common line enters is one function, however large the unit grows: 0.985 of a line.
        *(_GROWTH if sys.platform == "linux" else []),
        "-Wall",
        "-Wextra",
        "-Wconversion",
        *(["-Werror"] if strict else []),
    ]


def linker_flags() -> list[str]:
    """Return the flags of this platform's linker."""
    return ["-Wl,-s"] if sys.platform == "linux" else []
