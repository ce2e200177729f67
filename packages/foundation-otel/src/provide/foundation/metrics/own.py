"""Foundation's own metrics, read from core's counts while a reader collects.

A synchronous counter would make each log call three times as long, so nothing is added to the
call: core counts with plain integers and times one call in 64. OpenTelemetry has no observable
histogram, so the samples that came since the last collection are recorded into an ordinary one
inside a callback; a reader looks at histograms after it has run the callbacks, and so gives them
out in the same collection.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from opentelemetry.metrics import CallbackOptions, Histogram, Observation, get_meter

from provide.foundation import stats
from provide.foundation.seam import LEDGER

if TYPE_CHECKING:
    from collections.abc import Mapping

METER_NAME = "provide.foundation"
#: The name of the output that counts the lines which OTLP has taken.
OTLP_OUTPUT = "otlp"

# Seconds: from less than one fast line to a write that has come to a halt.
_BOUNDARIES_S = (1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)
_EMOJI = "provide.foundation.emoji"


class OwnMetrics:
    """Offer Foundation's own instruments, once in the process, and fill them when asked."""

    def __init__(self) -> None:
        self.enabled = True
        self._latency: Histogram | None = None
        self._ring: object = None
        self._position = 0

    def offer(self) -> None:
        """Make the instruments, unless they are there."""
        if self._latency is not None:
            return
        meter = get_meter(METER_NAME)
        self._latency = meter.create_histogram(
            "foundation.log.latency",
            unit="s",
            description="Time of a log call in the caller's thread, sampled: 1 call in 64",
            explicit_bucket_boundaries_advisory=_BOUNDARIES_S,
        )
        meter.create_observable_counter(
            "foundation.messages.logged",
            callbacks=[self.observe_logged],
            description="Lines written, by level and output",
        )
        meter.create_observable_counter(
            "foundation.messages.dropped",
            callbacks=[self.observe_dropped],
            description="Lines not written, by reason and output",
        )
        meter.create_observable_counter(
            "foundation.messages.exported",
            callbacks=[self.observe_exported],
            description="Lines exported over OTLP, by level",
        )
        meter.create_observable_counter(
            "foundation.emoji.lookups",
            callbacks=[self.observe_emoji],
            description="Look-ups in the emoji cache, by result: hit or miss",
        )

    def observe_logged(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the lines written by level and output, and record the latencies of late."""
        if not self.enabled:
            return []
        self._record_latency()
        return [
            Observation(count, {"level": level, "output": output})
            for output, counts in _outputs().items()
            if output != OTLP_OUTPUT
            for level, count in counts["written"].items()
        ]

    def observe_dropped(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the lines that were dropped, by reason and output."""
        if not self.enabled:
            return []
        return [
            Observation(count, {"reason": reason, "output": output})
            for output, counts in _outputs().items()
            for reason, count in counts["dropped"].items()
        ]

    def observe_exported(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the lines that a collector has taken, by level."""
        if not self.enabled:
            return []
        counts = _outputs().get(OTLP_OUTPUT, {"written": {}})
        return [Observation(count, {"level": level}) for level, count in counts["written"].items()]

    def observe_emoji(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return hits and misses of the emoji cache, if foundation-emoji has been imported."""
        read: Any = getattr(sys.modules.get(_EMOJI), "cache_info", None)
        if not self.enabled or read is None:
            return []
        info = read()
        return [
            Observation(info.hits, {"result": "hit"}),
            Observation(info.misses, {"result": "miss"}),
        ]

    def _record_latency(self) -> None:
        ring = LEDGER.latency
        if ring is not self._ring:  # the counts have been cleared
            self._ring, self._position = ring, 0
        samples, self._position = ring.taken_after(self._position)
        if self._latency is not None:
            for elapsed_ns in samples:
                self._latency.record(elapsed_ns / 1e9)


def _outputs() -> Mapping[str, Any]:
    outputs: Mapping[str, Any] = stats()["outputs"]
    return outputs


#: The one set of instruments of the process.
OWN = OwnMetrics()
offer_own_metrics = OWN.offer
