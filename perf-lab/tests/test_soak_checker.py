"""The soak's reader: it finds each line that is lost, torn, repeated or late, across renames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.checker import Checker
from perf_lab.soak.drift import find_slope
from perf_lab.soak.histogram import SHIFT, add_counts, latency_rows, percentiles_us
from perf_lab.soak.mix import CHILD_LINES, CYCLE, KINDS, LOG_NAME, compile_calls
from perf_lab.soak.reader import LogFiles
from perf_lab.workloads.workload import LOGGER_NAME, Options

Mixed = Callable[[int, int], list[bytes]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return a cycle of lines as Foundation writes them, with the numbers from 0 on."""
    rival = RIVALS["foundation"]
    module: Any = rival.load()
    path = tmp_path_factory.mktemp("mix") / LOG_NAME
    module.open_output(rival.setup, str(path), Options())
    log = module.get_logger(LOGGER_NAME)
    for number, call in enumerate(compile_calls(rival.syntax)):
        call(log, number)
    module.close()
    return path.read_bytes().splitlines(keepends=True)


@pytest.fixture
def mixed(written: list[bytes]) -> Mixed:
    """Return what makes the lines of messages, from the first to before the last."""

    def make(number: int) -> bytes:
        at = number % len(CYCLE)
        return written[at].replace(b'"seq":%d' % at, b'"seq":%d' % number, 1)

    return lambda first, stop: [make(number) for number in range(first, stop)]


def check(*blocks: list[bytes], first: int = 0) -> Checker:
    """Return a checker that has read blocks of lines."""
    checker = Checker(first)
    for block in blocks:
        checker.feed(b"".join(block))
    return checker


def wrong(checker: Checker) -> tuple[int, ...]:
    """Return what is lost, came twice, is torn, is late."""
    status = checker.status()
    return tuple(status[name] for name in ("lost", "twice", "torn", "late"))


def test_sound_lines_are_counted_and_few_are_parsed(mixed: Mixed) -> None:
    """Blocks of regular lines are compared as a whole, also where the numbers get longer."""
    checker = check(*(mixed(at, at + 500) for at in range(0, 20_000, 500)))

    assert (20_000, (0, 0, 0, 0)) == (checker.counts["lines"], wrong(checker)), checker.faults
    assert checker.counts["parsed"] < 5_000


def test_every_kind_of_values_is_judged(written: list[bytes]) -> None:
    """Each kind is in the cycle, and one whose value is another is not whole."""
    assert set(range(len(KINDS))) == set(CYCLE)
    for said, other in (
        (b"3f2504e0", b"3f2504e1"), (b'"119.90"', b'"119.91"'), (b'"day":"2026', b'"day":"2025'),
        (b'"active":true', b'"active":false'), (b'"service_":"shop"', b'"service_":"shed"'),
        (b'"token":"***"', b'"token":"a1b2c3d4"'), ("Zürich".encode(), b"Zurich"),
    ):  # fmt: skip
        at = next(number for number, line in enumerate(written) if said in line)
        checker = check(written[:at], [written[at].replace(said, other)], written[at + 1 :])
        assert (1, 0, 1, 0) == wrong(checker), said


@pytest.mark.parametrize("at", [0, 250, 499])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda text: b"", (1, 0, 0, 0), id="lost"),
        pytest.param(lambda text: text + text, (0, 1, 0, 0), id="twice"),
        pytest.param(lambda text: text[:40] + b"\n", (1, 0, 1, 0), id="torn"),
        pytest.param(lambda text: text[:-1] + text, (1, 0, 1, 0), id="fused"),
        pytest.param(lambda text: text.replace(b"alice", b"alicf"), (1, 0, 1, 0), id="field"),
        pytest.param(lambda text: text.replace(b"app", b"a\x00p"), (1, 0, 1, 0), id="byte"),
        pytest.param(lambda text: text.replace(b'"seq":1', b'"seq":x'), (1, 0, 1, 0), id="number"),
    ],
)
def test_one_wrong_line_among_many_is_found(
    mixed: Mixed, at: int, change: Callable[[bytes], bytes], expected: tuple[int, ...]
) -> None:
    """One bad line in a block, at its beginning, inside or at its end, is found."""
    block = mixed(10_502, 11_002)  # a plain line at each of these places
    block[at] = change(block[at])
    checker = check(mixed(10_000, 10_502), block, mixed(11_002, 11_500), first=10_000)

    assert expected == wrong(checker)
    assert checker.faults or expected[0]


def test_what_comes_late_is_not_lost(mixed: Mixed) -> None:
    """Lines that come after higher numbers fill their hole; the writer says how many there were."""
    checker = check(mixed(0, 100), mixed(200, 300), mixed(100, 200))
    assert (300, (0, 0, 0, 100)) == (checker.counts["lines"], wrong(checker))

    checker.finish(303)
    assert (3, 0, 0, 100) == wrong(checker)


