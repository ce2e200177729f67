"""Metrics of the logging system itself: the instruments of foundation-otel will live here.

Planned are the observable counter `foundation.messages.logged` and the histogram
`foundation.log.latency` (seconds), both filled from core's own counters when a reader collects.
Neither is written yet: this release has no instrument and no behaviour.

May import: the standard library and the public names of `provide.foundation`.
"""

__all__: list[str] = []
