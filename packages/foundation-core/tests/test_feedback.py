"""Streams that log what is written to them: each line comes out once, and counts once."""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane

if sys.platform == "win32":
    pytest.skip("the tests' processes need POSIX", allow_module_level=True)

#: What stands in the place of a standard stream. The first two as in celery.utils.log (5.4) and
#: airflow.utils.log.logging_mixin (2.9).
STREAMS = '''
import io, logging

class LoggingProxy:
    mode, name, closed = "w", None, False
    _thread = threading.local()
    def __init__(self, logger, loglevel):
        self.logger, self.loglevel = logger, loglevel
    def write(self, data):
        if getattr(self._thread, "recurse_protection", False):
            return 0
        if data and not self.closed:
            self._thread.recurse_protection = True
            try:
                safe_data = str(data).rstrip("\\n")
                if safe_data:
                    self.logger.log(self.loglevel, safe_data)
                return len(safe_data)
            finally:
                self._thread.recurse_protection = False
        return 0
    def writelines(self, sequence):
        for part in sequence:
            self.write(part)
    def flush(self): pass
    def close(self): self.closed = True
    def isatty(self): return False

class StreamLogWriter(io.IOBase):
    encoding = None
    def __init__(self, logger, level):
        self.logger, self.level, self._buffer = logger, level, ""
    @property
    def closed(self): return False
    def _propagate_log(self, message):
        self.logger.log(self.level, message)
    def write(self, message):
        if message.endswith("\\n"):
            message = message.rstrip()
            self._buffer += message
            self.flush()
        else:
            self._buffer += message
    def flush(self):
        buf = self._buffer
        if len(buf) > 0:
            self._buffer = ""
            self._propagate_log(buf)
    def isatty(self): return False

class Plain:
    """Log by a function, and say with what."""
    def write(self, text):
        if text.strip():
            logging.getLogger("plain").warning("said: %s", text.rstrip())
    def flush(self): pass

class Guarded(Plain):
    """Drop what comes from inside."""
    local = threading.local()
    def write(self, text):
        if not getattr(self.local, "inside", False):
            self.local.inside = True
            try:
                super().write(text)
            finally:
                self.local.inside = False

class Lines:
    """Log each line of a text by itself, as a well-known answer on Stack Overflow does."""
    __slots__ = ()
    def write(self, text):
        for line in text.rstrip().splitlines():
            logging.getLogger("lines").error(line.rstrip())
    def flush(self): pass

class Kept:
    """Keep a text until the end of its line, and drop what comes from inside."""
    def __init__(self):
        self.local, self.kept = threading.local(), threading.local()
    def write(self, text):
        if getattr(self.local, "inside", False): return
        self.kept.text = getattr(self.kept, "text", "") + text
        if text.endswith("\\n"):
            whole, self.kept.text, self.local.inside = self.kept.text, "", True
            try:
                logging.getLogger("kept").warning(whole.rstrip("\\n"))
            finally:
                self.local.inside = False
    def flush(self): pass

class Raises(Plain):
    """Raise once it has logged."""
    def write(self, text):
        super().write(text)
        raise OSError("on purpose")

class Ours:
    """Log by a logger of Foundation's."""
    def write(self, text):
        if text.strip():
            get_logger("ours").warning(text.rstrip())
    def flush(self): pass

def streams():
    redirected = logging.getLogger("redirected")
    yield LoggingProxy(redirected, logging.WARNING)
    yield LoggingProxy(logging.LoggerAdapter(redirected, {}), logging.WARNING)
    yield StreamLogWriter(redirected, logging.INFO)
    yield from (Plain(), Guarded(), Lines(), Kept(), Raises(), Ours())

def start(**options):
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(console_formatter="json", **options)))
'''
KINDS = 9


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


def tags_in(data: bytes) -> Counter[str]:
    """Return how often each tag such as ``<3/log/0>`` stands in lines; once a line counts."""
    found: Counter[str] = Counter()
    for line in data.splitlines():
        event = json.loads(line)["event"]
        found.update({part.partition(">")[0] for part in event.split("<")[1:]})
    return found


