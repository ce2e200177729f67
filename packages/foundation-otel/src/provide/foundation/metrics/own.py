"""Foundation's own metrics, read from core's counts while a reader collects.

A synchronous counter would make each log call three times as long, so nothing is added to the
call: core counts with plain integers and times one call in 64. OpenTelemetry has no observable
histogram, so a callback records the samples since the last collection into an ordinary one. A
reader looks at histograms after it has run the callbacks, and so gives them
out in the same collection.

Most of what a collection costs is the SDK's, for each series; so a counter that has counted
nothing has no series. A child process after a fork counts from nothing, like any new process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from opentelemetry.metrics import (
    CallbackOptions,
    Histogram,
    Meter,
    Observation,
    get_meter,
    get_meter_provider,
)

from provide.foundation.extension import COUNTERS, notice_fork, renew_after_fork
from provide.foundation.metrics.after_fork import forget_instruments
from provide.foundation.otel.counts import (
    EMOJI,
    INHERITED,
    OTLP_OUTPUT,
    Key,
    dropped,
    emoji_lookups,
    sizes,
    written,
)

METER_NAME = "provide.foundation"

# Seconds: from less than one fast line to a write that has come to a halt.
_BOUNDARIES_S = (1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)


class OwnMetrics:
    """Offer Foundation's own instruments, once in the process, and fill them when asked."""

    def __init__(self) -> None:
        self.enabled = True
        self._latency: Histogram | None = None
        self._offered: set[str] = set()
        self._ring: object = None
        self._position = 0
        # Made once each: of their attributes the SDK makes copies.
        self._attributes: dict[Key, dict[str, str]] = {}

    def offer(self, *, exported: bool = False) -> None:
        """Make the instruments that are not there yet.

        Each costs the SDK a little at every collection, so there are none for what is not in use.

        Args:
            exported: Whether lines go out over OTLP.
        """
        meter = get_meter(METER_NAME)
        if self._latency is None:
            self._latency = meter.create_histogram(
                "foundation.log.latency",
                unit="s",
                description="Time of a log call in the caller's thread, sampled: 1 call in 64",
                explicit_bucket_boundaries_advisory=_BOUNDARIES_S,
            )
        self._count(meter, "messages.logged", "Lines written, by level and output")
        self._count(meter, "messages.dropped", "Lines not written, by reason and output")
        self._count(meter, "sink.bytes", "Bytes of the lines written, by output", unit="By")
        if exported:
            self._count(meter, "messages.exported", "Lines exported over OTLP, by level")
        if EMOJI in sys.modules:
            description = "Look-ups in the emoji cache, by result: hit or miss"
            self._count(meter, "emoji.lookups", description)

    def _count(self, meter: Meter, name: str, description: str, unit: str = "") -> None:
        if name not in self._offered:
            self._offered.add(name)
            observe = getattr(self, "observe_" + name.partition(".")[2])
            meter.create_observable_counter(
                f"foundation.{name}", callbacks=[observe], unit=unit, description=description
            )

    def observe_logged(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the lines written by level and output, and record the latencies of late."""
        if self.enabled:
            self._record_latency()
        return self._observe(each for each in written() if each[0][2] != OTLP_OUTPUT)

    def observe_dropped(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the lines that were dropped, by reason and output."""
        return self._observe(dropped())

    def observe_exported(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the lines that a collector has taken, by level."""
        return self._observe(each for each in written() if each[0][2] == OTLP_OUTPUT)

    def observe_bytes(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return the bytes that each output has written, notices of Foundation's own among them."""
        return self._observe(sizes())

    def observe_lookups(self, _options: CallbackOptions) -> Iterable[Observation]:
        """Return hits and misses of the emoji cache, if foundation-emoji has been imported."""
        return self._observe(emoji_lookups())

    def _observe(self, counts: Iterable[tuple[Key, int]]) -> list[Observation]:
        notice_fork()
        if not self.enabled:
            return []
        inherited = INHERITED.counts
        observations = []
        for key, count in counts:
            own = count - inherited.get(key, 0)
            if own > 0:
                attributes = self._attributes.get(key)
                if attributes is None:
                    attributes = self._attributes[key] = _make_attributes(key)
                observations.append(Observation(own, attributes))
        return observations

    def _record_latency(self) -> None:
        ring = COUNTERS.latency
        if ring is not self._ring:  # the counts have been cleared, or this is the first time
            self._ring = ring
            self._position = INHERITED.samples if INHERITED.ring is ring else 0
        samples, self._position = ring.taken_after(self._position)
        if self._latency is not None:
            for elapsed_ns in samples:
                self._latency.record(elapsed_ns / 1e9)

    def begin_in_child(self) -> None:
        """Begin new series, in a child process after a fork."""
        self._ring = None
        if self._latency is not None:
            forget_instruments(get_meter_provider(), METER_NAME)


def _make_attributes(key: Key) -> dict[str, str]:
    label, value, output = key
    attributes = {label: value} if label else {}
    if output and (label, output) != ("level", OTLP_OUTPUT):  # which is a metric by itself
        attributes["output"] = output
    return attributes


#: The one set of instruments of the process.
OWN = OwnMetrics()
offer_own_metrics = OWN.offer
renew_after_fork(OWN.begin_in_child)
