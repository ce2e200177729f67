"""The repository as a fresh clone has it: portable text, true commands, pinned actions."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.locks import write_lists

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = (
    "foundation-core",
    "foundation-emoji",
    "foundation-integrations",
    "foundation-native",
    "foundation-otel",
)

# A path of one machine: a rooted path into a home or working folder, not part of a longer path.
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|root|home)(?=/|$|[\s\"'`:)])")
REGISTRY_HOST = re.compile(r"\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.org)\b")
PINNED_ACTION = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
#: Results of a job of ci.yml that are not success.
BAD_RESULTS = ("failure", "cancelled", "skipped")
FRAGMENT = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md|\.gitkeep")


def list_files() -> list[Path]:
    """Return the files that git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [ROOT / name for name in listing.split("\0") if name]
    assert files, "git lists no file"
    return [file for file in files if file.is_file()]


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a text file; a binary or minified file has none."""
    data = file.read_bytes()
    if b"\0" in data or ".min." in file.name:
        return
    yield from enumerate(data.decode("utf-8").splitlines(), start=1)


def find_matches(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """Return `path:line: match` for each line that a pattern finds, this file left out."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {found.group()}"
        for file in files
        if file != Path(__file__)
        for number, line in read_lines(file)
        if (found := pattern.search(line))
    ]


def list_sessions() -> set[str]:
    """Return the names of the sessions that noxfile.py defines."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def read_tuple(name: str) -> tuple[str, ...]:
    """Return a tuple of noxfile.py, which cannot be imported where nox is not installed."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets):
            value = ast.literal_eval(node.value)
            assert isinstance(value, tuple)
            return value
    raise AssertionError(f"noxfile.py has no {name}")


def read_session(name: str) -> str:
    """Return the source of a session of noxfile.py."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert len(found) == 1
    return ast.unparse(found[0])


def list_commands(text: str) -> list[str]:
    """Return the session names of every `nox -s name name ...`, and of every workflow matrix."""
    runs: list[str] = re.findall(r"\bnox (?:--[\w-]+ )*-s ((?:[a-z][\w.-]*(?: (?=[a-z]))?)+)", text)
    runs += re.findall(r"^ +- command: ([a-z_]+)", text, re.M)
    return [name for run in runs for name in run.split()]


def test_no_machine_paths() -> None:
    """No file names a folder that exists on one machine only."""
    assert [] == find_matches(MACHINE_PATH, list_files())


def test_no_registry_hosts() -> None:
    """No file names a package index, so that any mirror can serve a build."""
    assert [] == find_matches(REGISTRY_HOST, list_files())


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        pytest.param(MACHINE_PATH, "cd /" + "root/project", id="home-folder"),
        pytest.param(MACHINE_PATH, 'path = "/' + 'work"', id="quoted"),
        pytest.param(REGISTRY_HOST, "--index-url https://files.python" + "hosted.org/x", id="host"),
    ],
)
def test_patterns_match(pattern: re.Pattern[str], line: str) -> None:
    """The patterns find what they are for."""
    assert pattern.search(line)


@pytest.mark.parametrize("path", ["perf-lab/{}/x", "https://example.org/{}/", "$HOME/{}/"])
@pytest.mark.parametrize("folder", ["work", "root", "home"])
def test_machine_path_leaves_other_paths_alone(path: str, folder: str) -> None:
    """Relative paths and addresses are not machine paths."""
    assert not MACHINE_PATH.search(path.format(folder))


def test_no_namespace_initialiser() -> None:
    """`provide` is a PEP 420 namespace, and only core has `provide/foundation/__init__.py`."""
    owners = ("provide/__init__.py", "provide/foundation/__init__.py")
    found = [
        file.relative_to(ROOT).as_posix()
        for file in list_files()
        if file.as_posix().endswith(owners)
    ]

    assert ["packages/foundation-core/src/provide/foundation/__init__.py"] == found


def test_no_address_lock() -> None:
    """`uv.lock` names download addresses, so it stays out of the repository."""
    assert [] == [file for file in list_files() if file.name == "uv.lock"]


def test_editables_are_not_exact() -> None:
    """`dev-mode-exact` would hide the extensions' leaves behind core's initialiser."""
    manifests = list(ROOT.glob("packages/*/pyproject.toml"))

    assert len(DISTRIBUTIONS) == len(manifests)
    assert [] == find_matches(re.compile("dev-mode-exact"), manifests)


@pytest.mark.parametrize("lock", sorted(file.name for file in ROOT.glob("requirements/*.txt")))
def test_lock_is_pinned_by_hash(lock: str) -> None:
    """Every requirement of a lock is one exact version, carries a hash, and has no address."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    requirements = re.findall(r"^[A-Za-z0-9].*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.M)
    named = re.findall(r"^[A-Za-z0-9-].*", text, re.M)

    assert named
    assert len(named) == len(requirements)
    assert all(re.match(r"[\w.-]+(\[[\w,-]+\])?==", requirement) for requirement in requirements)
    assert "://" not in text


