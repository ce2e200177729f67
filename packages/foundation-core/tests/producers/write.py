"""Runs the loggers that are installed, and keeps what they write: `python write.py [NAME ...]`.

Python's loggers are those of the interpreter; for one that it does not have, PRODUCERS_PYTHON names
another interpreter. Node's are found with NODE_PATH. Go's are Debian's packages
golang-go.uber-zap-dev, golang-github-rs-zerolog-dev and golang-golang-x-exp-dev. nginx is run
with a configuration of its own, and journald's files are written by systemd-journal-remote.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from programs import GO, NODE, PYTHON

LINES = Path(__file__).parent / "lines"
PATIENCE_S = 60.0
_REMOTE = "/usr/lib/systemd/systemd-journal-remote"

_NGINX = """
daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
events {{}}
http {{
  access_log access.log combined;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{port}; root .; location = /ok {{ return 200 "ok"; }}
            location = /broken {{ return 500; }} }}
}}
"""

#: What journald takes for import: a text, a JSON line, an error, and bytes that are no UTF-8.
_JOURNAL = b"""__REALTIME_TIMESTAMP=1795443000123456
__MONOTONIC_TIMESTAMP=1000
_BOOT_ID=0123456789abcdef0123456789abcdef
_MACHINE_ID=0123456789abcdef0123456789abcdef
_HOSTNAME=shop-1
_PID=77
_SYSTEMD_UNIT=shop.service
SYSLOG_IDENTIFIER=shop
PRIORITY=%d
MESSAGE
%b%b
"""


class Absent(Exception):
    """Say that a producer is not installed."""


def run_python(program: str) -> bytes:
    """Return what a Python program writes."""
    for python in (sys.executable, os.environ.get("PRODUCERS_PYTHON", sys.executable)):
        with tempfile.TemporaryDirectory() as folder:
            done = run([python, "-c", program], folder)
        if done.returncode == 0:
            written = done.stdout.replace(folder.encode(), b"/srv/app")
            return written.replace(sys.prefix.encode(), b"/srv/venv")
    if b"ModuleNotFoundError" in done.stderr:
        raise Absent(done.stderr.decode().splitlines()[-1])
    raise RuntimeError(done.stderr.decode())


def run_node(program: str) -> bytes:
    """Return what a program for Node writes."""
    done = run([find("node"), "-e", program])
    if b"Cannot find module" in done.stderr:
        raise Absent("the package for Node")
    return check(done)


def run_go(program: str) -> bytes:
    """Return what a program for Go writes."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder, "app")
        app.mkdir()
        (app / "main.go").write_text(program, encoding="utf-8")
        environment = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": folder}
        done = run([find("go"), "run", "main.go"], str(app), environment)
        if b"cannot find package" in done.stderr:
            raise Absent("Debian's package for Go")
        return check(done).replace(folder.encode(), b"/srv")


def run_nginx(name: str) -> bytes:
    """Return what nginx writes of an answer, of a file that is not there, and of a fault."""
    nginx = find("nginx")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        Path(folder, "nginx.conf").write_text(_NGINX.format(port=port), encoding="utf-8")
        os.chmod(folder, 0o755)
        command = [nginx, "-p", folder, "-c", "nginx.conf", "-e", "error.log"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for path in ("/ok?a=1", "/missing", "/broken"):
                ask(f"http://127.0.0.1:{port}{path}", server)
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_S)
        rows = Path(folder, name).read_bytes().splitlines(keepends=True)
        return b"".join(row.replace(folder.encode(), b"/srv/www") for row in rows[-3:])


def ask(address: str, server: subprocess.Popen[bytes]) -> None:
    """Ask a server until it answers."""
    request = urllib.request.Request(address, headers={"User-Agent": 'probe "one"'})
    deadline = time.monotonic() + PATIENCE_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(request, timeout=PATIENCE_S).close()
        except urllib.error.HTTPError:
            return
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx does not answer")


def run_journald() -> bytes:
    """Return what journalctl writes as JSON of a journal that has been imported."""
    if not os.access(_REMOTE, os.X_OK):
        raise Absent(_REMOTE)
    journalctl = find("journalctl")
    messages = [
        (6, b"order placed"),
        (6, b'{"level":"warning","event":"slow \\"query\\" \xc3\xbc","logger":"shop.web"}'),
        (3, b"payment failed"),
        (4, b"half \xff"),
    ]
    entries = (
        _JOURNAL % (priority, len(message).to_bytes(8, "little"), message)
        for priority, message in messages
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shop.journal")
        done = subprocess.run(
            [_REMOTE, "-o", str(path), "-"], input=b"\n".join(entries) + b"\n",
            capture_output=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        check(done)
        return check(run([journalctl, "--file", str(path), "-o", "json"]))


def run(
    command: list[str], folder: str | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command, in UTC."""
    variables = {**os.environ, "TZ": "UTC", **(environment or {})}
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, timeout=PATIENCE_S, check=False
    )


def check(done: subprocess.CompletedProcess[bytes]) -> bytes:
    """Return what a command has written, if it went well."""
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def find(program: str) -> str:
    """Return where a program is."""
    path = shutil.which(program)
    if path is None:
        raise Absent(program)
    return path


PRODUCERS: dict[str, Callable[[], bytes]] = {
    **{name: lambda program=program: run_python(program) for name, program in PYTHON.items()},  # type: ignore[misc]
    **{name: lambda program=program: run_node(program) for name, program in NODE.items()},  # type: ignore[misc]
    **{name: lambda program=program: run_go(program) for name, program in GO.items()},  # type: ignore[misc]
    "nginx-access": lambda: run_nginx("access.log"),
    "nginx-error": lambda: run_nginx("error.log"),
    "journald": run_journald,
}


def main() -> None:
    """Write the lines of the producers that are asked for, or of all."""
    LINES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PRODUCERS:
        try:
            lines = PRODUCERS[name]()
        except Absent as absent:
            print(f"{name}: not here ({absent})")
            continue
        (LINES / f"{name}.txt").write_bytes(lines)
        print(f"{name}: {len(lines)} bytes")


if __name__ == "__main__":
    main()