def test_lines_of_other_kinds_are_checked_too(mixed: Mixed) -> None:
    """A warning and a debug line have numbers; one below the level is unwanted."""
    other = [
        b'{"event":"message_%s","level":"%s","seq":%d}\n' % each
        for each in ((b"warned", b"warning", 10), (b"debugged", b"debug", 11),
                     (b"unwanted", b"info", -1), (b"failed", b"error", 12))
    ]  # fmt: skip
    checker = check(mixed(0, 10), other)  # the failed one's exception is missing

    assert [1, 12, 1] == [checker.counts[name] for name in ("unwanted", "lines", "torn")]


def test_child_is_complete_when_each_of_its_lines_came_once() -> None:
    """A forked child whose lines are not all there, or come twice, stays unfinished."""
    child = [b'{"event":"child_wrote","child":%d,"line":%d}\n' % (n, each)
             for n in (0, 1) for each in range(CHILD_LINES)]  # fmt: skip
    checker = check(child[:-1])

    assert (1, 1) == (checker.counts["children"], checker.status()["unfinished_children"])


def test_files_are_renamed_followed_and_deleted(tmp_path: Path, mixed: Mixed) -> None:
    """Every line of every file counts, also those written to a file after it was renamed."""
    checker = Checker()
    files = LogFiles(tmp_path, checker)
    files.rotate_s = 0.0
    begun = b"".join(mixed(0, 100))
    files.current.write_bytes(begun[:-7])
    while not files.renamed.exists():
        files.read()
    with files.renamed.open("ab", buffering=0) as file:
        file.write(begun[-7:])
        files.current.write_bytes(b"".join(mixed(110, 200)))
        while files.rotations < 2:
            files.read()
        file.write(b"".join(mixed(100, 110)))  # its writer follows only now
    files.current.write_bytes(b"".join(mixed(200, 250)))
    files.rotate_s = 100.0
    files.finish()

    assert (250, (0, 0, 0, 10)) == (checker.counts["lines"], wrong(checker))
    assert [LOG_NAME] == [path.name for path in tmp_path.iterdir()]


def test_renamed_file_is_read_to_its_end(tmp_path: Path, mixed: Mixed) -> None:
    """What its writer wrote before it followed counts, also where the reader comes late."""
    checker = Checker()
    files = LogFiles(tmp_path, checker)
    files.rotate_s = 0.0
    files.current.write_bytes(b"".join(mixed(0, 100)))
    while not files.renamed.exists():
        files.read()
    files.rotate_s = 100.0
    with files.renamed.open("ab", buffering=0) as file:
        files.current.write_bytes(b"".join(mixed(200, 250)))
        while files.renamed.exists():
            files.read()
        file.write(b"".join(mixed(100, 200)))
    files._lingering = [(fd, 0.0) for fd, _ in files._lingering]
    files.finish()

    assert (250, (0, 0, 0, 100)) == (checker.counts["lines"], wrong(checker))


def test_percentiles_of_all_calls() -> None:
    """Calls of 1 to 100 us, and a slow one among them, of three seconds."""
    second = Counter(us * 1000 >> SHIFT for us in [*range(1, 100), 5000])
    run = Counter[int]()
    for _ in range(3):
        add_counts(run, {str(bucket): count for bucket, count in second.items()})
    found = percentiles_us(run)

    assert found["p50_us"] == pytest.approx(50.5, abs=1)
    assert found["p99_us"] == pytest.approx(5000, rel=0.05)
    assert 300 == sum(count for _, count in latency_rows(run))
    assert {} == percentiles_us({})


X = np.arange(100.0)


def noise(seed: int) -> NDArray[np.float64]:
    """Return noise in which each value resembles those before."""
    steps = np.random.default_rng(seed).normal(size=99)
    return np.append(0.0, np.convolve(steps, 0.6 ** np.arange(99))[:99])


@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_slope_is_inside_of_its_interval(slope: float) -> None:
    """A true slope lies inside of most intervals; of 0.5 none holds 0, and too few have none."""
    found = [find_slope(X, slope * X + noise(seed)) for seed in range(20)]

    assert len([each for each in found if each["low"] <= slope <= each["high"]]) >= 16
    assert not slope or all(each["low"] > 0 for each in found)
    assert {} == find_slope(X[:4], X[:4])


def test_wild_seconds_do_not_move_a_slope() -> None:
    """A few values that are a hundred times as high leave the slope where it was."""
    y = 0.5 * X + noise(1)
    y[[20, 60, 61, 90]] *= 100
    exact = find_slope(X, 3 * X)

    assert find_slope(X, y)["slope"] == pytest.approx(0.5, rel=0.1)
    assert [297.0, 297.0] == pytest.approx([exact["total"], exact["total_low"]])
