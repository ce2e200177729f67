"""Exit ends: a process ends."""

from __future__ import annotations

import sys
import threading
import time
import types
from typing import Any

from perf_lab.torture.case import KEPT, Stage, case
from perf_lab.torture.judge import manner


@case(26, lambda p: manner(p) or KEPT, output="stream", limit_s=8)
def daemon_threads_and_finaliser(stage: Stage) -> None:
    """Daemon threads log until they are stopped, and then the teardown of a module does."""
    info = stage.log.info

    class Late:
        def __del__(self) -> None:
            for _ in range(50):
                info("late")

    def work() -> None:
        while True:
            info("from a daemon", pad="y" * 5000)

    module: Any = types.ModuleType("late")
    sys.modules["late"] = module
    module.late = Late()
    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.05)
