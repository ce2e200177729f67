"""A release: what is refused, what is built, and that whoever builds it again gets the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from release.changes import find_faults, read_section
from release.checksums import write_checksums
from release.distributions import build_all, hash_of
from release.errors import ReleaseError
from release.provenance import write_provenance
from release.source import MAIN, find_tagged

ROOT = Path(__file__).parent.parent

MANIFEST = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "foundation-toy"
requires-python = ">=3.11"
dynamic = ["version"]
[tool.hatch.version]
path = "src/toy/_version.py"
[tool.hatch.build.targets.wheel]
packages = ["src/toy"]
"""
#: A back end that puts into the wheel when, or where, it was built.
HOOK = """
import os
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        with open(os.path.join(self.root, "src/toy/where.py"), "w") as file:
            file.write(repr({expression}))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository of one package, committed and tagged."""
    root = tmp_path / "repository"
    package = root / "packages/foundation-toy"
    files = {
        "pyproject.toml": MANIFEST,
        "CHANGELOG.md": "# Changelog\n\n## 1.0.0 (2026-11-24)\n\n### Added\n\n- All.\n",
        "changelog.d/.gitkeep": "",
        "src/toy/__init__.py": "",
        "src/toy/_version.py": '__version__ = "1.0.0"\n',
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    git(root, "init", "--quiet")
    commit(root)
    git(root, "tag", "foundation-toy-v1.0.0")
    # As the workflow's clone has it.
    git(root, "update-ref", MAIN, "HEAD")
    return root


def git(root: Path, *arguments: str) -> None:
    """Run git as somebody whose configuration does not matter."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    never = ["-c", "tag.gpgSign=false", "-c", "commit.gpgSign=false"]
    subprocess.run(["git", *who, *never, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    """Commit everything."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "All of it")


def on_tag(tag: str) -> dict[str, str]:
    """Return what the workflow's machine sets on a tag."""
    return {"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": tag}


def test_the_tag_names_the_package(repository: Path) -> None:
    """In a workflow's run on the tag of a clean tree, the tagged package is released."""
    found = find_tagged(repository, on_tag("foundation-toy-v1.0.0"))

    assert repository / "packages/foundation-toy" == found


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        pytest.param({}, "--dry-run", id="no-workflow"),
        pytest.param(
            {"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"},
            "from a tag",
            id="no-tag",
        ),
        pytest.param(on_tag("v1.0.0"), "is not <distribution>-v<version>", id="other-tag"),
        pytest.param(on_tag("foundation-none-v1.0.0"), "names no package", id="no-package"),
        pytest.param(
            on_tag("foundation-toy-v1.0.1"), "version of foundation-toy is 1.0.0", id="version"
        ),
    ],
)
def test_what_fits_no_tag_is_refused(
    repository: Path, environment: dict[str, str], says: str
) -> None:
    """Nothing is published by hand, from a branch, or under a name that does not fit."""
    with pytest.raises(ReleaseError, match=says):
        find_tagged(repository, environment)


def test_a_tree_that_is_not_the_tag_is_refused(repository: Path) -> None:
    """A changed file, and a commit after the tag, are both refused."""
    stray = repository / "stray.txt"
    stray.touch()
    with pytest.raises(ReleaseError, match=r"differs from the tag:\n.*stray.txt"):
        find_tagged(repository, on_tag("foundation-toy-v1.0.0"))

    commit(repository)
    with pytest.raises(ReleaseError, match="another commit"):
        find_tagged(repository, on_tag("foundation-toy-v1.0.0"))


