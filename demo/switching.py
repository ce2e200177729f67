"""`python -m demo.switching`: change levels of the running service while it answers requests.

The service follows a configuration file. While the requests run, the level of the library's logger
is changed over and over: by the file, over HTTP, and by a signal at which the file is read again.
Each change must leave its record, in order, and no line may be torn or lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from demo.check import Change, Findings, check_log
from demo.client import Answers, send_traffic
from demo.process import ServiceFailed, ServiceProcess
from demo.traffic import SERVICE_NAME, SWITCH_ID, plan_traffic

#: The logger whose level is changed.
LOGGER = "inventory"
CONFIG = """service_name = "{service}"
logging.outputs = [{{ target = "{log_file}", formatter = "json" }}]
logging.module_levels = {{ {logger} = "{level}" }}
"""
TIMEOUT_S = 50.0
RECORD_TIMEOUT_S = 10.0


class Switcher(threading.Thread):
    """Change the level of a service, over and over, until it is told to stop.

    Args:
        service: The service.
        config: Its configuration file.
        log_file: The file that it logs to.
        token: What the endpoint asks for.
    """

    def __init__(self, service: ServiceProcess, config: Path, log_file: Path, token: str) -> None:
        super().__init__()
        self._service = service
        self._config = config
        self._log_file = log_file
        self._token = token
        self.ends = threading.Event()
        self.changes: list[Change] = []
        self.faults: list[str] = []

    def run(self) -> None:
        """Change it by the file, over HTTP, by the signal, and by the file back again."""
        level, step = "INFO", 0
        ways = (
            ("http", "DEBUG", self._put),
            ("signal", "INFO", lambda _level: self._service.hang_up()),
            ("file", "DEBUG", self.write),
            ("http", "TRACE", self._put),
            ("file", "INFO", self.write),
        )
        while not (self.ends.is_set() and step % len(ways) == 0) and not self.faults:
            by, wanted, change = ways[step % len(ways)]
            self.changes.append((by, LOGGER, level, wanted))
            change(wanted)
            self._await_record()
            level, step = wanted, step + 1

    def write(self, level: str) -> None:
        """Write the file with a level, in place of the older one."""
        fresh = self._config.with_suffix(".new")
        log_file = self._log_file
        text = CONFIG.format(service=SERVICE_NAME, log_file=log_file, logger=LOGGER, level=level)
        fresh.write_text(text)
        fresh.replace(self._config)

    def _put(self, level: str) -> None:
        request = HttpRequest(
            f"{self._service.address}/levels",
            method="PUT",
            headers={
                "Authorization": f"Bearer {self._token}",
                "X-Request-ID": f"{SWITCH_ID}{len(self.changes)}",
            },
            data=json.dumps({"level": level, "module": LOGGER}).encode(),
        )
        with urlopen(request, timeout=RECORD_TIMEOUT_S) as answer:
            if json.load(answer)["modules"][LOGGER] != level:
                self.faults.append(f"the endpoint did not answer {level}")

    def _await_record(self) -> None:
        end = time.monotonic() + RECORD_TIMEOUT_S
        while self._log_file.read_bytes().count(b'"event":"level changed"') < len(self.changes):
            if time.monotonic() > end:
                self.faults.append(f"no record of {self.changes[-1]}")
                return
            time.sleep(0.02)


def run(count: int, in_flight: int, folder: Path) -> tuple[Answers, Findings, list[str]]:
    """Run the service and the requests, and change levels meanwhile.

    Args:
        count: How many requests.
        in_flight: How many of them at once.
        folder: Where the file and the log are.

    Returns:
        What the client saw, what the check saw, and what went wrong with the changes.

    Raises:
        ServiceFailed: The service did not start or did not stop.
    """
    requests, token = plan_traffic(count), secrets.token_urlsafe()
    config, log_file = folder / "shop.toml", folder / "shop.log"
    with (
        open(os.devnull, "wb") as nowhere,
        ServiceProcess(
            log_file, nowhere.fileno(), colors=False, token=token, config=config
        ) as service,
    ):
        switcher = Switcher(service, config, log_file, token)
        switcher.write("INFO")
        service.wait_until_ready()
        switcher.start()
        try:
            traffic = send_traffic(
                requests, service.address, in_flight=in_flight, timeout_s=TIMEOUT_S, token=token
            )
            answers = asyncio.run(traffic)
        finally:
            switcher.ends.set()
            switcher.join()
        counts = service.stop()["outputs"].get(str(log_file))
    findings = check_log(log_file, requests, counts, switcher.changes)
    faults = switcher.faults
    ways = {way for way, *_ in switcher.changes}
    if len(ways) < 3 or not findings.let_through:
        faults.append("the requests were over before every way had been taken")
    return answers, findings, faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 0 where every line and every record is as it should be, else 1."""
    parser = argparse.ArgumentParser(prog="python -m demo.switching", description=__doc__)
    parser.add_argument("--requests", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--in-flight", type=int, default=50, help="how many at once (default 50)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        try:
            answers, findings, faults = run(given.requests, given.in_flight, Path(folder))
        except ServiceFailed as error:
            print(f"The demo failed: {error}.", file=sys.stderr)
            return 1
    found = [*answers.wrong, *findings.wrong.values(), *findings.strays, *findings.unparsed]
    faults += [*found, *(["lines were lost"] if findings.lost or findings.surplus else [])]
    ways = ", ".join(f"{n} by {way}" for way, n in sorted(findings.changes.items()))
    print(
        f"{answers.sent:,} requests, {in_words(findings)}; "
        f"{findings.changes.total()} changes of a level, {ways}, each with its record"
    )
    for fault in faults[:5]:
        print(f"  {fault}", file=sys.stderr)
    return 1 if faults or answers.sent != given.requests else 0


def in_words(findings: Findings) -> str:
    """Return how many lines there are, and how many of them a change has let through."""
    return (
        f"{findings.found:,} lines, none torn or lost, "
        f"{findings.let_through:,} debug lines that a change let through"
    )


if __name__ == "__main__":
    sys.exit(main())
