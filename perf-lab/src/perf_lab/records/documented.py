"""Says whether a result is the documented machine's; imports the standard library only.

The founding claims hold for one machine. Every result carries what its own machine is, and the
verdict here is made from that alone, so that it can be made again from a file years later. Nothing
is taken for granted: a fact that was not recorded is a difference.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from perf_lab.places import RUNNER

_FILE = RUNNER / "documented.toml"
DOCUMENTED: dict[str, dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))

UNKNOWN = "not recorded"


def find_differences(machine: Mapping[str, Any]) -> list[str]:
    """Return in words how a machine differs from the documented one.

    Args:
        machine: What `machine.describe_machine` recorded.

    Returns:
        One sentence part for each fact; none if it is the documented machine.
    """
    return [
        f"{name} {UNKNOWN if found is None else found} (documented: {documented})"
        for name, found, documented, same in _facts(machine)
        if found is None or not same
    ]


def find_package_differences(machine: Mapping[str, Any]) -> list[str]:
    """Return in words which packages are not of the documented versions."""
    return [each for each in find_differences(machine) if each.split()[0] in DOCUMENTED["packages"]]


def is_documented(machine: Mapping[str, Any]) -> bool:
    """Return whether figures of this machine are figures of the documented machine."""
    return not find_differences(machine)


def describe(machine: Mapping[str, Any]) -> str:
    """Return the sentence that stands beside every figure of a machine."""
    differences = find_differences(machine)
    if not differences:
        return "Measured on the documented machine."
    return f"Not measured on the documented machine: {', '.join(differences)}."


def _facts(machine: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, bool]]:
    """Yield each fact: its name, what was found, what is documented, whether they are the same."""
    hardware, software = DOCUMENTED["hardware"], DOCUMENTED["software"]
    cpu, memory, python = (machine.get(name) for name in ("cpu", "memory_gb", "python"))
    low, high = hardware["memory_range_gb"]
    yield "processor", cpu, hardware["processor"], hardware["model"] in (cpu or "")
    cores = machine.get("cores")
    yield "cores", cores, hardware["cores"], cores == hardware["cores"]
    found = memory and f"{memory} GB"
    yield "memory", found, f"{hardware['memory_gb']} GB DDR4", low <= (memory or 0) <= high
    for name, documented in (("storage", hardware["storage"]), ("system", software["system"])):
        found = machine.get(name)
        yield name, found, documented, (found or "").startswith(documented)
    documented = f"CPython {software['python']}"
    yield "Python", python, documented, python == documented
    for name, version in DOCUMENTED["packages"].items():
        found = machine.get("packages", {}).get(name)
        yield name, found, version, found == version
