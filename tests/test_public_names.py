"""Nothing public moves without a name for it: `public_names.toml` is compared with what is offered.

`nox -s wheels` makes the same comparison with the installed wheels.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import provide.foundation as foundation
from wheels_smoke import PUBLIC_NAMES, find_name_faults

SOURCE = Path(__file__).parent.parent / "packages/foundation-core/src/provide/foundation"
EXPECTED: dict[str, list[str]] = tomllib.loads(PUBLIC_NAMES.read_text(encoding="utf-8"))
#: pytest finds its fixture; nothing is imported from there.
PLUGIN = "provide.foundation.pytest_plugin"


def test_public_names_are_offered() -> None:
    """Each public module offers the names that are listed for it, and no other."""
    assert [] == find_name_faults(EXPECTED)


def test_every_public_module_is_listed() -> None:
    """Each module without an underscore stands in the list."""
    found = {
        f"provide.foundation.{file.stem}"
        for file in SOURCE.glob("*.py")
        if not file.stem.startswith("_")
    }

    assert found | {"provide.foundation"} == {*EXPECTED, PLUGIN}


def test_completion_offers_public_names_only() -> None:
    """An editor that asks the package for its names gets the public ones."""
    assert EXPECTED["provide.foundation"] == dir(foundation)


def test_type_checkers_see_the_same_names() -> None:
    """What is imported under TYPE_CHECKING is all that `__getattr__` loads when it is asked for."""
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.name
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert seen | {"__version__"} == set(EXPECTED["provide.foundation"])


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        pytest.param(
            {"provide.foundation.errors": ["ConfigurationError", "FoundationError", "SetupError"]},
            "provide.foundation.errors.SetupError is missing",
            id="gone",
        ),
        pytest.param(
            {"provide.foundation.errors": ["ConfigurationError"]},
            "provide.foundation.errors.FoundationError is new, and not in public_names.toml",
            id="new",
        ),
        pytest.param(
            {"provide.foundation.levels": [*EXPECTED["provide.foundation.levels"], "TABLE"]},
            "provide.foundation.levels.TABLE is missing",
            id="there-and-not-offered",
        ),
        pytest.param(
            {"provide.foundation.sinks": ["FileSink"]},
            "provide.foundation.sinks is missing",
            id="module-gone",
        ),
    ],
)
def test_moved_name_is_a_fault(names: dict[str, list[str]], fault: str) -> None:
    """A name that is gone, or that nobody has listed, is named."""
    assert [fault] == find_name_faults(names)
