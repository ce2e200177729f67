"""What others do to a log file, its folder and its descriptor, in every lane and delivery.

Every script runs in a process of its own, with real files; what arrived is read from outside.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import LIMIT_S, Lane, parse
from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    Rotation,
    TelemetryConfig,
    reset_for_testing,
    setup_telemetry,
)

if sys.platform == "win32":
    pytest.skip("descriptors, links and permissions as POSIX has them", allow_module_level=True)

both_deliveries = pytest.mark.parametrize("delivery", ["direct", "background"])


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other, with a folder of its own for the log."""
    return in_folder(request.param, tmp_path)


@pytest.fixture
def fast(tmp_path: Path) -> Lane:
    """Return the fast lane, for what is the sink's business and no lane's."""
    return in_folder("fast", tmp_path)


def in_folder(name: str, folder: Path) -> Lane:
    """Return a lane that logs to `logs/app.log`."""
    lane = Lane(name, folder)
    lane.file = folder / "logs" / "app.log"
    lane.file.parent.mkdir()
    lane.environment["LOG_FILE"] = str(lane.file)
    return lane


# Descriptors


@both_deliveries
def test_lines_stay_out_of_foreign_files(lane: Lane, delivery: str) -> None:
    """Whatever closes our descriptor, and takes numbers over, gets no line; none is lost."""
    done = lane.run(f"""
        import socket
        from provide.foundation import shutdown_telemetry
        use(log_file=FILE, delivery="{delivery}")
        log.info("before", number=[])
        def play(how, number):
            if how == "double fork":
                os.setsid()
                child = os.fork()
                if child: return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            os.closerange(3, os.sysconf("SC_OPEN_MAX") if number % 2 else 4096)
            database = f"{{FILE}}.{{how}}{{number}}"
            with open(database, "wb") as file: file.write(bytes(100_000))
            strangers = [os.open(database, os.O_RDWR) for _ in range(60)]
            if how == "dup2":
                for fd in range(3, 64): os.dup2(strangers[0], fd)
            pairs = [socket.socketpair() for _ in range(60)] if how == "socket" else []
            for line in range(10): log.info("x", number=[how, number, line])
            shutdown_telemetry()
            for one in itertools.chain(*pairs):
                one.setblocking(False)
                try: return one.recv(1)[0]
                except BlockingIOError: pass
            return int(open(database, "rb").read() != bytes(100_000))
        status = []
        for number in range(4):
            for how in ("closerange", "dup2", "double fork", "socket"):
                child = os.fork()
                if not child: os._exit(play(how, number))
                status.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        log.info("after", number=[])
        shutdown_telemetry()
        report(status=status)
    """)

    lines, torn = parse(lane.file.read_bytes())
    expected = {
        (how, number, line)
        for how in ("closerange", "dup2", "double fork", "socket")
        for number in range(4)
        for line in range(10)
    }
    found = Counter(tuple(line["number"]) for line in lines if line["number"])
    assert ([0] * 16, expected, {1}, []) == (
        done.report["status"],
        set(found),
        set(found.values()),
        torn,
    )


@both_deliveries
def test_number_that_is_given_away_is_left(lane: Lane, delivery: str) -> None:
    """What is put under our very number with `dup2` gets no line after a second."""
    done = lane.run(f"""
        from provide.foundation import shutdown_telemetry
        use(log_file=FILE, delivery="{delivery}")
        log.info("before")
        time.sleep(0.1)
        ours = [fd for fd in map(int, os.listdir("/dev/fd")) if os.path.exists(f"/dev/fd/{{fd}}")
                and os.path.samefile(f"/dev/fd/{{fd}}", FILE)]
        stranger = os.open(FILE + ".stranger", os.O_RDWR | os.O_CREAT)
        for fd in ours: os.dup2(stranger, fd)
        time.sleep(1.1)
        for number in range(20): log.info("after")
        shutdown_telemetry()
        report(size=os.fstat(stranger).st_size)
    """)

    events = Counter(line["event"] for line in parse(lane.file.read_bytes())[0])
    assert ({"before": 1, "after": 20}, 0, (21, 0)) == (
        dict(events),
        done.report["size"],
        done.balance(str(lane.file)),
    )


@pytest.mark.parametrize("limit", [16, 64, 256, 600])
def test_low_limit_of_descriptors(fast: Lane, limit: int) -> None:
    """Where the process may have few descriptors ours is among those, and works."""
    done = fast.run(f"""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, hard))
        use(log_file=FILE)
        log.info("x")
        report()
    """)

    assert (1, 0) == done.balance(str(fast.file))


