"""Levels as loggers spell them, in words and in numbers.

Sources: RFC 5424, table 2 (syslog's severities); pino's and bunyan's README (numbers from 10 to
60); the log data model of OpenTelemetry (SeverityNumber); Google Cloud's LogSeverity.
"""

from __future__ import annotations

import re

from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, LEVEL_NUMBERS, TRACE, WARNING

#: Words that are no names of Foundation's, in upper case, by the level that they come to.
_OTHERS = {
    TRACE: "VERBOSE FINE FINEST TRC",
    DEBUG: "DBG",
    INFO: "INF INFORMATION INFORMATIONAL NOTICE SUCCESS DEFAULT",
    WARNING: "WRN",
    ERROR: "ERR SEVERE",
    CRITICAL: "CRIT PANIC DPANIC ALERT EMERG EMERGENCY FTL",
}
WORDS = LEVEL_NUMBERS | {word: level for level, words in _OTHERS.items() for word in words.split()}
#: pino's and bunyan's numbers.
_NUMBERS = {10: TRACE, 20: DEBUG, 30: INFO, 40: WARNING, 50: ERROR, 60: CRITICAL}
#: syslog's, from emergency to debug.
_SEVERITIES = (CRITICAL, CRITICAL, CRITICAL, ERROR, WARNING, INFO, INFO, DEBUG)
_BY_FOUR = (TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL)
#: Where a level may stand in a text: a word in capitals, or one between brackets.
_IN_TEXT = r"(?<![\w.=/-])(?:([A-Z]{3,13})(?![\w=./-])|\[([a-z]{3,13})\])"
#: Words in capitals that are no levels there.
_OTHER_WORDS = frozenset({"DEFAULT", "FINE", "SUCCESS", "PANIC"})
_FARTHEST = 200


def read_level(value: object) -> int | None:
    """Return the level that a word, or a number of pino's, stands for; `None`: it is none."""
    if type(value) is str:
        word = value.upper()
        found = WORDS.get(word)
        if found is None and len(word) < 20:  # slog: "INFO+2", "DEBUG-4"
            name, sign, rest = word.replace("-", "+").partition("+")
            return WORDS.get(name) if sign and rest.isdecimal() else None
        return found
    return _NUMBERS.get(value) if type(value) is int else None


def read_severity(value: object) -> int | None:
    """Return the level of one of syslog's numbers, which journald writes as a text."""
    digit = str(value) if isinstance(value, str | int) else ""
    return _SEVERITIES[int(digit)] if len(digit) == 1 and digit in "01234567" else None


def read_severity_number(value: object) -> int | None:
    """Return the level of OpenTelemetry's SeverityNumber."""
    return _BY_FOUR[(value - 1) // 4] if type(value) is int and 1 <= value <= 24 else None


def find_level(text: str) -> int | None:
    """Return the level that the beginning of a text names, or `None`: in capitals, in brackets."""
    for found in re.finditer(_IN_TEXT, text[:_FARTHEST]):
        word = found[found.lastindex or 0]
        level = WORDS.get(word.upper())
        if level is not None and word not in _OTHER_WORDS:
            return level
    return None
