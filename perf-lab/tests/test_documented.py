"""Whose figures a result holds: the documented machine's, or another's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from perf_lab.bench.baseline import find_obstacles
from perf_lab.bench.command import command
from perf_lab.bench.tables import show_machine
from perf_lab.records import machine as here
from perf_lab.records.documented import DOCUMENTED, describe, find_differences
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


@pytest.mark.parametrize(
    ("fact", "value", "says"),
    [
        ("cores", 4, None),
        ("cpu", "AMD EPYC", "processor AMD EPYC (documented: Intel Xeon E5-2686 v4 @ 2.3 GHz)"),
        ("cores", 8, "cores 8 (documented: 4)"),
        ("memory_gb", 32.8, "memory 32.8 GB (documented: 16 GB DDR4)"),
        ("storage", None, "storage not recorded (documented: NVMe SSD)"),
        ("system", "Ubuntu 24.04 LTS", "system Ubuntu 24.04 LTS (documented: Ubuntu 22.04)"),
        ("python", "CPython 3.11.9", "Python CPython 3.11.9 (documented: CPython 3.11.7)"),
        ("packages", {"attrs": "23.1.0"}, "structlog not recorded (documented: 23.2.0)"),
    ],
)
def test_one_other_fact_is_another_machine(fact: str, value: object, says: str | None) -> None:
    """A machine that differs in one fact is not the documented one, and the fact is named."""
    machine = {**THE_MACHINE, fact: value}

    assert ([says] if says else []) == find_differences(machine)
    assert (f": {says}." if says else "on the documented machine.") in describe(machine)


def test_a_fact_that_nobody_recorded_is_a_difference() -> None:
    """A machine that says nothing of itself differs in everything."""
    facts = sum(len(section) for section in DOCUMENTED.values()) - 2  # two are limits of others

    assert [True] * facts == ["not recorded" in each for each in find_differences({})]


def test_a_record_that_claims_the_machine_without_being_of_it_is_refused(tmp_path: Path) -> None:
    """A record carries its verdict, which has to be that of its own facts."""
    path = Record("soak", {}, {}).write(tmp_path / "soak.json")
    machine = read_record(path).machine
    assert find_differences(machine) == machine["differs"]
    assert describe(machine) in show_machine(machine)

    Record("soak", {}, {}, machine={**THE_MACHINE, "differs": []}).write(path)
    assert [] == read_record(path).machine["differs"]
    Record("soak", {}, {}, machine={**THE_MACHINE, "cores": 2, "differs": []}).write(path)
    with pytest.raises(RecordError, match=r"not of the documented machine.*cores 2"):
        read_record(path)


def test_hardware_is_read_from_the_system(tmp_path: Path) -> None:
    """Each fact is what the kernel's files say; a partition is of its disk's kind."""
    assert [None] * 3 == [here.memory_gb(tmp_path), here.governor(tmp_path),
                          here.storage(tmp_path, tmp_path)]  # fmt: skip
    files = {
        "proc/cpuinfo": "processor\t: 0\nmodel name\t: Some CPU v4\n",
        "proc/meminfo": "MemTotal:       16000000 kB\nMemFree: 1 kB\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "powersave\n",
        "sys/devices/pci0000:00/nvme/nvme0/nvme0n1/nvme0n1p1/size": "1\n",
        "sys/devices/pci0000:00/sda/queue/rotational": "0\n",
        "sys/devices/pci0000:00/sda/sda1/size": "1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    device = os.stat(tmp_path).st_dev
    link = tmp_path / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    link.parent.mkdir(parents=True)

    assert "Some CPU v4" == here.cpu_model(tmp_path)
    assert 16.4 == here.memory_gb(tmp_path)
    assert "performance, powersave" == here.governor(tmp_path)
    for disk, kind in (("nvme/nvme0/nvme0n1/nvme0n1p1", "NVMe SSD"), ("sda/sda1", "SSD")):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / "sys/devices/pci0000:00" / disk)
        assert kind == here.storage(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cpu": "AMD EPYC", "python": "CPython 3.11.9"}, []),
        ({"python": "CPython 3.12.1"},
         ["python: CPython 3.11.7 in the baseline, CPython 3.12.1 here"]),
        ({"packages": {"structlog": "26.1.0", "orjson": "3.13.0"}},
         ["structlog: 23.2.0 in the baseline, 26.1.0 here"]),
    ],
)  # fmt: skip
def test_a_baseline_of_another_version_is_refused(change: dict[str, Any], says: list[str]) -> None:
    """Ratios to another Python or another reference are not compared; a patch level is nothing."""
    assert says == find_obstacles(THE_MACHINE, {**THE_MACHINE, **change})


def test_the_bench_refuses_other_versions(tmp_path: Path) -> None:
    """It measures nothing, says what differs, and ends with 2."""
    machine = here.describe_machine()
    found = machine["packages"]["structlog"]
    older = {**machine, "packages": {**machine["packages"], "structlog": "1.2.3"}}
    path = Record("baseline", {}, {"ratios": {}}, machine=older).write(tmp_path / "x.json")
    for options, says in (
        (["--baseline", str(path)], f"structlog: 1.2.3 in the baseline, {found} here"),
        (["--documented"], f"structlog {found} (documented: 23.2.0)"),
    ):
        done = CliRunner().invoke(command, options)
        assert (2, True) == (done.exit_code, says in done.stderr)
