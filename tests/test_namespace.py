"""The distributions share one namespace, whether they are installed as wheels or editable."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "leaf",
    [
        "provide.foundation",
        "provide.foundation.emoji",
        "provide.foundation.metrics",
        "provide.foundation.otel",
    ],
)
def test_leaf_is_importable(leaf: str) -> None:
    """Every leaf is found beside the others, and says what it is for."""
    module = importlib.import_module(leaf)

    assert module.__doc__


def test_provide_is_a_namespace() -> None:
    """`provide` has no initialiser, so that no distribution owns it."""
    assert importlib.import_module("provide").__file__ is None


def test_older_project_of_the_same_path_is_refused(tmp_path: Path) -> None:
    """Beside PyPI's provide-foundation, importing core says which two packages are at odds."""
    hub = tmp_path / "provide" / "foundation" / "hub"
    hub.mkdir(parents=True)
    (hub / "__init__.py").touch()
    completed = subprocess.run(
        [sys.executable, "-c", "import provide.foundation"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "foundation-core and provide-foundation cannot be installed together" in (
        completed.stderr
    )
    assert 1 == completed.returncode
