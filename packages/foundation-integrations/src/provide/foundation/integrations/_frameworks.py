"""What a module says where its framework is missing, or older than what the tests run on."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType

from provide.foundation import FoundationError


class MissingFramework(FoundationError, ImportError):
    """Say which framework a module needs, in which version, and what was found.

    Args:
        distribution: The framework's name on PyPI.
        oldest: The oldest version that will do, such as ``"2.3"``.
        found: The version that is installed; `None`: there is none.
        needed_by: The module that needs it.
    """

    def __init__(self, distribution: str, oldest: str, found: str | None, needed_by: str) -> None:
        self.distribution = distribution
        self.oldest = oldest
        self.found = found
        here = "it is not installed" if found is None else f"{found} is installed"
        super().__init__(
            f"{needed_by} needs {distribution} {oldest} or newer, and {here}: "
            f'pip install "{distribution}>={oldest}"'
        )


def need(distribution: str, oldest: str, needed_by: str, module: str | None = None) -> ModuleType:
    """Import a framework and return its top module.

    Args:
        distribution: Its name on PyPI.
        oldest: The oldest version that will do.
        needed_by: The name of the module that asks, for the error.
        module: The module to import; `None`: it has the name of the distribution.

    Raises:
        MissingFramework: It is not installed, or too old.
    """
    name = module or distribution
    try:
        found = import_module(name)
    except ModuleNotFoundError as error:
        # A module that the framework itself misses is the framework's own matter.
        if error.name is not None and error.name != name and not name.startswith(f"{error.name}."):
            raise
        raise MissingFramework(distribution, oldest, None, needed_by) from None
    # Whoever has this package installed imports this module, most of them without a framework.
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version(distribution)
    except PackageNotFoundError:  # a checkout, or a frozen program: nobody can tell
        return found
    if _numbers(installed) < _numbers(oldest):
        raise MissingFramework(distribution, oldest, installed, needed_by)
    return found


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a release, which compare as releases do."""
    release = re.match(r"(?:\d+!)?(\d+(?:\.\d+)*)", text)
    numbers = [int(each) for each in release[1].split(".")] if release else []
    while numbers and numbers[-1] == 0:  # 5 is 5.0
        numbers.pop()
    return tuple(numbers)
