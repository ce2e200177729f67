"""Tests of files that make room by themselves, with real processes, signals and folders.

Every line has a number, and the numbers are counted over the file and all its archived files.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import interpreters
from lane_process import LIMIT_S, SCALE, Lane, parse
from posix_only import posix_only

#: For what the lanes do each in their own way.
both_lanes = pytest.mark.parametrize("lane", ["fast", "processor"], indirect=True)


@pytest.fixture
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return the lane that a test asks for, the fast one if it asks for none."""
    (tmp_path / "logs").mkdir()
    lane = Lane(getattr(request, "param", "fast"), tmp_path)
    lane.file = tmp_path / "logs" / "app.log"
    lane.environment["LOG_FILE"] = str(lane.file)
    return lane


def read(file: Path) -> bytes:
    """Return what an archived file holds, compressed or not."""
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


def archived(lane: Lane) -> list[Path]:
    """Return what has been set aside, the oldest first, each once.

    A process that ends while it compresses a file leaves that file, and perhaps its other form.
    """
    files = {file for file in lane.file.parent.glob("app.log.*") if file.suffix != ".part"}
    return sorted(file for file in files if file.with_name(f"{file.name}.gz") not in files)


def read_all(lane: Lane) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return the lines of all archived files and of the present file, and those that are torn."""
    lines, torn = [], []
    for file in [*archived(lane), lane.file]:
        found, broken = parse(read(file))
        lines += found
        torn += broken
    return lines, torn


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait for what a thread or a process is about to do; False: it has not been done."""
    end = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def wait_for_output(process: subprocess.Popen[bytes], length: int = 1) -> None:
    """Wait until a process has printed something."""
    assert process.stdout is not None
    assert process.stdout.read(length)


# One process


@both_lanes
def test_full_file_is_set_aside(lane: Lane) -> None:
    """A file makes room once it is full, and goes over by the lines between two looks at most."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=20_000))
        for number in range(2000): log.info("x", number=number)
        report()
    """)

    lines, torn = read_all(lane)
    sizes = [file.stat().st_size for file in archived(lane)]
    longest = max(len(json.dumps(line)) for line in lines)
    assert (list(range(2000)), [], (2000, 0), True, True) == (
        [line["number"] for line in lines],
        torn,
        done.balance(str(lane.file)),
        len(sizes) >= 5,
        all(20_000 <= size <= 20_000 + 64 * longest for size in sizes),
    )


@both_lanes
def test_period_that_has_ended_is_set_aside(lane: Lane) -> None:
    """Each archived file holds the lines of one period, and no period is in two of them."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(when=1))
        end = time.monotonic() + 2.5
        for number in itertools.count():
            log.info("x", number=number)
            if time.monotonic() > end: break
            time.sleep(0.002)
        report(calls=number + 1)
    """)

    lines, torn = read_all(lane)
    seconds: list[set[str]] = []
    for file in [*archived(lane), lane.file]:
        seconds.append({line["timestamp"][:19] for line in parse(read(file))[0][:-1]})
    assert (list(range(done.report["calls"])), [], True) == (
        [line["number"] for line in lines],
        torn,
        len(seconds) >= 3,
    )
    # The fast lane asks with each new second; the other does so once in 64 lines.
    if lane.environment["FOUNDATION_LANE"] == "fast":
        # The last file may have one line only, which is left out above.
        assert {1} == {len(each) for each in seconds if each}


def test_period_of_an_earlier_process_is_set_aside(lane: Lane) -> None:
    """A process that finds yesterday's file sets it aside with its first line, once."""
    lane.file.write_bytes(b'{"logger":"t","event":"old"}\n')
    os.utime(lane.file, (time.time() - 86_400, time.time() - 86_400))
    script = """
        use(log_file=FILE, rotation=Rotation(when="daily"))
        log.info("new")
    """
    lane.run(script)
    lane.run(script)

    (old,) = archived(lane)
    events = [[line["event"] for line in parse(read(file))[0]] for file in (old, lane.file)]
    assert [["old"], ["new", "new"]] == events


def test_empty_file_is_not_set_aside(lane: Lane) -> None:
    """A period without a line leaves no empty archived file."""
    lane.file.touch()
    os.utime(lane.file, (0, 0))
    lane.run("""
        use(log_file=FILE, rotation=Rotation(when=1))
        time.sleep(1.1)
        log.info("x")
    """)

    assert [] == archived(lane)


