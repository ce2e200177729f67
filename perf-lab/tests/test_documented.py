"""Whose figures a result holds: the documented machine's, or another's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perf_lab.bench.baseline import find_obstacles
from perf_lab.bench.tables import show_machine
from perf_lab.records import hardware
from perf_lab.records.documented import DOCUMENTED, describe, find_differences, is_documented
from perf_lab.records.machine import describe_machine
from perf_lab.records.record import Record, RecordError, read_record

#: What describe_machine would record there.
THE_MACHINE: dict[str, Any] = {
    "cpu": "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz",
    "cores": 4,
    "memory_gb": 16.4,
    "storage": "NVMe SSD",
    "system": "Ubuntu 22.04.5 LTS",
    "python": "CPython 3.11.7",
    "packages": {"structlog": "23.2.0", "attrs": "23.1.0", "orjson": "3.13.0"},
}


def test_the_documented_machine_is_recognised() -> None:
    """All facts together are the machine, and the sentence says so."""
    assert is_documented(THE_MACHINE)
    assert describe(THE_MACHINE) == "Measured on the documented machine."


@pytest.mark.parametrize(
    ("fact", "value", "says"),
    [
        ("cpu", "AMD EPYC", "processor AMD EPYC (documented: Intel Xeon E5-2686 v4 @ 2.3 GHz)"),
        ("cores", 8, "cores 8 (documented: 4)"),
        ("memory_gb", 32.8, "memory 32.8 GB (documented: 16 GB DDR4)"),
        ("storage", "SSD", "storage SSD (documented: NVMe SSD)"),
        ("storage", None, "storage not recorded (documented: NVMe SSD)"),
        ("system", "Ubuntu 24.04 LTS", "system Ubuntu 24.04 LTS (documented: Ubuntu 22.04)"),
        ("python", "CPython 3.11.9", "Python CPython 3.11.9 (documented: CPython 3.11.7)"),
        ("packages", {"attrs": "23.1.0"}, "structlog not recorded (documented: 23.2.0)"),
    ],
)
def test_one_other_fact_is_another_machine(fact: str, value: object, says: str) -> None:
    """A machine that differs in one fact is not the documented one, and the fact is named."""
    assert [says] == find_differences({**THE_MACHINE, fact: value})


def test_a_fact_that_nobody_recorded_is_a_difference() -> None:
    """A machine that says nothing of itself differs in everything."""
    facts = sum(len(section) for section in DOCUMENTED.values())
    helpers = ("model", "memory_range_gb")

    assert facts - len(helpers) == len(find_differences({}))
    assert all("not recorded" in difference for difference in find_differences({}))


def test_every_record_says_whose_figures_it_holds(tmp_path: Path) -> None:
    """A record carries its verdict, and the bench prints it under its tables."""
    path = Record("soak", {}, {}).write(tmp_path / "soak.json")
    machine = json.loads(path.read_text(encoding="utf-8"))["machine"]

    assert find_differences(machine) == machine["differs"]
    assert describe(machine) in show_machine(machine)


def test_a_record_that_claims_the_machine_without_being_of_it_is_refused(tmp_path: Path) -> None:
    """Facts that are another machine's are not presented as the documented machine's."""
    path = tmp_path / "soak.json"
    Record("soak", {}, {}, machine={**THE_MACHINE, "differs": []}).write(path)
    assert read_record(path).machine["differs"] == []

    Record("soak", {}, {}, machine={**THE_MACHINE, "cores": 2, "differs": []}).write(path)
    with pytest.raises(RecordError, match=r"not of the documented machine.*cores 2"):
        read_record(path)


def test_hardware_is_read_from_the_system(tmp_path: Path) -> None:
    """Each fact is what the kernel's files say; a partition is of its disk's kind."""
    device = os.stat(tmp_path).st_dev
    disk = tmp_path / "sys/devices/pci0000:00/nvme/nvme0/nvme0n1/nvme0n1p1"
    files = {
        "proc/cpuinfo": "processor\t: 0\nmodel name\t: Some CPU v4\n",
        "proc/meminfo": "MemTotal:       16000000 kB\nMemFree: 1 kB\n",
        "etc/os-release": 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 22.04.3 LTS"\n',
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "powersave\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    disk.mkdir(parents=True)
    link = tmp_path / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(disk)

    assert hardware.cpu_model(tmp_path) == "Some CPU v4"
    assert hardware.memory_gb(tmp_path) == 16.4
    assert hardware.system(tmp_path) == "Ubuntu 22.04.3 LTS"
    assert hardware.governor(tmp_path) == "performance, powersave"
    assert hardware.storage(tmp_path, tmp_path) == "NVMe SSD"

    partition = tmp_path / "sys/devices/pci0000:00/sda/sda1"
    (partition.parent / "queue").mkdir(parents=True)
    partition.mkdir()
    (partition.parent / "queue/rotational").write_text("0\n")
    link.unlink()
    link.symlink_to(partition)
    assert hardware.storage(tmp_path, tmp_path) == "SSD"


def test_what_a_system_does_not_tell_is_not_guessed(tmp_path: Path) -> None:
    """Without the kernel's files the facts are None, or the little that Python knows."""
    assert hardware.memory_gb(tmp_path) is None
    assert hardware.governor(tmp_path) is None
    assert hardware.storage(tmp_path, tmp_path) is None


def test_a_baseline_holds_from_machine_to_machine() -> None:
    """Ratios of another processor or patch level are compared."""
    other = {**THE_MACHINE, "cpu": "AMD EPYC", "python": "CPython 3.11.9"}

    assert [] == find_obstacles(THE_MACHINE, other)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"python": "CPython 3.12.1"},
            "python: CPython 3.11.7 in the baseline, CPython 3.12.1 here",
        ),
        (
            {"packages": {"structlog": "26.1.0", "orjson": "3.13.0"}},
            "structlog: 23.2.0 in the baseline, 26.1.0 here",
        ),
    ],
)
def test_a_baseline_of_another_version_is_refused(change: dict[str, Any], says: str) -> None:
    """Ratios to another Python or another reference are not, and the difference is named."""
    assert [says] == find_obstacles(THE_MACHINE, {**THE_MACHINE, **change})


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark's command line."""
    return subprocess.run(
        [sys.executable, "-m", "perf_lab", "bench", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_bench_refuses_a_baseline_of_another_version(tmp_path: Path) -> None:
    """It measures nothing, says what differs, and ends with 2."""
    here = describe_machine()
    machine = {**here, "packages": {**here["packages"], "structlog": "1.2.3"}}
    path = tmp_path / "baseline.json"
    Record("baseline", {}, {"ratios": {}}, machine=machine).write(path)

    run = bench("--baseline", str(path))

    assert 2 == run.returncode
    assert f"structlog: 1.2.3 in the baseline, {here['packages']['structlog']} here" in run.stderr


@pytest.mark.skipif(
    describe_machine()["packages"]["structlog"] == "23.2.0", reason="these are the versions"
)
def test_the_documented_bench_refuses_other_versions() -> None:
    """`--documented` does not measure versions that are not the documented ones."""
    run = bench("--documented")

    assert 2 == run.returncode
    assert "not the documented versions: attrs " in run.stderr