def test_locks_are_what_the_lock_session_writes() -> None:
    """There is one lock for each dependency group, for the oldest and the documented versions."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    expected = {f"{group}.txt" for group in groups if group != "backend"}
    expected |= {"bench-documented.txt", "test-oldest.txt"}

    assert expected == {file.name for file in (ROOT / "requirements").iterdir()}


def test_oldest_lock_holds_the_lower_bounds() -> None:
    """The lock of the oldest session has the lowest versions that all packages together allow."""
    bounds: dict[tuple[str, str], str] = {}
    for distribution in DISTRIBUTIONS:
        manifest = (ROOT / "packages" / distribution / "pyproject.toml").read_text(encoding="utf-8")
        project = tomllib.loads(manifest)["project"]
        extras = project.get("optional-dependencies", {}).values()
        for dependency in itertools.chain(project["dependencies"], *extras):
            requirement, _, marker = dependency.partition(";")
            name, _, version = requirement.partition(">=")
            if not name.startswith("foundation-"):
                numbers = [int(number) for number in re.findall(r"\d+", version)]
                key = (name, marker)
                others = [int(number) for number in re.findall(r"\d+", bounds.get(key, ""))]
                bounds[key] = version if numbers > others else bounds[key]
    lock = (ROOT / "requirements/test-oldest.txt").read_text(encoding="utf-8")

    expected = sorted((name, version.removesuffix(".0")) for (name, _), version in bounds.items())
    names = {name for name, _ in bounds}
    locked = re.findall(r"^([\w.-]+)==(\S+)", lock, re.M)

    assert expected == sorted((n, v.removesuffix(".0")) for n, v in locked if n in names)


def test_orjson_survives_a_deep_document() -> None:
    """No package lets an orjson in that a deep document crashes (CVE-2024-27454)."""
    for distribution in DISTRIBUTIONS:
        manifest = (ROOT / "packages" / distribution / "pyproject.toml").read_text(encoding="utf-8")
        bounds = re.findall(r'"orjson>=([\d.]+)', manifest)

        assert all([3, 9, 15] <= [int(part) for part in bound.split(".")] for bound in bounds)
    deep = b'{"a":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
    command = [sys.executable, "-m", "provide.foundation", "view"]
    run = subprocess.run(command, input=deep, capture_output=True, timeout=60)

    assert (0, b"") == (run.returncode, run.stderr)


def test_every_locked_version_is_audited(tmp_path: Path) -> None:
    """The lists for the advisory database have each version of each lock, whatever its marker."""
    write_lists(ROOT / "requirements", tmp_path)
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text("utf-8")
        versions = set(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==[^\s;]+", text, re.M))
        lists = [file.read_text("utf-8") for file in tmp_path.glob(f"{lock.stem}.*.txt")]
        listed = [re.findall(r"^(?!    ).*?(?= \\$)", text, re.M) for text in lists]

        assert versions == {name for names in listed for name in names}
        for names in listed:
            assert len(names) == len({name.partition("==")[0] for name in names})


@pytest.mark.parametrize("session", ["demo", "tests"])
def test_readme_has_the_command(session: str) -> None:
    """The README sets up and runs the demo, and the tests, in one line each."""
    command = (
        f'python3 -m venv .venv && .venv/bin/pip install "nox[uv]" && .venv/bin/nox -s {session}'
    )

    assert command in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()


def test_named_sessions_exist() -> None:
    """Every nox session that a document, a workflow or a script calls is defined."""
    callers = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob(".github/workflows/*.yml"),
        ROOT / ".ci/run",
    ]
    called = {
        (str(file.relative_to(ROOT)), name)
        for file in callers
        for name in list_commands(file.read_text(encoding="utf-8"))
    }
    sessions = list_sessions()

    assert called
    assert set() == {pair for pair in called if pair[1].partition("-")[0] not in sessions}


def test_checks_are_sessions() -> None:
    """Each check is a session, is named once, and the tests come last."""
    checks = read_tuple("CHECKS") + read_tuple("CI_CHECKS")

    assert "tests" == read_tuple("CHECKS")[-1]
    assert len(checks) == len(set(checks))
    assert set() == set(checks) - list_sessions()


def test_one_list_says_what_a_change_must_pass() -> None:
    """A bare `nox`, `.ci/run` and ci.yml take their checks from one tuple, and name none."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")

    assert re.search(r"^nox\.options\.sessions = CHECKS$", noxfile, re.M)
    assert "for name in CHECKS[:-1]" in read_session("checks")
    assert "[*CHECKS[:-1], *CI_CHECKS]" in read_session("plan")
    called = re.findall(r"^\.venv/bin/nox (?:-f \S+ )?-s (\w+)", script, re.M)
    assert ["gate", "checks", "tests"] == called
    unproven = ["tests_newest", '"free_threads-$PYTHON"']
    assert ["plan", '"tests_whole-$PYTHON"', '"$CHECK"', *unproven] == re.findall(
        r"run: nox (?:--[\w-]+ )?-s (.+)", workflow
    )
    assert "check: ${{ fromJSON(needs.plan.outputs.checks) }}" in workflow
    assert "python: ${{ fromJSON(needs.plan.outputs.pythons) }}" in workflow