def test_a_tag_beside_main_is_refused(repository: Path, tmp_path: Path) -> None:
    """A tag on a commit that main never had is refused; after a merge it is not."""
    (repository / "sneaked.py").write_text("", encoding="utf-8")
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository)
    git(repository, "tag", "--force", "foundation-toy-v1.0.0")
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(origin))
    git(origin, "update-ref", "refs/heads/main", "foundation-toy-v1.0.0~")
    git(tmp_path, "clone", "--quiet", "--branch", "foundation-toy-v1.0.0", str(origin), str(clone))
    with pytest.raises(ReleaseError, match="no commit of refs/remotes/origin/main"):
        find_tagged(clone, on_tag("foundation-toy-v1.0.0"))

    git(origin, "update-ref", "refs/heads/main", "refs/heads/side")
    git(clone, "fetch", "--quiet")
    assert clone / "packages/foundation-toy" == find_tagged(clone, on_tag("foundation-toy-v1.0.0"))


def test_a_clone_without_main_is_refused(repository: Path) -> None:
    """Where the branch cannot be seen, nothing is published."""
    git(repository, "update-ref", "-d", MAIN)
    with pytest.raises(ReleaseError, match="no commit of"):
        find_tagged(repository, on_tag("foundation-toy-v1.0.0"))


