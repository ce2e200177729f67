"""A command with a progress bar; tqdm or rich draws it."""

from __future__ import annotations

import json
import logging
import threading
from typing import TextIO

import click
from rich.progress import track
from tqdm import tqdm

from provide.foundation import bound_contextvars, configure, get_logger
from provide.foundation.integrations.tqdm import ProgressStream

log = get_logger("shop")
stock = logging.getLogger("inventory")


@click.command()
@click.option("--bar", type=click.Choice(["tqdm", "rich"]))
@click.argument("file", type=click.File())
def work(bar: str, file: TextIO) -> None:
    """Work off what stands in a file, half of it in a thread."""
    output = ProgressStream() if bar == "tqdm" else "stderr"
    configure(output=output, format="json")
    requests = [tuple(each) for each in json.load(file)]
    half = len(requests) // 2
    thread = threading.Thread(target=handle_all, args=(requests[:half],))
    thread.start()
    for each in tqdm(requests[half:]) if bar == "tqdm" else track(requests[half:]):
        handle(*each)
    thread.join()


def handle_all(requests: list[tuple[str, str]]) -> None:
    """Write the lines of several orders."""
    for each in requests:
        handle(*each)


def handle(request_id: str, path: str) -> None:
    """Write the lines of one order."""
    number = int(path.rpartition("/")[2])
    with bound_contextvars(request_id=request_id):
        if path.startswith("/fail"):
            try:
                raise RuntimeError(f"failure {number}")
            except RuntimeError:
                log.exception("request_finished")
            return
        log.info("item_shown", item=number)
        stock.info("stock read", extra={"item": number})
        log.info("request_finished")


if __name__ == "__main__":
    work()
