"""The soak's reader: it finds each line that is lost, torn, repeated or late, across renames."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perf_lab.soak.checker import Checker
from perf_lab.soak.histogram import Histogram
from perf_lab.soak.protocol import CHILD_LINES, LOG_NAME
from perf_lab.soak.reader import LogFiles


def line(number: int, *, event: str = "message_written", level: str = "info") -> bytes:
    """Return what Foundation writes for a message."""
    return (
        b'{"timestamp":"2026-01-02T03:04:05.%06dZ","level":"%s","logger":"soak","event":"%s",'
        b'"seq":%d,"user":"alice","load":2.5}\n'
        % (number % 1_000_000, level.encode(), event.encode(), number)
    )


def lines(first: int, stop: int) -> list[bytes]:
    """Return the lines of so many messages."""
    return [line(number) for number in range(first, stop)]


def check(*blocks: list[bytes]) -> Checker:
    """Return a checker that has read blocks of lines."""
    checker = Checker()
    for block in blocks:
        checker.feed(b"".join(block))
    return checker


def wrong(checker: Checker) -> tuple[int, int, int, int]:
    """Return what is lost, came twice, is torn, is late."""
    return checker.lost, checker.twice, checker.torn, checker.late


def test_sound_lines_are_counted_and_few_are_parsed() -> None:
    """Blocks of regular lines are compared as a whole, also where the numbers get longer."""
    checker = check(*(lines(at, at + 500) for at in range(0, 20_000, 500)))

    assert (20_000, (0, 0, 0, 0)) == (checker.lines, wrong(checker))
    assert checker.parsed < 5_000


@pytest.mark.parametrize("at", [0, 250, 499])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda text: b"", (1, 0, 0, 0), id="lost"),
        pytest.param(lambda text: text + text, (0, 1, 0, 0), id="twice"),
        pytest.param(lambda text: text[:40] + b"\n", (1, 0, 1, 0), id="torn"),
        pytest.param(lambda text: text[:-1] + text, (1, 0, 1, 0), id="fused"),
        pytest.param(lambda text: text.replace(b"alice", b"alicf"), (1, 0, 1, 0), id="field"),
        pytest.param(lambda text: text.replace(b"soak", b"so\x00k"), (1, 0, 1, 0), id="byte"),
        pytest.param(lambda text: text.replace(b'"seq":1', b'"seq":x'), (1, 0, 1, 0), id="number"),
    ],
)
def test_one_wrong_line_among_many_is_found(
    at: int, change: object, expected: tuple[int, ...]
) -> None:
    """One bad line in a block, at its beginning, inside or at its end, is found."""
    block = lines(10_500, 11_000)
    block[at] = change(block[at])  # type: ignore[operator]
    checker = Checker(10_000)
    for each in (lines(10_000, 10_500), block, lines(11_000, 11_500)):
        checker.feed(b"".join(each))

    assert expected == wrong(checker)
    assert checker.faults or expected[0]


def test_what_comes_late_is_not_lost() -> None:
    """Lines that come after higher numbers fill their hole."""
    checker = check(lines(0, 100), lines(200, 300), lines(100, 200))

    assert (300, (0, 0, 0, 100)) == (checker.lines, wrong(checker))


def test_lines_missing_at_the_end_are_lost() -> None:
    """The writer says how many there were; what did not come is lost."""
    checker = check(lines(0, 100))
    checker.finish(103)

    assert (3, 0, 0, 0) == wrong(checker)


def test_lines_of_other_kinds_are_checked_too() -> None:
    """A warning and a debug line have numbers; one below the level is unwanted."""
    checker = check(
        lines(0, 10),
        [
            line(10, event="message_warned", level="warning"),
            line(11, event="message_debugged", level="debug"),
            line(-1, event="message_unwanted"),
            line(12, event="message_failed", level="error"),  # its exception is missing
        ],
    )

    assert (1, 12, 1) == (checker.unwanted, checker.lines, checker.torn)


def test_child_is_complete_when_each_of_its_lines_came_once() -> None:
    """A forked child whose lines are not all there, or come twice, stays unfinished."""
    child = [b'{"event":"child_wrote","child":%d,"line":%d}\n' % (n, each)
             for n in (0, 1) for each in range(CHILD_LINES)]  # fmt: skip
    checker = check(child[:-1])

    assert (1, 1) == (checker.children, checker.status()["unfinished_children"])


def test_files_are_followed_through_renames_and_deleted(tmp_path: Path) -> None:
    """Every line of every file counts, also those written to a file after it was renamed."""
    checker = Checker()
    files = LogFiles(tmp_path, checker)
    current = tmp_path / LOG_NAME
    current.write_bytes(b"".join(lines(0, 100))[:-7])
    while files.read():
        pass
    with current.open("ab", buffering=0) as file:
        file.write(line(99)[-7:])
        os.rename(current, f"{current}.1")
        current.write_bytes(b"".join(lines(110, 200)))
        while files.read():
            pass
        file.write(b"".join(lines(100, 110)))  # its writer follows only now
    os.rename(current, f"{current}.2")
    current.write_bytes(b"".join(lines(200, 250)))
    files.finish()

    assert (250, (0, 0, 0, 10)) == (checker.lines, wrong(checker))
    assert [LOG_NAME] == [path.name for path in tmp_path.iterdir()]


def test_histogram_knows_its_percentiles() -> None:
    """Calls of 1 to 100 us, a slow one among them, and a second histogram that adds them up."""
    second, run = Histogram(), Histogram(total=True)
    for us in range(1, 100):
        second.counts[us * 1000 >> 6] += 1
    second.slow.append(5_000_000)
    for _ in range(3):
        run.add(second)
    found = run.percentiles_us()

    assert found["p50"] == pytest.approx(50.5, abs=1)
    assert found["p99"] == pytest.approx(5000, rel=0.05)
    assert sum(count for _, count in run.rows()) == 300
    second.clear()
    assert {} == second.percentiles_us()
