"""Filters of handlers of logging that are set aside: they go on masking, adding and dropping."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES

BEGIN = """
import copy, logging, logging.handlers, queue, re, sys
from provide.foundation import *

class Mask(logging.Filter):
    def filter(self, record):
        record.msg = re.sub(r'[0-9]{16}', '****', record.getMessage())
        record.args = ()
        return True

class Add(logging.Filter):
    def __init__(self, key, value):
        super().__init__()
        self.key, self.value = key, value
    def filter(self, record):
        setattr(record, self.key, self.value)
        return True

def drop_health(record):
    return '/health' not in record.getMessage()

def fail(record):
    raise RuntimeError('broken')

root = logging.getLogger()
lib = logging.getLogger('lib')
log = logging.getLogger('lib.part')

def console(*filters, level=0, on=root):
    handler = logging.StreamHandler()
    handler.setLevel(level)
    for each in filters:
        handler.addFilter(each)
    on.addHandler(handler)
    return handler
"""


def run(code: str, lane: str = "fast", **environ: str) -> list[dict[str, Any]]:
    """Run code in an interpreter of its own, and return the lines of its stderr."""
    done = interpreters.run(
        [sys.executable, "-c", BEGIN + code],
        capture_output=True,
        text=True,
        env={**os.environ, "FOUNDATION_LANE": lane, **environ},
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def events(lines: list[dict[str, Any]]) -> list[str]:
    """Return the events of lines."""
    return [line["event"] for line in lines]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_masking_filter_masks(lane: str, delivery: str) -> None:
    """What a filter of the console masked is masked in our line."""
    code = """
console(Mask())
setup_telemetry()
log.warning('card %s', '4111111111111111')
"""
    lines = run(code, lane, PROVIDE_LOG_DELIVERY=delivery)
    assert ["card ****"] == events(lines)


def test_request_id_and_health_checks() -> None:
    """A filter that adds an attribute gives a field; what a filter drops is counted."""
    lines = run("""
console(Add('request_id', 'r-1'), drop_health)
setup_telemetry()
log.warning('GET /health')
log.warning('GET /basket')
counted = stats().outputs['stderr']
assert ({'warning': 1}, {'filtered': 1}) == (counted.written, counted.dropped), counted
""")
    assert [("GET /basket", "r-1")] == [(line["event"], line["request_id"]) for line in lines]


FILTERS = {
    "of a queue": """
records = queue.SimpleQueue()
handler = logging.handlers.QueueHandler(records)
listener = logging.handlers.QueueListener(records, logging.StreamHandler())
handler.addFilter(Mask())
root.addHandler(handler)
""",
    "of a console behind a queue": """
records = queue.SimpleQueue()
inner = logging.StreamHandler()
inner.addFilter(Mask())
listener = logging.handlers.QueueListener(records, inner)
root.addHandler(logging.handlers.QueueHandler(records))
""",
    "of a console beside a file behind a queue": """
records = queue.SimpleQueue()
inner = logging.StreamHandler()
inner.addFilter(Mask())
listener = logging.handlers.QueueListener(records, inner, logging.FileHandler('/dev/null'))
root.addHandler(logging.handlers.QueueHandler(records))
""",
    "of a memory handler's target": """
inner = logging.StreamHandler()
inner.addFilter(Mask())
root.addHandler(logging.handlers.MemoryHandler(1, target=inner))
""",
    "of a handler's own class": """
class Masking(logging.StreamHandler):
    def filter(self, record):
        return super().filter(record) and Mask().filter(record)
