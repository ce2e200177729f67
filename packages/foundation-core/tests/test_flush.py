"""`flush`: what has been accepted is with the kernel or counted, and nothing is shut down."""

from __future__ import annotations

from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane, parse
from posix_only import posix_only


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


@posix_only("exec starts another process there")
def test_exec_after_a_flush_loses_no_line(lane: Lane) -> None:
    """A process that replaces itself, which no exit handler sees, has written its queue."""
    done = lane.run("""
        from provide.foundation import flush
        use(log_file=FILE, delivery="background")
        for number in range(2000): log.info("x", number=number)
        report(flushed=flush())
        os.execv(sys.executable, [sys.executable, "-c", "pass"])
    """)

    lines, torn = parse(done.file.read_bytes())
    assert (True, list(range(2000)), []) == (
        done.report["flushed"],
        [line["number"] for line in lines],
        torn,
    )


def test_flush_shuts_nothing_down(lane: Lane) -> None:
    """Lines after a flush are queued as before, and a second flush writes them."""
    done = lane.run("""
        from provide.foundation import flush
        gate = threading.Event()
        def take(line): gate.wait(30)
        use(outputs=[take], delivery="background")
        log.info("x")
        first = flush(0.05)
        log.info("y")
        queued = stats().outputs["take"].queue.lines
        gate.set()
        report(first=first, queued=queued, second=flush(30), third=flush(0))
    """)

    facts = {name: done.report[name] for name in ("first", "queued", "second", "third")}
    assert {"first": False, "queued": 2, "second": True, "third": True} == facts
    assert (2, 0) == done.balance("take")


def test_flush_before_the_first_line(lane: Lane) -> None:
    """Where nothing has been set up there is nothing to wait for, and nothing starts."""
    done = lane.run("""
        from provide.foundation import flush
        report(flushed=flush())
    """)

    assert (True, {}) == (done.report["flushed"], done.report["stats"])


@posix_only("no timers that send signals")
def test_flush_in_a_signal_handler(lane: Lane) -> None:
    """A handler flushes whatever it interrupts: a call, a set-up, another flush; none hangs."""
    done = lane.run("""
        from provide.foundation import flush
        flushed = []
        def handle(*_):
            log.info("signal")
            flushed.append(flush(1))
        signal.signal(signal.SIGALRM, handle)
        use(log_file=FILE, delivery="background")
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        calls = 0
        while len(flushed) < 100:
            log.info("x", number=calls); calls += 1
            if not calls % 50: flush(1)
            if not calls % 500: use(log_file=FILE, delivery="background")
        signal.setitimer(signal.ITIMER_REAL, 0)
        end = flush()
        report(calls=calls, signals=len(flushed), end=end)
    """)

    lines, torn = parse(done.file.read_bytes())
    signals = sum(line["event"] == "signal" for line in lines)
    assert (0, True, done.report["signals"], done.report["calls"], []) == (
        done.status,
        done.report["end"],
        signals,
        len(lines) - signals,
        torn,
    )


@posix_only("no timers that send signals")
def test_flush_within_the_line_that_it_interrupts(lane: Lane) -> None:
    """A handler's line that waits for the call which it has interrupted is not called done."""
    done = lane.run("""
        from provide.foundation import flush
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        os.dup2(writer, 2)
        use(output="stderr", delivery=Delivery(write_timeout_s=30))
        flushed = []
        def handle(*_):
            log.info("signal")
            flushed.append(flush(0.05))
        def read():
            while not flushed: time.sleep(0.01)
            while os.read(reader, 65536): pass
        threading.Thread(target=read, daemon=True).start()
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        log.info("long", text="y" * 200_000)
        report(inside=flushed, after=flush(30))
        os._exit(0)
    """)

    assert ([False], True) == (done.report["inside"], done.report["after"])
    assert (2, 0) == done.balance("stderr")


def test_output_that_flushes(lane: Lane) -> None:
    """A function that is an output and flushes is told False at once: it would wait for itself."""
    done = lane.run("""
        from provide.foundation import flush
        flushed = []
        def take(line):
            started = time.monotonic()
            flushed.append((flush(30), time.monotonic() - started < 10))
        use(outputs=[take], delivery="background")
        log.info("x")
        report(outer=flush(30), inner=flushed)
    """)

    assert (True, [[False, True]]) == (done.report["outer"], done.report["inner"])


def test_flush_of_many_threads(lane: Lane) -> None:
    """Threads that log and flush at once are each told of their own lines, and lose none."""
    done = lane.run("""
        from provide.foundation import flush
        use(log_file=FILE, delivery="background")
        results = []
        def work(thread):
            for turn in range(20):
                for number in range(10): log.info("x", number=number)
                results.append(flush(30))
        in_threads(4, work)
        report(results=results, lines=open(FILE).read().count("\\n"))
    """)

    assert ([True] * 80, 800) == (done.report["results"], done.report["lines"])


def test_handler_that_cannot_be_flushed(lane: Lane) -> None:
    """What a handler of `logging` raises is counted, and the flush says that it is not done."""
    done = lane.run("""
        import logging
        from provide.foundation import flush
        class Broken(logging.Handler):
            def emit(self, record): pass
            def flush(self): raise OSError("no")
        use(outputs=[Broken()])
        log.info("x")
        report(flushed=flush(), faults=stats().faults)
    """)

    assert (False, {"flush": 1}) == (done.report["flushed"], done.report["faults"])
