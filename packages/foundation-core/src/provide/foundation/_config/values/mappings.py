"""Mappings that nobody changes, and those that stand in a variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provide.foundation.errors import ConfigurationError


class Texts(Mapping[str, str]):
    """Map texts to texts, for good.

    Unlike `types.MappingProxyType` it can be hashed, copied and pickled, so that a configuration
    can be sent to a worker process.
    """

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __hash__(self) -> int:
        return hash(frozenset(self._texts.items()))

    def __repr__(self) -> str:
        return repr(self._texts)


class ModuleLevels(Texts):
    """Map dotted module prefixes to upper-case level names."""

    __slots__ = ()


class StaticFields(Mapping[str, object]):
    """Map names of fields to their values, for good; its repr shows no value: one may be secret."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> object:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __hash__(self) -> int:
        return hash(tuple(self._fields))  # a value may have no hash

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, "***"))


def read_pairs(text: str, variable: str, example: str) -> dict[str, str]:
    """Return the names and values of ``a=1,b=2``."""
    pairs = {}
    for entry in split_commas(text):
        name, sign, value = entry.partition("=")
        if not sign:
            raise ConfigurationError(variable, text, f"entries such as {example}")
        pairs[name.strip()] = value.strip()
    return pairs


def is_number(text: str) -> bool:
    """Say whether a text is a plain number such as ``12`` or ``0.5``, which `float` takes."""
    # Of digits without end `int` makes an error of its own kind, and of "٣" a 3.
    return text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 20


def split_commas(text: str) -> list[str]:
    """Return what stands between commas, without blanks and empty pieces."""
    return [piece.strip() for piece in text.split(",") if piece.strip()]
