"""A process whose memory runs out lives, and each line is there or counted."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from installed_lanes import LANES
from lane_process import Lane
from provide.foundation._lanes.everyday.values import CheckedValues, make_renderer
from provide.foundation._process.memory import FEW_BYTES, ask_for_bytes
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import DEFAULT_LIMITS

if sys.platform != "linux":
    pytest.skip("RLIMIT_AS and /proc as Linux has them", allow_module_level=True)

# Memory is used up in pieces that get smaller, down to 1 KB, before anything is logged; `spare` is
# what is left then.
SCRIPT = """
from provide.foundation import shutdown_telemetry
use(log_file=FILE, console_formatter="{form}", default_level="TRACE", delivery="{delivery}")

class Odd:
    def __repr__(self): return "odd" * 100

def shapes(n):
    text = "x" * n
    return [
        ("e" + text, {{}}),
        ("line", {{"a": text}}),
        ("line", {{"a": text, "b": chr(0x20ac) * n}}),
        ("line", {{"a": text + chr(10)}}),
        ("line", {{"v": [text, {{"k": text}}]}}),
        ("line", {{"v": ["y"] * (n // 50), "odd": Odd()}}),
        ("line", {{f"k{{i}}": "z" * 60 for i in range(min(n // 130, {most_fields}))}}),
    ]

write = log.{level}
for event, fields in shapes(10): write(event, **fields)
calls = [s for n in (10, 60, 600, 5000, 20000, 90000, 400000, 1000000) for s in shapes(n)]
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
with open("/proc/self/statm") as file: used = int(file.read().split()[0]) * resource.getpagesize()
eaten, size, spare = [None] * 10_000, 1 << 20, [bytes({spare})]
resource.setrlimit(resource.RLIMIT_AS, (used + (4 << 20), hard))
taken = 0
while size >= 1024:
    try:
        eaten[taken] = bytes(size)
        taken += 1
    except MemoryError:
        size //= 2
spare.clear()
for event, fields in calls: write(event, **fields)
resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
eaten.clear()
write("after")
shutdown_telemetry()
report(calls=len(shapes(10)) + len(calls) + 1)
"""


def check(lane: Lane, **details: object) -> None:
    """Play the script, and compare what is there with what is counted."""
    done = lane.run(SCRIPT.format(**details))

    assert 0 == done.status, done.stderr
    written, dropped = done.balance(str(done.file))
    data = done.file.read_bytes()
    assert (done.report["calls"], written) == (written + dropped, data.count(b"\n"))
    assert dropped
    assert b"<unprintable line>" not in data


@pytest.mark.untraced("the tracer has no memory either, and says so at the end of the process")
@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
@pytest.mark.parametrize("name", LANES)
def test_line_without_memory_is_counted(name: str, form: str, tmp_path: Path) -> None:
    """Errors of any size are written or counted where the process can get nothing any more."""
    check(
        Lane(name, tmp_path), form=form, delivery="direct", level="error", spare=0, most_fields=300
    )


@pytest.mark.parametrize("form", ["json", "key_value"])
@pytest.mark.parametrize("name", LANES)
def test_long_line_without_memory_is_counted(name: str, form: str, tmp_path: Path) -> None:
    """The same of other levels, where there is as much as a line of short texts takes."""
    check(
        Lane(name, tmp_path),
        form=form,
        delivery="direct",
        level="info",
        spare=100_000,
        most_fields=60,
    )


@pytest.mark.parametrize("name", LANES)
def test_batch_without_memory_is_written_in_parts(name: str, tmp_path: Path) -> None:
    """Lines of a queue for whose batch there is no memory are written one by one."""
    check(
        Lane(name, tmp_path),
        form="json",
        delivery="background",
        level="error",
        spare=100_000,
        most_fields=60,
    )


def highest(act: Callable[[], object]) -> int:
    """Return the most bytes that an act takes at a time."""
    act()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


#: What orjson takes much for, beside its length: keys, items, and texts that grow as they are read.
GREEDY: tuple[dict[str, Any], ...] = (
    {"v": [1] * 1000},
    {"v": [-1.2345678901234567e-300, 2**63] * 500},
    {"v": [[] for _ in range(900)]},
    {"v": [{f"{n:064d}": None for n in range(30)}] * 30},
    {f"k{n}": "\x01" * 20 for n in range(100)},
    {"v": ["\x01" * 20] * 900, "w": ["\U0001f600" * 20] * 900},
    {"v": ["\x01" * 2000] * 9, "w": "\U0001f600" * 9000},
    {"v": [["\x01" * 21, 7]] * 900},
)


@pytest.mark.parametrize("fields", GREEDY)
def test_as_much_is_asked_for_as_is_taken(
    fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No value takes more memory to encode than is asked for before; what is asked for is taken."""
    asked = [FEW_BYTES]
    module = "provide.foundation._lanes.everyday.values.ask_for_bytes"
    monkeypatch.setattr(module, asked.append)
    values = CheckedValues(DEFAULT_LIMITS, KeyPolicy(), True, None)
    make_renderer(values, DEFAULT_LIMITS.nodes, orjson.dumps, orjson.dumps)(20, fields)
    taken = highest(lambda: orjson.dumps(fields))
    assert taken <= highest(lambda: ask_for_bytes(asked[-1]))
