"""What makes JSON of plain data: orjson, or what stands in where it cannot be imported.

There is no wheel of orjson for some platforms and for free-threaded builds, and from CPython 3.12
on it refuses to be imported in a subinterpreter. All of core takes these names from here. Where
orjson is there they are its own objects, so that a call of one costs what it costs there.
A command that ends soon imports it only once there is enough to do.
"""

from __future__ import annotations

import sys

#: Why orjson could not be imported; `None`: it could.
ABSENCE: str | None = None

if not sys.modules["provide.foundation"].__dict__["_is_brief"]:
    try:
        from orjson import (
            OPT_APPEND_NEWLINE,
            OPT_PASSTHROUGH_DATACLASS,
            OPT_PASSTHROUGH_DATETIME,
            OPT_PASSTHROUGH_SUBCLASS,
            JSONDecodeError,
            JSONEncodeError,
            dumps,
            loads,
        )
    except ImportError as failure:
        from provide.foundation._encoder.stand_in import (  # type: ignore[assignment]
            OPT_APPEND_NEWLINE,
            OPT_PASSTHROUGH_DATACLASS,
            OPT_PASSTHROUGH_DATETIME,
            OPT_PASSTHROUGH_SUBCLASS,
            JSONDecodeError,
            JSONEncodeError,
            dumps,
            loads,
        )

        ABSENCE = str(failure)
else:
    from provide.foundation._encoder.late import (  # type: ignore[assignment]
        OPT_APPEND_NEWLINE,
        OPT_PASSTHROUGH_DATACLASS,
        OPT_PASSTHROUGH_DATETIME,
        OPT_PASSTHROUGH_SUBCLASS,
        JSONDecodeError,
        JSONEncodeError,
        dumps,
        loads,
    )

__all__ = [
    "ABSENCE",
    "OPT_APPEND_NEWLINE",
    "OPT_PASSTHROUGH_DATACLASS",
    "OPT_PASSTHROUGH_DATETIME",
    "OPT_PASSTHROUGH_SUBCLASS",
    "JSONDecodeError",
    "JSONEncodeError",
    "dumps",
    "loads",
]
