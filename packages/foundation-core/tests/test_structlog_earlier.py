"""structlog's loggers from before the set-up, and its configuration after it: nothing in clear."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES

BEGIN = """
import asyncio, logging, sys
import structlog
from provide.foundation import *
"""


def run(code: str, lane: str = "fast", **environ: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Run code in an interpreter of its own; return our lines, and what is on its stdout."""
    done = interpreters.run(
        [sys.executable, "-c", BEGIN + code],
        capture_output=True,
        text=True,
        env={**os.environ, "FOUNDATION_LANE": lane, **environ},
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stderr.splitlines()], done.stdout.splitlines()


EARLIER = {
    "cached": """
structlog.configure(processors=[structlog.processors.JSONRenderer()],
                    cache_logger_on_first_use=True)
log = structlog.get_logger()
log.debug("first use")
""",
    "bound": """
structlog.configure(processors=[structlog.processors.JSONRenderer()])
log = structlog.get_logger().bind()
""",
    "bound by default": "log = structlog.get_logger().bind()",
    "filtering": """
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(10))
log = structlog.get_logger().bind()
""",
    "of the standard library": """
structlog.configure(
    processors=[structlog.stdlib.add_log_level, structlog.processors.JSONRenderer()],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger()
log.debug("first use")
""",
}


@pytest.mark.parametrize("configure", EARLIER.values(), ids=EARLIER)
def test_earlier_loggers_write_through_us(configure: str) -> None:
    """A logger that was cached or bound before the set-up writes our lines, with secrets masked."""
    lines, out = run(f"""{configure}
sys.stdout.flush()
print("--")
setup_telemetry()
log.info("one", password="hunter2")
log.bind(api_key="hunter2").warning("two")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("three")
""")
    assert [] == out[out.index("--") + 1 :]
    found = [(line["level"], line["logger"], line["event"]) for line in lines]
    expected = [("info", "one"), ("warning", "two"), ("error", "three")]
    assert [(level, "__main__", event) for level, event in expected] == found
    assert "hunter2" not in json.dumps(lines)
    assert "ZeroDivisionError" == lines[2]["exception"]["type"]


@pytest.mark.parametrize("lane", LANES)
def test_positional_arguments_of_earlier_loggers(lane: str) -> None:
    """The arguments of structlog's standard library logger go into the event, in each lane."""
    lines, _ = run(
        EARLIER["of the standard library"]
        + 'setup_telemetry()\nlog.info("took %d ms", 7, a=1)\nasyncio.run(log.ainfo("%s", "x"))',
        lane,
    )
    assert ["took 7 ms", "x"] == [line["event"] for line in lines]


def test_shutdown_gives_earlier_loggers_back() -> None:
    """After a shutdown a logger from before the set-up writes as it did."""
    lines, out = run("""
structlog.configure(processors=[structlog.processors.JSONRenderer()])
log = structlog.get_logger().bind(a=1)
setup_telemetry()
setup_telemetry()
log.info("ours")
shutdown_telemetry()
log.info("theirs")
""")
    assert ["ours"] == [line["event"] for line in lines]
    assert ['{"a": 1, "event": "theirs"}'] == out


REPLACED = {
    "configure": "structlog.configure(wrapper_class=structlog.BoundLogger)",
    "imported before": "configure(wrapper_class=structlog.BoundLogger, processors=[])",
    "reset": "structlog.reset_defaults()",
}


@pytest.mark.parametrize("replace", REPLACED.values(), ids=REPLACED)
def test_later_configuration_is_said_once(replace: str) -> None:
    """A configuration that passes us by is said, once; a set-up takes it in."""
    lines, _ = run(f"""
from structlog import configure
setup_telemetry()
{replace}
{replace}
setup_telemetry()
structlog.get_logger("app").info("e")
shutdown_telemetry()
""")
    assert ["provide.foundation", "app"] == [line["logger"] for line in lines]
    assert lines[0]["event"].startswith("structlog was configured after the set-up")


@pytest.mark.parametrize("lane", LANES)
def test_later_renderer_gets_no_secret(lane: str) -> None:
    """A chain that renders, configured after us, gets masked values; nothing has to be said."""
    lines, _ = run(
        """
setup_telemetry()
structlog.configure(processors=[structlog.processors.JSONRenderer()])
log = structlog.get_logger("app").bind(token="hunter2")
log.info("e", user={"password": "hunter2", "name": "kim"}, n=1)
log.new().info("f", n=(1,))
""",
        lane,
    )
    expected = [
        {"token": "***", "user": {"password": "***", "name": "kim"}, "n": 1, "event": "e"},
        {"n": [1], "event": "f"},
    ]
    assert expected == [json.loads(line["event"]) for line in lines]


@pytest.mark.parametrize("how", ["field", "variable"])
def test_capture_can_be_off(how: str) -> None:
    """capture_structlog=False leaves structlog alone, whatever becomes of logging."""
    off = "LoggingConfig(capture_structlog=False)" if how == "field" else "None"
    environ = {} if how == "field" else {"PROVIDE_LOG_CAPTURE_STRUCTLOG": "off"}
    lines, out = run(
        f"""
structlog.configure(processors=[structlog.processors.JSONRenderer()])
before = structlog.get_config()
given = {off}
setup_telemetry(given and TelemetryConfig(logging=given))
assert before == structlog.get_config()
structlog.get_logger().info("theirs")
logging.getLogger("lib").warning("ours")
structlog.configure(wrapper_class=structlog.BoundLogger)
""",
        **environ,
    )
    assert ["ours"] == [line["event"] for line in lines]
    assert ['{"event": "theirs"}'] == out


def test_capture_of_structlog_alone() -> None:
    """capture_stdlib=False leaves logging alone, and structlog is routed all the same."""
    lines, _ = run("""
setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False)))
assert [] == logging.getLogger().handlers
structlog.get_logger("app").info("ours")
""")
    assert ["ours"] == [line["event"] for line in lines]


def test_switching_capture_off_gives_structlog_back() -> None:
    """A later set-up without it leaves structlog as it was found."""
    run("""
before = structlog.get_config()
setup_telemetry()
setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_structlog=False)))
assert before == structlog.get_config()
assert "_Configuration" == type(sys.modules["structlog._config"]._CONFIG).__name__
""")


def test_name_is_the_callers_module() -> None:
    """Without a name a logger has that of the module that uses it, as from structlog's factory."""
    code = """
import types
module = types.ModuleType("shop.billing")
exec("import structlog\\nlog = structlog.get_logger()\\ndef say(): log.info('e')", module.__dict__)
setup_telemetry()
module.say()
structlog.get_logger().info("e")
asyncio.run(structlog.get_logger().ainfo("e"))
structlog.get_logger("named").info("e")
"""
    lines, _ = run(code)
    assert ["shop.billing", "__main__", "__main__", "named"] == [line["logger"] for line in lines]


def test_set_up_beside_many_objects() -> None:
    """Loggers are found among many objects without a list of these."""
    lines, out = run("""
import tracemalloc
log = structlog.get_logger().bind()
many = [[[]] for _ in range(200_000)]
setup_telemetry()
shutdown_telemetry()
tracemalloc.start()
setup_telemetry()
print(tracemalloc.get_traced_memory()[1])
log.info("one")
""")
    assert ["one"] == [line["event"] for line in lines]
    assert 1_600_000 > int(out[0])
