"""All programs, in the order of the table: each module here lists its own as `PROGRAMS`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from programs.program import Program


def list_programs() -> list[Program]:
    """Return the programs of all modules, by the modules' names."""
    names = sorted(each.name for each in iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return [program for module in modules for program in module.PROGRAMS]
