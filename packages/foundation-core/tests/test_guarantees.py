"""The promises 1 to 6, 11 and 12 of docs/guarantees, each kept by a real process in every lane.

Every script runs in an interpreter of its own, with a time limit that stands for "no deadlock". It
reports how many calls returned and what `stats()` says; the test reads what arrived. Raise
FOUNDATION_TEST_SCALE to repeat more often.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import LIMIT_S, SCALE, Lane, Run, own_records, parse
from posix_only import atomic_appends, deleted_at_once, posix_only


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


def read_slowly(fd: int, pause_s: float, kept: bytearray, chunk: int = 4096) -> None:
    """Read a pipe to its end, with a pause after each chunk."""
    while data := os.read(fd, chunk):
        kept += data
        time.sleep(pause_s)
    os.close(fd)


# A full disk and a limit


@posix_only("no /dev/full")
def test_full_device_loses_nothing_silently(lane: Lane) -> None:
    """Every line that a full device refuses is counted, and the caller sees no exception."""
    done = lane.run("""
        use(log_file="/dev/full")
        for number in range(50): log.info("x", number=number)
        report()
    """)

    assert (0, (0, 50), {"enospc": 50}) == (
        done.status,
        done.balance("/dev/full"),
        done.report["stats"]["/dev/full"]["dropped"],
    )


@posix_only("no /dev/full")
def test_dropped_lines_are_said_on_stderr(lane: Lane) -> None:
    """The first loss is said at once and the sum of them at the end, as JSON records."""
    done = lane.run("""
        use(log_file="/dev/full")
        for number in range(50): log.info("x", number=number)
        print("", end="")
    """)

    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert [
        ("lines were dropped", {"enospc": 1}),
        ("lines were dropped in this process", {"/dev/full": {"enospc": 50}}),
    ] == [(record["event"], record["dropped"]) for record in said]


@posix_only("no /dev/full")
def test_notices_are_no_calls(lane: Lane) -> None:
    """A notice on stderr is not counted among the lines that the caller sent there."""
    done = lane.run("""
        use(outputs=[OutputConfig("/dev/full"), OutputConfig("stderr", level="ERROR")])
        log.info("x")
        log.error("y")
        report(own=stats().outputs["stderr"].own_records)
    """)

    assert ((1, 0), 1) == (done.balance("stderr"), done.report["own"])


@posix_only("no limits of resources")
def test_file_size_limit_tears_one_line_and_is_survived(lane: Lane) -> None:
    """A short write leaves one torn line, closed off; after it all is whole, with a record."""
    done = lane.run("""
        use(log_file=FILE)
        import sys; sys.dont_write_bytecode = True  # else a module may be cut short
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5003, hard))
        for number in range(100): log.info("x", number=number)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        for number in range(100, 110): log.info("x", number=number)
        report()
    """)

    data = done.file.read_bytes()
    lines, torn = parse(data)
    written, dropped = done.balance(str(lane.file))
    (recovery,) = own_records(data, "output recovered")
    assert (110, len(lines), dropped, 1, list(range(100, 110))) == (
        written + dropped,
        written,
        recovery["dropped"],
        len(torn),
        [line["number"] for line in lines][-10:],
    )


@posix_only("no limits of resources")
def test_calls_wait_for_no_disk_that_is_full(lane: Lane) -> None:
    """Whether another process is completing the torn line is waited for once, not in each call."""
    done = lane.run("""
        use(log_file=FILE)
        import sys; sys.dont_write_bytecode = True  # else a module may be cut short
        sleep, waits = time.sleep, []
        time.sleep = lambda seconds: waits.append(seconds) or sleep(seconds)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5003, hard))
        for number in range(500): log.info("x", number=number)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        report(waits=len(waits))
    """)

    written, dropped = done.balance(str(lane.file))
    assert (500, True, True) == (written + dropped, dropped > 400, done.report["waits"] <= 4)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 64 KB, where the machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs takes root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@posix_only("no small disk can be mounted")
def test_full_disk_is_survived_by_several_processes(lane: Lane, small_disk: Path) -> None:
    """Whoever is first to write again closes off the torn line of whoever has left it."""
    file = small_disk / "app.log"
    done = lane.run(
        """
        ballast = os.path.join(os.path.dirname(FILE), "ballast")
        with open(ballast, "wb") as disk: disk.write(bytes(40000))
        use(log_file=FILE)
        to_child, from_parent = os.pipe()
        to_parent, from_child = os.pipe()
        child = os.fork()
        if child == 0:
            while True:  # finds the disk full, and not because of a torn line of its own
                order = os.read(to_child, 1)
                if order == b"f":
                    for number in range(5): log.info("child", number=number)
                elif order == b"r":
                    log.info("child again")
                    report(child=True)
                    os._exit(0)
                os.write(from_child, b"k")
        calls = 0
        while not sum(stats().outputs[FILE].dropped.values()):
            log.info("x", number=calls); calls += 1
        os.write(from_parent, b"f"); os.read(to_parent, 1)
        os.unlink(ballast)
        os.write(from_parent, b"r"); os.waitpid(child, 0)
        log.info("parent again")
        """,
        env={"LOG_FILE": str(file)},
    )

    data = file.read_bytes()
    lines, torn = parse(data)
    assert (0, ["child again", "parent again"], 1, [5, 1]) == (
        done.status,
        [line["event"] for line in lines][-2:],
        len(torn),
        [record["dropped"] for record in own_records(data, "output recovered")],
    )


def test_torn_line_of_an_earlier_process_is_closed_off(lane: Lane) -> None:
    """The first line of a process does not continue the torn line that it finds in the file."""
    lane.file.write_bytes(b'{"half a li')

    lane.run("""
        use(log_file=FILE)
        log.info("first"); log.info("second")
    """)

    lines, torn = parse(lane.file.read_bytes())
    assert (["first", "second"], [b'{"half a li']) == ([line["event"] for line in lines], torn)


# Standard streams


@posix_only("no shell that closes descriptors")
def test_started_without_stderr(lane: Lane) -> None:
    """A process that was started with stderr closed drops its lines, counted, and runs on."""
    done = lane.run(
        """
        for number in range(10): log.info("x")
        report()
        """,
        shell="2>&-",
    )

    assert (0, (0, 10), {"no_stream": 10}) == (
        done.status,
        done.balance("stderr"),
        done.report["stats"]["stderr"]["dropped"],
    )


@posix_only("no shell that closes descriptors")
def test_log_file_does_not_become_stderr(lane: Lane) -> None:
    """A log file does not get a standard descriptor's number, even where it is free."""
    done = lane.run(
        """
        use(log_file=FILE)
        try: os.write(2, b"what a C library prints")
        except OSError: pass
        log.info("x")
        """,
        shell="2>&-",
    )

    assert (1, []) == (len(parse(done.file.read_bytes())[0]), parse(done.file.read_bytes())[1])


