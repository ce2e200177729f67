"""The pages about back ends: what their configurations read is what Foundation writes.

A program that a page configures is started here, where the machine has it, with the page's own
files; only paths, hosts and ports are put in. It reads what the page's program has written.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from provide.foundation._config.environment import VARIABLES
from tools.page_blocks import read_blocks

ROOT = Path(__file__).parent.parent
INDEX = ROOT / "docs/backends/index.md"
PAGES = {page.stem: page for page in sorted(INDEX.parent.glob("*.md")) if page != INDEX}
#: The pages whose configuration a test starts the real program with.
RUN = {"docker", "journald", "kubernetes", "otel-collector", "rsyslog"}
#: What a file of a page, or the page itself, reads of a line: how it says so, and what it reads.
NAMES = [
    ("cloudwatch", "insights.txt", r"(\w+)", {"timestamp", "level", "event", "order_id"}),
    ("datadog", None, r"`([\w.@]+)`", {"timestamp", "status", "service", "message"}),
    ("elastic", None, r"`([\w.@]+)`",
     {"@timestamp", "log.level", "message", "ecs.version", "order_id"}),
    ("fluent-bit", "fluent-bit.yaml", r"(?:time_key: |=\$)(\w+)",
     {"timestamp", "service", "level"}),
    ("google-cloud", "config.yaml", r"(?:time_key: |jsonPayload\.)(\w+)", {"time", "severity"}),
    ("kubernetes", "agent.yaml", r"attributes\.(\w+)", {"timestamp", "level", "logger", "event"}),
    ("loki", "config.alloy", r'= "(\w+)"', {"timestamp", "level"}),
    ("otel-collector", "collector.yaml", r"attributes\.(\w+)",
     {"Timestamp", "SeverityText", "SeverityNumber", "InstrumentationScope", "Body", "Resource",
      "Attributes"}),
    ("rsyslog", "30-shop.conf", r"\$!(\w+)", {"timestamp", "service", "level"}),
    ("vector", "vector.yaml", r"(?:\{\{ |timestamp\(\.)(\w+)", {"timestamp", "service", "level"}),
]  # fmt: skip
#: How a configuration says what a time looks like.
TIME_FORMAT = re.compile(r'(?:time_format|timestamp_format"): "([^"]+)"')
TIME_LIMIT_S = 60
LONG = f'"text":"{"x" * 19_000}"'


def file_in(page: str, title: str) -> str:
    """Return a file that a page shows."""
    blocks = read_blocks(PAGES[page].read_text("utf-8"))
    return next(block.body for block in blocks if block.title == title)


def lines_in(page: str) -> list[dict[str, Any]]:
    """Return the lines of JSON that the programs of a page write, as the page shows them."""
    blocks = read_blocks(PAGES[page].read_text("utf-8"))
    outputs = [each for each in blocks if each.mark == "output" or each.language == "console"]
    rows = [row for block in outputs for row in block.body.splitlines()]
    return [json.loads(row) for row in rows if row.startswith("{")]


def write_lines(page: str, folder: Path) -> list[str]:
    """Run the program of a page in a folder, and return the lines of its file."""
    (folder / "shop.py").write_text(file_in(page, "shop.py"), encoding="utf-8")
    subprocess.run(
        [sys.executable, "shop.py"], cwd=folder, check=True, capture_output=True,
        timeout=TIME_LIMIT_S,
    )  # fmt: skip
    return (folder / "shop.log").read_text("utf-8").splitlines()


def need(*names: str) -> str:
    """Return the path of the first program that the machine has, or skip."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/lib/systemd"])
    found = next(filter(None, [shutil.which(name, path=path) for name in names]), None)
    return found or pytest.skip(f"no {names[0]}")


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.stem)
def test_page_says_whether_it_was_run(page: Path) -> None:
    """The last paragraph says what was run here, and no page claims it that no test runs."""
    last = page.read_text("utf-8").rstrip().rpartition("\n\n")[2]

    assert last.startswith("Run here: " if page.stem in RUN else "Not run here")


def test_index_says_what_was_run() -> None:
    """The table of all back ends names each page, and says which of them had something run."""
    row = re.compile(r"^\|[^|]+\| \[[^]]+\]\(([\w-]+)\.md\) .* \| ([^|]+) \|$", re.MULTILINE)
    rows = row.findall(INDEX.read_text("utf-8"))
    was_run = {page for page, what in rows if what != "nothing"}

    assert sorted(PAGES) == sorted(page for page, _ in rows)
    # The function that pushes to Loki stands on another page, with a test of its own.
    assert RUN | {"loki"} == was_run


@pytest.mark.parametrize(
    ("page", "title", "pattern", "expected"), NAMES, ids=[each[0] for each in NAMES]
)
def test_names_are_those_of_the_lines(
    page: str, title: str | None, pattern: str, expected: set[str]
) -> None:
    """What a configuration reads of a line stands in the lines of its page, under that name."""
    text = file_in(page, title) if title else PAGES[page].read_text("utf-8")
    had = {name for line in lines_in(page) for name in line}

    assert expected == set(re.findall(pattern, text)) & had


