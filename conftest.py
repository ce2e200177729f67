"""What all tests share: Hypothesis does not measure time, because a busy machine would fail it.

And Ctrl-C reaches the processes that tests start.
"""

from __future__ import annotations

import importlib.util
import signal

# A shell has what it starts in the background ignore Ctrl-C, and so would each of those processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if importlib.util.find_spec("hypothesis") is not None:  # perf-lab's benchmarks run without it
    from hypothesis import HealthCheck, settings

    settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("shared")
