"""The lines of all cases of `conformance_cases.py` in one process: every lane, every format.

`python conformance_lines.py FOLDER [without-orjson]` leaves a file for each lane and format. The
second word has orjson refuse to be imported, as it does where there is no wheel of it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

#: What differs from run to run: times, and where an object lies.
_TIMES = re.compile(rb"\d{4}-\d\d-\d\d[T ][0-9:.]+Z?|\d\d:\d\d:\d\d[.,]\d{3}|0x[0-9a-f]{6,}")
FORMATS: dict[str, dict[str, object]] = {
    "json": {"console_formatter": "json"},
    "key_value": {"console_formatter": "key_value"},
    "compact": {"console_formatter": "compact"},
    "ecs": {"schema": "ecs"},
    "otel": {"schema": "otel"},
    "rich": {"console_formatter": "json", "thread": True, "redact_patterns": ["jwt"]},
}


def write_lines(folder: Path, lanes: tuple[str, ...]) -> None:
    """Write the lines of all cases, in each lane and format, to files of a folder."""
    from conformance_cases import CASES
    from provide.foundation import (
        LoggingConfig,
        TelemetryConfig,
        get_logger,
        reset_for_testing,
        setup_telemetry,
        stats,
    )

    for lane in lanes:
        os.environ["FOUNDATION_LANE"] = lane
        for name, config in FORMATS.items():
            path = folder / f"{lane}-{name}.log"
            logging = LoggingConfig(log_file=path, capture_structlog=False, **config)  # type: ignore[arg-type]
            setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
            log = get_logger("app.part")
            for case in CASES.values():
                case(log)
                case(log)  # once with cold caches, once with warm ones
            # Texts are searched for patterns by Python code.
            runs = "fast" if (lane, name) == ("native", "rich") else lane
            assert runs == stats().lane, name
            counts = stats().outputs[str(path)]
            assert not counts.dropped, counts
            reset_for_testing()
            path.write_bytes(_TIMES.sub(b"T", path.read_bytes()))
            assert sum(counts.written.values()) <= path.read_bytes().count(b"\n"), name


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    if "without-orjson" in sys.argv:
        sys.modules["orjson"] = None  # type: ignore[assignment]
    from installed_lanes import LANES

    write_lines(Path(sys.argv[1]), LANES)