@pytest.mark.parametrize("name", ["stderr", "stdout"])
@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_lines_meant_for_a_stream_that_logs_come_out_once(
    lane: Lane, delivery: str, name: str
) -> None:
    """Calls, messages of `logging` and prints: each is one line on the original, counted once."""
    script = f"""
        start(delivery={delivery!r}, output={name!r})
        for kind, stream in enumerate(streams()):
            sys.{name} = stream
            for number in range(3): log.info(f"<{{kind}}/log/{{number}}>", quoted='"x"')
            logging.getLogger("z").warning(f"<{{kind}}/logging/0>")
            if type(stream) is not Raises:
                print(f"<{{kind}}/print/0>", file=stream)
            # In background delivery a queue stands before the look at the stream.
            flush(30)
        report()
    """
    done = lane.run(STREAMS + "from provide.foundation import flush\n" + textwrap.dedent(script))

    expected = Counter(
        f"{kind}/{source}/{number}"
        for kind in range(KINDS)
        for source, most in (("log", 3), ("logging", 1), ("print", 1))
        for number in range(most)
        if source != "print" or kind != 7
    )
    data = done.stderr if name == "stderr" else done.stdout
    assert expected == tags_in(data)
    assert (len(data.splitlines()), 0) == done.balance(name)
    assert expected.total() == len(data.splitlines())


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_prints_come_first_in_a_stream_that_logs(lane: Lane, delivery: str) -> None:
    """What the program prints is a line though nothing of ours has met the stream before."""
    script = f"""
        start(delivery={delivery!r})
        for kind, stream in enumerate(streams()):
            sys.stderr = stream
            if type(stream) is not Raises:
                for number in range(3): print(f"<{{kind}}/print/{{number}}>", file=sys.stderr)
            flush(30)
        report()
    """
    done = lane.run(STREAMS + "from provide.foundation import flush\n" + textwrap.dedent(script))

    expected = Counter(
        f"{kind}/print/{number}" for kind in range(KINDS) for number in range(3) if kind != 7
    )
    assert expected == tags_in(done.stderr)
    assert (expected.total(), 0) == done.balance("stderr")


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_threads_that_meet_a_stream_that_logs(lane: Lane, delivery: str) -> None:
    """Several threads at once, before and while it is found out: each line once."""
    script = f"""
        start(delivery={delivery!r})
        for kind, stream in enumerate(streams()):
            sys.stderr = stream
            ready = threading.Barrier(4)
            def work(me):
                ready.wait()
                for number in range(50): log.info(f"<{{kind}}/log/{{me}}-{{number}}>")
            in_threads(4, work)
            flush(30)
        report()
    """
    done = lane.run(STREAMS + "from provide.foundation import flush\n" + textwrap.dedent(script))

    expected = Counter(
        f"{kind}/log/{me}-{number}"
        for kind in range(KINDS)
        for me in range(4)
        for number in range(50)
    )
    assert expected == tags_in(done.stderr)
    assert (expected.total(), 0) == done.balance("stderr")


def test_a_level_above_that_of_the_redirection_costs_no_line(lane: Lane) -> None:
    """A logger that would swallow what is redirected to it is not asked."""
    done = lane.run(
        STREAMS
        + textwrap.dedent("""
        start(default_level="ERROR")
        for kind, stream in enumerate(streams()):
            if kind < 3:
                sys.stderr = stream
                log.error(f"<{kind}/log/0>")
        report()
    """)
    )

    assert Counter(f"{kind}/log/0" for kind in range(3)) == tags_in(done.stderr)
    assert (3, 0) == done.balance("stderr")


def test_a_stream_that_logs_of_itself_keeps_its_lines(lane: Lane) -> None:
    """One that writes, and now and then logs something else, gets all lines as before."""
    done = lane.run(
        STREAMS
        + textwrap.dedent("""
        class Connection:
            def __init__(self): self.logger, self.file = logging.getLogger("c"), sys.__stdout__
            def write(self, text):
                if "<1>" in text: self.logger.warning("<reconnected>")
                self.file.write(text)
            def flush(self): self.file.flush()
        start()
        sys.stderr = Connection()
        for number in range(4): log.info(f"<{number}>")
        report()
    """)
    )

    assert Counter(["0", "1", "2", "3", "reconnected"]) == tags_in(done.stdout)
    assert (b"", (5, 0)) == (done.stderr, done.balance("stderr"))


def test_a_stream_whose_logger_leads_elsewhere_keeps_its_lines(lane: Lane) -> None:
    """A redirection to a file of the program's own is no way back to us."""
    done = lane.run(
        STREAMS
        + textwrap.dedent("""
        elsewhere = logging.getLogger("elsewhere")
        elsewhere.propagate = False
        elsewhere.addHandler(logging.FileHandler(FILE))
        start()
        sys.stderr = LoggingProxy(elsewhere, logging.WARNING)
        for number in range(3): log.info(f"<{number}>")
        report()
    """)
    )

    assert Counter("012") == tags_in(done.file.read_bytes())
    assert (b"", (3, 0)) == (done.stderr, done.balance("stderr"))


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_an_output_that_logs_what_it_is_given_costs_no_line(lane: Lane, delivery: str) -> None:
    """A stream that an output was given, beside the standard ones: each line once on stderr."""
    script = f"""
        for kind, stream in enumerate(streams()):
            start(delivery={delivery!r}, outputs=[OutputConfig(stream)])
            if type(stream) is not Raises:
                print(f"<{{kind}}/print/0>", file=stream)
            for number in range(3): log.info(f"<{{kind}}/log/{{number}}>", quoted='"x"')
            logging.getLogger("z").warning(f"<{{kind}}/logging/0>")
            if type(stream) is not Raises:
                print(f"<{{kind}}/print/1>", file=stream)
            flush(30)
        report()
    """
    done = lane.run(STREAMS + "from provide.foundation import flush\n" + textwrap.dedent(script))

    expected = Counter(
        f"{kind}/{source}/{number}"
        for kind in range(KINDS)
        for source, most in (("print", 2), ("log", 3), ("logging", 1))
        for number in range(most)
        if source != "print" or kind != 7
    )
    balances = [done.balance(output) for output in done.report["stats"]]
    assert expected == tags_in(done.stderr)
    assert (expected.total(), 0) == tuple(map(sum, zip(*balances, strict=True)))


def test_an_output_beside_one_that_logs_gets_each_line_once(lane: Lane) -> None:
    """What comes back through `logging` is no line of its own for the other outputs."""
    script = """
        for kind, stream in enumerate(streams()):
            if type(stream) is Ours: continue
            start(outputs=[OutputConfig(stream), OutputConfig(FILE)])
            for number in range(3): log.info(f"<{kind}/{number}>")
    """
    done = lane.run(STREAMS + textwrap.dedent(script))

    expected = Counter(f"{kind}/{number}" for kind in range(KINDS - 1) for number in range(3))
    assert (expected, expected) == (tags_in(done.stderr), tags_in(done.file.read_bytes()))
