"""Single figures that need a fresh interpreter: the minimal preset's memory, interning, metrics.

Imports nothing of this folder; the program runs in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys

_MINIMAL = """
import gc, json, os, tracemalloc
tracemalloc.start()
import attrs
from provide.foundation import TelemetryConfig, get_logger, setup_telemetry

def start(names):
    config = TelemetryConfig.minimal()
    logging = attrs.evolve(config.logging, log_file=os.devnull)
    setup_telemetry(attrs.evolve(config, logging=logging))
    for number in range(10):
        get_logger(f"{names}_{number}").warning("started", port=8080)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]

with_modules = start("first")
tracemalloc.stop()
tracemalloc.start()
own = start("second")
print(json.dumps({"minimal_kb": own / 1000, "minimal_import_kb": with_modules / 1000}))
"""

_INTERNING = """
import json, tracemalloc
COMMON = ("timestamp", "level", "logger", "event", "INFO", "app.db")

def made(words):
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    line = words()
    values = [str(number) for number in (1000000, 140123412341234, 1763906400)]
    return tracemalloc.get_traced_memory()[1] - before

tracemalloc.start()
anew = lambda: tuple(word.encode().decode() for word in COMMON)
held = lambda: COMMON
for _ in range(50):
    fresh, interned = made(anew), made(held)
print(json.dumps({"interning_percent": 100 * (1 - interned / fresh)}))
"""


def measure_footprint() -> dict[str, float]:
    """Return kilobytes of the minimal preset, and the percentage that interning saves."""
    found: dict[str, float] = {}
    for program in (_MINIMAL, _INTERNING):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        if done.returncode == 0:
            found.update(json.loads(done.stdout.splitlines()[-1]))
    return found


_COLLECTION = """
import os, time
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
# People install what they need: emoji are another package's, and would be series of their own.
logging = LoggingConfig(log_file=os.devnull, extensions=["foundation-otel"])
setup_telemetry(TelemetryConfig(logging=logging))
log = get_logger("collected")
for write in (log.info, log.warning, log.error):
    write("benchmark_message")
data = reader.get_metrics_data()
(scope,) = data.resource_metrics[0].scope_metrics
series = [point for metric in scope.metrics for point in metric.data.data_points]
assert len(series) == 5, series
best = []
for _ in range(20):
    times = []
    for _ in range(25):
        started = time.process_time_ns()
        reader.collect()
        times.append(time.process_time_ns() - started)
    best.append(sorted(times)[12])
print(min(best) / 1000)
"""


def measure_collection() -> float:
    """Return what a collection of five series of metrics takes, in microseconds.

    They are the lines of three levels, the bytes of one output, and the time of the call, of which
    nothing is new. Of twenty medians the least counts: the rest is what others do to the machine.
    In a process of its own: a rival's has had many outputs, and each has series.
    """
    command = [sys.executable, "-c", _COLLECTION]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    return float(done.stdout)
