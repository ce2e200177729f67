"""The modules of task queues, where the queue is not there."""

from __future__ import annotations

import subprocess
import sys

import pytest

MODULES = [
    ("celery", "5.3"),
    ("dramatiq", "1.17"),
    ("rq", "2.0"),
    ("apscheduler", "3.10"),
]


@pytest.mark.parametrize(("name", "oldest"), MODULES)
def test_missing_queue_is_named(name: str, oldest: str) -> None:
    """A module whose queue is not installed says which one it needs."""
    code = f"""
import sys
sys.modules[{name!r}] = None
from provide.foundation.integrations import MissingFramework
try:
    import provide.foundation.integrations.{name}
except MissingFramework as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == (
        f"provide.foundation.integrations.{name} needs {name} {oldest} or newer, and it is not "
        f'installed: pip install "{name}>={oldest}"\n'
    )


@pytest.mark.parametrize(("name", "oldest"), MODULES)
def test_old_queue_is_refused(name: str, oldest: str) -> None:
    """A module whose queue is too old says which one it needs, and which one is there."""
    code = f"""
import importlib.metadata, sys, types
sys.modules[{name!r}] = types.ModuleType({name!r})
importlib.metadata.version = lambda _name: "1.2.3"
from provide.foundation.integrations import MissingFramework
try:
    import provide.foundation.integrations.{name}
except MissingFramework as error:
    print(error.found, error.oldest)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f"1.2.3 {oldest}\n" == done.stdout
