"""The steps of a log call, in their order, as an output sees them."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from provide.foundation import (
    Limits,
    Logger,
    LoggingConfig,
    OutputConfig,
    Redaction,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.config import Formatter

Lines = list[bytes]
SetUp = Callable[..., tuple[Logger, Lines]]


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    """Give a function that sets up with one output, a list of lines, and returns both."""

    def apply(formatter: Formatter = "json", **config: Any) -> tuple[Logger, Lines]:
        lines: Lines = []
        outputs = [OutputConfig(lines.append, formatter=formatter)]
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs, **config)))
        return get_logger("app"), lines

    reset_for_testing()
    yield apply
    reset_for_testing()


def fields_of(line: bytes) -> dict[str, Any]:
    """Return a JSON line without its first four members."""
    return dict(list(json.loads(line).items())[4:])


def test_order_and_precedence(set_up: SetUp) -> None:
    """Bound fields come first, then context, then the call's; the call wins, then bound."""
    log, lines = set_up()
    with bound_contextvars(a="context", c="context", d="context"):
        log.bind(a="bound", b="bound").info("e", d="call", e="call")
    expected = [("a", "bound"), ("b", "bound"), ("c", "context"), ("d", "call"), ("e", "call")]
    assert expected == list(fields_of(lines[0]).items())


def test_processors_see_merged_fields_and_the_event(set_up: SetUp) -> None:
    """A processor gets all fields and the event, and what it returns is what is written."""
    seen = []

    def change(logger: Any, method_name: str, event_dict: Any) -> Any:
        seen.append((method_name, dict(event_dict)))
        return {"event": event_dict["event"].upper(), "n": event_dict["n"] + 1}

    log, lines = set_up(processors=[change])
    log.bind(n=1).warning("took %d", 7, x=2)
    assert [("warning", {"n": 1, "x": 2, "event": "took 7"})] == seen
    assert ("TOOK 7", {"n": 2}) == (json.loads(lines[0])["event"], fields_of(lines[0]))


def test_processors_cannot_spoof_the_level(set_up: SetUp) -> None:
    """Reserved keys are settled after the processors: their values survive under a new name."""
    log, lines = set_up(processors=[lambda _, __, fields: {**fields, "level": "debug", "k": 1}])
    log.error("e")
    assert "error" == json.loads(lines[0])["level"]
    assert {"level_": "debug", "k": 1} == fields_of(lines[0])


def test_secrets_of_processors_are_masked(set_up: SetUp) -> None:
    """Redaction comes after the processors, so that what they add is masked too."""
    log, lines = set_up(processors=[lambda _, __, fields: {**fields, "password": "x"}])
    log.info("e")
    assert {"password": "***"} == fields_of(lines[0])


def test_failing_processor_is_passed_over(set_up: SetUp) -> None:
    """A processor that raises costs neither the line nor the other processors."""

    def fail(*_: Any) -> Any:
        raise RuntimeError("no")

    log, lines = set_up(processors=[fail, lambda _, __, fields: {**fields, "after": 1}])
    log.info("e", a=1)
    assert {"a": 1, "after": 1} == fields_of(lines[0])
    assert {"processor": 1} == stats().faults


def test_dropped_event_is_counted(set_up: SetUp) -> None:
    """structlog.DropEvent ends the line, which is counted, in every output, as dropped."""

    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    log, lines = set_up(processors=[drop])
    log.info("e")
    assert [] == lines
    counted = [c.dropped for c in stats().outputs.values() if c.dropped]
    assert [{"drop_event": 1}] == counted


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_interrupt_in_a_processor_passes(set_up: SetUp, kind: type[BaseException]) -> None:
    """KeyboardInterrupt and SystemExit are not ours to keep."""

    def interrupt(*_: Any) -> Any:
        raise kind

    log, _ = set_up(processors=[interrupt])
    with pytest.raises(kind):
        log.info("e")


def test_processors_of_structlog_that_ask_the_logger(set_up: SetUp) -> None:
    """`add_logger_name` and `filter_by_level` get a logger that answers them."""
    log, lines = set_up(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.add_logger_name]
    )
    log.info("e", a=1)
    assert ("app", {"a": 1}) == (json.loads(lines[0])["logger"], fields_of(lines[0]))


def test_rendering_processor_makes_the_line(set_up: SetUp) -> None:
    """A processor that returns text has made the line, which is escaped and ended."""
    log, lines = set_up(processors=[lambda _, __, fields: f"made {fields['event']}\n"])
    log.info("a\x1b[31mb")
    assert [b"made a\\u001b[31mb\n"] == lines


def test_one_rendering_serves_outputs_of_one_format() -> None:
    """Two outputs of one format get the very same bytes, one of another format gets its own."""
    reset_for_testing()
    first, second, third = [], [], []  # type: ignore[var-annotated]
    outputs = [
        OutputConfig(first.append, formatter="json"),
        OutputConfig(second.append, formatter="json"),
        OutputConfig(third.append, formatter="key_value"),
    ]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    get_logger("app").info("e")
    reset_for_testing()
    assert first[0] is second[0]
    assert third[0].endswith(b"level=info logger=app event=e\n")