def test_oldest_are_deleted(lane: Lane) -> None:
    """The newest archived files are kept, and together they hold the last lines without a gap."""
    lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=5_000, backup_count=3, compress=True))
        for number in range(1000): log.info("x", number=number)
        time.sleep(0.2)
    """)
    lane.run(
        "use(log_file=FILE, rotation=Rotation(max_bytes=5_000, backup_count=3)); time.sleep(0.3)"
    )

    numbers = [line["number"] for line in read_all(lane)[0]]
    assert (3, list(range(numbers[0], 1000))) == (len(archived(lane)), numbers)


def test_old_ones_are_deleted(lane: Lane) -> None:
    """An archived file that is older than allowed goes when a process opens the log."""
    for name in ("20200101T000000.000000Z", "20200102T000000.000000Z.gz", "old"):
        Path(f"{lane.file}.{name}").write_bytes(b"")
    lane.run("""
        use(log_file=FILE, rotation=Rotation(when="daily", max_age_s=86_400))
        time.sleep(0.3)
    """)

    assert [Path(f"{lane.file}.old")] == archived(lane)


@posix_only("files have no permission bits")
def test_new_generations_are_private(lane: Lane) -> None:
    """Files that rotation makes have mode 0640 and are closed on exec, under the same number."""
    done = lane.run("""
        os.umask(0)
        use(log_file=FILE, rotation=Rotation(max_bytes=1024, compress=True))
        before = set(os.listdir("/dev/fd"))
        for number in range(300): log.info("x", number=number)
        def compressed():
            return not any(name.endswith("Z") for name in os.listdir(os.path.dirname(FILE)))
        def more(): return len(os.listdir("/dev/fd")) - len(before)
        deadline = time.monotonic() + 60
        # Between two generations, too, no more files are open than before.
        while not (compressed() and more() == 0) and time.monotonic() < deadline:
            time.sleep(0.01)
        ours = [int(fd) for fd in os.listdir("/dev/fd") if int(fd) > 2
                and os.path.exists(f"/dev/fd/{fd}") and os.path.samefile(f"/dev/fd/{fd}", FILE)]
        report(inheritable=[os.get_inheritable(fd) for fd in ours], more=more())
    """)

    modes = {file.stat().st_mode & 0o7777 for file in [*archived(lane), lane.file]}
    assert ({0o640}, [False], 0) == (modes, done.report["inheritable"], done.report["more"])


@posix_only("links need a privilege")
def test_link_stays_a_link(lane: Lane) -> None:
    """Where the name is a link, the file that it leads to is set aside, in its own folder."""
    place = lane.folder / "elsewhere"
    place.mkdir()
    lane.file.symlink_to(place / "real.log")
    lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000))
        for number in range(100): log.info("x", number=number)
    """)

    files = sorted(place.glob("real.log*"))
    numbers = [line["number"] for file in [*files[1:], files[0]] for line in parse(read(file))[0]]
    assert (True, True, list(range(100))) == (lane.file.is_symlink(), len(files) > 1, numbers)


@posix_only("links need a privilege, and there is no /dev/null")
def test_what_is_no_file_is_not_set_aside(lane: Lane) -> None:
    """Rotation leaves a device alone that has taken the file's place."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=1024, when=1))
        os.symlink("/dev/null", FILE + ".link")
        os.replace(FILE + ".link", FILE)
        time.sleep(1.1)
        for number in range(500): log.info("x")
        report(faults=__import__("provide.foundation").foundation.stats().faults)
    """)

    assert ((500, 0), {}, ["app.log"]) == (
        done.balance(str(lane.file)),
        done.report["faults"],
        [file.name for file in lane.file.parent.iterdir()],
    )


@posix_only("folders have no permission bits")
def test_read_only_folder_costs_no_line(lane: Lane) -> None:
    """Where nothing can be renamed, lines go on to the file that is open, and it is said once."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=1024))
        os.chmod(os.path.dirname(FILE), 0o500)
        if os.geteuid() == 0: os.seteuid(65534)  # nobody: root may write everywhere
        for number in range(1000): log.info("x", number=number)
        if os.getuid() == 0: os.seteuid(0)
        os.chmod(os.path.dirname(FILE), 0o700)
        report()
    """)

    lines, torn = read_all(lane)
    assert ((1000, 0), 1000, [], 1) == (
        done.balance(str(lane.file)),
        len(lines),
        torn,
        done.stderr.count(b"log file could not be set aside"),
    )


