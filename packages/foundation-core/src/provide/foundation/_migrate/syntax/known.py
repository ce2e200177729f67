"""What calls and attributes of the other libraries give, as far as it matters here.

A value is written as a dotted name: `logging.getLogger` is the function, `logging.Logger()` an
object of the class, `logging.Logger.info` a method of one.
"""

from __future__ import annotations

import ast
import logging

LIBRARIES = ("logging", "structlog", "loguru", "provide-foundation")
#: The packages whose names are followed, and the library that each is dealt with under.
PACKAGES = {
    "logging": "logging",
    "pythonjsonlogger": "logging",
    "structlog": "structlog",
    "loguru": "loguru",
    "provide.foundation": "provide-foundation",
}

LOGGER, ROOT_LOGGER = "logging.Logger()", "logging.RootLogger()"
STRUCTLOG, LOGURU = "structlog.BoundLogger()", "loguru.Logger()"
FOUNDATION, HUB = "provide.foundation.Logger()", "provide.foundation.Hub()"

#: What a name stands for that is an object itself.
OBJECTS = {
    "logging.root": ROOT_LOGGER,
    "loguru.logger": LOGURU,
    "provide.foundation.logger": FOUNDATION,
}
_BINDING = ("bind", "new", "unbind", "try_unbind")
#: What a call returns.
RETURNS = {
    "logging.getLogger": LOGGER,
    "logging.Logger.getChild": LOGGER,
    "logging.RootLogger.getChild": LOGGER,
    "structlog.get_logger": STRUCTLOG,
    "structlog.getLogger": STRUCTLOG,
    "structlog.stdlib.get_logger": STRUCTLOG,
    "structlog.wrap_logger": STRUCTLOG,
    "provide.foundation.get_logger": FOUNDATION,
    "provide.foundation.get_hub": HUB,
    "provide.foundation.Hub.get_foundation_logger": FOUNDATION,
    **{f"structlog.BoundLogger.{name}": STRUCTLOG for name in _BINDING},
    **{f"loguru.Logger.{name}": LOGURU for name in ("bind", "opt", "patch")},
    **{f"provide.foundation.Logger.{name}": FOUNDATION for name in _BINDING},
}  # fmt: skip
#: The class whose object an annotation promises.
ANNOTATED = {
    "logging.Logger": LOGGER,
    "loguru.Logger": LOGURU,
    "structlog.BoundLogger": STRUCTLOG,
    "structlog.stdlib.BoundLogger": STRUCTLOG,
    "structlog.typing.FilteringBoundLogger": STRUCTLOG,
    "structlog.types.FilteringBoundLogger": STRUCTLOG,
    "structlog.typing.BindableLogger": STRUCTLOG,
}
#: Where a rule for one class holds for another one as well.
BASES = {"logging.RootLogger": "logging.Logger"}
#: What a star gives, of the packages whose lists are known without an import of them.
STARS = {"logging": frozenset(logging.__all__), "loguru": frozenset(("logger",))}

#: The old project has each of its names in several modules.
_OLD_HOMES = ("hub.manager.", "hub.", "logger.factories.", "logger.config.", "logger.", "setup.")


def strip_home(value: str) -> str:
    """Return a name of the old project as its package itself has it."""
    if value.startswith("provide.foundation."):
        rest = value.removeprefix("provide.foundation.")
        for home in _OLD_HOMES:
            inner = rest.removeprefix(home)
            if inner != rest and "." not in inner:
                return f"provide.foundation.{inner}"
    return value


def follow(value: str) -> str:
    """Return what a dotted name stands for."""
    value = strip_home(value)
    return OBJECTS.get(value, value)


def member(value: str, name: str) -> str:
    """Return an attribute of a value."""
    return follow(f"{value.removesuffix('()')}.{name}")


def result(value: str, call: ast.Call) -> str | None:
    """Return what a call of a value gives, or None where that is not known."""
    if value == "logging.getLogger" and _names_root(call):
        return ROOT_LOGGER
    if value in RETURNS:
        return RETURNS[value]
    last = value.rpartition(".")[2]
    return f"{value}()" if last[:1].isupper() and not value.endswith(")") else None


def library_of(value: str) -> str | None:
    """Return the library that a value is from."""
    for package, library in PACKAGES.items():
        if value == package or value.startswith(f"{package}."):
            return library
    return None


def is_followed(package: str) -> bool:
    """Tell whether names of a package, or of one within it, are followed."""
    return package == "provide" or library_of(package) is not None


def _names_root(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not given or (
        len(given) == 1
        and isinstance(given[0], ast.Constant)
        and given[0].value in (None, "", "root")
    )
