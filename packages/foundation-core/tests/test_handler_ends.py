"""Where handlers of logging end: each record comes out once, whatever stands before the console."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import interpreters
from installed_lanes import LANES

# As in awslambdaric 4.2, bootstrap.py: neither the handler nor its sink holds a stream.
LAMBDA = """
class StandardLogSink(object):
    def log(self, msg, frame_type=None):
        sys.stdout.write(msg)
class LambdaLoggerHandler(logging.Handler):
    def __init__(self, log_sink):
        logging.Handler.__init__(self)
        self.log_sink = log_sink
    def emit(self, record):
        msg = self.format(record)
        self.log_sink.log(msg)
"""
# As in absl-py 2.5, absl/logging: a handler in a handler, and the inner one holds the stream.
ABSL = """
class PythonHandler(logging.StreamHandler):
    def emit(self, record):
        super().emit(record)
class ABSLHandler(logging.Handler):
    def __init__(self):
        super().__init__()
        self._python_handler = PythonHandler()
        self._current_handler = self._python_handler
    def handle(self, record):
        rv = self.filter(record)
        if rv:
            return self._current_handler.handle(record)
        return rv
"""
CONSOLES = {
    "lambda": LAMBDA + "root.addHandler(LambdaLoggerHandler(StandardLogSink()))",
    "absl": ABSL + "root.addHandler(ABSLHandler())",
    "path": "root.addHandler(logging.FileHandler('/dev/stderr'))",
    "path, opened late": "root.addHandler(logging.FileHandler('/dev/stdout', delay=True))",
    "descriptor": "root.addHandler(logging.StreamHandler(os.fdopen(os.dup(2), 'w')))",
    "memory": """
root.addHandler(logging.handlers.MemoryHandler(1, target=logging.StreamHandler()))
""",
    "queue": """
records = queue.SimpleQueue()
listener = logging.handlers.QueueListener(records, logging.StreamHandler())
listener.start()
root.addHandler(logging.handlers.QueueHandler(records))
""",
    "queue of a logger": """
records = queue.SimpleQueue()
listener = logging.handlers.QueueListener(records, logging.StreamHandler(sys.stdout))
listener.start()
logging.getLogger('lib').addHandler(logging.handlers.QueueHandler(records))
logging.getLogger('lib').propagate = False
""",
    "memory before a queue": """
records = queue.SimpleQueue()
listener = logging.handlers.QueueListener(records, logging.StreamHandler())
listener.start()
root.addHandler(logging.handlers.MemoryHandler(1, target=logging.handlers.QueueHandler(records)))
""",
    "print": """
class Printer(logging.Handler):
    def emit(self, record):
        try:
            print(self.format(record))
        except Exception:
            self.handleError(record)
root.addHandler(Printer())
""",
    "stream without a descriptor": """
class Wrapper:
    def __init__(self, stream):
        self.inner = stream
    def write(self, text):
        self.inner.write(text)
root.addHandler(logging.StreamHandler(Wrapper(sys.stderr)))
""",
}
BEGIN = """
import logging, logging.handlers, os, queue, sys
from provide.foundation import *
listener = None
root = logging.getLogger()
log = logging.getLogger('lib.part')
"""
END = """
if listener is not None:
    listener.stop()
"""


def run_python(code: str, lane: str = "fast") -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own."""
    return interpreters.run(
        [sys.executable, "-c", BEGIN + code + END],
        capture_output=True,
        text=True,
        env={**os.environ, "FOUNDATION_LANE": lane},
        timeout=60,
        check=True,
    )


@pytest.mark.parametrize("configure", CONSOLES.values(), ids=CONSOLES)
def test_no_line_comes_twice(configure: str) -> None:
    """A record is one line, ours, though a handler that ends at the console had no stream."""
    done = run_python(
        f"{configure}\nfor _ in range(2):\n    setup_telemetry()\n    log.warning('e')"
    )
    assert (["e", "e"], "") == (
        [json.loads(line)["event"] for line in done.stderr.splitlines()],
        done.stdout,
    )


