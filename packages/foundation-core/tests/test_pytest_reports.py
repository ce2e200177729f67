"""Reports of failed tests: Foundation's lines in them once, and messages that say what is near."""

from __future__ import annotations

import re

import pytest

from pytest_process import run, sections

pytestmark = pytest.mark.slow

pytest_plugins = ("pytester",)


@pytest.mark.slow
def test_message_of_a_failed_assert(pytester: pytest.Pytester) -> None:
    """`assert foundation_logs.has(...)` fails with the nearest line, in a test of any kind."""
    output = run(pytester, """
import unittest

def test_plain(foundation_logs):
    log.info("order_placed", order_id=2)
    assert foundation_logs.has("order_placed", order_id=1), "kim pays"

def test_both(foundation_logs):
    log.info("order_placed", order_id=2)
    assert len(foundation_logs) == 1 and foundation_logs.has("order_placed", order_id=3)

def test_not(foundation_logs):
    log.info("order_placed", order_id=4)
    assert not foundation_logs.has("order_placed")

class TestCase(unittest.TestCase):
    def test_case(self):
        with capture_logs() as lines:
            log.info("order_placed", order_id=5)
        self.assertTrue(lines.has("order_placed", order_id=6))
""")  # fmt: skip
    rows = [row[1:].strip() for row in output.splitlines() if row.startswith("E ")]

    assert [
        "AssertionError: kim pays",
        "no line order_placed with order_id=1",
        "nearest of 1 line:",
        "[0] info shop.orders order_placed order_id=2",
        "order_id: 1 expected, 2 found",
    ] == rows[:5]
    assert "no line order_placed with order_id=3" in rows
    assert ["found 1 line order_placed", "info shop.orders order_placed order_id=4"] == [
        row for row in rows if row.startswith("found 1") or row.endswith("order_id=4")
    ]
    assert "order_id: 6 expected, 5 found" == rows[-1]


FAILURES = """
@pytest.fixture
def prepared(tmp_path):
    set_up(tmp_path / "a.log")
    log.info("event_setup")
    yield
    log.info("event_teardown")
    reset_for_testing()
    assert 0

def test_file(prepared):
    log.info("event_file", token="s3cr3t", nested={"password": "hunter2"})
    logging.getLogger("lib").warning("event_theirs")
    assert 0

def test_queue(tmp_path):
    set_up(tmp_path / "a.log", delivery="background")
    log.info("event_queued")
    assert 0

def test_passes(tmp_path):
    set_up(tmp_path / "a.log")
    log.info("event_unseen")
    reset_for_testing()

def test_captured(foundation_logs):
    log.info("event_captured", token="s3cr3t", nested={"password": "hunter2"})
    foundation_logs.clear()
    with capture_logs():
        log.info("event_inner")
        assert 0

def test_stderr():
    log.info("event_stderr")
    assert 0

def test_several_files(tmp_path):
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(default_level="DEBUG", outputs=[
        OutputConfig(str(tmp_path / "all.log")),
        OutputConfig(str(tmp_path / "errors.log"), level="ERROR", formatter="key_value"),
        OutputConfig("stderr", level="WARNING", formatter="key_value"),
    ])))
    log.debug("event_low")
    log.error("event_high")
    assert 0
"""


@pytest.mark.slow
def test_lines_are_in_the_report_once(pytester: pytest.Pytester) -> None:
    """Lines that went to files, or to nobody, have a section; those on stderr are there already."""
    output = run(pytester, FAILURES)
    parts = output.split("\n____")
    found = {part.split()[1]: sections(part) for part in parts[1:]}

    assert "s3cr3t" not in output.replace('token="s3cr3t"', "")
    assert 'nested={"password":"***"}' in output
    log_call, log_setup = "Captured foundation log call", "Captured foundation log setup"
    assert {
        log_setup: ["event_setup"],
        log_call: ["event_file"],
        "Captured log call": ["event_theirs"],
    } == found["test_file"]
    assert {log_call: ["event_queued"]} == found["test_queue"]
    assert {log_call: ["event_captured", "event_inner"]} == found["test_captured"]
    assert {"Captured stderr call": ["event_stderr"]} == found["test_stderr"]
    assert {
        log_call: ["event_low"], "Captured stderr call": ["event_high"]
    } == found["test_several_files"]  # fmt: skip
    assert "event_unseen" not in output
    at_end = next(sections(part) for part in parts if "ERROR at teardown of test_file" in part)
    assert ["event_teardown"] == at_end["Captured foundation log teardown"]


FEW = """
def test_stderr():
    log.info("event_stderr")
    assert 0

def test_file(tmp_path):
    set_up(tmp_path / "a.log")
    for number in range(1000):
        log.info("event_file", number=number)
    assert 0

def test_capsys(capsys):
    reset_for_testing()
    log.info("event_read")
    assert "event_read" in capsys.readouterr().err
    log.info("event_left")
    assert 0

def test_passes(tmp_path):
    set_up(tmp_path / "b.log")
    log.info("event_unseen")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "stderr", "laid_out", "captured"),
    [
        pytest.param("--show-capture=all", 1, 1, 0, id="all"),
        pytest.param("--show-capture=log", 0, 0, 1, id="log"),
        pytest.param("--show-capture=no", 0, 0, 0, id="no"),
        pytest.param("-s", 1, 0, 0, id="s"),
        pytest.param("-pno:logging", 1, 1, 0, id="no-logging"),
    ],
)
def test_options_of_pytest(
    pytester: pytest.Pytester, option: str, stderr: int, laid_out: int, captured: int
) -> None:
    """What pytest is told to show is shown, bounded, each line once; of other lines nothing."""
    output = run(pytester, FEW, option)
    found = sections(output)
    title = "Captured foundation log call"
    shown = option != "--show-capture=no"

    assert stderr - laid_out == output.count('"event":"event_stderr"')
    assert laid_out == len(re.findall(r"\d INFO  .*event_stderr", output))
    assert captured == re.sub(r"\d INFO  .*", "", output).count(" event_stderr ")
    assert 200 * shown == found.get(title, []).count("event_file")
    assert shown == ("... 800 earlier lines left out" in output)
    assert ("number=999" in output, "number=799" in output) == (shown, False)
    # What a test reads with `capsys` is no output any more, as pytest has it.
    assert (0, stderr) == tuple(
        output.count(f'"event":"event_{name}"') for name in ("read", "left")
    )
    assert "event_unseen" not in output


@pytest.mark.slow
def test_report_is_off(pytester: pytest.Pytester) -> None:
    """With the option off, reports have no section of Foundation's."""
    pytester.makeini("[pytest]\nfoundation_log_report = false")
    output = run(pytester, FEW)
    assert {"Captured stderr call"} == set(sections(output))
