"""`python -m demo`: start the service, send the requests, stop it, check every line it wrote."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demo.check import check_log
from demo.client import send_traffic
from demo.process import ServiceFailed, ServiceProcess
from demo.summary import Run, render_summary
from demo.terminal import Terminal
from demo.traffic import Request, plan_traffic

ROOT = Path(__file__).parent.parent
LOG_FILE = ROOT / "build" / "demo" / "shop.log"
TRAFFIC_TIMEOUT_S = 50.0
RECORDS_AT_END = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return 0 where every figure is as it should be, else 1."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--in-flight", type=int, default=50, help="how many at once (default 50)")
    parser.add_argument("--rows", type=int, default=40, help="rows of the log to show (default 40)")
    parser.add_argument("--log-file", type=Path, default=LOG_FILE, help="where the JSON lines stay")
    parser.add_argument(
        "--delivery",
        choices=("direct", "background"),
        default="direct",
        help="whether calls write their lines, or a thread does (default direct)",
    )
    given = parser.parse_args(arguments)
    colors = wants_colors()
    log_file = given.log_file.resolve()

    log_file.parent.mkdir(parents=True, exist_ok=True)
    # Under another name while it grows: two demos at once do not write into one file.
    growing = log_file.with_suffix(f".{os.getpid()}.log")
    try:
        run = run_demo(
            plan_traffic(given.requests),
            growing,
            in_flight=given.in_flight,
            first_rows=given.rows,
            colors=colors,
            delivery=given.delivery,
        )
    except ServiceFailed as error:
        print(f"\nThe demo failed: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if growing.exists():
            growing.replace(log_file)
    try:
        print(
            f"\n{render_summary(run, colors=colors)}\n\n  {describe_file(log_file)}\n", flush=True
        )
    except BrokenPipeError:  # as in `| head`; the interpreter would flush once more and complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if run.is_good else 1


def run_demo(
    requests: Sequence[Request],
    log_file: Path,
    *,
    in_flight: int,
    first_rows: int,
    colors: bool,
    delivery: str = "direct",
) -> Run:
    """Run the service, send it the requests, stop it, and check what it wrote.

    Args:
        requests: What to send.
        log_file: Where the service writes JSON; it must not exist.
        in_flight: How many requests are under way at once.
        first_rows: How many rows of the service's terminal are shown at the start.
        colors: Whether they are coloured.
        delivery: ``direct`` or ``background``.

    Raises:
        ServiceFailed: The service did not start or did not stop.
    """
    terminal = Terminal(first=first_rows, last=RECORDS_AT_END)
    token = secrets.token_urlsafe()
    try:
        with ServiceProcess(
            log_file, terminal.descriptor, colors=colors, delivery=delivery, token=token
        ) as service:
            terminal.start()
            print(
                f"FastAPI under uvicorn on {service.address}, {len(requests):,} requests,"
                f" {in_flight} at a time. What the service's terminal shows:\n",
                flush=True,
            )
            service.wait_until_ready()
            answers = asyncio.run(
                send_traffic(
                    requests,
                    service.address,
                    in_flight=in_flight,
                    timeout_s=TRAFFIC_TIMEOUT_S,
                    token=token,
                )
            )
            last_word = service.stop()
            outputs: dict[str, Any] = last_word["outputs"]
    finally:
        terminal.finish(timeout_s=5.0)
    stderr = outputs.get("stderr")
    return Run(
        planned=len(requests),
        in_flight=in_flight,
        answers=answers,
        findings=check_log(log_file, requests, outputs.get(str(log_file))),
        shown=terminal.records,
        shown_written=None if stderr is None else sum(stderr["written"].values()),
        lane=last_word["lane"] or "",
        fallbacks=last_word["fallbacks"],
    )


def wants_colors() -> bool:
    """Say whether the terminal view is coloured: NO_COLOR, else FORCE_COLOR, else a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def describe_file(log_file: Path) -> str:
    """Return what to type to look at the file that was left."""
    python, file = (_shorten(Path(path)) for path in (sys.executable, log_file))
    return f"See more: {python} -m provide.foundation view {file} --level error"


def _shorten(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())
