"""perf-lab's modules import each other one way, and so do its folders."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import perf_lab

PACKAGE = Path(perf_lab.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> set[Path]:
    """Return the modules of perf-lab that one imports when it runs, inside of a function too."""
    names: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    statements = [each for each in tree.body if not ast.unparse(each).startswith("if TYPE_CHECK")]
    for node in ast.walk(ast.Module(statements, [])):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            names |= {module} if module else set()
            names |= {f"{module}.{alias.name}" if module else alias.name for alias in node.names}
    paths = [PACKAGE.parent / name.replace(".", "/") for name in names]
    found = {path.with_name(f"{path.name}.py") for path in paths}
    return (found | {path / "__init__.py" for path in paths}) & set(MODULES) - {file}


@pytest.mark.parametrize("depth", [1, 2], ids=["folders", "modules"])
def test_nothing_imports_itself_by_way_of_others(depth: int) -> None:
    """Modules use each other one way, inside of functions too, and so do folders.

    A circle is an error that names it.
    """
    graph: dict[str, set[str]] = {}
    for file in MODULES:
        name, *used = ("/".join(each.relative_to(PACKAGE).parts[:depth])
                       for each in (file, *imported(file)))  # fmt: skip
        graph.setdefault(name, set()).update({*used} - {name})

    assert len(MODULES) > 50
    assert graph.keys() & {"soak", "soak/supervisor.py"}
    TopologicalSorter(graph).prepare()