@pytest.mark.parametrize("page", ["cloudwatch", "fluent-bit", "google-cloud"])
def test_form_of_the_time_fits(page: str) -> None:
    """The form that a configuration gives for the time is that of the lines of its page."""
    forms = TIME_FORMAT.findall(PAGES[page].read_text("utf-8"))
    times = [line.get("timestamp") or line["time"] for line in lines_in(page)]

    # %L is Fluent Bit's and the Ops Agent's; the agent of CloudWatch searches the line for it.
    form = forms[0].replace("%L", "%f")
    found = [datetime.strptime(each.rstrip("Z") + "Z", form.rstrip("Z") + "Z") for each in times]
    assert [each.rstrip("Z") for each in times] == [each.isoformat() for each in found]
    assert 1 == len(forms)


def test_variables_exist() -> None:
    """Each variable that a page sets is one that Foundation reads."""
    known = {name for *_, names, _ in VARIABLES for name in names}
    for page in PAGES.values():
        named = set(re.findall(r"\bPROVIDE_[A-Z_]+\b", page.read_text("utf-8")))
        assert set() == named - known


def test_rsyslog_sends_each_line_with_its_severity(tmp_path: Path) -> None:
    """A server gets lines whole, long ones too, each with its severity and its own time."""
    program = need("rsyslogd")
    lines = write_lines("rsyslog", tmp_path)
    lines.append(lines[1].replace("}", f',"text":"{"x" * 60_000}"}}'))
    (tmp_path / "shop.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    (tmp_path / "levels.json").write_text(file_in("rsyslog", "levels.json"), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIME_LIMIT_S)
        text = file_in("rsyslog", "30-shop.conf")
        text = text.replace("/var/spool/rsyslog", str(tmp_path))
        text = text.replace("/etc/rsyslog.d", str(tmp_path))
        text = text.replace("/var/log/shop", str(tmp_path))
        text = text.replace("logs.example.com", "127.0.0.1")
        text = text.replace('"6514"', f'"{server.getsockname()[1]}"')
        (tmp_path / "shop.conf").write_text(text, encoding="utf-8")
        command = [program, "-n", "-f", str(tmp_path / "shop.conf"), "-i", str(tmp_path / "pid")]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            try:
                connection, _ = server.accept()
                with connection, connection.makefile("rb") as stream:
                    connection.settimeout(TIME_LIMIT_S)
                    messages = [read_frame(stream) for _ in lines]
            finally:
                process.terminate()

    heads, bodies = zip(*(message.split(" - - - ", 1) for message in messages), strict=True)
    times = [json.loads(line)["timestamp"] for line in lines]
    assert [134, 131, 131] == [int(head[1:].partition(">")[0]) for head in heads]
    assert times == [head.split()[1] for head in heads]
    assert lines == list(bodies)


def read_frame(stream: Any) -> str:
    """Read a message that its length stands in front of. Source: RFC 6587, section 3.4.1."""
    length = b""
    while (digit := stream.read(1)) != b" ":
        length += digit
    return str(stream.read(int(length)), "utf-8")


#: A journal in memory, in a mount namespace of its own; stderr is a stream of it, as of a unit.
JOURNAL = """
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/log/journal
"$1" >/run/journald 2>&1 &
trap 'kill $!' EXIT
until [ -S /run/systemd/journal/stdout ]; do kill -0 $!; sleep 0.02; done
systemd-cat -t shop sh -c 'JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr) exec "$0" shop.py' "$2"
journalctl --sync
journalctl -D /run/log/journal -t shop -o json --no-pager
"""


def test_journal_has_each_line_with_its_priority(tmp_path: Path) -> None:
    """The journal has the lines as they are, each under the priority of its level."""
    program = need("systemd-journald")
    if os.geteuid() != 0 or not Path("/etc/machine-id").exists():
        pytest.skip("a journal of its own needs root and a machine's id")
    (tmp_path / "shop.py").write_text(file_in("journald", "shop.py"), encoding="utf-8")
    command = ["unshare", "--mount", "sh", "-c", JOURNAL, "sh", program, sys.executable]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stderr

    entries = [json.loads(row) for row in done.stdout.splitlines()]
    assert ["6", "3"] == [entry["PRIORITY"] for entry in entries]
    events = [json.loads(entry["MESSAGE"])["event"] for entry in entries]
    assert ["order_placed", "payment_failed"] == events


@pytest.mark.parametrize(("limit", "records"), [("16_000", 1), ("1_000_000", 2)])
def test_docker_keeps_short_lines_whole(tmp_path: Path, limit: str, records: int) -> None:
    """A line that the page's limit cuts is one record of json-file; without it there are two."""
    docker = need("docker")
    if subprocess.run([docker, "info"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no Docker that answers")
    program = file_in("docker", "shop.py").replace("16_000", limit)
    (tmp_path / "shop.py").write_text(f'{program}log.info("long", text="x" * 20_000)\n')
    name = f"foundation-test-{os.getpid()}-{records}"
    empty = subprocess.run(
        [docker, "import", "-"], input=b"\0" * 10_240, capture_output=True, check=True
    )
    # The image is empty: the interpreter and the packages are this machine's.
    folders = {"/usr", "/lib", "/lib64", sys.prefix, sys.base_prefix, str(ROOT), str(tmp_path)}
    mounts = [part for each in folders for part in ("-v", f"{each}:{each}:ro")]
    image = empty.stdout.decode().strip()
    try:
        subprocess.run(
            [docker, "run", "--name", name, "--network", "none", "--log-driver", "json-file",
             *mounts, "-w", str(tmp_path), image, sys.executable, "shop.py"],
            check=True, capture_output=True, timeout=TIME_LIMIT_S,
        )  # fmt: skip
        shown = subprocess.run([docker, "logs", name], capture_output=True, check=True).stdout
        path = subprocess.run(
            [docker, "inspect", "-f", "{{.LogPath}}", name], capture_output=True, check=True
        ).stdout
        kept = Path(path.decode().strip()).read_text("utf-8").splitlines()
    finally:
        subprocess.run([docker, "rm", "-f", name], capture_output=True, check=False)
        subprocess.run([docker, "rmi", image], capture_output=True, check=False)

    events = [json.loads(line)["event"] for line in shown.splitlines()]
    assert ["order_placed", "payment_failed", "long"] == events
    assert 2 + records == len(kept)


class _Otlp(BaseHTTPRequestHandler):
    """Take OTLP in JSON, and keep each record with its resource and scope."""

    server: _Receiver

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in request["resourceLogs"]:
            for scope in resource["scopeLogs"]:
                for record in scope["logRecords"]:
                    self.server.records.put((resource["resource"], scope["scope"], record))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


class _Receiver(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Otlp)
        self.records: queue.Queue[tuple[Any, Any, Any]] = queue.Queue()


@contextmanager
def collector(text: str, folder: Path) -> Iterator[queue.Queue[tuple[Any, Any, Any]]]:
    """Run a collector with a configuration of a page, and give what it exports."""
    program = need("otelcol-contrib")
    with _Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{receiver.server_port}"
        text = text.replace("http://backend.example.com:4318", address)
        text = text.replace(address, f"{address}\n    encoding: json\n    compression: none")
        # No port for metrics of its own, which another test could have.
        text = text.replace("service:\n", "service:\n  telemetry: {metrics: {level: none}}\n", 1)
        (folder / "collector.yaml").write_text(text, encoding="utf-8")
        command = [program, "--config", str(folder / "collector.yaml")]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                yield receiver.records
            finally:
                process.terminate()
                receiver.shutdown()
                thread.join()


def attributes(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return attributes of OTLP in JSON as a dict of their values, still with their types."""
    return {pair["key"]: next(iter(pair["value"].values())) for pair in pairs}


def test_collector_reads_a_file(tmp_path: Path) -> None:
    """Time, severity, scope, service, event and a long id arrive as they were written."""
    text = file_in("otel-collector", "collector.yaml")
    lines = list(map(json.loads, write_lines("otel-collector", tmp_path)))
    text = text.replace("/var/log/shop", str(tmp_path))
    with collector(text, tmp_path) as records:
        found = [records.get(timeout=TIME_LIMIT_S) for _ in lines]

    bodies = [record["body"]["stringValue"] for *_, record in found]
    assert ["order_placed", "stock_gone"] == bodies
    assert [9, 21] == [record["severityNumber"] for *_, record in found]
    assert {"shop.checkout"} == {scope["name"] for _, scope, _ in found}
    assert {"shop"} == {attributes(each["attributes"])["service.name"] for each, *_ in found}
    assert "9007199254740993" == attributes(found[0][2]["attributes"])["order_id"]
    micros = [line["Timestamp"][20:26] for line in lines]
    assert micros == [record["timeUnixNano"][10:16] for *_, record in found]


def test_agent_reads_the_files_of_a_node(tmp_path: Path) -> None:
    """A line that the runtime has split is joined, and pod and namespace are known."""
    folder = tmp_path / "default_shop-7c9_0f3a/app"
    folder.mkdir(parents=True)
    line, error = [json.dumps(each, separators=(",", ":")) for each in lines_in("kubernetes")]
    long = line.replace("}", f",{LONG}}}")
    head = "2026-11-30T06:50:00.000000001Z stdout"
    rows = [f"{head} P {long[:16_384]}", f"{head} F {long[16_384:]}", f"{head} F {error}"]
    (folder / "0.log").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    text = file_in("kubernetes", "agent.yaml").replace("/var/log/pods", str(tmp_path))
    # The agent of a node begins at the end of what it finds.
    with collector(text.replace("start_at: end", "start_at: beginning"), tmp_path) as records:
        found = [records.get(timeout=TIME_LIMIT_S) for _ in (line, error)]

    assert [9, 17] == [record["severityNumber"] for *_, record in found]
    bodies = [record["body"]["stringValue"] for *_, record in found]
    assert ["order_placed", "payment_failed"] == bodies
    assert 19_000 == len(attributes(found[0][2]["attributes"])["text"])
    pod = attributes(found[0][0]["attributes"])
    assert ("default", "shop-7c9") == (pod["k8s.namespace.name"], pod["k8s.pod.name"])
