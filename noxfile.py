"""Every task of the repository, the same on a developer's machine and in CI.

`nox -l` lists them; a bare `nox` runs what a change must pass. Sessions install hash-pinned locks
from requirements/ and then the packages from the tree, without build isolation, so that the back
end is the locked one too.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nox
from nox.command import CommandFailed

# An interpreter that is not there is skipped, not fetched: a session's Python is the machine's.
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
# Thousands of tests start a process, and without compiled modules each one compiles Foundation and
# what it imports first, which takes longer than to import it and set it up.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
# CI names the one interpreter that each of its jobs has, and asks for an error itself.
nox.options.error_on_missing_interpreters = False

#: What a change must pass: a bare `nox`, `.ci/run` and ci.yml all run these. `tests` comes last and
#: by itself, because it runs on several interpreters, in CI on several systems, and because the
#: counts of its tests are what `.ci/run` ends with.
CHECKS = (
    "lint", "types", "wheels", "docs", "cross", "gate", "free_threaded", "consumers", "tests",
)  # fmt: skip
#: What ci.yml runs besides: these need the network, more of the machine, or more time.
CI_CHECKS = ("tests_oldest", "coverage", "sanitize", "demo", "otel", "programs", "audit", "site")
nox.options.sessions = CHECKS

ROOT = Path(__file__).parent
PACKAGES = (
    "foundation-core", "foundation-emoji", "foundation-otel", "foundation-native",
    "foundation-integrations",
)  # fmt: skip
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
#: Those without a GIL, which no check has yet.
FREE_THREADED = ("3.14t", "3.15t")
#: Whose tests have the oldest versions allowed: to have these and the newest on each Python would
#: take as long again. `tests_oldest` has them on the oldest Python.
WITH_OLDEST = "3.12"
#: Where programs of all frameworks are started: the oldest Python, and one that most of their
#: libraries have wheels for by now.
WITH_PROGRAMS = ("3.11", "3.14")
GROUPS = (
    "audit", "bench", "bench-newcomers", "bench-provide-foundation", "build", "consumers",
    "coverage", "cross", "demo", "docs", "free-threaded", "fuzz", "lint", "native-wheels",
    "native-wheels-backend", "native-wheels-test", "nox", "otel", "perf-lab", "profile", "programs",
    "release", "report", "sanitize", "test", "types", "windows",
)  # fmt: skip
#: What tests the packages, and not the tools that measure, build and publish them; what takes long
#: is left to one Python.
SHIPPED = (
    "packages", "tests/test_founding_document.py", "tests/test_interpreters.py",
    "tests/test_namespace.py", "demo/tests", "-m", "not slow",
)  # fmt: skip
#: What is to run on Windows, there and under Wine: what the library promises, each remaining skip
#: with its reason. The rest tests tools of Linux.
WINDOWS = (
    "packages/foundation-emoji/tests/test_extension.py",
    *(f"packages/foundation-core/tests/test_{name}.py" for name in (
        "windows", "windows_console", "sink", "rotating_sink", "rotation", "guarantees",
        "background", "flush", "outputs", "timestamps", "conformance", "config", "levels",
        "context", "stdlib", "json_renderer", "logfmt_renderer", "redaction", "scopes",
    )),
    *(f"packages/foundation-native/tests/test_{name}.py" for name in (
        "native", "layouts", "lazy", "schemas", "sampling", "strangers",
    )),
)  # fmt: skip
#: What Wine has the time for: its processes take seconds to start, and these tests start many.
UNDER_WINE = tuple(file for file in WINDOWS if "stdlib" not in file)
#: What `tests_newest` takes the newest of, pre-releases included.
NEWEST = (
    "attrs", "opentelemetry-api", "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry-exporter-otlp-proto-http", "opentelemetry-exporter-prometheus",
    "opentelemetry-sdk", "orjson", "structlog",
)  # fmt: skip
#: What `arm64` runs under emulation, where a process takes many times as long: what is compiled,
#: what comes to the same lines in each lane, and what threads and processes share.
ON_ARM64 = (
    "packages/foundation-native/tests/test_native.py",
    "packages/foundation-native/tests/test_memory.py",
    "packages/foundation-core/tests/test_conformance.py",
    "packages/foundation-core/tests/test_contention.py",
    "packages/foundation-core/tests/test_sink.py",
    "packages/foundation-core/tests/test_rotating_sink.py",
    "packages/foundation-core/tests/test_background.py",
    "packages/foundation-core/tests/test_guarantees.py",
)
#: Vulnerabilities of the oldest versions allowed that Foundation does not reach, and why.
HARMLESS = {"CVE-2025-67221": "orjson.dumps is given nothing deeper than `max_depth`, 200 at most"}
#: The laboratories that share the words behind `--`.
LABS = ("bench", "contention", "flame", "memory", "report", "soak")


def install_locked(session: nox.Session, lock: str) -> None:
    """Install requirements/<lock>.txt; a package whose hash differs is an error."""
    session.install("--require-hashes", "-r", f"requirements/{lock}.txt")


def install_packages(session: nox.Session, *, native: bool = True, as_shipped: bool = True) -> None:
    """Install every package editable, from the tree; the lock holds its dependencies.

    To compile the native lane takes 13 seconds, which those have no use for who only read modules.
    Where it is not compiled as it is shipped, it is not optimised, and takes 6.
    """
    editables = [argument for name in PACKAGES for argument in ("-e", f"packages/{name}")]
    environment = {} if native else {"FOUNDATION_NATIVE": "off"}
    if not as_shipped and sys.platform != "win32":
        environment["FOUNDATION_NATIVE_FLAGS"] = "-O0"
    session.install("--no-deps", "--no-build-isolation", *editables, env=environment)


def install_lab(session: nox.Session) -> None:
    """Install perf-lab editable; the lock holds what it needs."""
    session.install("--no-deps", "--no-build-isolation", "-e", "perf-lab")


def run_pytest(session: nox.Session, *suites: str, forks: bool = True) -> None:
    """Run pytest in three processes, since most tests wait for a process of their own.

    Arguments after `--` are pytest's, for all of it. Without forks, each program of a test has an
    interpreter of its own.
    """
    chosen = session.posargs or suites
    session.run("pytest", "-n", "3", *chosen, env={"FOUNDATION_TEST_FORKS": str(int(forks))})


def need_programs(session: nox.Session, *names: str) -> None:
    """Install Debian packages, each named as its program, that a runner of CI does not have yet.

    On a developer's machine nothing is installed: what needs the program says that it is missing.
    """
    missing = [name for name in names if shutil.which(name) is None]
    if missing and os.environ.get("CI"):
        session.run("sudo", "apt-get", "update", "-qq", external=True)
        session.run("sudo", "apt-get", "install", "-y", "-qq", *missing, external=True)


def words_for(session: nox.Session, lab: str) -> list[str]:
    """Return those of the words behind `--` that a laboratory of perf-lab knows.

    The laboratories of one run share the words (`nox -s bench soak -- --quick`), and each takes
    its own; `perf-lab words` sorts them, in a session that has perf-lab.

    Raises:
        SystemExit: With 2 if a word is wrong for all of them, and with 0 after `--help`.
    """
    if not session.posargs:
        return []
    # nox has no public way to ask which other sessions have been chosen.
    chosen = [each for each in LABS if each in session._runner.manifest]
    python = str(shutil.which("python", path=session.bin))
    of = [f"--of={lab}" for lab in chosen]
    command = [python, "-P", "-m", "perf_lab", "words", *of, "--", *session.posargs]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    try:
        words: dict[str, list[str]] = json.loads(done.stdout)
    except ValueError:  # it has printed the help
        print(done.stdout)
        raise SystemExit(0) from None
    return words[lab]


def minimum_versions() -> list[str]:
    """Return the packages' runtime dependencies as constraints on the oldest versions allowed.

    Of a dependency that several packages have, the highest of their minima counts; one that differs
    by Python has a line for each.
    """
    oldest: dict[tuple[str, str], str] = {}
    for package in PACKAGES:
        manifest = tomllib.loads((ROOT / f"packages/{package}/pyproject.toml").read_text("utf-8"))
        project = manifest["project"]
        extras: dict[str, list[str]] = project.get("optional-dependencies", {})
        for dependency in itertools.chain(project["dependencies"], *extras.values()):
            requirement, _, marker = dependency.partition(";")
            name, _, version = requirement.partition(">=")
            if not name.startswith("foundation-"):
                key = (name, marker)
                oldest[key] = max(oldest.get(key, ""), version, key=version_numbers)
    return [
        f"{name}=={version}" + (f" ;{marker}" if marker else "")
        for (name, marker), version in oldest.items()
    ]


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, which compare as versions do."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


@nox.session(venv_backend="none")
def checks(session: nox.Session) -> None:
    """Run what a change must pass, but for the gate and the tests, which `.ci/run` runs itself.

    Of the programs it starts a part, on one Python; ci.yml starts all of them.
    """
    for name in CHECKS[:-1]:
        if name != "gate":  # it measures, and so has the machine to itself
            session.notify(name, posargs=[])
    session.notify(f"programs-{PYTHONS[0]}", posargs=["--quick"])


@nox.session(venv_backend="none")
def plan(session: nox.Session) -> None:
    """Say as JSON which jobs ci.yml has: its checks, and the Pythons of its tests."""
    lists = {"checks": [*CHECKS[:-1], *CI_CHECKS], "pythons": PYTHONS}
    lines = "".join(f"{name}={json.dumps(words)}\n" for name, words in lists.items())
    print(lines, end="")
    if output := os.environ.get("GITHUB_OUTPUT"):
        with open(output, "a", encoding="utf-8") as file:
            file.write(lines)


@nox.session
def demo(session: nox.Session) -> None:
    """Run a real web service that logs through Foundation, and check every line it wrote."""
    install_locked(session, "demo")
    install_packages(session)
    session.run("python", "-m", "demo", *session.posargs)
    if not session.posargs:
        session.run("python", "-m", "demo.switching")


def pythons_here() -> list[str]:
    """Return those of `PYTHONS` that the machine has."""
    found = []
    for version in PYTHONS:
        command = shutil.which(f"python{version}")
        # Under pyenv a command may be there whose version is not.
        if command and subprocess.run([command, "-c", ""], capture_output=True).returncode == 0:
            found.append(version)
    return found


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Share the tests between the Pythons that the machine has.

    A test of a package runs on one of them, and on each if it rests on the interpreter. Tests that
    are slow, and those of the repository's tools, run on the oldest Python. Another one has the
    oldest versions allowed of the dependencies. The oldest Python has the native lane as it is
    shipped, the others without optimising. `tests_whole` shares nothing and optimises. Of either,
    `build/tests-<Python>.xml` is a row for `python -m tools.platforms`.
    """
    install_locked(session, "test-oldest" if session.python == WITH_OLDEST else "test")
    install_packages(session, as_shipped=session.python == PYTHONS[0])
    install_lab(session)
    here = pythons_here()
    share = f"{here.index(str(session.python)) + 1}/{len(here)}"
    suites = () if session.python == PYTHONS[0] else SHIPPED
    run_pytest(session, *suites, "--share", share, f"--junitxml=build/tests-{session.python}.xml")


