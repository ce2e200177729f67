"""What an extension may import of core beside the names of `provide.foundation` itself.

Everything here is defined elsewhere in core; this list is what stays where it is.
"""

from provide.foundation.extension import Extension, Fragment, Tap, forget_markers
from provide.foundation.import_watch import ImportWatch
from provide.foundation.interrupts import let_through
from provide.foundation.ledger import LEDGER, LEVEL_INDEX
from provide.foundation.levels import LEVEL_NAMES, LEVELS, TRACE, parse_level
from provide.foundation.locks import Bell, Turns, call_holding
from provide.foundation.notices import NOTICES
from provide.foundation.process import make_mark, notice_fork, renew_after_fork
from provide.foundation.render.exceptions import format_exception

__all__ = [
    "LEDGER",
    "LEVELS",
    "LEVEL_INDEX",
    "LEVEL_NAMES",
    "NOTICES",
    "TRACE",
    "Bell",
    "Extension",
    "Fragment",
    "ImportWatch",
    "Tap",
    "Turns",
    "call_holding",
    "forget_markers",
    "format_exception",
    "let_through",
    "make_mark",
    "notice_fork",
    "parse_level",
    "renew_after_fork",
]
