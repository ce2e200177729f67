"""Run a page of docs/integrations as a reader would: its files, its commands, and its lines.

How such a page marks its blocks:

- `python`, `toml`, `ini`, `json`, `text` with a title are files, written into an empty folder.
- `sh` with the title ``Start`` is a command that keeps running: a server, a worker. One with the
  title ``Ask`` is run once it is there: requests, tasks. One with the title ``Run`` ends by itself.
  Ports 8000, 8001 and 6380 stand for free ones. An untitled `sh` block is for the reader's machine.
- `<!-- lines -->` in front of a `json` or `text` block: lines that the commands of the page write,
  in this order, among others. Ids, times, durations and ports differ from run to run, and are
  masked.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import attrs

from programs.program import Failure, environment, free_port

DOCS = Path(__file__).parent.parent / "docs" / "integrations"
_FENCE = re.compile(
    r"(?P<mark><!-- lines -->\n\n?)?"
    r"^```(?P<language>[a-z]+)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n"
    r"(?P<body>.*?)^```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
#: The ports of pages: those of two web servers, and that of a broker.
_PORTS = ("8000", "8001", "6380")
_MASKS = [
    (
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"),
        "<timestamp>",
    ),
    (re.compile(r'(?<="micros":)\d+'), "<microseconds>"),
    (re.compile(r"^\d\d:\d\d:\d\d\.\d{3}(?= )", re.MULTILINE), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r'(?<="span_id":")[0-9a-f]{16}'), "<id>"),
    (re.compile(r'(?<="dd\.span_id":")\d+'), "<id>"),
    (re.compile(r'(?<=_ms":)[\d.]+'), "<milliseconds>"),
    (re.compile(r'(?<=_s":)[\d.]+'), "<seconds>"),
    (re.compile(r'(?<="client\.port":)\d+'), "<port>"),
    (re.compile(r"\bcurl/[\d.]+"), "curl/<version>"),
    (re.compile(r'(?<="pid":)\d+'), "<pid>"),
    (re.compile(r'(?<="worker":")[^"]+'), "<host>"),
    (re.compile(r'"frames":\[.*?\]'), '"frames":[<frames>]'),
]
_PATIENCE_S = 40.0


@attrs.frozen
class Block:
    """One fenced block of a page, and where its body stands."""

    language: str
    title: str | None
    body: str
    lines: bool
    span: tuple[int, int]


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a page, in order."""
    return [
        Block(each["language"], each["title"], each["body"], bool(each["mark"]), each.span("body"))
        for each in _FENCE.finditer(text)
    ]


def mask(text: str) -> str:
    """Return a line with what differs from run to run taken out."""
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return text


def run_page(text: str, folder: Path) -> str:
    """Run the commands of a page in an empty folder, and return all that they wrote.

    Raises:
        Failure: A command failed, or a block stands where it has no meaning.
    """
    ports, written = {port: str(free_port()) for port in _PORTS}, folder / ".written"
    written.touch()
    with ExitStack() as running:
        for block in read_blocks(text):
            body = _put_ports(ports, block.body)
            if block.lines or (block.language == "sh" and block.title is None):
                continue
            if block.language == "sh" and block.title == "Start":
                here = [ports[port] for port in _PORTS if ports[port] in body]
                _start(body, folder, written, here, running)
            elif block.language == "sh" and block.title in ("Ask", "Run"):
                _run(body, folder, written)
            elif block.title is not None:
                path = folder / block.title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(body, encoding="utf-8")
            else:
                raise Failure(f"nothing says what this {block.language} block is:\n{body}")
        _await_lines(text, written)
    back = {free: port for port, free in ports.items()}
    return _put_ports(back, written.read_text("utf-8", "replace"))


def _put_ports(ports: Mapping[str, str], text: str) -> str:
    return re.sub("|".join(rf"\b{port}\b" for port in ports), lambda found: ports[found[0]], text)


def find_missing(text: str, written: str) -> list[str]:
    """Return the lines that a page shows and its commands did not write, in the page's order."""
    rest = iter([mask(row) for row in _rows_of(written)])
    shown = [row for block in read_blocks(text) if block.lines for row in _rows_of(block.body)]
    return [row for row in shown if row.strip() and mask(row) not in rest]


def _rows_of(text: str) -> list[str]:
    """Return rows; what a client prints of an answer may have no line end before the next one."""
    return text.replace('{"timestamp":', '\n{"timestamp":').splitlines()


def _await_lines(text: str, written: Path) -> None:
    """Give the lines time to come; whether they have is judged later."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and find_missing(text, written.read_text("utf-8", "replace")):
        time.sleep(0.1)


def _start(command: str, folder: Path, written: Path, ports: list[str], running: ExitStack) -> None:
    with written.open("ab") as output:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command.strip()}"], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, env=environment(PYTHONPATH=""), start_new_session=True,
        )  # fmt: skip
    running.callback(_end, process)
    before, deadline = written.stat().st_size, time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"{command} ended with {process.returncode}:\n{written.read_text()}")
        has_written = written.stat().st_size > before
        if all(map(_listens, ports)) if ports else has_written:
            time.sleep(0.5)
            return
        time.sleep(0.05)
    raise Failure(f"{command} has not begun:\n{written.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _run(command: str, folder: Path, written: Path) -> None:
    with written.open("ab") as output:
        done = subprocess.run(
            ["sh", "-ec", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, env=environment(PYTHONPATH=""), timeout=_PATIENCE_S,
        )  # fmt: skip
    if done.returncode:
        raise Failure(f"{command} ended with {done.returncode}:\n{written.read_text()}")


def _listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


if __name__ == "__main__":  # `python -m programs.pages fastapi`: what its commands write
    with tempfile.TemporaryDirectory() as home:
        print(run_page((DOCS / f"{sys.argv[1]}.md").read_text("utf-8"), Path(home)))