@nox.session(python=PYTHONS)
def tests_whole(session: nox.Session) -> None:
    """Run the tests of the packages on a Python, all of them: ci.yml has a machine for each.

    Each program that a test starts has an interpreter of its own (tests/interpreters.py).
    """
    install_locked(session, "test-oldest" if session.python == WITH_OLDEST else "test")
    install_packages(session)
    install_lab(session)
    if sys.platform == "win32":
        suites: tuple[str, ...] = WINDOWS
    else:
        suites = () if session.python == PYTHONS[0] else SHIPPED
    run_pytest(session, *suites, f"--junitxml=build/tests-{session.python}.xml", forks=False)


@nox.session(python=PYTHONS[0])
def windows(session: nox.Session) -> None:
    """Run the tests of `UNDER_WINE` in CPython for Windows under Wine, which apt brings, on Debian.

    What it downloads stays in build/windows for the next time. Arguments after `--` are pytest's.
    build/windows/junit.xml and build/windows/junit-console.xml are a row for
    `python -m tools.platforms`.
    """
    install_locked(session, "windows")
    place = ROOT / "build/windows"
    wheels = place / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    for name in ("core", "emoji", "integrations", "native"):
        with session.chdir(f"packages/foundation-{name}"):
            session.run(
                "python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels),
                env={"FOUNDATION_NATIVE": "off"},  # `tools.windows` compiles for Windows
            )  # fmt: skip
    session.run("bash", "tools/windows.sh", str(place), external=True)
    site = place / "cp313/Lib/site-packages"
    shutil.rmtree(site, ignore_errors=True)  # what CPython came with would hide what is locked
    install = (
        "uv", "pip", "install", "--quiet", "--target", str(site), "--python-version", "3.13",
        "--python-platform", "x86_64-pc-windows-msvc",
    )  # fmt: skip
    locked = ("--only-binary", ":all:", "--require-hashes", "-r", "requirements/windows.txt")
    session.run(*install, *locked)
    session.run(*install, "--no-deps", *map(str, sorted(wheels.glob("*.whl"))))
    chosen = session.posargs or ("-m", "not slow", *UNDER_WINE)
    session.run("python", "-m", "tools.windows", str(place), *chosen)