@posix_only("no shell that closes descriptors")
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        pytest.param("sys.stderr = None", "no_stream", id="none"),
        pytest.param("del sys.stderr", "no_stream", id="deleted"),
        pytest.param("sys.stderr.close()", "closed", id="closed"),
        pytest.param("kept = sys.stderr.detach()", "closed", id="detached"),
        pytest.param("os.close(2)", "ebadf", id="descriptor-closed"),
        pytest.param("sys.stderr = open(FILE, 'w'); sys.stderr.close()", "closed", id="replaced"),
        pytest.param("sys.stderr = 7", "attributeerror", id="no-stream-at-all"),
    ],
)
@pytest.mark.parametrize("output", ["stderr", "stdout"])
def test_unusable_stream_is_counted(lane: Lane, output: str, what: str, reason: str) -> None:
    """Lines for a stream that cannot be written are counted, and nothing is raised."""
    number = "1" if output == "stdout" else "2"
    what = what.replace("stderr", output).replace("close(2)", f"close({number})")
    done = lane.run(f"""
        use(output="{output}")
        log.info("before")
        {what}
        for number in range(5): log.info("x")
        report()
        os._exit(0)
    """)

    assert (0, (1, 5), {reason: 5}) == (
        done.status,
        done.balance(output),
        done.report["stats"][output]["dropped"],
    )


