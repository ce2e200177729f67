"""Check source folders and built wheels: `python tests/wheels_check.py dist/*.whl`.

Five distributions share the namespace `provide.foundation`. A file that two of them own is
removed with whichever is uninstalled first, and an `__init__.py` in the wrong place hides the
others, so every wheel may contain its own leaves and nothing else. So may every source folder: an
editable installation puts all of it on the path, and a source distribution ships it.

May import: the standard library.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

PACKAGES = Path(__file__).parent.parent / "packages"

# The folders that each distribution owns; nothing of a wheel may lie outside of them.
LEAVES = {
    "foundation_core": ("provide/foundation/",),
    "foundation_emoji": ("provide/foundation/emoji/",),
    "foundation_integrations": ("provide/foundation/integrations/",),
    "foundation_native": ("provide/foundation/native/",),
    "foundation_otel": ("provide/foundation/metrics/", "provide/foundation/otel/"),
}


def find_faults(wheel: Path) -> list[str]:
    """Return one sentence for each thing that is wrong with a wheel.

    Args:
        wheel: The path of a wheel of one of the distributions in `LEAVES`.

    Raises:
        KeyError: The wheel belongs to a distribution that is not listed.
    """
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = b"".join(
            archive.read(name) for name in names if name.endswith("/entry_points.txt")
        )
    code = [name for name in names if not name.partition("/")[0].endswith(".dist-info")]
    faults = find_misplaced(wheel.name.partition("-")[0], code)
    hooks = [name for name in code if "/__pyinstaller/hook-" in name]
    if not hooks or b"[pyinstaller40]" not in entry_points:
        faults.append("there is no hook for PyInstaller, or no entry point that leads to it")
    if not any(name.endswith("/licenses/LICENSE") for name in names):
        faults.append("the licence is missing")
    return faults


def find_source_faults(source: Path) -> list[str]:
    """Return one sentence for each thing that is wrong with `packages/<distribution>/src`.

    Raises:
        KeyError: The folder belongs to a distribution that is not listed.
    """
    files = [file for file in sorted(source.rglob("*")) if file.is_file()]
    names = [file.relative_to(source).as_posix() for file in files if file.suffix != ".pyc"]
    return find_misplaced(source.parent.name.replace("-", "_"), names)


def find_misplaced(distribution: str, names: Sequence[str]) -> list[str]:
    """Return one sentence for each file that is missing, or that is not the distribution's own.

    Args:
        distribution: A key of `LEAVES`.
        names: The paths of its files, as they would be installed.
    """
    leaves = LEAVES[distribution]
    # Core owns the folder that the leaves of the others lie in.
    foreign = tuple(
        leaf
        for other, owned in LEAVES.items()
        if other != distribution
        for leaf in owned
        if not leaves[0].startswith(leaf)
    )
    faults = []
    for name in names:
        if not name.startswith(leaves):
            faults.append(f"{name} lies outside of its leaf")
        elif name.startswith(foreign):
            faults.append(f"{name} belongs to another distribution")
    return faults + [
        f"{leaf}{required} is missing"
        for leaf in leaves
        for required in ("__init__.py", "py.typed")
        if f"{leaf}{required}" not in names
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the faults of the source folders and of the wheels named.

    Returns:
        0, or 1 where there is a fault or no wheel at all.
    """
    wheels = [Path(argument) for argument in arguments]
    if not wheels:
        print("no wheel given", file=sys.stderr)
        return 1
    sources = sorted(PACKAGES.glob("*/src"))
    faults = [
        f"packages/{source.parent.name}/src: {fault}"
        for source in sources
        for fault in find_source_faults(source)
    ]
    faults += [f"{wheel.name}: {fault}" for wheel in wheels for fault in find_faults(wheel)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(sources)} source folders and {len(wheels)} wheels checked, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
