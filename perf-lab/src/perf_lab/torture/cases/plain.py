"""The cases of plain.toml, which are calls with fields, and of suite.toml, which are tests."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from perf_lab.places import ROOT, read_table
from perf_lab.torture.case import Check, Stage, case
from perf_lab.torture.checks import KEPT_OUT, every_line, fact, harmless, no_silent_loss, shows
from perf_lab.torture.libraries import OURS
from perf_lab.torture.promises import path_of

_CHECKS: dict[str, tuple[Check, ...]] = {
    "returns": (),
    "every_line": (every_line,),
    "no_silent_loss": (no_silent_loss,),
    "one_deadline": (no_silent_loss, fact("seconds", 10, "waited {:.0f} s")),
    "in_time": (every_line, fact("cpu_s", 5, "took {:.0f} s")),
    "not_null": (every_line, shows(lambda v: v is not None, "null")),
    "harmless": (harmless(),),
    "kept_out": KEPT_OUT,
}
#: pytest as it comes, with the modules that tests of the repository import.
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "-c", os.devnull, f"--rootdir={ROOT}",
           "--import-mode=importlib", "--disable-plugin-autoload")  # fmt: skip


def _shows(fields: Mapping[str, Any], otherwise: str) -> Check:
    return lambda performance: "" if fields.items() <= performance.first.items() else otherwise


def log(stage: Stage, row: Mapping[str, Any]) -> None:
    """Log what a row of the table says, and note what it took."""
    fields = {**row.get("fields", {}), **({"pad": "y" * row["pad"]} if "pad" in row else {})}

    def work(part: Stage) -> None:
        part.calls(row.get("calls", 1), **fields)

    began, spent = time.monotonic(), time.thread_time()
    stage.in_threads(row["threads"], work) if "threads" in row else work(stage)
    stage.facts["seconds"] = time.monotonic() - began
    stage.facts["cpu_s"] = time.thread_time() - spent


def test(_stage: Stage, row: Mapping[str, Any]) -> str:
    """Run tests of the suite, and say which fails."""
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU):  # those of a scene are too low
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    path = os.pathsep.join([str(ROOT / "tests"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [*_PYTEST, "-k", row.get("select", ""), *row["tests"]]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    failed = re.findall(r"^(?:FAILED|ERROR) \S*?(\w+(?:\[.*\])?)(?: - .*)?$", done.stdout, re.M)
    if failed:
        return f"fails {failed[0]}"
    # What is skipped shows nothing.
    return "" if done.returncode == 0 and " passed" in done.stdout else "tests did not run"


for _name, _row in read_table("torture/cases/plain.toml").items():
    _words = {key: _row.pop(key) for key in {"calls", "threads", "pad", "fields"} & _row.keys()}
    _checks = _CHECKS[_row.pop("check", "every_line")]
    if "shows" in _row:
        _checks = (*_checks, _shows(_row.pop("shows"), _row.pop("otherwise")))
    case(_row.pop("promise"), *_checks, name=_name, argument=_words, **_row)(log)

for _name, _row in read_table("torture/cases/suite.toml").items():
    _row["tests"] = tuple(map(path_of, _row["tests"]))
    _about = {key: _row[key] for key in ("promise", "title", "tests")}
    case(name=_name, argument=_row, output="none", only=OURS, limit_s=120, **_about)(test)
