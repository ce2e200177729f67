"""The lanes that tests run through: the Python ones, and the native one where it is compiled."""

from __future__ import annotations

from importlib.util import find_spec

LANES: tuple[str, ...] = ("fast", "processor")

if find_spec("provide.foundation.native") is not None:
    from provide.foundation.native import COMPILED

    if COMPILED:
        LANES = (*LANES, "native")
