"""A fast lane that has its texts searched, where patterns are in use.

The log call takes short printable texts as they are. Here no text is short: each is asked about,
and one in which a pattern may find something is made plain with all fields of its line, by the
encoder that searches them. An event of that kind is written as an everyday call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._encoder import dumps
from provide.foundation._lanes.base import FastLane
from provide.foundation._lanes.logfmt import HARMLESS, OPTIONS, TO_LOGFMT
from provide.foundation._lanes.rare import Odd
from provide.foundation._lanes.variant import make_variant
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._redaction.redactor import remember

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

#: No text is: the log call asks about each.
_NONE_IS_SHORT = {"SHORT_CHARS": -1}


def search_in(chosen: type[FastLane]) -> type[FastLane]:
    """Return a lane's class whose texts are searched."""
    base: Any = chosen

    class SearchedLane(base):  # type: ignore[misc]
        """Be that lane, and ask the pipeline's redactor about each text."""

        __slots__ = ("is_clean", "plain")

        make_log = staticmethod(make_variant(chosen.make_log, _NONE_IS_SHORT))

        def __init__(self, pipeline: Pipeline, sink: Any) -> None:
            assert pipeline.hiding is not None
            self.is_clean = pipeline.hiding.redactor.is_clean
            #: Short printable texts in which nothing is found.
            self.plain: set[str] = set()
            super().__init__(pipeline, sink)

        def keep_event(self, event: object) -> bytes | None:
            """Return an event encoded; `None`: it takes more care, perhaps it holds a secret."""
            if type(event) is str and not self.is_clean(event):
                return None
            kept: bytes | None = super().keep_event(event)
            return kept

        def spell_event(
            self, logger: Logger, event: object, args: tuple[Any, ...], fields: dict[str, Any]
        ) -> tuple[str, bytes, dict[str, Any]]:
            """Return an event as text and encoded, and the fields.

            Raises:
                Odd: It perhaps holds a secret.
            """
            spelled: tuple[str, bytes, dict[str, Any]] = super().spell_event(
                logger, event, args, fields
            )
            if not self.is_clean(spelled[0]):
                raise Odd
            return spelled

        def is_bearable(self, text: str, beside: Mapping[str, Any]) -> bool:
            """Say whether a text goes to orjson as it is."""
            if text in self.plain:
                return True
            if not (self.is_clean(text) and super().is_bearable(text, beside)):
                return False
            if text and text.isprintable():
                remember(self.plain, text)
            return True

        def render_fields(self, fields: dict[str, Any]) -> bytes:
            """Render fields in a text format, where all texts are plain as the log call does."""
            if self.SHORT_CUTS:
                plain = self.plain
                for value in fields.values():
                    if type(value) is str and value not in plain:
                        break
                else:
                    encoded = dumps(fields, None, OPTIONS)
                    if len(encoded.translate(None, HARMLESS)) == 2 * len(fields) + 1:
                        return encoded.translate(TO_LOGFMT, b'"}\n')
            rendered: bytes = super().render_fields(fields)
            return rendered

        def are_plain(self, fields: dict[str, Any]) -> bool:
            """Say whether these values may be written as they are."""
            is_clean = self.is_clean
            for value in fields.values():
                if type(value) is str and not is_clean(value):
                    return False
            return bool(super().are_plain(fields))

    return SearchedLane
