"""The script that makes a machine quiet, on the files of a machine that is made up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[1] / "runner"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the runner is a Linux machine")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make the files of an idle machine with four processors and a runner, as Ubuntu has them."""
    governors = [f"sys/devices/system/cpu/cpu{n}/cpufreq/scaling_governor" for n in range(4)]
    files = dict.fromkeys(governors, "powersave") | {
        "sys/devices/system/cpu/intel_pstate/no_turbo": "0",
        "sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never",
        "proc/irq/default_smp_affinity": "f",
        "proc/sys/kernel/nmi_watchdog": "1",
        "proc/sys/kernel/numa_balancing": "0",
        "proc/sys/vm/swappiness": "60",
        "etc/systemd/system/actions.runner.x.y.service": "[Service]",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    return tmp_path


def set_up(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script on a root of its own."""
    command = ["bash", str(RUNNER / "set-up.sh"), *arguments]
    own = {**os.environ, "PERF_LAB_ROOT": str(root)}
    return subprocess.run(command, env=own, capture_output=True, text=True)


def read_all(root: Path) -> dict[str, str]:
    """Return every file and link of a root."""
    return {
        str(file.relative_to(root)): os.readlink(file) if file.is_symlink() else file.read_text()
        for file in sorted(root.rglob("*"))
        if file.is_symlink() or file.is_file()
    }


def test_check_says_what_is_wrong_and_changes_nothing(machine: Path) -> None:
    """Each setting that is not as it should be is named with both values, and 1 is returned."""
    before = read_all(machine)

    run = set_up(machine, "--check")

    assert 1 == run.returncode
    assert {
        "WRONG    /sys/devices/system/cpu/cpu3/cpufreq/scaling_governor: powersave, should be "
        "performance",
        "WRONG    /proc/irq/default_smp_affinity: f, should be 7",
        "ok       /proc/sys/kernel/numa_balancing: 0",
        f"{run.stdout.count('WRONG')} settings are not as they should be",
    } <= {*run.stdout.splitlines()}
    assert before == read_all(machine)


def test_what_is_set_up_stays_so(machine: Path) -> None:
    """It is quiet after one run, and a second one finds nothing to do."""
    assert 0 == set_up(machine).returncode
    # The kernel lists all that is possible, and marks what is in use.
    pages = machine / "sys/kernel/mm/transparent_hugepage/enabled"
    assert "madvise\n" == pages.read_text()
    pages.write_text("always [madvise] never\n")
    once = read_all(machine)

    again = set_up(machine)

    assert "0 settings changed" in again.stdout.splitlines()
    assert once == read_all(machine)
    assert 0 == set_up(machine, "--check").returncode
    # Everything else keeps to the other processors, and only the runner may use them all.
    units = "etc/systemd/system/"
    for slice in ("system", "user"):
        assert "AllowedCPUs=0-2\n" in once[f"{units}{slice}.slice.d/90-perf-lab.conf"]
    assert "AllowedCPUs=0-3\n" in once[f"{units}perflab.slice"]
    drop_in = f"{units}actions.runner.x.y.service.d/90-perf-lab.conf"
    assert "Slice=perflab.slice\n" in once[drop_in]
    assert "/dev/null" == once[f"{units}apt-daily.timer"]
    wanted = once[f"{units}multi-user.target.wants/perflab-settings.service"]
    assert "../perflab-settings.service" == wanted


def test_what_a_machine_has_not_is_said(machine: Path) -> None:
    """A setting that the host of a virtual machine keeps is reported, and is no fault."""
    (machine / "sys/devices/system/cpu/intel_pstate/no_turbo").unlink()
    (machine / "etc/systemd/system/actions.runner.x.y.service").unlink()

    run = set_up(machine)

    assert 0 == run.returncode
    assert "absent   /sys/devices/system/cpu/intel_pstate/no_turbo" in run.stdout
    assert "absent   no actions.runner service" in run.stdout


def test_one_processor_is_too_few(tmp_path: Path) -> None:
    """A machine without a processor to spare is refused."""
    (tmp_path / "sys/devices/system/cpu/cpu0").mkdir(parents=True)
    run = set_up(tmp_path)

    assert (1, True) == (run.returncode, "1 processors; one is to be kept free" in run.stderr)


def test_an_unknown_option_shows_the_usage(machine: Path) -> None:
    """It changes nothing and ends with 2."""
    before = read_all(machine)
    for arguments in (["--verify"], ["--check", "--check"]):
        run = set_up(machine, *arguments)
        assert (2, "usage: set-up.sh [--check]\n") == (run.returncode, run.stderr)
    assert before == read_all(machine)


def test_another_machine_is_no_runner() -> None:
    """`--strict` ends with 1 on a machine that is not the documented one, and says why."""
    command = [sys.executable, "-m", "perf_lab", "runner", "--strict"]
    run = subprocess.run(command, capture_output=True, text=True)

    # This test runs nowhere with the documented versions of the packages.
    assert 1 == run.returncode
    assert "Not measured on the documented machine: " in run.stdout
    assert "not the documented one" in run.stderr
