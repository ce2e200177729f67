"""Commands of click with a progress bar, on a terminal: lines and bar stay whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from programs.load import plan_requests
from programs.program import APPS, Failure, Program, Run
from programs.terminal import run_on_terminal


def work(bar: str) -> Callable[[Path, int], Run]:
    """Return what runs the command with a bar of one kind."""

    def run(folder: Path, count: int) -> Run:
        requests = plan_requests(count)
        (folder / "orders.json").write_text(json.dumps(list(requests.items())), encoding="utf-8")
        command = [sys.executable, str(APPS / "cli_app.py"), "--bar", bar, "orders.json"]
        rows = run_on_terminal(command, folder)
        bars = [row for row in rows if "100%" in row and not row.startswith("{")]
        if len(bars) != 1:
            raise Failure(f"not one whole bar but {bars}")
        return Run("\n".join(row for row in rows if row not in bars).encode(), requests)

    return run


PROGRAMS = [
    Program("click with a bar of tqdm", "tqdm", work("tqdm"), quick=True),
    Program("click with a bar of rich", "rich", work("rich")),
]