@nox.session(python=PYTHONS[0])
def tests_oldest(session: nox.Session) -> None:
    """Run the tests on the oldest versions allowed of Python and of the dependencies."""
    install_locked(session, "test-oldest")
    install_packages(session)
    run_pytest(session, *SHIPPED)


@nox.session
def tests_newest(session: nox.Session) -> None:
    """Run the tests with pre-releases of structlog, orjson and OpenTelemetry, where there are any.

    Not locked, because it is to see what comes: another run may install other versions, and a
    failure is a notice, not an obstacle. The versions are printed, and `-- ` takes pytest's words.
    """
    install_locked(session, "test")
    session.install("--upgrade", "--prerelease", "allow", *NEWEST)
    install_packages(session)
    versions = f"from importlib.metadata import version as v; [print(n, v(n)) for n in {NEWEST}]"
    session.run("python", "-c", versions)
    try:
        run_pytest(session, *SHIPPED)
    except CommandFailed:
        if os.environ.get("CI"):  # shown beside the change, as the job's colour is not
            print("::notice title=pre-releases::the tests fail with what comes next")
        raise


@nox.session(python=PYTHONS[0])
def coverage(session: nox.Session) -> None:
    """Measure the branches that the tests take, in all lanes and processes; there is a floor.

    The Python of each package is measured; foundation-native's C++ is not. It takes too long for
    `.ci/run`: the tracer is in every process that a test starts. Tests that mean nothing under one
    have the mark `untraced`, with the reason.
    """
    install_locked(session, "coverage")
    install_packages(session)
    shutil.rmtree(ROOT / "build/coverage", ignore_errors=True)
    (ROOT / "build/coverage").mkdir(parents=True)
    *suites, _ = SHIPPED  # its last word is what "-m" chooses
    # Said, and not left out in silence: the tests, and how many of all they are.
    session.run("pytest", "--collect-only", "-q", *suites, "untraced and not slow")
    session.run(
        "coverage", "run", "-m", "pytest", "-n", "4", "--timeout", "400", *suites,
        "not untraced and not slow",
    )  # fmt: skip
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", *session.posargs)


