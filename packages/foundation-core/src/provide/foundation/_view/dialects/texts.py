"""Lines of text that have a known form: logging's, uvicorn's, gunicorn's, loguru's, web servers'.

Sources: the default formats of logging, gunicorn, uvicorn and loguru; the "combined" format of
nginx's ngx_http_log_module, which is Apache's, and nginx's error log.
"""

from __future__ import annotations

import re
from typing import Any

from provide.foundation._record.record import Record
from provide.foundation._view.dialects.levels import WORDS, read_level
from provide.foundation._view.dialects.logfmt import read_scalar
from provide.foundation._view.dialects.moments import read_moment
from provide.foundation.levels import ERROR, INFO, WARNING

_TIME = (
    r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?:Z| ?[+-]\d\d:?\d\d)?)"
)
_LEVEL = rf"(?P<level>{'|'.join(sorted(WORDS, key=len, reverse=True))})"
_NAME = r"(?P<logger>[A-Za-z_][\w.-]*)"
_OTHER_NAME = _NAME.replace("logger", "name")
#: The forms of text, the stricter ones first; each begins with a date or with a level.
_AFTER_DATE = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        rf"{_TIME} \| {_LEVEL} *\| (?P<logger>[\w.<>]+):(?P<function>[\w<>]+):(?P<line>\d+)"
        r" - (?P<event>.*)",
        rf"\[{_TIME}\] \[(?P<pid>\d+)\] \[{_LEVEL}\] (?P<event>.*)",
        rf"{_TIME} - {_NAME} - {_LEVEL} - (?P<event>.*)",
        rf"\[?{_TIME}\]?[ :|-]*\[?{_LEVEL}\]?(?:[ :|-]+\[{_NAME}\]:?|[ :|-]+{_OTHER_NAME}:)?"
        r"[ :|-]+(?P<event>.*)",
        rf"\[?{_TIME}\]? {_NAME} \[?{_LEVEL}\]?[ :|-]+(?P<event>.*)",
        r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>[a-z]+)\] (?P<pid>\d+)#\d+: "
        r"(?P<event>.*)",
    )
)
_AFTER_LEVEL = re.compile(rf"{_LEVEL}:(?:{_NAME}:| {{2,}})(?P<event>.*)", re.DOTALL)
_ACCESS = re.compile(
    r'(?P<client>[^\s"]+) [^\s"]+ (?P<user>[^\s"]+) \[(?P<time>[^\]\s]+ [+-]\d{4})\] '
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    r'(?: "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<user_agent>(?:[^"\\]|\\.)*)")?(?P<rest>.*)',
    re.DOTALL,
)
_FIELDS = ("pid", "line", "function")


def read_text(text: str) -> Record | None:
    """Return a line of text as a record, or None where its form is not known."""
    first = text[:1]
    if first.isdecimal() or first == "[":
        for form in _AFTER_DATE:
            if found := form.match(text):
                return _make(found.groupdict())
    elif first.isupper() and (found := _AFTER_LEVEL.match(text)):
        return _make(found.groupdict())
    if ' "' in text and (found := _ACCESS.match(text)):
        return _make_access(found.groupdict())
    return None


def _make(parts: dict[str, Any]) -> Record | None:
    level = read_level(parts.get("level"))
    time = parts.get("time")
    seconds = None if time is None else read_moment(time.replace(",", "."))
    if level is None or (time is not None and seconds is None):
        return None
    fields = {key: read_scalar(parts[key]) for key in _FIELDS if parts.get(key) is not None}
    logger = parts.get("logger") or parts.get("name") or ""
    return Record(level, logger, parts["event"], fields, seconds=seconds)


def _make_access(parts: dict[str, str | None]) -> Record | None:
    seconds = read_moment(parts["time"])
    if seconds is None:
        return None
    status = int(parts["status"] or 0)
    request = (parts["request"] or "").rpartition(" ")
    fields: dict[str, Any] = {"status": status}
    if parts["bytes"] != "-":
        fields["bytes"] = int(parts["bytes"] or 0)
    for key in ("client", "user", "referer", "user_agent"):
        if parts[key] and parts[key] != "-":
            fields[key] = parts[key]
    rest = (parts["rest"] or "").strip()
    if rest:
        fields["rest"] = rest
    event = request[0] if request[2].startswith("HTTP/") else parts["request"] or "-"
    level = ERROR if status >= 500 else WARNING if status >= 400 else INFO
    return Record(level, "", event, fields, seconds=seconds)
