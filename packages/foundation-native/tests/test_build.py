"""What an installation does where the extension cannot be compiled, with a real pip."""

from __future__ import annotations

import importlib
import os
import platform
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from provide.foundation.native import COMPILED

PACKAGE = Path(__file__).parents[1]
ROOT = PACKAGE.parents[1]
CORE = PACKAGE.parent / "foundation-core/src"
pytestmark = pytest.mark.skipif(not CORE.is_dir(), reason="needs core's sources beside it")

#: What manylinux_2_28's own C++ library lacks, and its compiler links statically.
TO_CHARS = "_ZSt8to_charsPcS_dSt12chars_format"
#: Of glibc 2.33, where they are no longer another function's name; before it they are that one.
STAT = {"fstat", "fstat64", "stat", "stat64"}

USE = """
from provide.foundation import logger, stats
from provide.foundation.native import COMPILED
logger.info("user_login", user_id=7)
print(COMPILED, stats().lane)
"""


class Environment:
    """Be an environment that has core and everything that is locked, but not this package."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        self.scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        (site,) = folder.glob("Lib/site-packages" if os.name == "nt" else "lib/*/site-packages")
        self.site = site
        # Path files of editable installs are not followed from here: of ours it is core only.
        locked = sysconfig.get_path("purelib")
        (site / "locked.pth").write_text(f"{locked}\n{CORE}\n")

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run its Python where no compiler is to be found."""
        ours = {name for name in os.environ if name.startswith(("FOUNDATION_", "PYTEST_"))}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        nowhere = str(self.scripts / "no-such-compiler")
        return subprocess.run(
            [str(self.scripts / "python"), *arguments],
            cwd=ROOT,
            env={**kept, "PATH": str(self.scripts), "CC": nowhere, "CXX": nowhere, **variables},
            capture_output=True,
            text=True,
        )

    def install(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Install this package as a user would, with what the build prints."""
        return self.run(
            "-m", "pip", "install", "-v", "--no-index", "--no-deps", "--no-build-isolation",
            "--no-cache-dir", "--disable-pip-version-check", str(PACKAGE), **variables,
        )  # fmt: skip


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment that is made once; no test leaves the package in it."""
    return Environment(tmp_path_factory.mktemp("environment") / "venv")


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["auto", "off"])
def test_without_a_compiler_it_is_pure_python(environment: Environment, wanted: str) -> None:
    """The installation succeeds, one line says so, lines go on in the fast lane, tests pass."""
    installed = environment.install(FOUNDATION_NATIVE=wanted)
    try:
        assert 0 == installed.returncode, installed.stdout + installed.stderr
        said = [line for line in installed.stderr.splitlines() if "pure Python" in line]
        assert 1 == len(said), installed.stderr
        assert [] == list(environment.site.rglob("_lane*.so"))
        used = environment.run("-c", USE)
        assert "False fast" == used.stdout.strip(), used.stderr
        assert 1 == used.stderr.count("user_login")
        if wanted == "auto":
            tested = environment.run(
                "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not anything",
                "packages/foundation-core/tests/test_conformance.py",
                "packages/foundation-native/tests/test_native.py",
            )  # fmt: skip
            assert 0 == tested.returncode, tested.stdout
    finally:
        environment.run("-m", "pip", "uninstall", "-q", "-y", "foundation-native")


def test_the_native_lane_that_is_asked_for_and_missing_is_said(environment: Environment) -> None:
    """With FOUNDATION_LANE=native and nothing compiled, one line says so, and lines come."""
    assert 0 == environment.install().returncode
    try:
        used = environment.run("-c", USE, FOUNDATION_LANE="native")
        assert 1 == used.stderr.count("the native lane is asked for")
        assert 1 == used.stderr.count("user_login")
    finally:
        environment.run("-m", "pip", "uninstall", "-q", "-y", "foundation-native")


def test_required_without_a_compiler_fails(environment: Environment, tmp_path: Path) -> None:
    """FOUNDATION_NATIVE=require makes the lack of a compiler an error, and leaves no files."""
    installed = environment.install(
        FOUNDATION_NATIVE="require", TMPDIR=str(tmp_path), TEMP=str(tmp_path)
    )
    printed = installed.stdout + installed.stderr
    assert 0 != installed.returncode
    assert "FOUNDATION_NATIVE=require, but the extension cannot be compiled" in printed
    assert "no-such-compiler" in printed
    assert [] == list(environment.site.glob("foundation_native*"))
    assert [] == list(tmp_path.glob("foundation-native-*"))


def test_an_unknown_wish_fails(environment: Environment) -> None:
    """A misspelt FOUNDATION_NATIVE is an error that says what is allowed."""
    installed = environment.install(FOUNDATION_NATIVE="yes")
    assert 0 != installed.returncode
    assert "'yes'; allowed: auto, require or off" in installed.stdout + installed.stderr


@pytest.mark.slow
@pytest.mark.skipif(not COMPILED, reason="built where there was no compiler")
def test_with_a_compiler_it_is_compiled(tmp_path: Path) -> None:
    """Where there is a compiler, FOUNDATION_NATIVE=require gives a wheel of this platform."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=PACKAGE,
        # Not optimised, which takes a third of the time.
        env={**os.environ, "FOUNDATION_NATIVE": "require", "FOUNDATION_NATIVE_FLAGS": "-O0"},
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert "none-any" not in wheel.name


LOADED = """
import gc, importlib.util, sys
spec = importlib.util.spec_from_file_location("provide.foundation.native._lane", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print("loaded", flush=True)
sys.stdin.readline()
gc.collect()
print(module.encode_json("still there"))
"""


@pytest.mark.skipif(not COMPILED, reason="there is no module to put in the place of another")
@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody replace a loaded module")
def test_processes_keep_the_module_that_they_have_loaded(tmp_path: Path) -> None:
    """An editable installation crashes no process that uses the older module meanwhile."""
    from provide.foundation.native import _lane

    folder = tmp_path / "tree"
    folder.mkdir()
    built, present = Path(_lane.__file__), folder / Path(_lane.__file__).name
    shutil.copy2(built, present)
    program = subprocess.Popen(
        [sys.executable, "-c", LOADED, str(present)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with program:
        assert program.stdout is not None
        assert "loaded\n" == program.stdout.readline()
        runpy.run_path(str(PACKAGE / "hatch_build.py"))["put_in_place"](built, folder)
        printed, error = program.communicate("\n")

    assert (0, "b'\"still there\"'\n") == (program.returncode, printed), error
    assert [present] == list(folder.iterdir())
    assert built.read_bytes() == present.read_bytes()


@pytest.mark.skipif(not COMPILED, reason="built where there was no compiler")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="its symbols are glibc's")
@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump is not installed")
def test_old_systems_have_what_it_asks_for() -> None:
    """Nothing but one function of C++ and `stat` is newer than glibc 2.28 and its libstdc++."""
    module = importlib.import_module("provide.foundation.native._lane")
    listed = subprocess.check_output(["objdump", "-T", str(module.__file__)], text=True)
    asked = re.findall(r"\((GLIBC|GLIBCXX|CXXABI|GCC)_([\d.]+)\) (\S+)", listed)
    newest = {"GLIBC": (2, 28), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0)}
    newer = {
        name
        for library, version, name in asked
        if tuple(map(int, version.split("."))) > newest[library]
    }

    assert asked
    assert set() == newer - STAT - {TO_CHARS}
