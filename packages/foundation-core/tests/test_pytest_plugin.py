"""The fixture `foundation_logs`, as pytest finds it through the installed entry point."""

from __future__ import annotations

import sys

import pytest

from installed_lanes import LANES

pytest_plugins = ("pytester",)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, with no plugin but the one of this name."""
    options = ("-p", "foundation", "-p", "no:cacheprovider", "-W", "error")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return pytester.runpytest_subprocess(*options, *arguments)


@pytest.mark.slow
def test_fixture_captures_and_cleans_up(pytester: pytest.Pytester) -> None:
    """The fixture needs no import, holds the lines of its own test and writes none of them."""
    pytester.makepyfile(
        """
        from provide.foundation import get_logger, set_level

        log = get_logger("app")

        def test_one(foundation_logs, capfd):
            log.info("one", user=7)
            log.debug("off")
            expected = {"event": "one", "level": "info", "logger": "app", "user": 7}
            assert [expected] == foundation_logs
            assert "" == capfd.readouterr().err

        def test_two(foundation_logs):
            assert [] == foundation_logs

        def test_three(capfd):
            log.info("three")
            assert "three" in capfd.readouterr().err
        """
    )
    run(pytester).assert_outcomes(passed=3)


@pytest.mark.slow
def test_fixture_with_caplog_and_capture_logs(pytester: pytest.Pytester) -> None:
    """The fixture works beside caplog and within a set-up that the test makes itself."""
    pytester.makepyfile(
        """
        import logging
        from provide.foundation import logger, setup_telemetry
        from provide.foundation.testing import capture_logs

        def test_caplog(caplog):
            setup_telemetry()
            logging.warning("e")
            assert ["e"] == caplog.messages

        def test_both(caplog, foundation_logs):
            logging.warning("e")
            with capture_logs() as lines:
                logger.info("x")
            assert ["e", "x"] == caplog.messages
            assert ["e", "x"] == [line["event"] for line in foundation_logs]
            assert ["x"] == [line["event"] for line in lines]
        """
    )
    run(pytester).assert_outcomes(passed=2)


@pytest.mark.slow
@pytest.mark.parametrize("lane", LANES)
def test_fixture_survives_a_set_up_and_nothing_leaks(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, lane: str
) -> None:
    """What the code under test sets up, captures or sets levels to, ends with its test."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    pytester.makepyfile(
        """
        import logging, sys
        from provide.foundation import *
        from provide.foundation.testing import capture_logs

        log = get_logger("app")
        opened = []

        def events(lines):
            return [line["event"] for line in lines]

        def test_code_that_sets_up(foundation_logs):
            setup_telemetry(TelemetryConfig(logging=LoggingConfig(default_level="DEBUG")))
            log.debug("one")
            logging.getLogger("lib").info("two")
            assert ["one", "two"] == events(foundation_logs)

        def test_set_up_is_gone(foundation_logs, capfd):
            log.debug("off")
            assert [] == foundation_logs
            assert not any("provide" in type(h).__module__ for h in logging.getLogger().handlers)

        def test_code_that_sets_levels(foundation_logs):
            set_level("TRACE")
            set_level("ERROR", logger="other")
            log.trace("on")
            assert ["on"] == events(foundation_logs)

        def test_levels_are_back(foundation_logs):
            log.trace("off")
            get_logger("other.part").info("on")
            assert ["on"] == events(foundation_logs)

        def test_code_that_leaves_a_capture_open(foundation_logs):
            opened.append(capture_logs())
            lines = opened[0].__enter__()
            log.info("both")
            assert ["both"] == events(foundation_logs) == events(lines)

        def test_capture_is_gone(capfd):
            log.info("written")
            assert "written" in capfd.readouterr().err

        def test_code_that_resets(foundation_logs):
            reset_for_testing()
            log.info("captured")
            assert ["captured"] == events(foundation_logs)

        def test_own_set_up_comes_back(tmp_path, capfd):
            from provide.foundation.testing import capture_test
            setup_telemetry(TelemetryConfig(logging=LoggingConfig(
                log_file=tmp_path / "app.log", default_level="ERROR")))
            with capture_test():
                setup_telemetry()
            log.info("off")
            log.error("on")
            assert 1 == len((tmp_path / "app.log").read_text().splitlines())
            reset_for_testing()
        """
    )
    run(pytester).assert_outcomes(passed=8)


@pytest.mark.slow
def test_fixture_is_documented(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` lists the fixture with its first sentence."""
    result = pytester.runpytest_subprocess("--fixtures")
    result.stdout.fnmatch_lines(["foundation_logs*", "*list of the lines that it logs*"])


@pytest.mark.slow
def test_plugin_costs_nothing_until_it_is_used(pytester: pytest.Pytester) -> None:
    """Tests that do not ask for the fixture do not load the logger."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            loaded = [name for name in sys.modules if name.startswith("provide.")]
            expected = ["_version", "pytest_plugin"]
            assert ["provide.foundation", *(f"provide.foundation.{name}" for name in expected)] \\
                == sorted(loaded)
            assert "structlog" not in sys.modules
        """
    )
    run(pytester, f"--rootdir={pytester.path}").assert_outcomes(passed=1)
    assert sys.executable
