"""Real terminals for tests: tmux and xterm.js, asked for the cells that they show."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import struct
import subprocess
import termios
import uuid
from collections.abc import Sequence
from pathlib import Path

import interpreters

TMUX = shutil.which("tmux")
_NODE = shutil.which("node")
_ROWS = 200
_MODULES = "require('@xterm/headless'); require('@xterm/addon-unicode11')"
_XTERM = """
const { Terminal } = require('@xterm/headless');
const { Unicode11Addon } = require('@xterm/addon-unicode11');
let input = [];
process.stdin.on('data', part => input.push(part)).on('end', () => {
  const { columns, rows, texts } = JSON.parse(Buffer.concat(input).toString());
  const show = index => {
    if (index == texts.length) return console.log(JSON.stringify(shown));
    const terminal = new Terminal(
      { cols: columns, rows, allowProposedApi: true, convertEol: true });
    terminal.loadAddon(new Unicode11Addon());
    terminal.unicode.activeVersion = '11';  // as Visual Studio Code has it
    terminal.write(texts[index], () => {
      const buffer = terminal.buffer.active, found = [];
      for (let row = 0; row < rows; row++)
        found.push(buffer.getLine(row).translateToString(true));
      shown.push([found, buffer.cursorX]);
      show(index + 1);
    });
  };
  const shown = [];
  show(0);
});
"""


def has_xterm() -> bool:
    """Say whether node finds xterm.js and its newer widths; NODE_PATH says where they are."""
    if _NODE is None:
        return False
    done = subprocess.run([_NODE, "-e", _MODULES], capture_output=True)
    return done.returncode == 0


def ask_xterm(texts: Sequence[str], columns: int) -> list[tuple[list[str], int]]:
    """Return the rows that xterm.js shows of each text, and the cursor's column behind it."""
    assert _NODE is not None
    asked = json.dumps({"columns": columns, "rows": _ROWS, "texts": list(texts)})
    done = subprocess.run([_NODE, "-e", _XTERM], input=asked.encode(), stdout=-1, check=True)
    return [(rows, column) for rows, column in json.loads(done.stdout)]


def ask_tmux(texts: Sequence[str], columns: int, folder: Path) -> list[tuple[list[str], int]]:
    """Return the same of tmux.

    Args:
        texts: The texts.
        columns: Of the terminal.
        folder: Where their files may stand.
    """
    assert TMUX is not None
    server = [TMUX, "-L", f"foundation-{uuid.uuid4().hex}", "-f", os.devnull, "-u"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    found = []
    try:
        for number, text in enumerate(texts):
            file = folder / f"text-{number}"
            file.write_bytes(text.encode())
            # It waits for a signal that the text is there, and the pane stays for the look.
            show = f"cat '{file}'; {' '.join(server)} wait-for -S shown; sleep 60"
            size = ["-x", str(columns), "-y", str(_ROWS)]
            subprocess.run(
                [*server, "new-session", "-d", "-s", f"s{number}", *size, show],
                check=True, env=environment,
            )  # fmt: skip
            subprocess.run([*server, "wait-for", "shown"], check=True, timeout=20, env=environment)
            pane = ["-t", f"s{number}"]
            rows = subprocess.check_output([*server, "capture-pane", "-p", *pane], env=environment)
            column = subprocess.check_output(
                [*server, "display-message", "-p", *pane, "#{cursor_x}"], env=environment
            )
            shown = [row.rstrip() for row in rows.decode().split("\n")]
            found.append((shown, int(column)))
    finally:
        subprocess.run([*server, "kill-server"], capture_output=True, check=False)
    return found


def run_at(command: Sequence[str], columns: int, **environment: str) -> str:
    """Return what a program writes to a terminal of so many columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    choices = ("NO_COLOR", "FORCE_COLOR", "TMUX")
    kept = {name: value for name, value in os.environ.items() if name not in choices}
    with interpreters.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", **environment},
    ) as child:
        os.close(theirs)
        found = read_to_end(ours)
        assert 0 == child.wait()
    return found.decode()


def read_to_end(descriptor: int) -> bytes:
    """Return what a terminal or a pipe gives until its other end is closed, and close it."""
    found = b""
    try:
        while part := os.read(descriptor, 65536):
            found += part
    except OSError:  # so Linux says of a terminal that its other end is closed
        pass
    os.close(descriptor)
    return found