# The folder


@both_deliveries
def test_deleted_folder_is_a_loss_that_is_counted(lane: Lane, delivery: str) -> None:
    """Lines that nobody could find count as dropped; they go on once the folder is back."""
    done = lane.run(f"""
        import shutil
        from provide.foundation import shutdown_telemetry
        use(log_file=FILE, delivery="{delivery}")
        log.info("before")
        time.sleep(0.1)
        shutil.rmtree(os.path.dirname(FILE))
        time.sleep(1.1)
        for number in range(20): log.info("lost", number=number)
        time.sleep(0.1)
        os.mkdir(os.path.dirname(FILE))
        time.sleep(1.1)
        for number in range(5): log.info("after", number=number)
        shutdown_telemetry()
        report()
    """)

    events = Counter(line["event"] for line in parse(lane.file.read_bytes())[0])
    assert ({"after": 5}, (6, 20), {"unlinked": 20}) == (
        dict(events),
        done.balance(str(lane.file)),
        done.report["stats"][str(lane.file)]["dropped"],
    )


# Rotation beside others


# Looks for the rename before its next line, once a second.
FOLLOWER = """
    import itertools, json, os, sys, time
    path, seconds = sys.argv[1], float(sys.argv[2])
    file = open(path, "ab", buffering=0)
    look = end = time.monotonic() + seconds
    look = 0
    for number in itertools.count():
        now = time.monotonic()
        if now > end: break
        if now > look:
            look = now + 1
            ours = os.fstat(file.fileno())
            if not os.path.exists(path) or not os.path.samestat(ours, os.stat(path)):
                file = open(path, "ab", buffering=0)
        line = {"logger": "f", "event": "x", "id": ["f", number]}
        file.write(json.dumps(line).encode() + b"\\n")
        time.sleep(0.002)
    print(number)
"""


def test_compressing_destroys_nobodys_lines(fast: Lane) -> None:
    """A process that rotates and compresses, one that only writes, a stranger that follows."""
    plain = """
        use(log_file=FILE{options})
        os.write(1, b"ready\\n")
        end = time.monotonic() + 2.5
        for number in itertools.count():
            if time.monotonic() > end: break
            log.info("x", id=["{tag}", number])
            time.sleep(0.002)
        print(number, flush=True)
    """
    (fast.folder / "follower.py").write_text(textwrap.dedent(FOLLOWER))
    fast.file.touch()
    commands = {}
    for tag, options in (("p", ""), ("r", ", rotation=Rotation(max_bytes=20_000, compress=True)")):
        script = fast.folder / f"{tag}.py"
        command = fast.command(plain.format(tag=tag, options=options))
        script.write_text(Path(command[1]).read_text())
        commands[tag] = [command[0], str(script)]
    commands["f"] = [sys.executable, str(fast.folder / "follower.py"), str(fast.file), "2.5"]
    processes = {
        tag: subprocess.Popen(command, env=fast.environment, stdout=subprocess.PIPE)
        for tag, command in commands.items()
    }
    expected = {
        (tag, number)
        for tag, process in processes.items()
        for number in range(int(process.communicate(timeout=LIMIT_S)[0].split()[-1]))
    }
    files = sorted(fast.file.parent.glob("app.log*"))
    lines = [line for file in files if file.suffix != ".part" for line in parse(content(file))[0]]
    found = Counter((line["id"][0], line["id"][1]) for line in lines)
    lost = Counter(tag for tag, _ in expected - set(found))

    assert ({}, {1}, True) == (dict(lost), set(found.values()), len(files) > 2)


def content(file: Path) -> bytes:
    """Return what an archived file holds; nothing where its compressed form holds it as well."""
    import gzip

    if file.suffix == ".gz":
        return gzip.decompress(file.read_bytes())
    return b"" if file.with_name(f"{file.name}.gz").exists() else file.read_bytes()


