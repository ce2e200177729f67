"""Fuzzes Foundation: `nox -s fuzz -- --seconds 120`; ends with 1 if anything was found.

One process a check, all at once, and one that makes random calls in every lane and compares the
lines (`lanes.py`); with `--values 1000000`, `--plant NAME` or `--seed N` that one alone.
The corpus of the tree is where the checks begin; inputs that reach new code are kept in `.fuzz/`,
so that the next run goes on from there. `--save` puts the smallest of them into the tree, where the
test suite plays them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from fuzz.checks import CHECKS
from fuzz.corpus import read_corpus, write_corpus

TESTS = Path(__file__).parents[1]
CACHE = TESTS.parent / ".fuzz"
#: Inputs of each check in the tree.
MOST_KEPT = 250
_RUNS = re.compile(r"^(?:Done|#)\s?(\d+)", re.M)


def start(check: str, seconds: int, lane: str) -> subprocess.Popen[bytes]:
    """Start the process of one check; its log stands beside its corpus."""
    kept = CACHE / check
    kept.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(read_corpus(check)):
        (kept / f"seed{number}").write_bytes(data)
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    if lane:
        environment["FOUNDATION_LANE"] = lane
    options = [
        f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=2048", "-max_len=4096",
        f"-artifact_prefix={CACHE}/{check}-", "-print_final_stats=1",
    ]  # fmt: skip
    command = [sys.executable, "-m", "fuzz.target", check, *options, str(kept)]
    with (CACHE / f"{check}.log").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def compare_lanes(*options: str) -> subprocess.Popen[bytes]:
    """Start what makes the same calls in each lane."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.Popen([sys.executable, "-m", "fuzz.lanes", *options], env=environment)


def save(check: str) -> None:
    """Put the smallest inputs into the tree that have reached new code."""
    kept = sorted({file.read_bytes() for file in (CACHE / check).iterdir()}, key=len)
    write_corpus(check, kept[:MOST_KEPT])
    print(f"{check:<5} {min(len(kept), MOST_KEPT)} of {len(kept)} inputs saved")


def main() -> int:
    """Run what the options say."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seconds", type=int, default=120, help="for each check; default 120")
    parser.add_argument("--lane", choices=("fast", "processor", "native"), default="")
    parser.add_argument("--only", choices=CHECKS, action="append", help="this check only")
    parser.add_argument("--save", action="store_true", help="write the corpus of the tree")
    for name, meaning in (
        ("values", "compare the lanes only, for so many values"),
        ("seed", "compare the lanes only, with the calls of this seed"),
        ("plant", "compare the lanes only, with this fault in one of them"),
    ):
        parser.add_argument(f"--{name}", help=meaning)
    options = parser.parse_args()
    words = [(name, getattr(options, name)) for name in ("values", "seed", "plant")]
    if chosen := [f"--{name}={word}" for name, word in words if word is not None]:
        end = () if options.values else (f"--seconds={options.seconds}",)
        return compare_lanes(*chosen, *end).wait()
    checks = options.only or CHECKS
    processes = {check: start(check, options.seconds, options.lane) for check in checks}
    lanes = None if options.only else compare_lanes(f"--seconds={options.seconds}")
    inputs = findings = 0
    for check, process in processes.items():
        status = process.wait()
        log = (CACHE / f"{check}.log").read_text("utf-8", "replace")
        runs = max(map(int, _RUNS.findall(log)), default=0)
        inputs += runs
        findings += status != 0
        print(f"{check:<5} {runs:>12,} inputs, {'a finding' if status else 'nothing found'}")
        if status:
            print(log[-3000:])
    findings += lanes is not None and lanes.wait() != 0
    if options.save:
        for check in checks:
            save(check)
    print(f"{inputs:,} inputs in {options.seconds} s, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
