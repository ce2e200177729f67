"""orjson, imported late: the stand-in until there is enough to do, for commands that end soon.

orjson imports `dataclasses`, `inspect` and more, which takes longer than a screen of lines does.
Both give the same results, which `tests/test_encoder.py` shows, so nobody sees where one takes
over from the other. Only a process that is nothing but a command of ours imports this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provide.foundation._encoder import stand_in
from provide.foundation._encoder.stand_in import (
    OPT_APPEND_NEWLINE,
    OPT_PASSTHROUGH_DATACLASS,
    OPT_PASSTHROUGH_DATETIME,
    OPT_PASSTHROUGH_SUBCLASS,
    JSONDecodeError,
    JSONEncodeError,
)

#: So many documents are the stand-in's: about what takes it as long as orjson's import does.
_FEW = 300
#: Beyond which the two may say another thing of how deeply a document may be nested.
_DEEP = 200


class LateEncoder:
    """Choose who reads and writes the next document.

    Thread safety: every method may be called from any thread; two may import orjson at once.
    """

    def __init__(self) -> None:
        self._left = _FEW
        self._loads: Callable[[bytes | str], Any] | None = None
        self._dumps: Callable[..., bytes] | None = None

    def loads(self, text: bytes | str) -> Any:
        """Return the value that JSON stands for.

        Raises:
            json.JSONDecodeError: It is none.
        """
        if self._loads is None:
            self._left -= 1
            raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
            if self._left > 0 and raw.count(b"[") + raw.count(b"{") < _DEEP:
                return stand_in.loads(text)
            self._loads, self._dumps = _import()
        return self._loads(text)

    def dumps(self, value: object, default: None = None, option: int | None = None) -> bytes:
        """Return a value as JSON in UTF-8, without spaces.

        Raises:
            TypeError: A value is refused.
        """
        if self._dumps is None:
            self._left -= 1
            if self._left > 0:
                return stand_in.dumps(value, default, option)
            self._loads, self._dumps = _import()
        return self._dumps(value, default, option)


def _import() -> tuple[Callable[[bytes | str], Any], Callable[..., bytes]]:
    try:
        import orjson
    except ImportError:
        return stand_in.loads, stand_in.dumps
    return orjson.loads, orjson.dumps


_ENCODER = LateEncoder()
loads, dumps = _ENCODER.loads, _ENCODER.dumps

__all__ = [
    "OPT_APPEND_NEWLINE",
    "OPT_PASSTHROUGH_DATACLASS",
    "OPT_PASSTHROUGH_DATETIME",
    "OPT_PASSTHROUGH_SUBCLASS",
    "JSONDecodeError",
    "JSONEncodeError",
    "LateEncoder",
    "dumps",
    "loads",
]
