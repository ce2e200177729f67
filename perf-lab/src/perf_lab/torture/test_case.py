"""The test of each case and library, which `plugin.py` gives it; `perf-lab torture` runs it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from perf_lab.torture.case import KEPT, Case
from perf_lab.torture.libraries import Library
from perf_lab.torture.verdicts import OURS


def test_case(
    case: Case,
    library: Library,
    cell: dict[str, str],
    record_property: Callable[[str, object], None],
) -> None:
    """Foundation keeps the promise; what another library does is noted."""
    row = {"promise": case.promise, "case": case.name, "title": case.title}
    tests = {"tests": case.tests} if case.tests else {}
    record_property("row", {**row, "cells": {library.name: cell}, **tests})

    if library.name == OURS and cell["verdict"] != KEPT:
        pytest.fail(f"{case.title}: {cell['verdict']}", pytrace=False)
