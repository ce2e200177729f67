"""Single figures that need a fresh interpreter: the minimal preset's memory, and interning.

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
