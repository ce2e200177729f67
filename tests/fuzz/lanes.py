"""Every lane writes the same bytes: random calls through each, in all formats.

    python -m fuzz.lanes --values 1000000          # as many values, not counting nested ones
    python -m fuzz.lanes --seconds 60 --seed 7     # for so long
    python -m fuzz.lanes --variant 3 --input HEX   # one call again, as a finding names it
    python -m fuzz.lanes --plant escape            # with a fault in one lane; it has to be found

The calls of a block are made once, and go through one lane after the other: objects are the same
ones, and so are their addresses. The first call that differs is made as small as it stays
different, and shown with its seed. The lines of JSON are read by a second parser, too.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson

from fuzz.calls import Call, CallFeed, perform
from fuzz.checks import UNSAFE, refuse_constant, refuse_duplicates
from fuzz.feed import CANARY
from fuzz.plants import PLANTS, planted
from installed_lanes import LANES
from provide.foundation import (
    Console,
    Limits,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.config import Formatter

#: The first one says what is right: the processor lane, which does one step after the other.
ORDER = ("processor", *(name for name in LANES if name != "processor"))
FORMATS: tuple[Formatter, ...] = ("json", "key_value", "compact")
#: Of the time of a line what is never the same twice, among so many of its first bytes.
TIME = re.compile(rb"\d\d:\d\d:\d\d\.\d{3,6}")
MOST_OF_TIME = 60
#: Options beside the format: most lines have the usual ones.
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"limits": Limits(max_depth=3, max_items=6, max_string_chars=40, max_line_bytes=4096)},
    {"limits": Limits(max_depth=6, max_items=16, max_string_chars=300, max_line_bytes=700)},
    {"callsite": True},
    {"das_emoji_prefix_enabled": True, "logger_name_emoji_prefix_enabled": True},
    {"processors": [lambda logger, method, event_dict: event_dict]},
    {"console": Console(colors=True), "output": "stdout"},
)
#: The formats of all outputs, and the options.
VARIANTS: list[tuple[tuple[Formatter, ...], dict[str, Any]]] = [
    *(((form,), options) for options in OPTIONS[:-1] for form in FORMATS),
    (("compact",), OPTIONS[-1]),
    (("key_value",), OPTIONS[-1]),
    (("json", "compact"), {}),
    (("key_value", "json"), OPTIONS[3]),
]
#: The calls of one block; to set a lane up takes as long as a few of them.
BLOCK = 200
#: How often a finding is made smaller.
MOST_ATTEMPTS = 150
#: Of this many blocks one is read by a second parser.
READ = 4
_CANARY = CANARY.encode()


class Difference(Exception):
    """Say that two lanes have written different bytes, or one has written what it must not."""

    def __init__(self, number: int, lane: str, expected: bytes, written: bytes) -> None:
        self.number, self.lane, self.expected, self.written = number, lane, expected, written
        super().__init__(lane)


def write_all(lane: str, variant: int, calls: Sequence[Call], plant: str) -> list[bytes]:
    """Make calls through one lane, and return what each has written, without its times."""
    forms, options = VARIANTS[variant]
    files = [os.memfd_create("fuzz") for _ in forms]
    outputs: dict[str, Any] = {
        "outputs": [
            {"target": f"/proc/self/fd/{file}", "formatter": form}
            for file, form in zip(files, forms, strict=True)
        ]
    }
    standard = os.dup(1)
    if "output" in options:
        os.dup2(files[0], 1)
        outputs = {"console_formatter": forms[0]}
    reset_for_testing()
    os.environ["FOUNDATION_LANE"] = lane
    try:
        with planted(plant, lane):
            logging = LoggingConfig(
                capture_stdlib=False,
                capture_structlog=False,
                **{"das_emoji_prefix_enabled": False, **outputs, **options},
            )
            setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
            used = stats().lane or ""
            # With some options, small limits or a second output there is no such lane.
            assert used == lane or options or len(forms) > 1, used
            log = get_logger("app.part")
            ends = [[0] * len(files)]
            for call in calls:
                for _ in perform(log, call):
                    ends.append([os.fstat(file).st_size for file in files])
            LEFT[used].update(stats().fallbacks)
            LINES[used] += len(ends) - 1
        reset_for_testing()
        data = [os.pread(file, end, 0) for file, end in zip(files, ends[-1], strict=True)]
    finally:
        del os.environ["FOUNDATION_LANE"]
        os.dup2(standard, 1)
        for file in (standard, *files):
            os.close(file)
    return [
        b"".join(
            cut_time(each[start:stop])
            for each, start, stop in zip(data, starts, stops, strict=True)
        )
        for starts, stops in itertools.pairwise(ends)
    ]


def cut_time(line: bytes) -> bytes:
    """Return a line without the time of day that it begins with."""
    day, end, rest = line.partition(b"\n")
    if "── ".encode() in day[:30]:  # the row of the day, which stands before a time
        line = b"day" + end + rest
    return TIME.sub(b"", line[:MOST_OF_TIME], count=1) + line[MOST_OF_TIME:]


#: For each lane: the lines that it was asked for, and those that it left to the processor lane.
LINES: Counter[str] = Counter()
LEFT: dict[str, Counter[str]] = {name: Counter() for name in ORDER}


def compare(inputs: Sequence[bytes], variant: int, plant: str, *, read: bool = False) -> int:
    """Make the calls that the inputs say, in each lane, and return how many values they have.

    Raises:
        Difference: At the first call whose lines are not the same.
    """
    calls = [CallFeed(data).call() for data in inputs]
    of_call = [number for number, call in enumerate(calls) for _ in range(call.times)]
    # Each lane is called from the same line: some calls ask for the stack.
    written = {lane: write_all(lane, variant, calls, plant) for lane in ORDER}
    expected = written[ORDER[0]]
    for number, line in zip(of_call, expected, strict=True):
        if _CANARY in line or not line.endswith(b"\n"):
            raise Difference(number, ORDER[0], b"", line)
        if read and VARIANTS[variant][0] == ("json",) and not is_strict(line):
            raise Difference(number, "a strict parser", b"", line)
    for lane, lines in written.items():
        if expected != lines:
            pairs = zip(of_call, expected, lines, strict=True)
            raise Difference(*next((n, lane, a, b) for n, a, b in pairs if a != b))
    return sum(call.values * call.times for call in calls)


def is_strict(line: bytes) -> bool:
    """Say whether two parsers read the same in a line, without a key twice or anything unsafe."""
    text = line.decode("utf-8")[:-1]
    if UNSAFE.search(text):
        return False
    try:
        found = json.loads(
            text, object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant
        )
    except (AssertionError, ValueError):
        return False
    return bool(found == orjson.loads(line))


def shrink(inputs: list[bytes], fails: Callable[[list[bytes]], bool]) -> list[bytes]:
    """Return fewer and shorter inputs that fail still, found by leaving parts out."""
    if fails(inputs[-1:]):
        inputs = inputs[-1:]
    inputs = _leave_out(inputs, fails)
    for index in range(len(inputs)):

        def fails_with(data: Any, index: int = index) -> bool:
            return fails([*inputs[:index], bytes(data), *inputs[index + 1 :]])

        inputs[index] = bytes(_leave_out(list(inputs[index]), fails_with))
    return inputs


def _leave_out(parts: list[Any], fails: Callable[[Any], bool]) -> list[Any]:
    size = len(parts) // 2
    while size:
        start = 0
        while start < len(parts):
            fewer = parts[:start] + parts[start + size :]
            if fewer and fails(fewer):
                parts = fewer
            else:
                start += size
        size //= 2
    return parts


def report(found: Difference, inputs: list[bytes], variant: int, plant: str) -> str:
    """Return a finding in words: made small, and how to play it again."""
    last: list[Difference] = [found]
    attempts = 0

    def fails(fewer: list[bytes]) -> bool:
        nonlocal attempts
        attempts += 1
        if attempts > MOST_ATTEMPTS:
            return False
        try:
            compare(fewer, variant, plant, read=True)
        except Difference as difference:
            last[0] = difference
            return True
        return False

    if fails(inputs[: found.number + 1]):
        inputs = shrink(inputs[: found.number + 1], fails)
        attempts = 0
        fails(inputs)
    found = last[0]
    pairs = enumerate(zip(found.expected, found.written, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), 0)
    words = " ".join(f"--input {data.hex() or '00'}" for data in inputs)
    planted_so = f"--plant {plant} " if plant else ""
    return "\n".join(
        [
            f"{found.lane} differs at byte {at} of the line, {VARIANTS[variant]}",
            *(f"  {CallFeed(data).call()}" for data in inputs[-3:]),
            f"  expected ...{found.expected[max(at - 60, 0) : at + 200]!r}",
            f"  written  ...{found.written[max(at - 60, 0) : at + 200]!r}",
            f"  python -m fuzz.lanes {planted_so}--variant {variant} {words}",
        ]
    )


def blocks(seed: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the number of a variant, and inputs, without end."""
    draw = random.Random(seed)
    while True:
        for variant in draw.sample(range(len(VARIANTS)), len(VARIANTS)):
            yield variant, [draw.randbytes(draw.randrange(4, 160)) for _ in range(BLOCK)]