def test_what_is_unproven_is_allowed_to_fail() -> None:
    """The jobs of pre-releases and of free threading, and no others, refuse no change."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    jobs = {
        name: workflow.partition(f"\n  {name}:\n")[2].partition("\n\n")[0]
        for name in ("newest", "free-threaded")
    }

    checks = {*read_tuple("CHECKS"), *read_tuple("CI_CHECKS")}
    assert set() == checks & {"tests_newest", "free_threads"}
    assert 2 == workflow.count("continue-on-error")
    assert all("continue-on-error: true" in job for job in jobs.values())


#: Jobs that have not run anywhere yet, and that may fail.
UNPROVEN = ("free-threaded",)


def test_all_green_waits_for_every_job() -> None:
    """The job that a branch's rule names needs all of ci.yml that is proven, and always runs."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    jobs = re.findall(r"^  ([\w-]+):$", workflow.partition("\njobs:\n")[2], re.M)
    green = workflow.partition("\n  green:\n")[2]
    needs = re.search(r"needs: \[(.*)\]", green)

    assert needs
    assert [*needs[1].split(", "), *UNPROVEN, "green"] == jobs
    assert "\n    if: always()\n" in green
    assert all(f"contains(needs.*.result, '{result}')" in green for result in BAD_RESULTS)


def test_actions_are_pinned() -> None:
    """Every action of every workflow is pinned by commit, with its version beside it."""
    uses = find_matches(re.compile(r"uses: .*"), list(ROOT.glob(".github/workflows/*.yml")))

    assert uses
    assert [] == [use for use in uses if not PINNED_ACTION.search(use)]


def test_workflows_call_nox_only() -> None:
    """A workflow installs nox from its lock and calls it; a session holds everything else.

    `exit 1` is how "all green" fails.
    """
    install = "python -m pip install --require-hashes -r requirements/nox.txt"
    runs = [
        found[1]
        for file in ROOT.glob(".github/workflows/*.yml")
        for _, line in read_lines(file)
        if (found := re.match(r"\s*(?:- )?run: (.*)", line))
    ]

    assert runs
    assert [] == [run for run in runs if run not in (install, "exit 1") and run[:4] != "nox "]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_package_carries_the_licence(distribution: str) -> None:
    """Each distribution ships the licence, word for word."""
    expected = (ROOT / "LICENSE").read_bytes()

    assert expected == (ROOT / "packages" / distribution / "LICENSE").read_bytes()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_news_fragments_are_named(distribution: str) -> None:
    """A fragment with another name would be left out of the changelog without a word."""
    names = [file.name for file in (ROOT / "packages" / distribution / "changelog.d").iterdir()]

    assert names
    assert [] == [name for name in names if not FRAGMENT.fullmatch(name)]


def test_release_wheels_meet_locked_code_only() -> None:
    """Whatever is installed beside a compiled wheel is locked by hash, or of this commit."""
    manifest = (ROOT / "packages/foundation-native/pyproject.toml").read_text(encoding="utf-8")
    steps = tomllib.loads(manifest)["tool"]["cibuildwheel"]
    assert steps.keys().isdisjoint({"test-requires", "test-groups", "test-extras"})
    commands: list[str] = []
    for name in ("before-all", "before-build", "before-test"):
        given = steps.get(name, [])
        commands += [given] if isinstance(given, str) else given
    installs = [command for command in commands if "install" in command]
    locked = [each for each in installs if "--require-hashes -r {project}/requirements/" in each]
    own = [each for each in installs if "--no-build-isolation {project}/packages/" in each]

    assert installs
    assert sorted(installs) == sorted([*locked, *own])
    assert {"PIP_NO_DEPS": "1"} == steps["test-environment"]


def test_release_sees_main() -> None:
    """The job that makes a release clones main as well, of which the tag must be a commit."""
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    build = text.partition("\n  build:\n")[2].partition("\n  attest:\n")[0]

    assert "fetch-depth: 0" in build
