"""The cache of events: bounded, counted, and good to the events that come again."""

from __future__ import annotations

import sys
import threading
import tracemalloc

from provide.foundation.emoji.cache import LIMIT, LONGEST_KEY, CacheInfo, TextCache


def test_value_is_computed_once() -> None:
    """A text that comes again is not computed again; the counts say so."""
    computed: list[str] = []

    def compute(text: str) -> str:
        computed.append(text)
        return text.upper()

    cache = TextCache(compute)

    assert (["A", "A", "B"], ["a", "b"], CacheInfo(1, 2, 2, LIMIT)) == (
        [cache.get("a"), cache.get("a"), cache.get("b")],
        computed,
        cache.info(),
    )


def test_looking_at_the_counts_does_not_change_them() -> None:
    """The counts stay while nobody asks for a text."""
    cache = TextCache(str.upper)
    cache.get("a")

    assert [CacheInfo(0, 1, 1, 2_730)] * 3 == [cache.info() for _ in range(3)]


def test_unique_texts_do_not_push_out_those_that_come_again() -> None:
    """Among 100,000 texts that never come again, ten that do are found 99 times out of 100."""
    computed: list[str] = []

    def compute(text: str) -> str:
        computed.append(text)
        return ""

    cache = TextCache(compute)
    hot = [f"hot_{number}" for number in range(10)]
    largest = 0
    for number in range(100_000):
        cache.get(f"request {number} served")
        cache.get(hot[number % 10])
        if number % 1_000 == 0:
            largest = max(largest, cache.info().size)
    missed = sum(text in hot for text in computed)

    assert (True, True, 200_000) == (
        missed <= 1_000,
        0 < largest <= LIMIT,
        cache.info().hits + cache.info().misses,
    )


def test_long_text_is_not_kept() -> None:
    """A text of more than 200 characters is computed each time, so that memory is bounded."""
    cache = TextCache(str.upper)
    for _ in range(2):
        cache.get("a" * LONGEST_KEY)
        cache.get("a" * (LONGEST_KEY + 1))

    assert CacheInfo(1, 3, 1, LIMIT) == cache.info()


class Hostile(str):
    """Be a string whose own methods raise."""

    def __hash__(self) -> int:
        """Refuse."""
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        """Refuse."""
        raise RuntimeError


def test_subclass_of_str_is_not_kept() -> None:
    """A text whose methods raise has no value, does no harm and is not kept."""
    cache = TextCache(str.upper)

    assert ("", CacheInfo(0, 1, 0, LIMIT)) == (cache.get(Hostile("a")), cache.info())


def test_memory_of_a_full_cache() -> None:
    """A full cache takes at most 50 bytes for each event, beside the events themselves."""
    texts = [f"request {number} served" for number in range(LIMIT * 2)]
    sizes = []
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        cache = TextCache(lambda _text: "[x]")
        # All fillings from half full on: the worst of them counts.
        for number, text in enumerate(texts):
            cache.get(text)
            if number > LIMIT and number % 97 == 0:
                used = tracemalloc.get_traced_memory()[0] - before
                sizes.append(used / cache.info().size)
    finally:
        tracemalloc.stop()

    assert max(sizes) <= 50


def test_32_threads_get_the_right_values() -> None:
    """Under 32 threads every value is right, the size stays bounded and no look is lost."""
    cache = TextCache(lambda text: text + "!")
    wrong: list[str] = []
    start = threading.Barrier(32)

    def run(seed: int) -> None:
        start.wait()
        for number in range(2_000):
            text = f"{(number * seed) % 5_000}"
            if cache.get(text) != text + "!":
                wrong.append(text)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=run, args=(seed,)) for seed in range(1, 33)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    info = cache.info()

    assert ([], 64_000, True) == (wrong, info.hits + info.misses, info.size <= LIMIT)