def run(chosen: Iterable[tuple[int, list[bytes]]], options: argparse.Namespace) -> int:
    """Compare the blocks, as long as the options say; return 1 if something was found."""
    started, count = time.monotonic(), 0
    found: Difference | None = None
    for number, (variant, inputs) in enumerate(chosen):
        try:
            count += compare(inputs, variant, options.plant, read=number % READ == 0)
        except Difference as difference:
            found = difference
        if found is not None:  # no more in the handler, whose exception some calls would log
            told = report(found, inputs, variant, options.plant)
            print(f"lanes seed {options.seed}, block {number}: {told}")
            return 1
        if count >= options.values or time.monotonic() - started >= options.seconds:
            break
    took, lines = time.monotonic() - started, sum(LINES.values()) // len(ORDER)
    print(
        f"lanes {count:,} values in {lines:,} lines are alike in {', '.join(ORDER)}; "
        f"seed {options.seed}, {took:.0f} s, nothing found"
    )
    for lane in ORDER[1:]:
        print(f"      {lane} left {dict(LEFT[lane])} of {LINES[lane]:,} lines to the generic lane")
    return 0


def main() -> int:
    """Run what the options say."""
    summary = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="fuzz.lanes", description=summary, allow_abbrev=False)
    parser.add_argument("--values", type=int, default=10**9, help="end after so many")
    parser.add_argument("--seconds", type=float, default=10**9, help="end after so long")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--plant", choices=PLANTS, default="", help="put a fault into one lane")
    parser.add_argument("--variant", type=int, default=0, help="with --input: format and options")
    parser.add_argument("--input", action="append", type=bytes.fromhex, help="play these calls")
    options = parser.parse_args()
    given = [(options.variant, options.input)] if options.input else blocks(options.seed)
    return run(given, options)


if __name__ == "__main__":
    sys.exit(main())
