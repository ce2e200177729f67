"""What makes JSON of plain data: orjson, or what stands in where it cannot be imported.

There is no wheel of orjson for some platforms and for free-threaded builds, and from CPython 3.12
on it refuses to be imported in a subinterpreter. All of core takes these names from here. Where
orjson is there they are its own objects, so that a call of one costs what it costs there.
A command that ends soon imports it only once there is enough to do.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def _choose() -> tuple[Any, str | None]:
    if sys.modules["provide.foundation"].__dict__["_is_brief"]:
        from provide.foundation._encoder import late

        return late, None
    try:
        import orjson
    except ImportError as failure:
        from provide.foundation._encoder import stand_in

        return stand_in, str(failure)
    return orjson, None


#: Why orjson could not be imported; `None`: it could.
ABSENCE: str | None
_encoder, ABSENCE = _choose()
globals().update({name: getattr(_encoder, name) for name in __all__ if name != "ABSENCE"})
