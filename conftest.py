"""What all tests share: Hypothesis does not measure time, because a busy machine would fail it."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("hypothesis") is not None:  # perf-lab's benchmarks run without it
    from hypothesis import HealthCheck, settings

    settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("shared")
