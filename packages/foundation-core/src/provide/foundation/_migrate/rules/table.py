"""All rules, found by what they are about."""

from __future__ import annotations

from collections.abc import Iterator

from provide.foundation._migrate.rules import loguru, older_foundation, stdlib, structlog
from provide.foundation._migrate.rules.rule import Rule, Use
from provide.foundation._migrate.syntax.known import BASES

RULES: tuple[Rule, ...] = (
    *stdlib.RULES, *structlog.RULES, *loguru.RULES, *older_foundation.RULES,
)  # fmt: skip

_exact: dict[tuple[str, str], list[Rule]] = {}
_prefixes: list[tuple[str, str, Rule]] = []
for _rule in RULES:
    for _name in _rule.names:
        if _name.endswith("*"):
            _prefixes.append((_rule.kind, _name[:-1], _rule))
        else:
            _exact.setdefault((_rule.kind, _name), []).append(_rule)


def find_rule(kind: str, use: Use) -> Rule | None:
    """Return the first rule that is about a use, or None.

    Args:
        kind: One of the kinds of `Rule`; ``call`` looks for those about names as well.
        use: The use.
    """
    for name in _spellings(use.value):
        for each in (kind, "name") if kind == "call" else (kind,):
            for rule in _exact.get((each, name), ()):
                if rule.when is None or rule.when(use):
                    return rule
    for of_kind, start, rule in _prefixes:
        if (
            (of_kind == kind or (kind == "call" and of_kind == "name"))
            and use.value.startswith(start)
            and (kind == "import" or "." not in use.value[len(start) :])  # a class, not its methods
            and (rule.when is None or rule.when(use))
        ):
            return rule
    return None


def _spellings(value: str) -> Iterator[str]:
    """Yield a value, and the same of the classes that its own is derived from."""
    yield value
    owner, _, name = value.rpartition(".")
    if owner in BASES:
        yield f"{BASES[owner]}.{name}"
    if owner.endswith("Handler") and owner.startswith("logging."):
        yield f"logging.Handler.{name}"
    if value.endswith("Handler") and value.startswith("logging."):
        yield "logging.Handler"