# Several threads and processes


WORKER = """
    use(log_file=FILE, rotation=Rotation(max_bytes=100_000, when=1, compress=True))
    choose = random.Random(os.getpid())
    for number in range(int(400 * SCALE)):
        log.info("x", id=[os.getpid(), number], text="y" * choose.choice([10, 200, 3000]))
"""

NEXT = """
    import glob
    use(log_file=FILE, rotation=Rotation(max_bytes=100_000, compress=True))
    while any(file[-3:] != ".gz" for file in glob.glob(FILE + ".*")): time.sleep(0.05)
"""


@pytest.mark.slow
@both_lanes
def test_processes_rotate_one_file(lane: Lane) -> None:
    """8 processes write, rotate and compress one file: no line is lost, torn or there twice.

    A process may end before any file is out of use: the next one compresses what is left.
    """
    processes = [lane.start(WORKER) for _ in range(8)]
    assert [0] * 8 == [process.wait(LIMIT_S) for process in processes]
    lane.run(NEXT)

    lines, torn = read_all(lane)
    seen = Counter(tuple(line["id"]) for line in lines)
    calls = int(400 * SCALE) * 8
    endings = {file.suffix for file in archived(lane)}
    assert (calls, calls, [], {".gz"}) == (len(lines), len(seen), torn, endings)


def test_threads_rotate_one_file(lane: Lane) -> None:
    """16 threads write through one rotating file: every line is there, in each thread's order."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=10_000))
        sys.setswitchinterval(1e-5)
        def work(thread):
            for number in range(int(100 * SCALE)): log.info("x", id=[thread, number])
        in_threads(16, work)
        report()
    """)

    lines, torn = read_all(lane)
    calls = int(100 * SCALE) * 16
    assert (calls, calls, [], (calls, 0)) == (
        len(lines),
        len({tuple(line["id"]) for line in lines}),
        torn,
        done.balance(str(lane.file)),
    )


@posix_only("no fork")
def test_fork_while_a_file_is_rotated_and_compressed(lane: Lane) -> None:
    """Children forked amid rotations log and rotate too, and hold nothing back afterwards."""
    forks = int(30 * SCALE)
    done = lane.run(f"""
        use(log_file=FILE, rotation=Rotation(max_bytes=3_000, compress=True))
        running = True
        counts = [0] * 4
        def work(thread):
            while running:
                log.info("x", id=[thread, counts[thread]], text="y" * 200); counts[thread] += 1
                time.sleep(0.0002)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads: thread.start()
        hung = 0
        for number in range({forks}):
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                for each in range(20): log.info("child", id=[100 + number, each], text="z" * 200)
                os._exit(0)
            hung += os.waitpid(child, 0)[1] != 0
        running = False
        for thread in threads: thread.join()
        report(calls=sum(counts), hung=hung)
    """)

    lines, torn = read_all(lane)
    seen = Counter(tuple(line["id"]) for line in lines)
    assert (0, [], done.report["calls"] + forks * 20, {1}) == (
        done.report["hung"],
        torn,
        len(seen),
        set(seen.values()),
    )


@posix_only("no timers that send signals")
def test_interrupts_amid_rotations(lane: Lane) -> None:
    """KeyboardInterrupt at any moment of a rotation: what returned is there, and it goes on."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=1024, compress=True))
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
                log.info("x", number=number)
                returned.append(number)
        while interrupts < 100 * SCALE:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.random() * 0.0006)
                work_on()
            except KeyboardInterrupt:
                interrupts += 1
        for _ in range(300): log.info("last", number=-1)
        report(returned=returned, descriptors=len(os.listdir("/dev/fd")))
    """)

    lines, torn = read_all(lane)
    seen = Counter(line["number"] for line in lines)
    assert ([], [], 300) == (
        [number for number in done.report["returned"] if seen[number] != 1],
        torn,
        seen[-1],
    )