@nox.session(python=PYTHONS[0])
def sanitize(session: nox.Session) -> None:
    """Analyse the native lane's sources; run its tests under two sanitizers, and a long loop."""
    install_locked(session, "sanitize")
    headers = session.run(
        "python", "-c", "import sysconfig; print(sysconfig.get_path('include'))", silent=True
    )
    session.run(
        "clang-tidy", "--quiet",
        *map(str, sorted(ROOT.glob("packages/foundation-native/cpp/*.cpp"))), "--",
        "-std=c++17", "-fno-exceptions", "-fno-rtti", "-isystem", str(headers).strip(),
    )  # fmt: skip
    install_packages(session)
    # Built as it is shipped: no growth over ten million calls, nor over ten million rich lines.
    session.run("pytest", "packages/foundation-native/tests/test_memory.py")
    session.run("python", "packages/foundation-native/tests/growth.py", "10000000")
    session.run("python", "packages/foundation-native/tests/growth.py", "1000000", "emoji")
    session.run("python", "packages/foundation-native/tests/growth.py", "10000000", "rich")
    session.run(
        "python", "packages/foundation-native/tests/growth.py", "1000000", "rich",
        env={"FOUNDATION_LANE": "fast"},
    )  # fmt: skip
    flags = "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
    session.install(
        "--no-deps", "--no-build-isolation", "--force-reinstall",
        "-e", "packages/foundation-native",
        env={"FOUNDATION_NATIVE": "require", "FOUNDATION_NATIVE_FLAGS": flags},
    )  # fmt: skip
    # The interpreter itself is not instrumented, so the run-time libraries come first.
    libraries = [
        str(session.run("g++", f"-print-file-name={name}", external=True, silent=True)).strip()
        for name in ("libasan.so", "libubsan.so", "libstdc++.so.6")
    ]
    try:
        session.run(
            "pytest", "-p", "no:cacheprovider", "--timeout", "400",
            "packages/foundation-native/tests/test_native.py",
            "packages/foundation-native/tests/test_emoji_cache.py",
            "packages/foundation-native/tests/test_values.py",
            "packages/foundation-core/tests/test_conformance.py", "-k", "native or in_text",
            *session.posargs,
            env={
                "LD_PRELOAD": " ".join(libraries),
                "PYTHONMALLOC": "malloc",  # so that every object is watched
                "ASAN_OPTIONS": "detect_leaks=0",  # the interpreter keeps what it made
                "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
            },
        )  # fmt: skip
    finally:  # the tree's own is not to stay so
        session.install(
            "--no-deps", "--no-build-isolation", "--force-reinstall",
            "-e", "packages/foundation-native",
        )  # fmt: skip


@nox.session(python=PYTHONS[0])
def arm64(session: nox.Session) -> None:
    """Run a part of the tests on arm64, emulated by QEMU; needs root on a Debian.

    `-- PYTEST-ARGUMENT...` takes the place of the chosen files. `build/arm64.xml` is a row for
    `python -m tools.platforms`.
    """
    install_locked(session, "nox")  # has uv
    install_locked(session, "native-wheels-backend")
    folder = Path(session.create_tmp()).resolve() / "debian"
    chosen = session.posargs or ("-n", "2", "-q", "-m", "not slow", *ON_ARM64)
    session.run(
        "bash", "tools/arm64.sh", str(folder), "build/arm64.xml", "--timeout", "600", *chosen,
        external=True,
    )  # fmt: skip


@nox.session(python=PYTHONS[0])
def cross(session: nox.Session) -> None:
    """Compile the native lane for musl and macOS, and list the wheels that a release would have."""
    install_locked(session, "cross")
    session.run("python", "-m", "tools.cross", *session.posargs)


