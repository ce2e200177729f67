#!/usr/bin/env python3
"""Checks subjects of commits: `<package>: <imperative>`, at most 72 characters.

    tools/commit_subjects.py FILE       the message in FILE, as git's hook `commit-msg` does
    tools/commit_subjects.py            the commits after FIRST, as `nox -s lint` does

Without dependencies, so that the hook runs on any Python 3.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: The last commit that nobody had checked; every one after it is.
FIRST = "4eb243f"
PACKAGES = (
    "ci", "core", "demo", "docs", "emoji", "integrations", "native", "otel", "perf-lab",
    "release", "tests",
)  # fmt: skip
LONGEST = 72
#: Verbs that look like another form of a verb.
VERBS = frozenset({
    "alias", "bias", "bring", "bus", "bypass", "canvas", "embed", "exceed", "exec", "feed", "focus",
    "need", "offset", "ping", "proceed", "seed", "shed", "spring", "string", "succeed", "swing",
    "wed",
})  # fmt: skip
#: Words that a sentence may begin with, but no order to the code.
NO_VERBS = frozenset({
    "a", "after", "all", "also", "an", "and", "any", "as", "at", "because", "before", "both", "but",
    "by", "each", "eight", "every", "few", "five", "for", "four", "from", "how", "if", "in", "into",
    "it", "its", "many", "more", "most", "new", "nine", "no", "nobody", "none", "not", "nothing",
    "now", "of", "on", "one", "only", "or", "other", "our", "seven", "six", "some", "ten", "that",
    "the", "their", "them", "there", "these", "they", "this", "those", "three", "to", "two", "we",
    "what", "when", "where", "which", "while", "who", "why", "with", "without", "you",
})  # fmt: skip
#: What git itself writes, and what is to be joined with an earlier commit.
OF_GIT = ("Merge ", "Revert ", "fixup! ", "squash! ", "amend! ")


def find_faults(subject: str) -> list[str]:
    """Return what is wrong with a subject, as one sentence each."""
    prefix, colon, rest = subject.partition(": ")
    if not colon:
        return [f"has no `<package>: ` in front; packages are {', '.join(PACKAGES)}"]
    faults = []
    if unknown := [name for name in prefix.split(", ") if name not in PACKAGES]:
        faults.append(f"has no package {', '.join(unknown)}; packages are {', '.join(PACKAGES)}")
    if len(subject) > LONGEST:
        faults.append(f"has {len(subject)} characters; {LONGEST} are allowed")
    if rest.endswith((".", "!", ";", ":", ",")):
        faults.append("ends with a punctuation mark")
    if fault := judge_word(rest):
        faults.append(fault)
    return faults


def judge_word(rest: str) -> str:
    """Say why what follows the package does not begin with an imperative; empty if it does."""
    found = re.match(r"[a-z]+(?:-[a-z]+)?(?= |$)", rest)
    if not found:
        return "does not begin with a verb in small letters"
    word = found.group()
    stem = word.rpartition("-")[2]
    if word in NO_VERBS:
        return f"begins with `{word}`, not with a verb"
    if stem in VERBS or stem.endswith(("ss", "us")):
        return ""
    if stem.endswith(("ed", "ing", "s")):
        return f"begins with `{word}`: say what the commit is to do, as an order"
    return ""


def read_message(path: Path) -> str:
    """Return the subject of the message that git is about to commit."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line for line in lines if line.strip() and not line.startswith("#")), "")


def git(*words: str) -> str | None:
    """Return what git prints; None where it fails, or where there is no git."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=Path(__file__).parent, capture_output=True, encoding="utf-8"
        )
    except OSError:
        return None
    return None if done.returncode else done.stdout.strip()


def list_subjects(first: str) -> Iterator[tuple[str, str]]:
    """Yield commit and subject of what came after a commit, merges left out.

    A shallow clone may not have that commit. There every commit that it has comes after it, or is
    the oldest, of which the clone does not say what came before.
    """
    known = git("merge-base", "--is-ancestor", first, "HEAD") is not None
    if not known and git("rev-parse", "--is-shallow-repository") != "true":
        return
    commits = f"{first}..HEAD" if known else "HEAD"
    for line in (git("log", "--no-merges", "--format=%h %s", commits) or "").splitlines():
        commit, _, subject = line.partition(" ")
        if not subject.startswith("Revert "):
            yield commit, subject


def main(arguments: list[str]) -> int:
    """Check one message, or the history; return 1 if a subject has a fault."""
    if arguments:
        subject = read_message(Path(arguments[0]))
        faults = [] if subject.startswith(OF_GIT) else find_faults(subject)
        for fault in faults:
            print(f"the subject {fault}:\n  {subject}", file=sys.stderr)
        return 1 if faults else 0
    subjects = list(list_subjects(FIRST))
    wrong = [(commit, subject, find_faults(subject)) for commit, subject in subjects]
    for commit, subject, faults in wrong:
        for fault in faults:
            print(f"{commit} {fault}:\n  {subject}", file=sys.stderr)
    print(f"subjects of {len(subjects)} commits after {FIRST} checked")
    return 1 if any(faults for _, _, faults in wrong) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
