"""Foundation in pytest: captured lines, lines in reports of failures, `caplog`.

pytest finds it through the entry point `pytest11`. Nothing of Foundation is imported before a test
has imported it or asks for the fixture. Loggers that are there when a test asks for `monkeypatch`
can be patched by it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from provide.foundation.testing import CapturedLogs

#: What a program has imported that can log.
_LOGS = "provide.foundation._runtime.setup"
_CHOICES = ("auto", "always", "never")
_report_key = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the configuration file."""
    parser.addini(
        "foundation_log_report",
        "whether the report of a failed test has Foundation's lines that it has nowhere else",
        type="bool",
        default=True,
    )
    parser.addini(
        "foundation_caplog",
        "where caplog, pytest's report and its live log have Foundation's lines: auto (in tests "
        "that ask for caplog), always, never",
        default="auto",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Mark the streams whose text reports show: Foundation writes lines for people to them.

    The streams of `capsys` and `capfd` are others: what a test reads itself stays as it is. A
    report that has only the log looks for lines in JSON.
    """
    # Without pytest's plugin for terminals there is no such option.
    if getattr(early_config.known_args_namespace, "showcapture", "all") != "log":
        for stream in (sys.stderr, sys.stdout):
            if type(stream).__module__ == "_pytest.capture":
                stream.foundation_reported = True  # type: ignore[union-attr]


def pytest_configure(config: pytest.Config) -> None:
    """Check the options."""
    chosen = config.getini("foundation_caplog")
    if chosen not in _CHOICES:
        raise pytest.UsageError(f"foundation_caplog: {chosen!r} is none of {', '.join(_CHOICES)}")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to hand lines to pytest's handlers, where that is wanted for all tests."""
    config = session.config
    if config.getini("foundation_caplog") == "always":
        config.add_cleanup(_hand_lines_on(config))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Let `monkeypatch` set methods of loggers, and let `caplog` have their lines."""
    name = fixturedef.argname
    if name == "monkeypatch":
        methods = sys.modules.get("provide.foundation._logger.methods")
        if methods is not None:
            methods.allow_patches()
    made = yield
    if (
        name == "caplog"
        and _LOGS in sys.modules
        and isinstance(made, pytest.LogCaptureFixture)
        and request.config.getini("foundation_caplog") != "never"
    ):
        from provide.foundation._pytest_plugin.caplog import follow_levels

        fixturedef.addfinalizer(_hand_lines_on(request.config))
        fixturedef.addfinalizer(follow_levels(made))
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note where the lines of this phase begin."""
    if _report_key in item.stash:  # of an earlier run of the same test, that nobody has ended
        del item.stash[_report_key]
    _begin_phase(item, "setup")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Note where the lines of this phase begin."""
    _begin_phase(item, "call")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Note where the lines of this phase begin."""
    _begin_phase(item, "teardown")


# Behind what finds the exception of a `unittest.TestCase`, and before what makes the report.
@pytest.hookimpl(specname="pytest_runtest_makereport")
def pytest_explain_failed_assert(call: pytest.CallInfo[Any]) -> None:
    """Say in the message of a failure which lines were near the one that is missing."""
    if call.excinfo is not None and "provide.foundation._testing.logs" in sys.modules:
        from provide.foundation._pytest_plugin.messages import explain_failure

        explain_failure(call.excinfo.value)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the report of a failure the lines of the test."""
    made = yield
    kept = item.stash.get(_report_key, None)
    if kept is None:
        return made
    show = item.config.getoption("showcapture", "all")
    if made.failed and show in ("all", "log"):
        texts = {
            phase.when: "\n".join(
                text for name, text in made.sections if name in _STREAMS[phase.when]
            )
            for phase in kept.phases
        }
        made.sections.extend(kept.sections(show, texts))
    if call.when == "teardown":  # values that were logged live as long as their test
        del item.stash[_report_key]
    return made


#: By phase, the sections that have what was written to the standard streams.
_STREAMS = {
    when: tuple(f"Captured {name} {when}" for name in ("stderr", "stdout"))
    for when in ("setup", "call", "teardown")
}


@pytest.fixture
def foundation_logs(request: pytest.FixtureRequest) -> Generator[CapturedLogs, None, None]:
    """Give the test a list of the lines that it logs, as `capture_logs` does.

    A set-up by the code under test does not end it, and what the test changes is undone.
    """
    from provide.foundation.testing import capture_test  # with the first test that asks

    _begin_phase(request.node, "setup")  # it may be this that has imported Foundation
    with capture_test() as captured:
        yield captured


def _begin_phase(item: pytest.Item, when: str) -> None:
    if _LOGS not in sys.modules or not item.config.getini("foundation_log_report"):
        return
    from provide.foundation._pytest_plugin.report import Report

    if _report_key not in item.stash:
        item.stash[_report_key] = Report()
    theirs = _logging_handler(item.config)
    item.stash[_report_key].begin(when, [] if theirs is None else theirs.records)


def _hand_lines_on(config: pytest.Config) -> Callable[[], None]:
    """Begin to hand lines to pytest's handlers; return what ends that."""
    from provide.foundation._pytest_plugin import caplog, report

    # With `--show-capture=log` the report has no other section that would show these lines.
    shows_streams = config.getoption("showcapture", "all") != "log"
    is_shown = report.is_on_console if shows_streams else lambda level, logger: False
    return caplog.begin(caplog.PytestHandler(_logging_handler(config), is_shown))


def _logging_handler(config: pytest.Config) -> Any:
    """Return what fills pytest's section for `logging`; `None`: there is none."""
    return getattr(config.pluginmanager.get_plugin("logging-plugin"), "report_handler", None)
