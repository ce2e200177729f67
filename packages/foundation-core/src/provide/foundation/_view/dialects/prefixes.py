"""What carries a line as a text in front of it: CRI, compose, kubectl, docker with timestamps.

Sources: the CRI logging format of Kubernetes (parts are tagged P, the last one F); the output of
compose and of kubectl with --prefix and --timestamps; CloudWatch's exports.
"""

from __future__ import annotations

import re

from provide.foundation._view.dialects.envelopes import Letter

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
_CRI = re.compile(rf"{_MOMENT} (?:stdout|stderr) ([FP])(?::\S*)? ?(.*)", re.DOTALL)
_PREFIXES = (
    (re.compile(r"([A-Za-z0-9][\w.-]*) +\| ?(.*)", re.DOTALL), "container", " |"),  # compose
    (re.compile(r"\[(pod/[^\]\s]+)\] ?(.*)", re.DOTALL), "pod", "[pod/"),  # kubectl --prefix
)
#: Of a prefix, at most.
_FARTHEST = 300
#: Of docker and kubectl with timestamps, and of CloudWatch, which may name a stream between.
_STAMPED = re.compile(rf"{_MOMENT} (?:(\S+) (?=\{{))?(.+)", re.DOTALL)


def open_text(text: str) -> Letter | None:
    """Return what a line of text carries, or None where it is no envelope that is known."""
    bare = _ANSI.sub("", text) if "\x1b" in text else text
    if bare[:1].isdecimal():
        if found := _CRI.fullmatch(bare):
            return Letter(found[3], moment=found[1], whole=found[2] == "F")
        if found := _STAMPED.fullmatch(bare):
            added = {"stream": found[2]} if found[2] else {}
            return Letter(found[3], added, found[1], opaque=False)
    for form, name, mark in _PREFIXES:
        if 0 <= bare.find(mark, 0, _FARTHEST) and (found := form.fullmatch(bare)):
            return Letter(found[2], {name: found[1]}, opaque=False)
    return None
