"""perf-lab's modules import each other one way, and so do its folders."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import perf_lab

PACKAGE = Path(perf_lab.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> set[Path]:
    """Return the modules of perf-lab that one imports when it runs, inside of a function too."""
    names: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    paths = [PACKAGE.parent / name.replace(".", "/") for name in names]
    found = {path.with_name(f"{path.name}.py") for path in paths}
    return (found | {path / "__init__.py" for path in paths}) & set(MODULES) - {file}


def folder_of(file: Path) -> str:
    """Return the folder of a module, or the module where it lies in the package itself."""
    return file.relative_to(PACKAGE).parts[0]


def find_circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the names of a circle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Modules import each other one way, inside of functions too."""
    graph = {
        str(file.relative_to(PACKAGE)): {str(each.relative_to(PACKAGE)) for each in imported(file)}
        for file in MODULES
    }

    assert len(MODULES) > 50
    assert "soak/supervisor.py" in graph["soak/command.py"]
    assert [] == find_circle(graph)


def test_no_folder_imports_itself_by_way_of_others() -> None:
    """Folders use each other one way."""
    graph: dict[str, set[str]] = {}
    for file in MODULES:
        targets = {folder_of(each) for each in imported(file)} - {folder_of(file)}
        graph.setdefault(folder_of(file), set()).update(targets)

    assert "soak" in graph["memory"]
    assert [] == find_circle(graph)