@posix_only("no timers that send signals")
def test_handler_that_logs_amid_a_rotation(lane: Lane) -> None:
    """A signal handler that logs while its own thread rotates: every line is there."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=1024))
        hits = 0
        def handle(number, frame):
            global hits
            hits += 1
            log.info("hit", hit=hits)
        signal.signal(signal.SIGALRM, handle)
        calls = 0
        end = time.monotonic() + 10 * SCALE
        while hits < 300 * SCALE and time.monotonic() < end:
            # Once a call: a slow machine would come to nothing else than the handler.
            signal.setitimer(signal.ITIMER_REAL, random.random() * 0.0006)
            log.info("x", call=calls); calls += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        report(calls=calls, hits=hits)
    """)

    lines, torn = read_all(lane)
    events = Counter(line["event"] for line in lines)
    assert (done.report["calls"], done.report["hits"], []) == (events["x"], events["hit"], torn)


@posix_only("no gunicorn")
@pytest.mark.slow
@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["set-up-in-workers", "preload"])
def test_gunicorn_workers_rotate_one_file(lane: Lane, preload: list[str]) -> None:
    """Gunicorn's workers, replaced while they serve, share one rotating file and lose nothing."""
    pytest.importorskip("gunicorn")
    lane.command("""
        use(log_file=FILE, rotation=Rotation(max_bytes=20_000, compress=True))
        def app(environ, start_response):
            for number in range(10):
                log.info("request", id=[environ["PATH_INFO"], number], text="y" * 100)
            start_response("200 OK", [("Content-Length", "0")])
            return []
    """)
    address = str(lane.folder / "g.sock")
    options = ["--workers", "3", "--max-requests", "60", "--bind", f"unix:{address}", *preload]
    server = interpreters.Popen(
        [sys.executable, "-m", "gunicorn", *options, "script:app"],
        cwd=lane.folder,
        env=lane.environment,
        stderr=subprocess.PIPE,
    )

    def ask(number: int) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(LIMIT_S)
            client.connect(address)
            client.sendall(b"GET /%d HTTP/1.0\r\n\r\n" % number)
            return b" 200 " in client.recv(20)

    try:
        assert wait_until(lambda: os.path.exists(address))
        with ThreadPoolExecutor(4) as clients:
            answered = list(clients.map(ask, range(200)))
    finally:
        server.terminate()
        server.communicate(timeout=LIMIT_S)

    lines, torn = read_all(lane)
    seen = Counter((line["id"][0], line["id"][1]) for line in lines)
    expected = {(f"/{each}", number) for each in range(200) for number in range(10)}
    assert ([True] * 200, expected, {1}, [], True) == (
        answered,
        set(seen),
        set(seen.values()),
        torn,
        len(archived(lane)) > 5,
    )


# Compressing


