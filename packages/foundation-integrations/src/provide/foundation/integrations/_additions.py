"""What modules of this package add to each line; a module that nobody has imported adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from provide.foundation.extension import Exporter, TraceFields


class Additions:
    """Hold what joins each line from the next set-up on."""

    #: Takes each line, as `sentry` does.
    exporter: Exporter | None = None
    #: Waits until the exporter has passed lines on.
    flush: Callable[[float], bool] | None = None
    #: Gives the trace of each line in place of `trace_context`, as `ddtrace` does.
    trace_fields: TraceFields | None = None
    #: Whether a set-up has asked for them.
    asked = False
    #: What a line says besides its fields.
    members: tuple[str, ...] = ()
