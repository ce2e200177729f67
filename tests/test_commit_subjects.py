"""The check of commits' subjects, as git's hook and over the history of real repositories."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.commit_subjects import FIRST, LONGEST, PACKAGES, find_faults

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tools/commit_subjects.py"
#: A git of its own: no configuration of the machine, and a name to commit under.
GIT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "a@b.example"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


def run_git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run git in a folder."""
    return subprocess.run(["git", *words], cwd=folder, env=GIT, capture_output=True, text=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository that has the script, and one commit that nobody checks."""
    folder = tmp_path / "repository"
    (folder / "tools").mkdir(parents=True)
    run_git(folder, "init", "--initial-branch=main")
    script = folder / "tools/commit_subjects.py"
    shutil.copy2(SCRIPT, script)
    run_git(folder, "commit", "--allow-empty", "-m", "Begin")
    first = run_git(folder, "rev-parse", "HEAD").stdout.strip()
    text = script.read_text("utf-8").replace(f'FIRST = "{FIRST}"', f'FIRST = "{first}"')
    script.write_text(text, encoding="utf-8")
    return folder


def check_history(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check over what a repository has after its first commit."""
    command = [sys.executable, "tools/commit_subjects.py"]
    return subprocess.run(command, cwd=folder, env=GIT, capture_output=True, text=True)


@pytest.mark.parametrize(
    "subject",
    [
        "core: add flush, and notice forks that Python knows nothing of",
        "core, native: address one row of the table",
        "emoji: feed the cache",
        "perf-lab: re-seed the generator",
        "docs: focus on what a reader asks first",
        "core: " + "x" * (LONGEST - 6),
    ],
)
def test_imperative_subjects_pass(subject: str) -> None:
    """A package, a verb in its plain form, and no more than 72 characters."""
    assert [] == find_faults(subject)


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        pytest.param("Fix the queue", "has no `<package>: `", id="no-package"),
        pytest.param("queue: fix it", "has no package queue", id="unknown-package"),
        pytest.param("core: " + "x" * (LONGEST - 5), "has 73 characters", id="long"),
        pytest.param("core: close the file.", "punctuation", id="full-stop"),
        pytest.param("core: Close the file", "small letters", id="capital"),
        pytest.param("core: closed the file", "`closed`", id="past"),
        pytest.param("core: closing the file", "`closing`", id="progressive"),
        pytest.param("core: closes the file", "`closes`", id="third-person"),
        pytest.param("core: the file is closed", "`the`", id="article"),
    ],
)
def test_other_subjects_fail(subject: str, fault: str) -> None:
    """Each rule has a subject that breaks it alone."""
    faults = find_faults(subject)

    assert 1 == len(faults)
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("subject", "status"),
    [
        ("core: close the file", 0),
        ("fixup! core: closed the file", 0),
        ('Revert "core: shut the file"', 0),
        ("core: closed the file", 1),
    ],
)
def test_hook_judges_a_message(repository: Path, subject: str, status: int) -> None:
    """Git refuses a commit whose subject the hook refuses."""
    hook = repository / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to("../../tools/commit_subjects.py")
    done = run_git(repository, "commit", "--allow-empty", "-m", subject, "-m", "Why: it leaked.")

    assert status == done.returncode, done.stderr
    assert (subject in done.stderr) == bool(status)


@pytest.mark.parametrize(
    ("subject", "status"), [("core: close the file", 0), ("core: closed the file", 1)]
)
def test_history_is_checked(repository: Path, subject: str, status: int) -> None:
    """Every commit after the first is looked at, and a reverted one's subject is git's."""
    run_git(repository, "commit", "--allow-empty", "-m", subject)
    run_git(repository, "commit", "--allow-empty", "-m", 'Revert "core: shut the file"')
    done = check_history(repository)

    assert status == done.returncode
    assert "subjects of 1 commits" in done.stdout
    assert (subject in done.stderr) == bool(status)


def test_shallow_clone_says_what_it_saw(repository: Path) -> None:
    """A clone of one commit checks that one, though it does not have the first."""
    run_git(repository, "add", "tools")
    run_git(repository, "commit", "-m", "ci: check subjects")
    run_git(repository, "commit", "--allow-empty", "-m", "core: close the file")
    clone = repository.parent / "clone"
    run_git(repository, "clone", "--depth", "1", repository.as_uri(), str(clone))
    done = check_history(clone)

    assert (0, "subjects of 1 commits") == (done.returncode, done.stdout[:21])


def test_history_without_the_first_commit(repository: Path, tmp_path: Path) -> None:
    """Where there is no such commit, or no git, nothing is checked and nothing fails."""
    bare = tmp_path / "bare"
    shutil.copytree(repository / "tools", bare / "tools")
    done = check_history(bare)

    assert (0, "subjects of 0 commits") == (done.returncode, done.stdout[:21])


def test_contributing_names_the_packages() -> None:
    """CONTRIBUTING.md lists the packages that a subject may name, and how the hook is installed."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## Commits")[2].partition("\n## ")[0]
    listed = re.findall(
        r"`([a-z-]+)`", section.partition("`<package>` is one of ")[2].partition(".")[0]
    )

    assert sorted(PACKAGES) == sorted(listed)
    assert "ln -s ../../tools/commit_subjects.py .git/hooks/commit-msg" in section