@posix_only("no folder of descriptors; test_windows.py has its like")
def test_file_that_is_open_somewhere_stays(lane: Lane) -> None:
    """What a stopped process may still write to is neither compressed nor deleted, until it is."""
    holder = lane.start(
        """
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000, backup_count=1, compress=True))
        log.info("held", number=-1)
        print("open", flush=True)
        sys.stdin.readline()
        fd = next(fd for fd in range(3, 1024) if os.path.exists(f"/dev/fd/{fd}")
                  and os.path.realpath(f"/dev/fd/{fd}").startswith(FILE))
        os.write(fd, b'{"logger":"t","event":"late","number":-2}\\n')
        """,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    wait_for_output(holder)
    script = """
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000, backup_count=1, compress=True))
        for number in range(200): log.info("x", number=number)
        time.sleep(0.3)
    """
    lane.run(script)
    first = archived(lane)[0]
    kept = (first.suffix == ".gz", len(archived(lane)))
    holder.communicate(b"go\n", timeout=LIMIT_S)
    events = Counter(line["event"] for line in parse(read(first))[0])
    lane.run(script)

    assert ((False, 2), (1, 1), False) == (
        kept,
        (events["held"], events["late"]),
        first.exists(),
    )


@pytest.mark.parametrize("moment", [0, 1])
def test_kill_while_compressing_loses_nothing(lane: Lane, moment: int) -> None:
    """A process that is killed amid compressing leaves all its lines; the next one finishes."""
    process = lane.start(
        """
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000_000, compress=True))
        for number in range(1000):
            log.info("x", number=number, text=random.randbytes(2000).hex())
        os.write(1, b"done")
        time.sleep(60)
        """,
        stdout=subprocess.PIPE,
    )
    assert wait_until(lambda: any(lane.file.parent.glob("*.gz.part")))
    if moment:
        wait_for_output(process)
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    lane.run("""
        import glob
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000_000, compress=True))
        log.info("after", number=-1)
        while set(glob.glob(FILE + ".*")) != set(glob.glob(FILE + ".*.gz")): time.sleep(0.01)
    """)

    lines, torn = read_all(lane)
    numbers = [line["number"] for line in lines]
    last = numbers[-2]
    # A kill may cut the line of the call in flight, and that alone (docs/guarantees, "Limits").
    if not moment and len(torn) == 1 and b'"number":%d,' % (last + 1) in torn[0]:
        torn = []
    assert ([*range(last + 1), -1], [], True) == (
        numbers,
        torn,
        last == 999 if moment else last > 0,
    )


@posix_only("no limits of resources")
def test_full_disk_leaves_the_file_uncompressed(lane: Lane) -> None:
    """Where there is no room for the compressed file, the plain one stays, and it is said."""
    done = lane.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=50_000, compress=True))
        import sys; sys.dont_write_bytecode = True  # else a module may be cut short
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        def fill(number): log.info("x", number=number, text=random.randbytes(700).hex())
        # A compressed file is the longer one here: its limit is met first.
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
        os.truncate(FILE, 0)
        for number in range(10): fill(number)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        for number in range(10, 200): fill(number)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
        time.sleep(0.5)
        report()
    """)

    lines, torn = read_all(lane)
    assert (list(range(200)), [], (200, 0)) == (
        [line["number"] for line in lines],
        torn,
        done.balance(str(lane.file)),
    )


# Beside logrotate


LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.mark.slow
@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
@pytest.mark.parametrize(
    ("way", "own"),
    [
        pytest.param("create 0640", "", id="create"),
        pytest.param("create 0640", ", rotation=Rotation(max_bytes=30_000)", id="create-and-own"),
        pytest.param("nocreate", "", id="nocreate"),
        pytest.param("copytruncate", "", id="copytruncate"),
    ],
)
def test_beside_logrotate(lane: Lane, way: str, own: str) -> None:
    """Debian's logrotate rotates the file under load: what it renames loses no line."""
    settings = lane.folder / "logrotate.conf"
    settings.write_text(f"{lane.file} {{\n {way}\n rotate 100\n compress\n delaycompress\n}}\n")
    settings.chmod(0o644)
    lane.file.parent.chmod(0o755)  # it refuses a folder that others could write to
    processes = [
        lane.start(
            f"""
            use(log_file=FILE{own})
            os.write(1, b"ready")
            for number in itertools.count():
                log.info("x", id=[os.getpid(), number])
                time.sleep(0.001)
                if number % 100 == 0 and os.path.exists(FILE + ".stop"): break
            report_to = FILE + f".{{os.getpid()}}.count"
            open(report_to, "w").write(str(number + 1))
            """,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in processes:
        wait_for_output(process, 5)
    assert LOGROTATE is not None
    command = [LOGROTATE, "--force", "--state", str(lane.folder / "state"), str(settings)]
    for _ in range(2):
        time.sleep(1.1 if way != "copytruncate" else 0.2)
        subprocess.run(command, check=True, timeout=LIMIT_S)
    time.sleep(1.1)
    Path(f"{lane.file}.stop").touch()
    assert [b"", b""] == [process.communicate(timeout=LIMIT_S)[0] for process in processes]
    Path(f"{lane.file}.stop").unlink()
    calls = 0
    for count in lane.file.parent.glob("*.count"):
        calls += int(count.read_text())
        count.unlink()

    lines, torn = read_all(lane)
    seen = Counter(tuple(line["id"]) for line in lines)
    rotated = [file for file in archived(lane) if file.suffixes[1] in (".1", ".2")]
    late = parse(read(lane.file))[0]
    assert (2, True, True) == (len(rotated), set(seen.values()) == {1}, bool(late))
    if way == "copytruncate":
        # What is written between logrotate's copy and its truncate is lost, by its own manual.
        assert (True, True) == (calls * 0.9 < len(seen) <= calls, len(torn) <= 2)
        assert not any(b"\0" in read(file) for file in [*archived(lane), lane.file])
    else:
        assert (calls, []) == (len(seen), torn)
