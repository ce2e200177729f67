"""The lanes that tests run through: the Python ones, and the native one where it is compiled.

FOUNDATION_TEST_LANES names fewer, where a process takes long to start: `fast,native`.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

LANES: tuple[str, ...] = ("fast", "processor")

if find_spec("provide.foundation.native") is not None:
    from provide.foundation.native import COMPILED

    if COMPILED:
        LANES = (*LANES, "native")

#: All of them, for what compares one with another.
ALL = LANES
if asked := os.environ.get("FOUNDATION_TEST_LANES"):
    LANES = tuple(name for name in LANES if name in asked.split(","))
