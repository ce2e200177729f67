"""What extensions add to a call whose line goes to several outputs: asked once, for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through

if TYPE_CHECKING:
    from provide.foundation._pipeline.enrichment import Brought


class SharedEnrichment:
    """Ask the extensions of one configuration.

    Args:
        brought: Has what extensions brought.
    """

    __slots__ = ("_ask", "_last", "_stamped", "emoji_prefixes", "exporters", "trace_fields")

    def __init__(self, brought: Brought) -> None:
        self.emoji_prefixes = brought.emoji_prefixes
        self.trace_fields = brought.trace_fields
        self.exporters = brought.exporters
        sole: Any = self.trace_fields[0] if len(self.trace_fields) == 1 else None
        #: The function that gives trace fields, and the one that tells its version stamp, if it has
        #: one: see `Enrichment`.
        self._stamped: Any = sole if hasattr(sole, "version_stamp") else None
        self._ask: Callable[[], object] | None = getattr(self._stamped, "version_stamp", None)
        #: A stamp, and what the function gave while it was that.
        self._last: tuple[object, tuple[bytes, ...]] = (object(), ())

    def emoji(self, name: str, text: str, fields: Mapping[str, Any]) -> str:
        """Return the emoji of a line; whatever an extension raises leaves here."""
        emoji = ""
        for give in self.emoji_prefixes:
            emoji += give(name, text, fields)
        return emoji

    def trace(self) -> tuple[bytes, ...]:
        """Return what each function gives; whatever one raises leaves here."""
        ask = self._ask
        if ask is None:
            return tuple([members for give in self.trace_fields if (members := give())])
        stamp = ask()
        if not stamp:
            return ()
        holder, given = self._last
        return given if stamp is holder else self._refresh()

    def _refresh(self) -> tuple[bytes, ...]:
        while True:
            ask = self._stamped.version_stamp
            stamp, members = ask(), self._stamped()
            if ask == self._stamped.version_stamp:  # else it was replaced meanwhile
                break
        given = (members,) if members else ()
        self._ask, self._last = ask, (stamp, given)
        return given

    def export(
        self,
        level: int,
        seconds: float,
        name: str,
        text: str,
        plain: Mapping[str, Any],
        trace: tuple[bytes, ...],
    ) -> None:
        """Hand a written line to every exporter; one that raises is counted."""
        members = b",".join(trace)
        for exporter in self.exporters:
            try:
                exporter(level, seconds, name, text, plain, members, None)
            except Exception:  # a log call never raises: an extension must not cost the call
                let_through()
                COUNTERS.fault("exporter")