def test_outputs_have_levels_of_their_own() -> None:
    """An output writes what is at or above its level, and counts nothing of the rest."""
    reset_for_testing()
    everything, errors = [], []  # type: ignore[var-annotated]
    outputs = [OutputConfig(everything.append), OutputConfig(errors.append, level="error")]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(default_level="debug", outputs=outputs)))
    log = get_logger("app")
    log.debug("d")
    log.error("e")
    reset_for_testing()
    assert (2, 1) == (len(everything), len(errors))


@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
def test_long_line_says_how_long_it_was(set_up: SetUp, formatter: str) -> None:
    """A line over the limit is cut in a visible way, and stays under it."""
    log, lines = set_up(formatter, limits=Limits(max_line_bytes=1000))
    log.info("e", a="x" * 5000)
    assert 1000 >= len(lines[0])
    assert any(marker in lines[0] for marker in (b"more characters", b"truncated"))


def test_callsite_is_the_caller(set_up: SetUp) -> None:
    """File, line and function are those of the code that logged; stacklevel goes further up."""
    log, lines = set_up(callsite=True)

    def inner() -> None:
        log.info("e")
        log.info("e", stacklevel=2)

    inner()
    functions = [json.loads(line)["callsite"]["function"].split(".")[-1] for line in lines]
    assert ["inner", "test_callsite_is_the_caller"] == functions
    assert __file__ == json.loads(lines[0])["callsite"]["file"]


def test_stack_info_ends_at_the_caller(set_up: SetUp) -> None:
    """stack_info shows the stack up to the code that logged, and none of Foundation's own."""
    log, lines = set_up()
    log.info("e", stack_info=True)
    stack = json.loads(lines[0])["stack"]
    assert stack.splitlines()[-1].strip() == 'log.info("e", stack_info=True)'


def test_omitted_timestamp(set_up: SetUp) -> None:
    """With omit_timestamp a line begins with its level."""
    log, lines = set_up(omit_timestamp=True)
    log.info("e")
    assert [b'{"level":"info","logger":"app","event":"e"}\n'] == lines


def test_output_that_fails_costs_the_others_nothing() -> None:
    """One output raises: it counts the drop, and the other output has the line."""
    reset_for_testing()
    lines: Lines = []

    def fail(line: bytes) -> None:
        raise OSError("gone")

    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=[fail, lines.append])))
    get_logger("app").info("e")
    outputs = stats().outputs
    reset_for_testing()
    assert 1 == len(lines)
    assert {"oserror": 1} == next(c.dropped for n, c in outputs.items() if "fail" in n)


@dataclasses.dataclass
class Account:
    """Be a record with a secret."""

    name: str
    password: str


@pytest.mark.parametrize(
    ("event", "args", "expected"),
    [
        pytest.param({"a": 1, "token": "s"}, (), "{'a': 1, 'token': '***'}", id="dict"),
        pytest.param([{"token": "s"}], (), "[{'token': '***'}]", id="list"),
        pytest.param(Account("a", "s"), (), "{'name': 'a', 'password': '***'}", id="record"),
        pytest.param("sent %s", ({"token": "s"},), "sent {'token': '***'}", id="argument"),
        pytest.param("%s %s", ([1], {"my_pin": 2}), "[1] {'my_pin': '***'}", id="own-key"),
        pytest.param("as %(who)s", ({"who": "x", "token": "s"},), "as x", id="mapping"),
        pytest.param(ValueError("bad"), (), "bad", id="exception"),
    ],
)
def test_event_and_arguments_that_are_no_text(
    set_up: SetUp, event: object, args: tuple[Any, ...], expected: str
) -> None:
    """What is made a text for the event hides its secrets, in a record of logging too."""
    log, lines = set_up(redact_keys=["my_pin"])
    log.info(event, *args)
    logging.getLogger("lib").warning(event, *args)

    foreign = "" if isinstance(event, dict) else expected  # a dict becomes fields there
    assert [expected, foreign] == [json.loads(line)["event"] for line in lines]


def test_endless_event_is_bounded(set_up: SetUp) -> None:
    """A container with a million million items is cut, as the event and as an argument."""
    value: list[Any] = ["x"]
    for _ in range(40):
        value = [value, value]
    log, lines = set_up()
    log.info(value)
    log.info("%s", value)

    assert [True, True] == [len(line) < 1_000_000 for line in lines]


def test_failure_inside_of_a_call_is_counted(set_up: SetUp) -> None:
    """What nobody has thought of costs the line, which is counted, and not the caller."""

    class Undecided:
        def __bool__(self) -> bool:
            raise RuntimeError("neither")

    log, lines = set_up()
    log.info("x", stack_info=Undecided())
    log.info("y")

    (counts,) = [each for each in stats().outputs.values() if each.dropped]
    assert (["y"], {"internal": 1}) == (
        [json.loads(line)["event"] for line in lines],
        counts.dropped,
    )


@pytest.mark.parametrize("key", ["message", "function"])
def test_secret_key_holds_in_exceptions(set_up: SetUp, key: str) -> None:
    """A key of an exception's description that is said to be secret is masked there, too."""
    log, lines = set_up(redaction=Redaction(keys=(key,)))
    try:
        raise ValueError("out of stock")
    except ValueError:
        log.exception("e")
    assert f'"{key}":"***"'.encode() in lines[0]