def test_file_that_a_stranger_has_open_is_not_compressed(fast: Lane) -> None:
    """A program that stays on a renamed file loses nothing, however long it is quiet."""
    stranger = os.open(fast.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    script = """
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000, compress=True))
        for number in range(80): log.info("x", number=number)
        for _ in range(300):
            if all(name.endswith((".gz", "app.log")) for name in os.listdir(os.path.dirname(FILE))):
                break
            time.sleep(0.01)
    """
    fast.run(script)
    (kept,) = [file for file in fast.file.parent.glob("app.log.*") if file.suffix != ".gz"]
    os.write(stranger, b'{"logger":"s","event":"late"}\n')
    os.close(stranger)
    kept_events = [line["event"] for line in parse(kept.read_bytes())[0]]
    fast.run(script)

    assert ("late", False) == (kept_events[-1], kept.exists())


# Permissions and links


def test_new_file_is_as_private_as_the_old_one(lane: Lane) -> None:
    """After our rotation, and after anybody's, a file has its predecessor's permissions."""
    lane.file.touch()
    lane.file.chmod(0o600)
    lane.run("""
        os.umask(0)
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000, compress=True))
        for number in range(200): log.info("x", number=number)
        os.rename(FILE, FILE + ".old")
        time.sleep(1.1)
        log.info("x", number=200)
        for _ in range(300):
            if not any(name.endswith("Z") for name in os.listdir(os.path.dirname(FILE))): break
            time.sleep(0.01)
    """)

    modes = {stat.S_IMODE(file.stat().st_mode) for file in lane.file.parent.iterdir()}
    assert ({0o600}, True, True) == (
        modes,
        lane.file.exists(),
        any(file.suffix == ".gz" for file in lane.file.parent.iterdir()),
    )


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root has groups")
def test_new_file_is_for_the_same_group(fast: Lane) -> None:
    """The group of a new file is the old one's, so that nobody else may read it."""
    fast.file.touch()
    os.chown(fast.file, 65534, 12345)
    fast.file.chmod(0o640)
    fast.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000))
        for number in range(100): log.info("x", number=number)
    """)

    found = {(file.stat().st_uid, file.stat().st_gid) for file in fast.file.parent.iterdir()}
    assert {(65534, 12345)} == found


def test_compressing_follows_no_link(fast: Lane) -> None:
    """Links under names of archived files lead nowhere; no file that is made anew is setuid."""
    stamp = "20200101T000000.000000Z"
    victim = fast.folder / "victim"
    victim.write_bytes(b"mine")
    archived = Path(f"{fast.file}.{stamp}")
    archived.write_bytes(b'{"logger":"t","event":"old"}\n')
    archived.chmod(0o6640)
    Path(f"{archived}.gz.part").symlink_to(victim)
    Path(f"{fast.file}.20200102T000000.000000Z").symlink_to(victim)
    fast.run("""
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000, compress=True))
        for _ in range(600):
            if os.path.exists(FILE + ".20200101T000000.000000Z.gz"): break
            time.sleep(0.01)
    """)

    made = Path(f"{archived}.gz")
    assert (b"mine", 0o640, True, False) == (
        victim.read_bytes(),
        made.stat().st_mode & 0o7777,
        Path(f"{fast.file}.20200102T000000.000000Z").is_symlink(),
        archived.exists(),
    )


# What has no name of its own


@pytest.mark.parametrize(
    "path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "fifo", "/dev/null"]
)
def test_what_is_no_file_of_its_own_is_not_rotated(tmp_path: Path, path: str) -> None:
    """Rotation is refused for descriptors, links to them, pipes and devices; logging is not."""
    (tmp_path / "link").symlink_to("/dev/stdout")
    os.mkfifo(tmp_path / "fifo")
    file = str(tmp_path / path)
    reset_for_testing()
    for rotation in (Rotation(max_bytes=2000), Rotation(when="daily")):
        with pytest.raises(ConfigurationError, match=r"logging\.log_file"):
            setup_telemetry(
                TelemetryConfig(logging=LoggingConfig(log_file=file, rotation=rotation))
            )
    with pytest.raises(ConfigurationError, match=r"logging\.outputs\[0\]"):
        setup_telemetry(
            TelemetryConfig(
                logging=LoggingConfig(outputs=[file], rotation=Rotation(max_bytes=2000))
            )
        )
    reset_for_testing()


def test_stdout_that_is_a_file_keeps_its_name(fast: Lane) -> None:
    """`/dev/stdout` is written where it leads to a file, and that is not renamed."""
    with open(fast.folder / "out.txt", "wb") as out:
        fast.run("""
            try: use(log_file="/dev/stdout", rotation=Rotation(max_bytes=2_000))
            except ValueError: use(log_file="/dev/stdout")
            for number in range(200): log.info("x", number=number)
        """, stdout=out)  # fmt: skip

    lines = parse((fast.folder / "out.txt").read_bytes())[0]
    assert (list(range(200)), 1) == (
        [line["number"] for line in lines],
        len(list(fast.folder.glob("out.txt*"))),
    )