@pytest.mark.parametrize("lane", LANES)
def test_console_behind_a_queue_leaves_and_the_file_stays(lane: str, tmp_path: Path) -> None:
    """Of two handlers behind one queue the file gets every record; what was queued comes out."""
    path = tmp_path / "app.log"
    done = run_python(
        f"""
records = queue.SimpleQueue()
console, file = logging.StreamHandler(), logging.FileHandler({str(path)!r})
listener = logging.handlers.QueueListener(records, console, file)
root.addHandler(logging.handlers.QueueHandler(records))
log.warning('queued')
setup_telemetry()
listener.start()
log.warning('ours')
listener.stop()
listener.start()
shutdown_telemetry()
assert listener.handlers == (console, file)
log.warning('theirs')
""",
        lane,
    )
    ours, *theirs = sorted(done.stderr.splitlines(), key=lambda line: not line.startswith("{"))
    assert ("ours", ["queued", "theirs"]) == (json.loads(ours)["event"], theirs)
    assert ["queued", "ours", "theirs"] == path.read_text().splitlines()


ELSEWHERE = {
    "list": """
class Collector(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []
    def emit(self, record):
        self.records.append(self.format(record))
handler = Collector()
""",
    "file": "handler = logging.FileHandler(os.devnull)",
    "socket": "handler = logging.handlers.SocketHandler('127.0.0.1', 9)",
    "text in memory": "import io; handler = logging.StreamHandler(io.StringIO())",
    "nothing": "handler = logging.NullHandler()",
    "memory without a target": "handler = logging.handlers.MemoryHandler(10)",
}


@pytest.mark.parametrize("configure", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_ends_elsewhere_stays(configure: str) -> None:
    """A handler that does not end at the console stays, and nothing is said of it."""
    code = (
        f"{configure}\nroot.addHandler(handler)\nsetup_telemetry()\nassert handler in root.handlers"
    )
    assert "" == run_python(code).stderr


UNKNOWN = {
    "queue without a listener": """
class Handler(logging.handlers.QueueHandler): pass
root.addHandler(Handler(queue.SimpleQueue()))
""",
    "code of others": """
import shutil
class Handler(logging.Handler):
    def emit(self, record):
        shutil.disk_usage(self.format(record))
root.addHandler(Handler())
""",
    "two ends": """
class Tee:
    def __init__(self, *streams):
        self.streams = streams
    def write(self, text):
        for stream in self.streams:
            stream.write(text)
class Handler(logging.StreamHandler): pass
root.addHandler(Handler(Tee(sys.stderr, open(os.devnull, 'w'))))
""",
}


@pytest.mark.parametrize("configure", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_told_stays_and_is_said_once(configure: str) -> None:
    """A handler stays whose end is not known; a notice names it, once in the process."""
    done = run_python(
        f"{configure}\nsetup_telemetry()\nsetup_telemetry()\nassert 1 < len(root.handlers)"
    )
    (notice,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert ("provide.foundation", "__main__.Handler") == (notice["logger"], notice["handler"])


@pytest.mark.parametrize("lane", LANES)
def test_file_of_ours_gets_no_line_twice(lane: str, tmp_path: Path) -> None:
    """A handler of logging on the very file that is our output is set aside too."""
    path = tmp_path / "app.log"
    run_python(
        f"""
root.addHandler(logging.FileHandler({str(path)!r}))
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file={str(path)!r})))
log.warning('e')
""",
        lane,
    )
    assert ["e"] == [json.loads(line)["event"] for line in path.read_text().splitlines()]


def test_handler_that_is_an_output_gets_no_line_twice() -> None:
    """A handler that is an output of ours, and on the root logger as well, gets each line once."""
    run_python(
        """
handler = logging.handlers.MemoryHandler(10)
root.addHandler(handler)
setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=[handler])))
log.warning('e')
assert 1 == len(handler.buffer), handler.buffer
shutdown_telemetry()
assert [handler] == root.handlers
"""
    )


def test_fatal_record_of_absl_still_ends_the_process() -> None:
    """Absl's handler aborts the process after a fatal record; set aside, it still does."""
    code = f"""{ABSL}
class Aborting(PythonHandler):
    def emit(self, record):
        super().emit(record)
        if record.__dict__.get('_absl_log_fatal'):
            os._exit(7)
handler = ABSLHandler()
handler._current_handler = handler._python_handler = Aborting()
root.addHandler(handler)
setup_telemetry()
log.critical('lives')
log.critical('dies', extra={{'_absl_log_fatal': True}})
"""
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_python(code)
    events = [line for line in caught.value.stderr.splitlines() if line.startswith("{")]
    assert (7, 2) == (caught.value.returncode, len(events))
