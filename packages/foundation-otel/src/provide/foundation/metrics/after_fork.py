"""A child process begins its own series: what the SDK has collected of the parent's goes.

The SDK (1.39 to 1.45) keeps the parent's points in a forked child: a cumulative series would go on
from the parent's start time, and a delta would be counted from the parent's value. There is no
public way to begin again, so this file uses names that are not public; where they are not there any
more, the series stay as the SDK leaves them.
"""

from __future__ import annotations

import threading
from typing import Any


def forget_instruments(provider: Any, scope: str) -> None:
    """Drop what the SDK has aggregated of one scope's instruments; they begin anew.

    Args:
        provider: The MeterProvider of the process; one of another make is left alone.
        scope: The name of the meter. Instruments of the application keep what they have.
    """
    try:
        consumer = provider._measurement_consumer
        storages = list(consumer._reader_storages.values())
        # A thread that the child does not have may have been collecting.
        consumer._lock = threading.Lock()
        for storage in storages:
            storage._lock = threading.RLock()
            matches = storage._instrument_view_instrument_matches
            for instrument in list(matches):
                if instrument.instrumentation_scope.name == scope:
                    del matches[instrument]
    except AttributeError:  # no provider, or of another make
        pass
