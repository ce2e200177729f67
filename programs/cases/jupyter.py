"""A notebook in Jupyter's own kernel, whose set-up cell is run again and again."""

from __future__ import annotations

import json
from pathlib import Path

import nbclient
import nbformat

from programs.load import plan_requests
from programs.program import Failure, Program, Run, environment

_SET_UP = """
import importlib, threading
import helpers

helpers = importlib.reload(helpers)
"""
_HELPERS = """
import logging
from provide.foundation import bound_contextvars, configure, get_logger

configure()
log, stock = get_logger("shop"), logging.getLogger("inventory")

def handle(request_id, path):
    number = int(path.rpartition("/")[2])
    with bound_contextvars(request_id=request_id):
        try:
            if path.startswith("/fail"):
                raise RuntimeError(f"failure {number}")
            log.info("item_shown", item=number)
            stock.info("stock read", extra={"item": number})
        except RuntimeError:
            log.exception("request_finished")
        else:
            log.info("request_finished")
"""
_WORK = """
requests = %r
half = len(requests) // 2
thread = threading.Thread(target=lambda: [helpers.handle(*each) for each in requests[:half]])
thread.start()
for each in requests[half:]:
    helpers.handle(*each)
thread.join()
"""
#: How often the set-up cell is run.
_SET_UPS = 50


def run(folder: Path, count: int) -> Run:
    """Run the notebook, and see that each cell has the lines of its own requests."""
    requests = plan_requests(count)
    items = list(requests.items())
    size = -(-count // _SET_UPS)
    (folder / "helpers.py").write_text(_HELPERS, encoding="utf-8")
    cells: list[str] = []
    wanted: list[set[str]] = []
    for begin in range(0, count, size):
        part = items[begin : begin + size]
        cells += [_SET_UP, _WORK % part]
        wanted += [set(), {request_id for request_id, _ in part}]
    made = [nbformat.v4.new_code_cell(each) for each in cells]  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=made)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(notebook, timeout=120, resources=resources)
    client.execute(env=environment())
    texts = ["".join(output["text"] for output in cell.outputs) for cell in notebook.cells]
    for text, ids in zip(texts, wanted, strict=True):
        found = {json.loads(row)["request_id"] for row in text.splitlines()}
        if found != ids:
            raise Failure(f"a cell has lines of {found ^ ids}")
    return Run("".join(texts).encode(), requests)


PROGRAMS = [Program("Jupyter, 50 set-ups in a notebook", "ipykernel", run, quick=True)]
