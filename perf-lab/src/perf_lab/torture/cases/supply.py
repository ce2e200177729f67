"""Supply chain: the supply chain, as far as the repository shows it; rivals' are not looked at."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib

from perf_lab.places import ROOT
from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import manner

_OURS = ("foundation",)


def _no_faults(performance: Performance) -> str:
    found = manner(performance)
    faults = performance.facts.get("faults", [])
    return found or (faults[0] if faults else KEPT)


@case(16, _no_faults, output="none", only=_OURS, quick=True)
def workflows(stage: Stage) -> None:
    """Workflows pin every action by commit, and begin without permissions."""
    faults = []
    files = list(ROOT.glob(".github/workflows/*.yml"))
    for file in files:
        text = file.read_text(encoding="utf-8")
        if "\npermissions: {}\n" not in text:
            faults.append(f"{file.name} begins with permissions")
        uses = re.findall(r"uses: (\S+)", text)
        faults += [use for use in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use)]
    stage.facts["faults"] = faults if files else ["no workflows"]


@case(16, _no_faults, output="none", only=_OURS)
def locks(stage: Stage) -> None:
    """Locks pin every package by version and hash, and name no address."""
    faults = []
    files = list((ROOT / "requirements").glob("*.txt"))
    for file in files:
        text = file.read_text(encoding="utf-8")
        named = re.findall(r"^[A-Za-z0-9].*", text, re.M)
        hashed = re.findall(
            r"^[A-Za-z0-9]\S*==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.M
        )
        if len(named) != len(hashed) or "://" in text:
            faults.append(file.name)
    stage.facts["faults"] = faults if files else ["no locks"]


@case(16, _no_faults, output="none", only=_OURS, limit_s=20)
def wheels(stage: Stage) -> None:
    """Two builds of a wheel are the same, byte for byte."""
    faults = []
    for package in ("foundation-core", "foundation-emoji", "foundation-otel"):
        sums = set()
        for build in ("one", "two"):
            target = stage.folder / package / build
            command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
            environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
            subprocess.run(
                command, cwd=ROOT / "packages" / package, env=environment, check=True,
                capture_output=True,
            )  # fmt: skip
            (wheel,) = target.glob("*.whl")
            sums.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
        if len(sums) != 1:
            faults.append(f"{package} differs")
    stage.facts["faults"] = faults


@case(16, _no_faults, output="none", only=_OURS)
def lower_bounds(stage: Stage) -> None:
    """No package lets in an orjson that one deep line of a log crashes (CVE-2024-27454)."""
    faults = []
    for file in ROOT.glob("packages/*/pyproject.toml"):
        for bound in re.findall(r'"orjson>=([\d.]+)', file.read_text(encoding="utf-8")):
            if [int(part) for part in bound.split(".")] < [3, 9, 15]:
                faults.append(f"{file.parent.name} allows orjson {bound}")
    deep = b'{"a":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
    view = [sys.executable, "-m", "provide.foundation", "view"]
    if subprocess.run(view, input=deep, capture_output=True, timeout=30).returncode != 0:
        faults.append("view does not survive a deep line")
    stage.facts["faults"] = faults


@case(16, _no_faults, output="none", only=_OURS)
def uninvited(stage: Stage) -> None:
    """The code of an installed package that the configuration does not name does not run."""
    info = stage.folder / "site/intruder-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[provide.foundation.extensions]\nfoundation-emoji = intruder:load\n"
    )
    (info.parent / "intruder.py").write_text("print('ran')\ndef load(config): pass\n")
    path = os.pathsep.join(filter(None, [str(info.parent), os.environ.get("PYTHONPATH")]))
    faults = []
    for allowed in ("none", "foundation-emoji,foundation-otel"):
        program = "from provide.foundation import setup_telemetry; setup_telemetry()"
        environment = {**os.environ, "PYTHONPATH": path, "PROVIDE_LOG_EXTENSIONS": allowed}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, timeout=30
        )
        if done.stdout:
            faults.append(f"it ran though {allowed} is allowed")
    stage.facts["faults"] = faults


@case(16, _no_faults, output="none", only=_OURS)
def release(stage: Stage) -> None:
    """Compiled wheels are tested beside locked code, and a tag must be a commit of main."""
    text = (ROOT / "packages/foundation-native/pyproject.toml").read_text(encoding="utf-8")
    steps = tomllib.loads(text)["tool"]["cibuildwheel"]
    faults = ["test-requires is not locked"] if "test-requires" in steps else []
    before = [steps.get("before-build", ""), steps.get("before-test", "")]
    for command in [
        part for each in before for part in ([each] if isinstance(each, str) else each)
    ]:
        if "--require-hashes" not in command and "--no-build-isolation" not in command:
            faults.append(f"unlocked: {command}")
    folder = stage.folder / "repository"
    package = folder / "packages/foundation-toy"
    (package / "src").mkdir(parents=True)
    (package / "pyproject.toml").touch()
    (package / "src/_version.py").write_text('__version__ = "1.0.0"\n')
    tag = "foundation-toy-v1.0.0"
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "a"), ("tag", tag)):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)
    program = (
        "import sys; from pathlib import Path; from release.source import find_tagged; "
        f"find_tagged(Path(sys.argv[1]), {{'GITHUB_ACTIONS': 'true', 'GITHUB_REF_TYPE': 'tag', "
        f"'GITHUB_REF_NAME': '{tag}'}})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    if "no commit of" not in done.stderr:
        faults.append("a tag beside main is released")
    stage.facts["faults"] = faults