root.addHandler(Masking())
""",
    "of a logger that keeps to itself": "lib.propagate = False; console(Mask(), on=lib)",
    "of a parent": "console(Mask(), on=lib)",
    "added later": "handler = console(); setup_telemetry(); handler.addFilter(Mask())",
}


@pytest.mark.parametrize("configure", FILTERS.values(), ids=FILTERS)
def test_filters_run_wherever_they_stand(configure: str) -> None:
    """Filters run of each handler that a record would have passed on its way to the console."""
    lines = run(f"""
{configure}
setup_telemetry()
log.warning('card %s', '4111111111111111')
""")
    assert ["card ****"] == events(lines)


SEVERAL = {
    "one drops, one writes": ("console(drop_health); console()", ["/health", "/x"], {}),
    "both drop": ("console(drop_health); console(drop_health)", ["/x"], {}),
    "child drops, root writes": ("console(drop_health, on=lib); console()", ["/health", "/x"], {}),
    "masks add up": ("console(Add('a', 1)); console(Add('b', 2))", ["/health", "/x"],
                     {"a": 1, "b": 2}),
    "one object on two loggers": (
        "handler = console(drop_health); lib.addHandler(handler)", ["/x"], {}),
    "other loggers": ("console(drop_health, on=logging.getLogger('other')); console()",
                      ["/health", "/x"], {}),
}  # fmt: skip


@pytest.mark.parametrize(("configure", "expected", "fields"), SEVERAL.values(), ids=SEVERAL)
def test_several_handlers(configure: str, expected: list[str], fields: dict[str, Any]) -> None:
    """A record that any of them would have written is written once, with what all have added."""
    lines = run(f"{configure}\nsetup_telemetry()\nlog.warning('/health')\nlog.warning('/x')")
    assert (expected, [fields] * len(expected)) == (
        events(lines),
        [{key: line[key] for key in ("a", "b") if key in line} for line in lines],
    )


def test_levels_say_which_handlers_have_a_voice() -> None:
    """A handler whose level is too high cannot let a record pass that another one drops."""
    lines = run("""
console(drop_health)
console(level=logging.ERROR)
setup_telemetry(TelemetryConfig(logging=LoggingConfig(default_level='DEBUG')))
log.info('/health')
log.info('/x')
log.error('/health is down')
""")
    assert ["/x", "/health is down"] == events(lines)


def test_levels_are_foundations() -> None:
    """Where no handler's level is low enough, ours decides; and the filters still run."""
    lines = run("""
console(Mask(), level=logging.ERROR)
setup_telemetry()
log.info('4111111111111111')
""")
    assert ["****"] == events(lines)


def test_failing_filter_gives_no_clear_line() -> None:
    """What a filter fails on is not written, as it might have to be masked; that is counted."""
    lines = run("""
console(fail)
setup_telemetry()
log.warning('4111111111111111')
assert {'filter_failed': 1} == stats().outputs['stderr'].dropped
assert {'filter': 1} == stats().faults
""")
    assert {"provide.foundation"} == {line["logger"] for line in lines}
    assert "4111" not in json.dumps(lines)


def test_filter_after_one_that_writes_may_fail() -> None:
    """What an earlier handler would have written before the failure is written."""
    lines = run("console(); console(fail)\nsetup_telemetry()\nlog.warning('e')")
    assert ["e"] == [line["event"] for line in lines if line["logger"] == "lib.part"]


def test_filter_may_log() -> None:
    """A filter that logs through logging gets its line too."""
    lines = run("""
def tell(record):
    if record.name != 'other':
        logging.getLogger('other').warning('seen')
    return True
console(tell)
setup_telemetry()
log.warning('e')
""")
    assert ["seen", "e"] == events(lines)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="filters return records from 3.12 on")
def test_filter_may_return_another_record() -> None:
    """The record that a filter puts in the place of the first one is the one that is written."""
    lines = run("""
def replace(record):
    other = copy.copy(record)
    other.msg = 'other'
    return other
console(replace)
console(Add('a', 1))
setup_telemetry()
log.warning('e')
""")
    assert [("other", 1)] == [(line["event"], line["a"]) for line in lines]


def test_handlers_that_stay_see_what_they_saw() -> None:
    """A file before the console sees the record as it was; one behind it sees what filters did."""
    run("""
import io
before, behind = io.StringIO(), io.StringIO()
root.addHandler(logging.StreamHandler(before))
console(Mask())
root.addHandler(logging.StreamHandler(behind))
setup_telemetry()
log.warning('4111111111111111')
assert ('4111111111111111\\n', '****\\n') == (before.getvalue(), behind.getvalue())
""")


def test_configuring_anew_forgets_the_filters() -> None:
    """After a dictConfig and a set-up the filters of the handlers that are gone run no more."""
    lines = run("""
import logging.config
console(lambda record: False)
setup_telemetry()
log.warning('off')
logging.config.dictConfig({
    'version': 1, 'disable_existing_loggers': False,
    'handlers': {'c': {'class': 'logging.StreamHandler'}}, 'root': {'handlers': ['c']},
})
setup_telemetry()
log.warning('on')
""")
    assert ["on"] == events(lines)


def test_shutdown_gives_filters_back() -> None:
    """After a shutdown the console writes as before, its filters included."""
    lines = run("""
handler = console(Mask())
handler.setFormatter(logging.Formatter('{"event": "%(message)s"}'))
setup_telemetry()
shutdown_telemetry()
log.warning('4111111111111111')
""")
    assert [{"event": "****"}] == lines