@nox.session(python=PYTHONS[0])
def otel(session: nox.Session) -> None:
    """Run the tests of foundation-otel against real peers: OTLP receivers and a Prometheus.

    VICTORIA_METRICS may name a VictoriaMetrics, 1.92 or newer. `nox -s tests` runs the same tests
    with the others, so `.ci/run` has no need of this session; it is for work on the package.
    """
    install_locked(session, "otel")
    install_packages(session)
    need_programs(session, "prometheus")
    if shutil.which("prometheus") is None:
        session.warn("no prometheus server: its test is skipped (apt-get install prometheus)")
    if shutil.which("victoria-metrics") is None and "VICTORIA_METRICS" not in os.environ:
        session.warn("no VictoriaMetrics: its test is skipped")
    session.run("pytest", "packages/foundation-otel/tests", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, docstrings, English, workflows and commits; `-- --fix` repairs what can be."""
    install_locked(session, "lint")
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix", ".")
        session.run("ruff", "format", ".")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("typos")
    scripts = sorted([*ROOT.glob("perf-lab/**/*.sh"), *ROOT.glob("tools/*.sh")])
    session.run("shellcheck", ".ci/run", *map(str, scripts))
    session.run("zizmor", "--offline", "--quiet", ".github")
    workflows = map(str, sorted(ROOT.glob(".github/workflows/*.yml")))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("python", "tools/commit_subjects.py")
    session.run("python", "-m", "tools.prose")


@nox.session(venv_backend="none")
def generate(session: nox.Session) -> None:
    """Write what is generated in the tree: the log calls of the fast lanes, from one source."""
    session.run(sys.executable, "-m", "tools.generate", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Check types: mypy on the tree, pyright on the wheels that a user would install."""
    install_locked(session, "types")
    # pyright cannot follow a package that is split over editable trees.
    wheels = Path(session.create_tmp()).resolve() / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    for name in PACKAGES:
        with session.chdir(f"packages/{name}"):
            session.run(
                "python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels),
                env={"FOUNDATION_NATIVE": "off"},  # its types stand in a stub
            )  # fmt: skip
    session.install("--no-deps", "--force-reinstall", *map(str, sorted(wheels.glob("*.whl"))))

    trees = [f"packages/{name}/src" for name in PACKAGES]
    roots = [
        name
        for name in ("demo", "noxfile.py", "programs", "release", "tests", "tools")
        if (ROOT / name).exists()
    ]
    session.run("mypy", *trees, *roots)
    # One run each: two packages may have a test file of the same name.
    for suite in sorted(ROOT.glob("packages/*/tests")):
        if any(suite.glob("**/*.py")):
            session.run("mypy", str(suite.relative_to(ROOT)))

    session.run("mypy", "perf-lab/src", "perf-lab/tests", "perf-lab/micro")

    python = shutil.which("python", path=session.bin)
    session.run("pyright", "--pythonpath", str(python), "tests/typing")
    report = Path(session.create_tmp()).resolve() / "types.json"
    with report.open("w", encoding="utf-8") as file:
        session.run(
            "pyright", "--pythonpath", str(python), "--ignoreexternal", "--outputjson",
            "--verifytypes", "provide.foundation", stdout=file, success_codes=[0, 1],
        )  # fmt: skip
    session.run("python", "tests/public_types.py", str(report))


@nox.session
def docs(session: nox.Session) -> None:
    """Read the files that pages show, and build the pages, twice, every warning being an error."""
    install_locked(session, "docs")
    install_packages(session, native=False)
    session.run("python", "-m", "tools.page_files")
    session.run("zensical", "build", "--strict", "--clean")
    # Zensical does not notice a missing image; MkDocs does.
    check = Path(session.create_tmp()).resolve() / "site"
    session.run(
        "mkdocs", "build", "--strict", "--site-dir", str(check), env={"NO_MKDOCS_2_WARNING": "1"}
    )


@nox.session(python=PYTHONS[0], requires=["docs"])
def site(session: nox.Session) -> None:
    """Open each page of the site, which `docs` builds first, in a headless Chromium.

    Arguments after `--` are those of `tools/site_check.py`.
    """
    need_programs(session, "chromium")
    install_locked(session, "report")  # it has playwright
    session.run("python", "-m", "tools.site_check", *(session.posargs or ["site"]))


def install_rivals(session: nox.Session, lock: str = "bench") -> dict[str, str]:
    """Install perf-lab with every rival, and return what it needs in its environment."""
    install_locked(session, lock)
    install_packages(session)
    install_lab(session)
    # provide-foundation owns our import path, so it gets an interpreter to itself.
    older = Path(session.create_tmp()).resolve() / "provide-foundation"
    session.run("uv", "venv", "--quiet", "--clear", "--python", PYTHONS[0], str(older))
    python = older / ("Scripts" if os.name == "nt" else "bin") / "python"
    session.run(
        "uv", "pip", "install", "--quiet", "--require-hashes", "--python", str(python),
        "-r", "requirements/bench-provide-foundation.txt",
    )  # fmt: skip
    session.run(
        "uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python",
        str(python), "-e", "perf-lab",
    )  # fmt: skip
    return {"PERF_LAB_PROVIDE_FOUNDATION": str(python)}


@nox.session(python=PYTHONS[0])
def bench(session: nox.Session) -> None:
    """Measure Foundation beside its rivals; `-- --quick` in four minutes, `-- --gate` for CI.

    `-- --documented` does so with the documented versions of structlog and attrs;
    `-- --all-rivals` adds the compiled libraries of the last years;
    `-- --instructions` counts a call's instructions instead, which needs valgrind.
    """
    lock = "bench-documented" if "--documented" in session.posargs else "bench"
    environment = install_rivals(session, lock)
    words = words_for(session, "bench")
    if "--all-rivals" in words:
        install_locked(session, "bench-newcomers")
    session.run("perf-lab", "bench", *words, env=environment)
    if not set(words) - {"--all-rivals"}:  # what the published pages need, too
        session.run(
            # One word with its option: as a path of its own it would choose another pytest.ini.
            "pytest", "-q", "perf-lab/micro", "--benchmark-json=perf-lab/results/micro.json",
            env=environment,
        )  # fmt: skip
        session.run("perf-lab", "optimisations")


@nox.session(python=PYTHONS[0])
def gate(session: nox.Session) -> None:
    """Fail if a log call has become slower, or so much faster that its baseline hides a loss."""
    need_programs(session, "valgrind")
    environment = install_rivals(session)
    # Instructions of a call in each lane, which noise does not move.
    if sys.platform == "linux":
        session.run("perf-lab", "bench", "--instructions", "--gate", env=environment)
    else:
        session.warn("valgrind counts instructions on Linux only: they are not compared")
    # Ratios to a floor and to structlog within one run, with a margin that noise does not trip;
    # only where a baseline is of this processor.
    session.run("perf-lab", "bench", "--gate", env=environment)


@nox.session(venv_backend="none")
def free_threaded(session: nox.Session) -> None:
    """Compile the native lane as for interpreters without a GIL: its syntax, no more."""
    if sys.platform != "linux":
        session.skip("the headers that it looks for are a Linux machine's")
    need_programs(session, "g++")
    session.run(sys.executable, "-m", "tools.free_threaded", external=True)


@nox.session(python=FREE_THREADED)
def free_threads(session: nox.Session) -> None:
    """Run what concerns threads on interpreters without a GIL; unproven, and no check yet.

    First core alone, then the native lane, built so that it declares that it needs no GIL.
    """
    install_locked(session, "free-threaded")
    without_gil = {"PYTHON_GIL": "0"}
    core = "packages/foundation-core"
    session.install("--no-deps", "--no-build-isolation", "-e", core)
    names = ("counter", "threads", "stats", "levels", "locks", "contention")
    tests = [f"{core}/tests/test_{name}.py" for name in names]
    session.run("pytest", *tests, env=without_gil)
    session.install(
        "--no-deps", "--no-build-isolation", "-e", "packages/foundation-native",
        env={"FOUNDATION_NATIVE": "require", "FOUNDATION_NATIVE_FREE_THREADED": "1"},
    )  # fmt: skip
    native = "packages/foundation-native/tests/test_native.py"
    session.run("pytest", f"{core}/tests/test_threads.py", native, env=without_gil)


@nox.session(python=PYTHONS[0])
def contention(session: nox.Session) -> None:
    """Measure threads, processes and asyncio tasks that log at once; `-- --quick` for a look."""
    install_locked(session, "bench")
    install_packages(session)
    install_lab(session)
    session.run("perf-lab", "contention", *words_for(session, "contention"))


@nox.session(python=PYTHONS[0])
def soak(session: nox.Session) -> None:
    """Log for long: 60 s, `-- --duration 24h --rate 14000` or `-- --messages 1209600000`."""
    install_locked(session, "bench")
    install_packages(session)
    install_lab(session)
    # After Ctrl-C the report still comes, and takes a while.
    session.run("perf-lab", "soak", *words_for(session, "soak"), interrupt_timeout=120.0)


@nox.session(python=PYTHONS[0])
def torture(session: nox.Session) -> None:
    """Put every promise of docs/guarantees to the test, beside rivals; `-- --quick` for a few."""
    environment = install_rivals(session)
    session.run("perf-lab", "torture", *session.posargs, env=environment)


@nox.session(python=PYTHONS[0])
def breaks(session: nox.Session) -> None:
    """Break promises on purpose in a copy, and see their tests and torture's cases turn red."""
    install_locked(session, "test")
    install_packages(session)
    install_lab(session)
    session.run("perf-lab", "breaks", *session.posargs)


@nox.session(python=PYTHONS[0])
def consumers(session: nox.Session) -> None:
    """Have back ends' own packages read lines, and see whether they still write what they did."""
    install_locked(session, "consumers")
    install_packages(session, as_shipped=False)
    folder = ROOT / "packages/foundation-core/tests/consumers"
    path = os.pathsep.join([str(folder), str(folder.parent)])
    session.run("pytest", str(folder / "today.py"), env={"PYTHONPATH": path})


@nox.session(python=WITH_PROGRAMS)
def programs(session: nox.Session) -> None:
    """Start the programs that people run, load them, and judge their lines; `-- --quick` a part."""
    install_locked(session, "programs")
    install_packages(session, as_shipped="--quick" not in session.posargs)
    need_programs(session, "redis-server", "curl")
    if set(session.posargs) <= {"--quick"}:
        session.run("pytest", "-q", "-n", "2", "programs/tests")
    session.run("python", "-m", "programs", *session.posargs)


@nox.session(python=PYTHONS[0])
def overhead(session: nox.Session) -> None:
    """Measure what the request middleware costs under wrk; `-- --publish` writes its page."""
    install_locked(session, "programs")
    install_packages(session)
    need_programs(session, "wrk")
    session.run("python", "-m", "programs.overhead", *session.posargs)


@nox.session(python=PYTHONS[0])
def fuzz(session: nox.Session) -> None:
    """Fuzz JSON, text and the log viewer, and compare the lanes; `-- --seconds 120` for each."""
    install_locked(session, "fuzz")
    install_packages(session)
    session.run("python", "-m", "fuzz", *session.posargs, env={"PYTHONPATH": str(ROOT / "tests")})


@nox.session(python=PYTHONS[0])
def memory(session: nox.Session) -> None:
    """Weigh calls, loggers and presets, and see whether memory grows; `-- --quick` for a look."""
    install_locked(session, "profile")
    install_packages(session)
    install_lab(session)
    session.run("perf-lab", "memory", *words_for(session, "memory"))


@nox.session(python=PYTHONS[0])
def flame(session: nox.Session) -> None:
    """Draw flamegraphs of log calls, and the share of each part; `-- --quick` for a look."""
    install_locked(session, "profile")
    install_packages(session)
    install_lab(session)
    session.run("perf-lab", "flame", *words_for(session, "flame"))


@nox.session(python=PYTHONS[0])
def report(session: nox.Session) -> None:
    """Make one page of the records of all laboratories, and look at it in Chromium."""
    install_locked(session, "report")
    install_lab(session)
    session.run("perf-lab", "report", *words_for(session, "report"))


@nox.session(python=PYTHONS[0])
def lab(session: nox.Session) -> None:
    """Run any command of perf-lab, such as `-- publish performance`; `-- --help` lists them."""
    environment = install_rivals(session)
    install_locked(session, "report")
    session.run("perf-lab", *session.posargs, env=environment)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build the distributions, check the wheels, and install them into empty environments."""
    install_locked(session, "build")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    for name in PACKAGES:
        session.log(f"{name} {run_hatch(session, name, 'version')}")
        run_hatch(session, name, "build", str(dist))
    session.run("python", "tests/wheels_check.py", *map(str, sorted(dist.glob("*.whl"))))

    core, emoji, otel, native, integrations = (
        next(dist.glob(f"{name.replace('-', '_')}-*.whl")) for name in PACKAGES
    )
    leaves = {
        "emoji": emoji, "metrics": otel, "otel": otel, "native": native,
        "integrations": integrations,
    }  # fmt: skip
    smoke(session, [core], present=[], absent=[*leaves])
    for wheel in (emoji, otel, native, integrations):
        present = [leaf for leaf, owner in leaves.items() if owner is wheel]
        absent = [leaf for leaf, owner in leaves.items() if owner is not wheel]
        smoke(session, [core, wheel], present=present, absent=absent)


def run_hatch(session: nox.Session, package: str, *arguments: str) -> str:
    """Run hatch in a package's folder and return what it printed.

    hatch builds in an environment of its own, where the session's lock does not reach, so the
    locked back end is passed to it as a constraint.
    """
    home = Path(session.create_tmp()).resolve()
    backend = re.search(
        r"^hatchling==\S+", (ROOT / "requirements/build.txt").read_text("utf-8"), re.M
    )
    assert backend, "the lock has no hatchling"
    constraint = home / "backend.txt"
    constraint.write_text(f"{backend.group()}\n", encoding="utf-8")
    environment = {
        "HATCH_DATA_DIR": str(home / "hatch"),
        "PIP_CONSTRAINT": str(constraint),
        "UV_CONSTRAINT": str(constraint),
        # nox points uv at the session's environment, which is not where hatch wants it to install.
        "UV_PYTHON": None,
    }
    with session.chdir(ROOT / "packages" / package):
        printed = session.run("hatch", *arguments, env=environment, silent=True, stderr=None)
    return str(printed).strip()


def smoke(
    session: nox.Session, wheels: list[Path], *, present: list[str], absent: list[str]
) -> None:
    """Install wheels into an empty environment, as a user would, and use them there.

    Args:
        session: The running session, with uv installed.
        wheels: What to install; dependencies come from the wheels' own metadata.
        present: Leaves of `provide.foundation` that must be importable.
        absent: Leaves that must not be there.
    """
    environment = Path(session.create_tmp()).resolve() / "smoke"
    session.run("uv", "venv", "--quiet", "--clear", str(environment))
    session.run("uv", "pip", "install", "--quiet", "--python", str(environment), *map(str, wheels))
    folder = environment / ("Scripts" if os.name == "nt" else "bin")
    session.run(
        str(folder / "python"), "-I", "tests/wheels_smoke.py",
        "--present", *present, "--absent", *absent, external=True,
    )  # fmt: skip


@nox.session(python=PYTHONS[0])
def runner(session: nox.Session) -> None:
    """Say how this machine differs from the documented one; `-- --strict` makes that an error."""
    install_locked(session, "bench-documented")
    install_packages(session)
    install_lab(session)
    session.run("perf-lab", "runner", *session.posargs)


@nox.session
def comment(session: nox.Session) -> None:
    """Show a comparison with the baseline as markdown; `-- --post` puts it on its pull request."""
    install_locked(session, "perf-lab")
    install_lab(session)
    session.run("perf-lab", "comment", *session.posargs)


@nox.session
def native_wheels(session: nox.Session) -> None:
    """Build and test foundation-native's wheels for this system; on Linux that needs docker.

    `-- --print-build-identifiers` lists them, and needs nothing.
    """
    install_locked(session, "native-wheels")
    session.run(
        "python", "-m", "cibuildwheel", "packages/foundation-native", "--output-dir", "dist",
        *session.posargs,
    )  # fmt: skip


@nox.session(python=PYTHONS[0])
def release(session: nox.Session) -> None:
    """Make a release into dist/; `-- --dry-run` makes all of it here, from any state of the tree.

    Without that, it makes the one package whose tag the release workflow runs on. Compiled wheels
    come from `native_wheels` on each system, by way of build/wheels/.
    """
    install_locked(session, "release")
    dry = "--dry-run" in session.posargs
    pythons = pythons_here() if dry else []
    interpreters = [prepare_backend(session, version) for version in pythons]
    chosen = [f"--compile-with={python}" for python in interpreters]
    session.run("python", "-m", "release", *chosen, *session.posargs)
    dist = ROOT / "dist"
    for wheel in () if dry else (ROOT / "build/wheels").glob("*.whl"):
        shutil.copy2(wheel, dist)
    wheels = sorted(map(str, dist.glob("*.whl")))
    if wheels:
        session.run("python", "tests/wheels_check.py", *wheels)
        write_bill(session, dist)
    install_lab(session)
    session.run("perf-lab", "publish", "attachments", str(dist))
    session.run("python", "-m", "release.provenance", str(dist))
    session.run("python", "-m", "release.checksums", str(dist))
    for tried in [try_wheels(session, dist, version) for version in pythons]:
        session.log(tried)


def prepare_backend(session: nox.Session, version: str) -> str:
    """Make an environment of a Python that builds what is compiled, and return its interpreter."""
    environment = Path(session.create_tmp()).resolve() / f"backend-{version}"
    session.run("uv", "venv", "--quiet", "--clear", "--python", version, str(environment))
    session.run(
        "uv", "pip", "install", "--quiet", "--python", str(environment), "--require-hashes",
        "-r", "requirements/native-wheels-backend.txt",
    )  # fmt: skip
    return str(environment / "bin/python")


def try_wheels(session: nox.Session, dist: Path, version: str) -> str:
    """Install wheels, and nothing else, into an empty environment of a Python, and use them there.

    Returns:
        What was installed and tried, in a line.
    """
    environment = Path(session.create_tmp()).resolve() / f"tried-{version}"
    session.run("uv", "venv", "--quiet", "--clear", "--python", version, str(environment))
    session.run(
        "uv", "pip", "install", "--quiet", "--python", str(environment), "--find-links", str(dist),
        "--only-binary", ":all:", "--constraints", "requirements/test.txt", *released_names(dist),
    )  # fmt: skip
    with session.chdir(session.create_tmp()):
        printed = session.run(
            str(environment / "bin/python"), "-I", str(ROOT / "tests/wheels_smoke.py"),
            "--present", "emoji", "integrations", "metrics", "native", "otel",
            "--lanes", "processor", "fast", "native", external=True, silent=True, stderr=None,
        )  # fmt: skip
    return str(printed).strip().splitlines()[-1]


def released_names(dist: Path) -> list[str]:
    """Return each distribution of a folder with its version, as pip is asked for them."""
    return sorted({"==".join(wheel.name.split("-")[:2]) for wheel in dist.glob("*.whl")})


def write_bill(session: nox.Session, dist: Path) -> None:
    """Install the wheels as a user would, at the versions that are tested, and list what came."""
    home = Path(session.create_tmp()).resolve()
    environment = home / "installed"
    session.run("uv", "venv", "--quiet", "--clear", "--python", PYTHONS[0], str(environment))
    # By name, not by path: what is listed must not name a folder of this machine.
    session.run(
        "uv", "pip", "install", "--quiet", "--python", str(environment), "--find-links", str(dist),
        # With its hashes, which uv compares for constraints too.
        "--constraints", "requirements/test.txt", *released_names(dist),
    )  # fmt: skip
    session.run(
        "cyclonedx-py", "environment", "--output-reproducible",
        "--output-file", str(dist / "sbom.cdx.json"), str(environment),
    )  # fmt: skip


@nox.session
def attach(session: nox.Session) -> None:
    """Make the release's page from the files in dist/; the release workflow's last step."""
    tag = os.environ.get("GITHUB_REF_NAME", "")
    if os.environ.get("GITHUB_REF_TYPE") != "tag":
        session.error("only a workflow that runs on a tag has a release to make")
    notes = ROOT / f"dist/release-notes-{tag.rpartition('-v')[0]}.md"
    files = sorted(str(file) for file in (ROOT / "dist").iterdir() if file.is_file())
    session.run(
        "gh", "release", "create", tag, "--verify-tag", "--title", tag, "--notes-file", str(notes),
        *files, external=True,
    )  # fmt: skip


@nox.session
def audit(session: nox.Session) -> None:
    """Look up every locked package in the advisory database; one not found there is an error.

    Those of the oldest versions allowed are among them, for each system and each Python: a lower
    bound that lets a vulnerable version in is an error too.
    """
    install_locked(session, "audit")
    lists = Path(session.create_tmp()).resolve() / "audit"
    session.run("python", "-m", "release.locks", str(lists))
    for each in sorted(lists.glob("*.txt")):
        known = HARMLESS if each.name.startswith("test-oldest") else {}
        session.run(
            "pip-audit", "--strict", "--require-hashes", "--disable-pip", "-r", str(each),
            *(word for name in known for word in ("--ignore-vuln", name)),
        )  # fmt: skip


@nox.session
def lock(session: nox.Session) -> None:
    """Write the locks in requirements/; `-- --upgrade` takes the newest versions."""
    install_locked(session, "build")
    for group in GROUPS:
        compile_lock(session, group, f"requirements/{group}.txt")
    oldest = Path(session.create_tmp()).resolve() / "oldest.txt"
    oldest.write_text("\n".join(minimum_versions()) + "\n", encoding="utf-8")
    compile_lock(session, "test", "requirements/test-oldest.txt", "--constraints", str(oldest))
    documented = tomllib.loads((ROOT / "perf-lab/runner/documented.toml").read_text("utf-8"))
    versions = Path(session.create_tmp()).resolve() / "documented.txt"
    versions.write_text(
        "".join(f"{name}=={version}\n" for name, version in documented["packages"].items()),
        encoding="utf-8",
    )
    compile_lock(
        session, "bench", "requirements/bench-documented.txt", "--constraints", str(versions)
    )


def compile_lock(session: nox.Session, group: str, output: str, *options: str) -> None:
    """Compile one group, and the packages' own dependencies, into one lock.

    The universal resolution serves every platform, and the lock names no address, so that any
    mirror can serve it.
    """
    # Tools that only look at files need nothing of the packages, nor does the older project.
    bare = group in {
        "audit", "bench-newcomers", "bench-provide-foundation", "build", "cross", "free-threaded",
        "lint",
        "native-wheels", "native-wheels-backend", "nox", "perf-lab", "release", "report",
    }  # fmt: skip
    needed = ("foundation-core", "foundation-native") if group == "native-wheels-test" else PACKAGES
    manifests = [] if bare else [f"packages/{name}/pyproject.toml" for name in needed]
    session.run(
        "uv", "pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[0],
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate",
        "--no-emit-package", "foundation-core", "--custom-compile-command", "nox -s lock",
        "--group", group, *manifests, *options, *session.posargs, "-o", output,
    )  # fmt: skip


@nox.session
def changelog(session: nox.Session) -> None:
    """Show what the next release of each package would say; `-- --write` puts it into the file."""
    install_locked(session, "build")
    mode = "--yes" if "--write" in session.posargs else "--draft"
    for name in PACKAGES:
        if not any((ROOT / "packages" / name / "changelog.d").glob("*.md")):
            session.log(f"{name}: nothing new")
            continue
        version = run_hatch(session, name, "version")
        session.run("towncrier", "build", mode, "--version", version, "--dir", f"packages/{name}")
