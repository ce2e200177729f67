"""Streams of the user's on pipes that do not block, on full disks, and in the place of stderr."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import LIMIT_S, Lane, Run, parse

if sys.platform == "win32":
    pytest.skip("pipes as POSIX has them", allow_module_level=True)


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


def through_a_pipe(lane: Lane, script: str, pause_s: float) -> tuple[Run, bytes]:
    """Run a script whose stdout is a pipe that does not block; return what a slow reader read."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    kept = bytearray()

    def read() -> None:
        pause = threading.Event()
        while data := os.read(reader, 4096):
            kept.extend(data)
            pause.wait(pause_s)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        # Else Python gives stdout no buffer.
        done = lane.run(script, stdout=writer, env={"PYTHONUNBUFFERED": ""})
    finally:
        os.close(writer)
        thread.join(LIMIT_S)
        os.close(reader)
    return done, bytes(kept)


STREAMS = {
    "stderr is stdout": "sys.stderr = sys.stdout; use(output='stderr')",
    "text": "use(outputs=[OutputConfig(os.fdopen(1, 'w', closefd=False))])",
    "binary": "use(outputs=[OutputConfig(os.fdopen(1, 'wb', closefd=False))])",
    "subclass": (
        "class Own(io.TextIOWrapper): pass\n"
        "use(outputs=[OutputConfig(Own(io.BufferedWriter(io.FileIO(1, 'wb', closefd=False), "
        "1 << 20)))])"
    ),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_buffered_stream_on_a_pipe_that_does_not_block(lane: Lane, stream: str) -> None:
    """Each line is whole and comes once, or is counted and does not come at all."""
    script = f"{STREAMS[stream]}\n" + (
        'for number in range(200): log.info("x", number=number, text="y" * 2_000)\n'
        "(counts,) = [c for c in stats().outputs.values() if c.written or c.dropped]\n"
        "report(counts=counts.as_dict())\n"
    )
    done, data = through_a_pipe(lane, script, 0.001)

    lines, torn = parse(data)
    numbers = [line["number"] for line in lines]
    counts = done.report["counts"]
    assert ([], list(range(200)), 200, {}) == (
        torn,
        numbers,
        sum(counts["written"].values()),
        counts["dropped"],
    )


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_buffered_stream_on_a_full_disk(lane: Lane, mode: str) -> None:
    """What counts as dropped does not come later, when there is room again."""
    done = lane.run(f"""
        stream = open(FILE, {mode!r})
        use(outputs=[stream])
        log.info("x", number=0)
        import sys; sys.dont_write_bytecode = True  # else a module may be cut short
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = os.fstat(stream.fileno()).st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        for number in range(1, 10): log.info("x", number=number)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        for number in range(10, 12): log.info("x", number=number)
        report(name=stream.name)
    """)

    lines, torn = parse(done.file.read_bytes())
    assert ([0, 10, 11], [], (3, 9)) == (
        [line["number"] for line in lines],
        torn,
        done.balance(done.report["name"]),
    )


def test_stream_keeps_the_order_of_what_the_program_writes_to_it(lane: Lane) -> None:
    """What waits in the stream's own buffer is written before the line."""
    done = lane.run("""
        stream = open(FILE, "w")
        use(outputs=[stream])
        for number in range(3):
            print("before", number, file=stream)
            log.info("x", number=number)
        print("after", file=stream)
        stream.close()
    """)

    heads = [line[:8] for line in done.file.read_text().splitlines()]
    expected = [f"before {n // 2}" if n % 2 == 0 else '{"timest' for n in range(6)]
    assert [*expected, "after"] == heads


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_encoding_of_a_stream(lane: Lane, encoding: str) -> None:
    """Encodings with a mark at the begin have it once; what an encoding lacks is escaped."""
    lane.run(f"""
        stream = open(FILE, "w", encoding={encoding!r}, errors="strict")
        use(outputs=[stream])
        for number in range(3): log.info("x", number=number, text="\\u00e4")
        stream.close()
    """)

    text = lane.file.read_text(encoding)
    lines, torn = parse(text.encode())
    assert (["\u00e4"] * 3, [], 0) == ([line["text"] for line in lines], torn, text.count("\ufeff"))


# Readers that stall


BURSTY = """
from resource import RUSAGE_THREAD, getrusage
def sleeps(): return getrusage(RUSAGE_THREAD).ru_nvcsw
end = time.monotonic() + 6
waited = calls = 0
while time.monotonic() < end:
    before, started = sleeps(), time.monotonic()
    log.info("x", number=calls, text="y" * 1_000)
    took = time.monotonic() - started
    calls += 1
    if took > 0.02 and sleeps() > before: waited += took
    time.sleep(0.0005)
queued = None
if DELIVERY == "background":
    from provide.foundation import shutdown_telemetry
    shutdown_telemetry()
report(waited=waited, calls=calls)
"""
"""Seconds of 6 in which calls slept for more than 20 ms; to be preempted is no sleep."""


@pytest.mark.slow
@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_bursty_reader_costs_five_percent(lane: Lane, delivery: str) -> None:
    """A reader that takes 64 KB every second and a half holds calls for half a second of ten."""
    waited: list[float] = []
    while len(waited) < 3 and min(waited, default=6.0) > 2.5:  # beside other work, more than one
        done, kept = read_in_bursts(lane, delivery)
        lines, torn = parse(kept)
        written, dropped = done.balance("stderr")
        waited.append(done.report["waited"])
        assert (0, [], done.report["calls"], written) == (
            done.status, torn, written + dropped, len(lines),
        )  # fmt: skip

    assert min(waited) < 2.5, waited  # 0.5 by promise; 4 of 6 without it


def read_in_bursts(lane: Lane, delivery: str) -> tuple[Run, bytes]:
    """Run the program with such a reader, and return what it left and what was read."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = lane.start(
        f"DELIVERY = {delivery!r}\n"
        f"use(output='stderr', delivery=Delivery(DELIVERY, queue_lines=100))\n{BURSTY}",
        stdout=subprocess.PIPE,
        stderr=writer,
    )
    os.close(writer)
    kept = bytearray()

    def read() -> None:
        pause = threading.Event()
        while process.poll() is None:
            pause.wait(1.5)
            os.set_blocking(reader, False)
            try:
                kept.extend(os.read(reader, 65536))
            except BlockingIOError:
                continue
        os.set_blocking(reader, True)
        while data := os.read(reader, 65536):
            kept.extend(data)
        os.close(reader)

    thread = threading.Thread(target=read)
    thread.start()
    process.communicate(timeout=LIMIT_S)
    thread.join(LIMIT_S)
    return Run(lane.folder, process.returncode, b"", b""), bytes(kept)