def test_the_command_refuses_a_release_by_hand() -> None:
    """Outside of the workflow it builds nothing, says how to try it, and ends with 2."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GITHUB_")}
    run = subprocess.run(
        [sys.executable, "-m", "release"], cwd=ROOT, env=kept, capture_output=True, text=True
    )

    assert 2 == run.returncode
    assert "`nox -s release -- --dry-run` makes everything here" in run.stderr


def test_an_unknown_option_shows_the_usage() -> None:
    """It ends with 2, and nothing was built."""
    run = subprocess.run(
        [sys.executable, "-m", "release", "--dry"], cwd=ROOT, capture_output=True, text=True
    )

    assert 2 == run.returncode
    assert run.stderr.startswith("usage: release ")


def test_two_builds_give_the_same_bytes(repository: Path, tmp_path: Path) -> None:
    """Source distribution and wheel come out of both builds alike, and only they are left."""
    built = build_all(repository, [repository / "packages/foundation-toy"], tmp_path)

    expected = ["foundation_toy-1.0.0-py3-none-any.whl", "foundation_toy-1.0.0.tar.gz"]
    assert expected == [file.name for file in built]
    assert all(file.stat().st_size for file in built)


@pytest.mark.parametrize("expression", ["self.root", "os.environ['TZ']", "hash('a')"])
def test_a_build_that_depends_on_its_machine_is_refused(
    repository: Path, tmp_path: Path, expression: str
) -> None:
    """A wheel that knows its folder, its time zone or its hash seed is named."""
    package = repository / "packages/foundation-toy"
    (package / "hatch_build.py").write_text(HOOK.format(expression=expression), encoding="utf-8")
    with (package / "pyproject.toml").open("a", encoding="utf-8") as file:
        # Of every target: a hook of the wheel's own would mean a compiled one.
        file.write("[tool.hatch.build.targets.sdist.hooks.custom]\n")
    commit(repository)

    with pytest.raises(ReleaseError, match=r"two builds of foundation_toy-1\.0\.0.* differ"):
        build_all(repository, [package], tmp_path)


def test_a_compiled_wheel_is_left_to_its_own_systems(repository: Path, tmp_path: Path) -> None:
    """Of a package whose wheel has a build hook, only the source distribution is made here."""
    package = repository / "packages/foundation-toy"
    (package / "hatch_build.py").write_text(HOOK.format(expression="1"), encoding="utf-8")
    with (package / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("[tool.hatch.build.targets.wheel.hooks.custom]\n")
    commit(repository)

    built = build_all(repository, [package], tmp_path)

    assert ["foundation_toy-1.0.0.tar.gz"] == [file.name for file in built]


def test_each_python_compiles_a_wheel_of_its_own(repository: Path, tmp_path: Path) -> None:
    """A package with a build hook has a wheel of each Python that is named, and all are alike."""
    package = repository / "packages/foundation-toy"
    hook = HOOK.format(expression="'same'") + "        build_data['tag'] = TAG\n"
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-none-any"
    (package / "hatch_build.py").write_text(hook.replace("TAG", repr(tag)), encoding="utf-8")
    with (package / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("[tool.hatch.build.targets.wheel.hooks.custom]\n")
    commit(repository)

    built = build_all(repository, [package], tmp_path, [sys.executable])

    expected = ["foundation_toy-1.0.0.tar.gz", f"foundation_toy-1.0.0-{tag}.whl"]
    assert expected == [file.name for file in built]


def test_provenance_names_the_commit_and_each_file(repository: Path, tmp_path: Path) -> None:
    """Each distribution has its sum, and the commit stands beside it; a change is confessed."""
    built = build_all(repository, [repository / "packages/foundation-toy"], tmp_path)
    where = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REF_NAME": "foundation-toy-v1.0.0",
        "GITHUB_WORKFLOW_REF": "provide/foundation/.github/workflows/release.yml@refs/tags/x",
    }
    # The workflow brings compiled wheels of other systems.
    compiled = tmp_path / "foundation_toy-1.0.0-cp311-cp311-win_amd64.whl"
    compiled.write_bytes(b"compiled")
    released = json.loads(write_provenance(repository, tmp_path, where).read_text("utf-8"))
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()

    assert {(file.name, hash_of(file)) for file in (*built, compiled)} == {
        (each["name"], each["digest"]["sha256"]) for each in released["subject"]
    }
    definition = released["predicate"]["buildDefinition"]
    assert {"gitCommit": head} == definition["resolvedDependencies"][0]["digest"]
    assert {"tag": "foundation-toy-v1.0.0", "changed": False} == definition["externalParameters"]
    assert where["GITHUB_WORKFLOW_REF"] == released["predicate"]["runDetails"]["builder"]["id"]

    (repository / "stray.txt").touch()
    dry = json.loads(write_provenance(repository, tmp_path, {}).read_text("utf-8"))
    definition = dry["predicate"]["buildDefinition"]
    assert {"tag": None, "changed": True} == definition["externalParameters"]


def test_the_changelog_has_the_release(repository: Path) -> None:
    """A version with a section and nothing left over has no fault, and its section is the notes."""
    package = repository / "packages/foundation-toy"

    assert [] == find_faults(package, tagged=True)
    assert "### Added\n\n- All." == read_section(package, "1.0.0")
    assert read_section(package, "1.0") is None


@pytest.mark.parametrize(
    ("section", "fragment", "says"),
    [
        pytest.param(False, None, "nothing says what is new in 1.0.0", id="nothing"),
        pytest.param(True, "more.added.md", "holds more.added.md: raise the version", id="left"),
        pytest.param(False, "more.added.md", "does not have 1.0.0", id="not-written"),
        pytest.param(False, "more.news.md", "more.news.md is not named", id="misnamed"),
    ],
)
def test_a_changelog_that_is_not_ready_is_a_fault(
    repository: Path, section: bool, fragment: str | None, says: str
) -> None:
    """What a reader of the changelog would miss keeps a version from being released."""
    package = repository / "packages/foundation-toy"
    if not section:
        (package / "CHANGELOG.md").write_text("# Changelog\n", encoding="utf-8")
    if fragment:
        (package / "changelog.d" / fragment).write_text("More.\n", encoding="utf-8")

    assert any(says in fault for fault in find_faults(package, tagged=True))


def test_checksums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    """Every file has a line that the usual tool accepts, until one changes."""
    for name in ("a.whl", "b.html"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert "SHA256SUMS" == write_checksums(tmp_path).name
    check = [sys.executable, "-c", CHECK] if os.name == "nt" else ["sha256sum", "-c", "SHA256SUMS"]

    assert 0 == subprocess.run(check, cwd=tmp_path, capture_output=True).returncode
    (tmp_path / "b.html").write_text("another", encoding="utf-8")
    assert 1 == subprocess.run(check, cwd=tmp_path, capture_output=True).returncode


#: What `sha256sum -c` does, where there is none.
CHECK = """
import hashlib, pathlib
for line in pathlib.Path("SHA256SUMS").read_text().splitlines():
    digest, name = line.split("  ")
    assert hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest() == digest
"""
