"""The handler for `dictConfig`, and the ready configuration, with real servers."""

from __future__ import annotations

import json
import logging.config
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

import interpreters
from provide.foundation import LOGGING_CONFIG

pytestmark = pytest.mark.slow

HANDLER = {"()": "provide.foundation.logging_handler"}
BEGIN = """
import logging, logging.config, threading
from provide.foundation import *
HANDLER = {"()": "provide.foundation.logging_handler"}
log = logging.getLogger("app.part")
def to_ours(**options):
    return {
        "version": 1,
        "handlers": {"f": {**HANDLER, **options}},
        "root": {"handlers": ["f"]},
        "loggers": {"app": {"handlers": ["f"]}},
    }
"""


def run(code: str, **environ: str) -> list[str]:
    """Run code in an interpreter of its own, and return the rows of its stderr."""
    done = interpreters.run(
        [sys.executable, "-c", BEGIN + code],
        capture_output=True,
        text=True,
        env={**os.environ, "FOUNDATION_LANE": "fast", **environ},
        timeout=60,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stdout), done.stderr
    rows: list[str] = done.stderr.splitlines()
    return rows


def test_handler_sets_up_by_its_options() -> None:
    """If nobody has set Foundation up, the handler does, by what stands beside it."""
    rows = run("""
logging.config.dictConfig(to_ours(service_name="shop", module_levels={"app": "DEBUG"}))
log = logging.getLogger("app.late")
log.debug("1")
""")
    (line,) = map(json.loads, rows)
    assert ("1", "shop", "debug") == (line["event"], line["service"], line["level"])


def test_handler_leaves_a_set_up_alone() -> None:
    """Where Foundation has been set up the handler changes nothing of that."""
    rows = run("""
configure(service_name="first")
logging.config.dictConfig(to_ours(service_name="second"))
log.info("1")
""")
    assert ["first"] == [json.loads(row)["service"] for row in rows]


@pytest.mark.parametrize("capture", ["on", "off"])
def test_each_record_is_one_line(capture: str) -> None:
    """Several handlers on a record's way, made several times, give one line, captured or not."""
    rows = run(
        """
for _ in range(3):
    logging.config.dictConfig(to_ours())
    logging.getLogger("app").addHandler(logging_handler())
    log.disabled = False
log.warning("1")
log.warning("1")
shutdown_telemetry()
log.warning("2")
setup_telemetry()
log.warning("3")
""",
        PROVIDE_LOG_CAPTURE_STDLIB=capture,
    )
    assert ["1", "1", "2", "3"] == [json.loads(row)["event"] for row in rows]


def test_filters_of_the_handler_run() -> None:
    """A filter that stands beside the handler changes and drops records."""
    rows = run("""
def choose(record):
    record.seen = True
    return "health" not in record.getMessage()
config = to_ours(filters=["c"])
config["filters"] = {"c": {"()": lambda: choose}}
logging.config.dictConfig(config)
log.warning("health")
log.warning("1")
""")
    assert [("1", True)] == [(each["event"], each["seen"]) for each in map(json.loads, rows)]


def test_a_wrong_option_is_named() -> None:
    """An option that there is not, or a wrong value, fails the configuration and is named."""
    rows = run("""
for options in ({"no_such_option": "x"}, {"format": "xml"}):
    try:
        logging.config.dictConfig(to_ours(**options))
    except ValueError as error:
        assert isinstance(error.__cause__, ConfigurationError)
        assert next(iter(options)) in str(error.__cause__), error.__cause__
    else:
        raise AssertionError(options)
""")
    assert [] == rows


def test_a_set_up_of_another_thread_is_not_awaited_for_ever() -> None:
    """Whoever configures holds the lock of `logging`, which another thread's set-up waits for."""
    rows = run("""
import threading
from provide.foundation import extension
inside, done = threading.Event(), threading.Event()
def set_up_slowly():
    from provide.foundation._runtime.state import change
    def hold():
        inside.set()
        log.setLevel("INFO")  # it needs the lock of logging
    change(hold)
    done.set()
thread = threading.Thread(target=set_up_slowly)
with logging._lock:
    thread.start()
    inside.wait()
    handler = logging_handler()
assert done.wait(10)
log.addHandler(handler)
log.warning("1")
""")
    assert ["1"] == [json.loads(row)["event"] for row in rows]