def test_replaced_stream_is_written_through_its_own_write(lane: Lane) -> None:
    """What redirect_stderr puts in place gets the lines, from the next call to the last."""
    done = lane.run("""
        import contextlib
        log.info("before")
        with contextlib.redirect_stderr(io.StringIO()) as kept:
            log.info("inside", word="\\u20ac")
        log.info("after")
        report(kept=kept.getvalue())
    """)

    assert (["before", "after"], ["inside"], (3, 0)) == (
        [line["event"] for line in parse(done.stderr)[0]],
        [line["event"] for line in parse(done.report["kept"].encode())[0]],
        done.balance("stderr"),
    )


@pytest.mark.parametrize(
    ("body", "written", "dropped"),
    [
        pytest.param("raise RuntimeError('no')", 0, {"runtimeerror": 5}, id="raises"),
        pytest.param("raise OSError(28, 'full')", 0, {"enospc": 5}, id="full"),
        # The first of the five brings one line from its own write, that one another, and so on.
        # Its first line shows where it leads; the other four go to the stream that it replaced.
        pytest.param("log.info('again'); kept(text)", 8, {"reentrant": 1}, id="logs-itself"),
        pytest.param("kept(text.decode())", 5, {}, id="takes-bytes"),
    ],
)
def test_stream_of_the_users(lane: Lane, body: str, written: int, dropped: dict[str, int]) -> None:
    """A stream may do anything in its write: calls are lines or counted, and end."""
    if "decode" in body:
        body = f"if type(text) is str: raise TypeError\n                {body}"
    done = lane.run(f"""
        lines = []
        kept = lines.append
        class Stream:
            def write(self, text):
                {body}
        use()
        sys.stderr = Stream()
        for number in range(5): log.info("x")
        sys.stderr = sys.__stderr__
        report(lines=len(lines))
    """)

    counts = done.report["stats"]["stderr"]
    assert (written, dropped, written) == (
        sum(counts["written"].values()),
        counts["dropped"],
        done.report["lines"] + done.stderr.count(b'"event":"x"'),
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_strict_encoding_keeps_json_valid(lane: Lane, encoding: str) -> None:
    """A character that a stream cannot encode is escaped as JSON has it, and reads back."""
    done = lane.run(f"""
        use()
        sys.stderr = open(FILE, "w", encoding="{encoding}", errors="strict")
        log.info("x", word="\\u00e9\\u4e16\\U0001f600")
        report()
    """)

    assert ("é世😀", (1, 0)) == (
        json.loads(done.file.read_text(encoding))["word"],
        done.balance("stderr"),
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("target", ["pipe", "file"])
def test_stdout_keeps_the_order_of_print(lane: Lane, target: str, unbuffered: str) -> None:
    """Lines and what print() wrote come out in the order of the calls."""
    with (lane.folder / "out").open("wb") as file:
        done = lane.run(
            """
            use(output="stdout")
            for number in range(100):
                print(2 * number)
                log.info("x", number=2 * number + 1)
            """,
            stdout=file if target == "file" else subprocess.PIPE,
            env={"PYTHONUNBUFFERED": unbuffered},
        )

    data = (lane.folder / "out").read_bytes() if target == "file" else done.stdout
    seen = [json.loads(line) for line in data.splitlines()]
    assert list(range(200)) == [n if isinstance(n, int) else n["number"] for n in seen]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("stream", ["sys.stdout", "sys.stdout.buffer", '"stdout"'])
def test_long_lines_through_a_pipe_are_whole(lane: Lane, stream: str, unbuffered: str) -> None:
    """Lines of 300 KB from 8 threads arrive whole, also through an unbuffered stream."""
    done = lane.run(
        f"""
        use(outputs=[OutputConfig({stream})])
        def work(thread):
            for number in range(10): log.info("x", id=[thread, number], text="y" * 300_000)
        in_threads(8, work)
        """,
        env={"PYTHONUNBUFFERED": unbuffered},
    )

    lines, torn = parse(done.stdout)
    assert (80, 80, []) == (len(lines), len({tuple(line["id"]) for line in lines}), torn)


# Pipes and sockets


def test_broken_pipe_is_counted(lane: Lane) -> None:
    """Lines for a reader that has gone are counted, and nothing is raised."""
    reader, writer = os.pipe()
    os.close(reader)
    done = lane.run(
        """
        for number in range(20): log.info("x")
        report()
        """,
        stderr=writer,
    )
    os.close(writer)

    assert (0, (0, 20), {"epipe": 20}) == (
        done.status,
        done.balance("stderr"),
        done.report["stats"]["stderr"]["dropped"],
    )


@posix_only("pipes wait")
def test_slow_reader_of_a_non_blocking_pipe_gets_every_line(lane: Lane) -> None:
    """EAGAIN and short writes are completed, while the reader keeps reading."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    kept = bytearray()
    thread = threading.Thread(target=read_slowly, args=(reader, 0.001, kept))
    thread.start()
    done = lane.run(
        """
        for number in range(20): log.info("x", number=number, text="y" * 50_000)
        report()
        """,
        stderr=writer,
    )
    os.close(writer)
    thread.join()

    lines, torn = parse(bytes(kept))
    assert (list(range(20)), [], (20, 0)) == (
        [line["number"] for line in lines],
        torn,
        done.balance("stderr"),
    )


@posix_only("pipes wait")
def test_stuck_reader_costs_one_deadline(lane: Lane) -> None:
    """Only one line waits for a reader that is stuck; once it reads, all is whole again."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = lane.start(
        """
        use(delivery=Delivery(write_timeout_s=0.5))
        start = time.monotonic()
        for number in range(100): log.info("x", number=number, text="y" * 3_000)
        log.info("long", text="y" * 100_000)
        elapsed = time.monotonic() - start
        print("full", flush=True); sys.stdin.readline()
        log.info("after"); log.info("last")
        report(elapsed=elapsed)
        """,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=writer,
    )
    os.close(writer)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    kept = bytearray(os.read(reader, 1 << 20))
    process.communicate(b"go\n", timeout=LIMIT_S)
    read_slowly(reader, 0, kept)
    done = Run(lane.folder, process.returncode, b"", b"")

    lines, _ = parse(bytes(kept))
    written, dropped = done.balance("stderr")
    assert (103, written, ["after", "last"], True, [dropped]) == (
        written + dropped,
        len(lines),
        [line["event"] for line in lines][-2:],
        done.report["elapsed"] < 10,  # one deadline is 0.5 s; 101 of them would be 50
        [r["dropped"] for r in own_records(bytes(kept), "output recovered")],
    )


@posix_only("sockets are no descriptors")
def test_stream_socket_as_stderr(lane: Lane) -> None:
    """Lines through a socket, as systemd gives one, arrive whole from several threads."""
    ours, theirs = socket.socketpair()
    kept = bytearray()
    thread = threading.Thread(target=read_slowly, args=(ours.detach(), 0, kept))
    thread.start()
    done = lane.run(
        """
        def work(thread):
            for number in range(20): log.info("x", text="y" * random.randrange(200_000))
        in_threads(4, work)
        report()
        """,
        stderr=theirs,
    )
    theirs.close()
    thread.join()

    lines, torn = parse(bytes(kept))
    assert (80, [], (80, 0)) == (len(lines), torn, done.balance("stderr"))


@posix_only("no pseudo-terminals; test_windows_console.py has a console")
def test_terminal_gets_every_line(lane: Lane) -> None:
    """A pseudo-terminal, whose buffer is small, gets every line whole."""
    ours, theirs = os.openpty()
    kept = bytearray()

    def read() -> None:
        try:
            read_slowly(ours, 0, kept)
        except OSError:  # what Linux says once the other end is closed
            os.close(ours)

    thread = threading.Thread(target=read)
    thread.start()
    done = lane.run(
        """
        use(console_formatter="json")
        def work(thread):
            for number in range(20): log.info("x", text="y" * 10_000)
        in_threads(4, work)
        report()
        """,
        stderr=theirs,
    )
    os.close(theirs)
    thread.join()

    lines, torn = parse(bytes(kept))
    assert (80, [], (80, 0)) == (len(lines), torn, done.balance("stderr"))


# Processes and threads


@pytest.mark.slow
@atomic_appends
def test_processes_share_a_file(lane: Lane) -> None:
    """Lines of 100 B to 1 MB from 8 processes to one file: none is torn, none is missing."""
    script = """
        use(log_file=FILE)
        choose = random.Random(os.getpid())
        for number in range(int(15 * SCALE)):
            log.info("x", id=[os.getpid(), number], text="y" * choose.choice([100, 5000, 1 << 20]))
        """
    processes = [lane.start(script) for _ in range(8)]
    assert [0] * 8 == [process.wait(LIMIT_S) for process in processes]

    lines, torn = parse(lane.file.read_bytes())
    assert (int(15 * SCALE) * 8, []) == (len({tuple(line["id"]) for line in lines}), torn)


@pytest.mark.parametrize("output", ["log_file=FILE", 'output="stderr"'])
def test_threads_share_an_output(lane: Lane, output: str) -> None:
    """32 threads log at once: every line is there, whole and counted."""
    done = lane.run(f"""
        use({output})
        sys.setswitchinterval(1e-5)
        def work(thread):
            for number in range(int(100 * SCALE)): log.info("x", id=[thread, number])
        in_threads(32, work)
        report()
    """)

    is_file = "file" in output
    lines, torn = parse(done.file.read_bytes() if is_file else done.stderr)
    calls = int(100 * SCALE) * 32
    assert (calls, [], (calls, 0)) == (
        len({tuple(line["id"]) for line in lines}),
        torn,
        done.balance(str(lane.file) if is_file else "stderr"),
    )


@posix_only("no fork")
@pytest.mark.untraced("eight threads log as fast as they can, each step of which is traced")
def test_fork_while_threads_log(lane: Lane) -> None:
    """Children that are forked while 8 threads log can log, to a pipe and to stdout too."""
    forks = int(100 * SCALE)
    done = lane.run(f"""
        use(outputs=[OutputConfig("stderr"), OutputConfig("stdout"), OutputConfig(FILE)])
        running = True
        def work():
            while running: log.info("x", text="y" * 200)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads: thread.start()
        hung = 0
        for number in range({forks}):
            if hung: break
            child = os.fork()
            if child == 0:
                log.info("child", number=number)
                os._exit(0)
            end = time.monotonic() + 10
            while not os.waitpid(child, os.WNOHANG)[0]:
                if time.monotonic() > end:
                    hung += 1
                    os.kill(child, signal.SIGKILL)
                time.sleep(0.0005)
        running = False
        for thread in threads: thread.join()
        report(hung=hung)
    """)

    children = [
        sorted(line["number"] for line in parse(data)[0] if line["event"] == "child")
        for data in (done.stderr, done.stdout, done.file.read_bytes())
    ]
    assert (0, [list(range(forks))] * 3) == (done.report["hung"], children)


@posix_only("no fork")
def test_fork_in_the_midst_of_the_first_line(lane: Lane) -> None:
    """A child that is forked while another thread starts Foundation can log."""
    done = lane.run("""
        hung = 0
        for number in range(20):
            prober = os.fork()  # each has its first line before it
            if prober == 0:
                threading.Thread(target=log.info, args=("first",), daemon=True).start()
                time.sleep(number / 2000)
                child = os.fork()
                if child == 0:
                    signal.alarm(5)
                    log.info("child")
                    os._exit(0)
                os._exit(os.waitpid(child, 0)[1] != 0)
            hung += os.waitpid(prober, 0)[1] != 0
        report(hung=hung)
    """)

    events = Counter(line["event"] for line in parse(done.stderr)[0])
    assert (0, 20) == (done.report["hung"], events["child"])


# Signals and re-entrant calls


@posix_only("no timers that send signals")
@pytest.mark.slow
@pytest.mark.parametrize("output", ["log_file=FILE", 'output="stderr"', "outputs=[kept]"])
def test_signal_handler_logs_during_log_calls(lane: Lane, output: str) -> None:
    """A handler that logs, thousands of times during log calls: every line is there."""
    done = lane.run(f"""
        stream = io.StringIO()
        kept = OutputConfig(stream)
        use({output})
        hits = 0
        def handle(number, frame):
            global hits
            hits += 1
            log.info("hit", hit=hits)
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
        calls = 0
        end = time.monotonic() + 10 * SCALE
        while hits < 1500 * SCALE and time.monotonic() < end:
            log.info("x", call=calls)
            calls += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        report(calls=calls, hits=hits, kept=stream.getvalue())
    """)

    name = "stderr"
    data = done.stderr
    if "FILE" in output:
        name, data = str(lane.file), done.file.read_bytes()
    elif "kept" in output:
        name, data = "StringIO", done.report["kept"].encode()
    lines, torn = parse(data)
    events = Counter(line["event"] for line in lines)
    calls, hits = done.report["calls"], done.report["hits"]
    assert (calls, hits, [], (calls + hits, 0), True) == (
        events["x"],
        events["hit"],
        torn,
        done.balance(name),
        hits > 100,
    )


@posix_only("no timers that send signals")
@pytest.mark.parametrize("output", ["log_file=FILE", 'output="stderr"', 'output="stdout"'])
def test_storm_of_interrupts_leaves_nothing_locked_or_torn(lane: Lane, output: str) -> None:
    """KeyboardInterrupt at any moment: what returned is there, whole, and logging goes on."""
    done = lane.run(f"""
        use({output})
        def interrupt(number, frame): raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, interrupt)
        returned, interrupts, number = [], 0, 0
        # A function: CPython 3.13 has the jump back of a loop in no `try` around it. Not for ever:
        # what is raised in the callback of a weak reference is swallowed.
        def work_on():
            global number
            end = time.monotonic() + 1
            while time.monotonic() < end:
                number += 1
                log.info("x", number=number, text="y" * 9000)
                returned.append(number)
        while interrupts < 300 * SCALE:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.random() * 0.0006)
                work_on()
            except KeyboardInterrupt:
                interrupts += 1
        def work(thread): log.info("from a thread", number=-1)
        in_threads(2, work)
        log.info("last", number=-2)
        report(returned=returned, started=number)
    """)

    data = {"log_file=FILE": done.file, 'output="stdout"': None}.get(output, done.stderr)
    raw = done.stdout if data is None else data.read_bytes() if isinstance(data, Path) else data
    lines, torn = parse(raw)
    seen = Counter(line["number"] for line in lines)
    missing = [number for number in done.report["returned"] if seen[number] != 1]
    twice = [number for number, times in seen.items() if times > 1 and number > 0]
    assert ([], [], [], 2, 1) == (missing, torn, twice, seen[-1], seen[-2])


@pytest.mark.parametrize("output", ["log_file=FILE", 'output="stderr"'])
def test_values_and_finalizers_that_log(lane: Lane, output: str) -> None:
    """A `__repr__` of a value and a `__del__` during collection log: every line is there."""
    done = lane.run(f"""
        use({output})
        class Value:
            def __repr__(self):
                log.info("from repr")
                return "value"
        class Cycle:
            def __init__(self): self.me = self
            def __del__(self): log.info("from del")
        gc.set_threshold(3)
        for number in range(200):
            Cycle()
            log.info("x", value=Value())
        gc.collect()
        report()
    """)

    raw = done.file.read_bytes() if "FILE" in output else done.stderr
    lines, torn = parse(raw)
    assert ({"x": 200, "from repr": 200, "from del": 200}, []) == (
        dict(Counter(line["event"] for line in lines)),
        torn,
    )


# The end of a process


@pytest.mark.parametrize("output", ["log_file=FILE", 'output="stderr"'])
def test_lines_at_interpreter_shutdown(lane: Lane, output: str) -> None:
    """Exit handlers and the teardown of modules log: their lines are there."""
    done = lane.run(f"""
        use({output})
        class Late:
            def __del__(self, log=log): log.info("teardown")
        at_teardown = Late()
        atexit.register(lambda: log.info("atexit"))
        log.info("x")
    """)

    raw = done.file.read_bytes() if "FILE" in output else done.stderr
    assert (0, ["x", "atexit", "teardown"]) == (
        done.status,
        [line["event"] for line in parse(raw)[0]],
    )


def test_daemon_thread_that_was_stopped_amid_a_write_locks_nobody_out(lane: Lane) -> None:
    """The lock of a daemon thread, stopped by the end of the interpreter, is not waited for."""
    process = lane.start(
        """
        held = threading.Lock()  # time.sleep has no event to wait for by then, on Windows
        held.acquire()
        class Late:
            def __del__(self, log=log, os=os, held=held):
                os.write(1, b"late")
                held.acquire(timeout=0.3)  # the thread's write ends, and the thread with it
                log.info("late")
        import types
        sys.modules["late"] = types.ModuleType("late")  # goes when the interpreter ends
        sys.modules["late"].late = Late()
        def work(): log.info("daemon", text="y" * 200_000)
        log.info("first")  # so that the thread has nothing to set up
        threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
        """,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        process.stdout.read(4)
        events = [line["event"] for line in parse(process.communicate(timeout=20)[1])[0]]
    finally:
        process.kill()

    assert ["first", "daemon", "late"] == events


@pytest.mark.parametrize("end", ["SIGKILL", "SIGTERM", "os._exit", "exception"])
def test_returned_lines_survive_the_end_of_the_process(lane: Lane, end: str) -> None:
    """Whatever ends the process, the line of each call that had returned is there."""
    process = lane.start(
        """
        use(log_file=FILE)
        for number in itertools.count():
            log.info("x", number=number)
            os.write(1, b"%d\\n" % number)
            if number == 200 and os.environ["END"] == "os._exit": os._exit(3)
            if number == 200 and os.environ["END"] == "exception": raise RuntimeError("bye")
        """,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"END": end},
    )
    assert process.stdout is not None
    if end.startswith("SIG"):
        for _ in range(100):
            process.stdout.readline()
        process.send_signal(getattr(signal, end, signal.SIGTERM))  # Windows kills by either
    rest = process.communicate(timeout=LIMIT_S)[0].split()
    returned = int(rest[-1]) if rest else 99

    raw = lane.file.read_bytes()
    if end == "SIGKILL":  # cuts the write of the call in flight, where a page of the cache ends
        raw = raw[: raw.rfind(b"\n") + 1]
    lines, torn = parse(raw)
    numbers = [line["number"] for line in lines]
    assert (list(range(returned + 1)), []) == (numbers[: returned + 1], torn)


# Set-up, rotation, descriptors


@pytest.mark.slow
def test_second_set_up_under_load_loses_no_line(lane: Lane) -> None:
    """8 threads log while the outputs change: every line is in one of them, and nowhere else."""
    done = lane.run("""
        paths = [FILE, FILE + ".2", FILE + ".3"]
        use(log_file=paths[0])
        running, counts = True, [0] * 8
        kept = log.info  # a method from before the set-ups sends its calls on
        def work(thread):
            while running:
                (kept if thread % 2 else log.info)("x", id=f"{thread}-{counts[thread]}")
                counts[thread] += 1
                if not counts[thread] % 50: time.sleep(0.001)  # a lane may keep the GIL
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads: thread.start()
        strangers = []
        for number in range(int(20 * SCALE)):
            use(log_file=paths[number % 3])
            strangers.append(open(f"{FILE}.stranger{number}", "wb"))
            gc.collect()
            time.sleep(0.001)
            if len(strangers) > 5: strangers.pop(0).close()
        running = False
        for thread in threads: thread.join()
        report(calls=sum(counts), sizes=[
            os.path.getsize(f"{FILE}.stranger{n}") for n in range(int(20 * SCALE))
        ])
    """)

    lines, torn = [], []
    for suffix in ("", ".2", ".3"):
        found, broken = parse(Path(f"{lane.file}{suffix}").read_bytes())
        lines += found
        torn += broken
    written = sum(done.balance(f"{lane.file}{suffix}")[0] for suffix in ("", ".2", ".3"))
    calls = done.report["calls"]
    assert (calls, calls, calls, [], {0}) == (
        len(lines),
        len({line["id"] for line in lines}),
        written,
        torn,
        set(done.report["sizes"]),
    )


@posix_only("files have no permission bits")
def test_file_is_private_and_appended_to(lane: Lane) -> None:
    """A new file has mode 0640, and its descriptor is O_APPEND and closed on exec."""
    done = lane.run("""
        import fcntl
        os.umask(0)
        use(log_file=FILE)
        log.info("x")
        ours = [fd for fd in range(3, 1024) if os.path.exists(f"/dev/fd/{fd}")
                and os.path.realpath(f"/dev/fd/{fd}") == os.path.realpath(FILE)]
        (fd,) = ours
        report(mode=os.stat(FILE).st_mode & 0o7777, inheritable=os.get_inheritable(fd),
               append=bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND))
    """)

    facts = done.report
    assert (0o640, False, True) == (facts["mode"], facts["inheritable"], facts["append"])


@pytest.mark.parametrize(
    "how", ["rename", pytest.param("unlink", marks=deleted_at_once), "copytruncate"]
)
@pytest.mark.parametrize("stamps", [True, False], ids=["timestamps", "no-timestamps"])
def test_rotation_is_followed(lane: Lane, how: str, stamps: bool) -> None:
    """Lines go to the new file within a second; after a rename not one of them is lost."""
    done = lane.run(f"""
        import shutil
        use(log_file=FILE, omit_timestamp={not stamps})
        def work(seconds, first):
            end = time.monotonic() + seconds
            for number in itertools.count(first):
                log.info("x", number=number)
                time.sleep(0.005)
                if time.monotonic() > end: return number
        last = work(0.1, 0)
        if "{how}" == "rename": os.rename(FILE, FILE + ".1")
        elif "{how}" == "unlink": os.unlink(FILE)
        else:
            shutil.copy(FILE, FILE + ".1"); os.truncate(FILE, 0)
        last = work(1.2, last + 1)
        report(calls=last + 1, late=work(0.05, last + 1))
    """)

    new, torn = parse(lane.file.read_bytes())
    old = Path(f"{lane.file}.1")
    numbers = [
        line["number"] for line in (parse(old.read_bytes())[0] if old.exists() else []) + new
    ]
    first, late = done.report["calls"], done.report["late"]
    expected = list(range(late + 1)) if how != "unlink" else list(range(first, late + 1))
    assert (expected, []) == (numbers[-len(expected) :], torn)


def test_closed_and_reused_descriptor_is_left_alone(lane: Lane) -> None:
    """Code that closes every descriptor costs no line, and the numbers' new owners get none."""
    done = lane.run("""
        use(log_file=FILE)
        log.info("before")
        os.closerange(3, 4096)
        for number in range(3): log.info("at once")
        time.sleep(1.1)
        strangers = [os.open(f"{FILE}.stranger{n}", os.O_RDWR | os.O_CREAT) for n in range(5)]
        for number in range(20): log.info("after")
        use(log_file=FILE + ".2")
        gc.collect()
        for fd in strangers: os.write(fd, b"mine")
        report(sizes=[os.fstat(fd).st_size for fd in strangers])
    """)

    events = Counter(line["event"] for line in parse(lane.file.read_bytes())[0])
    assert ({"before": 1, "at once": 3, "after": 20}, {}, [4] * 5) == (
        dict(events),
        done.report["stats"][str(lane.file)]["dropped"],
        done.report["sizes"],
    )
