"""The plugin beside others: xdist, randomly, anyio, the live log, forks, workers that die."""

from __future__ import annotations

import re

import pytest

from pytest_process import run, sections

pytest_plugins = ("pytester",)

TESTS = """
import os, signal, unittest
import anyio

def test_list(foundation_logs):
    log.info("order_placed", order_id=2)
    assert foundation_logs.has("order_placed", order_id=1)

def test_file(tmp_path):
    set_up(tmp_path / "a.log")
    log.info("event_file")
    assert 0

def test_caplog(caplog):
    log.info("event_caplog")
    assert ["event_caplog"] == caplog.messages

class TestCase(unittest.TestCase):
    def setUp(self):
        reset_for_testing()  # test_file may have run before, and has set up a file
        log.info("event_ready")

    def test_case(self):
        with capture_logs() as lines:
            log.info("event_case")
        assert lines.only("event_case")
        self.fail("on purpose")

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
async def test_async(foundation_logs, caplog):
    async def place(number):
        log.info("event_async", number=number)
    async with anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(place, number)
    assert foundation_logs.has(number=2) and 3 == foundation_logs.count("event_async")
    assert 3 == len(caplog.messages)
    assert foundation_logs.has("event_sync")

@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # since 3.12
def test_fork(foundation_logs, caplog, tmp_path):
    log.info("event_parent")
    pid = os.fork()
    if not pid:
        log.info("event_child")
        found = len(foundation_logs), caplog.messages[-1]
        os._exit(0 if found == (2, "event_child") else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert foundation_logs.only("event_parent")
    assert ["event_parent"] == caplog.messages
"""
DIES = """
def test_dies(foundation_logs):
    log.info("event_last")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("option", ["-n2", "-prandomly"], ids=["xdist", "randomly"])
def test_other_plugins(pytester: pytest.Pytester, option: str) -> None:
    """Fixture, messages, sections and `caplog` work in workers, one of which dies."""
    pytest.importorskip("anyio", reason="the oldest versions are tested without it")
    is_parallel = option == "-n2"
    output = run(pytester, TESTS + DIES * is_parallel, option, others=True)
    parts = {part.split()[1]: sections(part) for part in output.split("\n____")[1:]}
    log_call, stderr = "Captured foundation log call", "Captured stderr call"

    assert f"{4 + is_parallel} failed, 2 passed" in output, output
    assert is_parallel == ("crashed while running 'test_it.py::test_dies'" in output)
    assert "order_id: 1 expected, 2 found" in output
    assert {log_call: ["event_file"]} == parts["test_file"]
    assert {log_call: ["event_case"], stderr: ["event_ready"]} == parts["TestCase.test_case"]
    assert {"Captured log call": ["event_async"] * 3} == parts["test_async"]


LIVE = """
def test_one(tmp_path):
    log.info("event_first")
    assert 0

def test_two(tmp_path):
    set_up(tmp_path / "a.log")
    log.warning("event_second")
    logging.getLogger("lib").warning("event_theirs")
    assert 0
"""


@pytest.mark.slow
def test_live_log_and_report(pytester: pytest.Pytester) -> None:
    """With `foundation_caplog = always`, lines are in the live log and in the report, once each."""
    pytester.makeini("[pytest]\nfoundation_caplog = always\nlog_cli = true\nlog_cli_level = INFO")
    output = run(pytester, LIVE, others=True)
    live, *parts = output.split("\n____")
    found = {part.split()[1]: sections(part) for part in parts}

    assert ["event_first", "event_second", "event_theirs"] == re.findall(r"\bevent_\w+", live)
    assert {"Captured stderr call": ["event_first"]} == found["test_one"]
    assert {"Captured log call": ["event_second", "event_theirs"]} == found["test_two"]


@pytest.mark.slow
def test_caplog_is_left_alone(pytester: pytest.Pytester) -> None:
    """With `never`, lines of `logging` alone are there; other words are refused."""
    pytester.makeini("[pytest]\nfoundation_caplog = never")
    output = run(pytester, """
def test_it(caplog):
    log.warning("ours")
    logging.warning("theirs")
    assert ["theirs"] == caplog.messages
""", others=True)  # fmt: skip
    assert "1 passed" in output

    pytester.makeini("[pytest]\nfoundation_caplog = perhaps")
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(["ERROR: foundation_caplog: 'perhaps' is none of auto, *"])