def test_configuration_is_what_the_file_holds() -> None:
    """The command prints the path of a file with the same configuration; dictConfig takes it."""
    done = subprocess.run(
        [sys.executable, "-m", "provide.foundation", "logging-config"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert LOGGING_CONFIG == json.loads(Path(done.stdout.strip()).read_text(encoding="utf-8"))
    assert LOGGING_CONFIG["handlers"]["foundation"] == HANDLER
    logging.config.dictConfigClass(LOGGING_CONFIG).configure_handler(dict(HANDLER))


APP = """
import logging
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"].endswith("shutdown"):
                return
    logging.getLogger("shop").info("handled %s", scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
def wsgi(environ, start):
    logging.getLogger("shop").info("handled %s", environ["PATH_INFO"])
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
def serve(port):
    import uvicorn
    from provide.foundation import configure
    configure(output="stderr")
    uvicorn.run(app, port=port)
if __name__ == "__main__":
    import sys
    serve(int(sys.argv[1]))
"""
GUNICORN = ["gunicorn", "app:wsgi", "-b", "127.0.0.1:PORT", "-w", "2", "-c"]
UVICORN = ["uvicorn", "app:app", "--port", "PORT", "--log-config", "FILE"]
SERVERS = {
    "uvicorn": (UVICORN, "uvicorn.access"),
    "uvicorn with colours": ([*UVICORN, "--use-colors"], "uvicorn.access"),
    "uvicorn with workers": ([*UVICORN, "--workers", "2"], "uvicorn.access"),
    "uvicorn that reloads": ([*UVICORN, "--reload"], "uvicorn.access"),
    "uvicorn.run": (["app", "PORT"], "uvicorn.access"),
    "gunicorn by JSON": ([*GUNICORN, "by_json.py"], "gunicorn.access"),
    "gunicorn by a dict": ([*GUNICORN, "by_dict.py", "--access-logfile", "-"], "gunicorn.access"),
}
REQUESTS = 20


def ask(port: int, path: str) -> bool:
    """Ask a server, and say whether it has answered."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are POSIX's")
@pytest.mark.parametrize("name", SERVERS)
def test_all_lines_of_a_server_are_ours(name: str, tmp_path: Path) -> None:
    """Parent and children write JSON alone, and each request's lines once, also after a HUP."""
    command, access = SERVERS[name]
    config = Path(__file__).parents[1] / "src/provide/foundation/logging_config.json"
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "by_json.py").write_text(f"logconfig_json = {str(config)!r}\n")
    (tmp_path / "by_dict.py").write_text(
        "from provide.foundation import LOGGING_CONFIG\nlogconfig_dict = LOGGING_CONFIG\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = {"PORT": str(port), "FILE": str(config)}
    arguments = [word.replace("PORT", str(port)) if "PORT" in word else words.get(word, word)
        for word in command]  # fmt: skip
    rows: list[str] = []
    with (tmp_path / "out").open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdout=out, stderr=out, cwd=tmp_path
        )
        try:
            deadline = time.monotonic() + 60
            while not ask(port, "start"):
                assert deadline > time.monotonic(), (tmp_path / "out").read_text()
                time.sleep(0.05)  # there is no event: the port opens some time
            for number in range(REQUESTS):
                assert ask(port, f"r{number}")
            if command[0] == "gunicorn":
                server.send_signal(signal.SIGHUP)
                while "Handling signal: hup" not in (tmp_path / "out").read_text():
                    assert deadline > time.monotonic()
                    time.sleep(0.05)
                assert any(ask(port, "hup") for _ in range(100))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    rows = (tmp_path / "out").read_text().splitlines()
    assert [] == [row for row in rows if not row.startswith("{")]
    lines = [json.loads(row) for row in rows]
    events = Counter(line["event"] for line in lines if line["logger"] == "shop")
    assert {1} == {events[f"handled /r{number}"] for number in range(REQUESTS)}
    assert sum(events.values()) == sum(line["logger"] == access for line in lines)
    assert not [line for line in lines if line["level"] in ("error", "critical")]
