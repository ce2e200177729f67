"""Write what the back ends' own Python packages make of a few log calls, for a fixture of lines.

`test_schemas_consumers.py` compares the lines of each schema with it. The packages are large, so
only `nox -s consumers` installs them, and says where they write other lines than these. With what
it has installed, the file is written anew by

    DD_SERVICE=shop DD_ENV=prod DD_VERSION=1.2 .nox/consumers/bin/python \
        packages/foundation-core/tests/consumers/record.py
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

_CALLS = """
log.info("order_placed", extra={"order_id": 42})
log.warning("stock_low")
try:
    int("twelve")
except ValueError:
    log.exception("payment_failed", extra={"order_id": 42})
log.critical("out_of_stock")
"""
PACKAGES = (
    "ecs-logging", "google-cloud-logging", "python-logstash", "python-logstash-async", "ddtrace"
)  # fmt: skip
#: What differs from machine to machine.
_OF_THE_MACHINE = {"host": "shop-1", "logsource": "shop-1", "interpreter": "python", "pid": 1}


class _ToText(logging.Handler):
    """Keep what a formatter makes, text or bytes."""

    def __init__(self, formatter: Any, out: io.StringIO) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.out = out

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as one line."""
        made: Any = self.format(record)
        self.out.write((made if isinstance(made, str) else made.decode()) + "\n")


class _Injected(logging.Formatter):
    """Show what ddtrace has put into a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the attributes that are ddtrace's, and the message."""
        own = {key: value for key, value in vars(record).items() if key.startswith("dd.")}
        return json.dumps({"message": record.getMessage(), **own})


def _handler(package: str, out: io.StringIO) -> logging.Handler:
    formatter: Any
    if package == "google-cloud-logging":
        # Else its first line is about itself.
        module: Any = import_module("google.cloud.logging_v2")
        module._instrumentation_emitted = True
        module = import_module("google.cloud.logging_v2.handlers")
        handler: logging.Handler = module.StructuredLogHandler(stream=out, project_id="shop")
        return handler
    if package == "ecs-logging":
        given = {
            "service.name": "shop",
            "service.version": "1.2",
            "service.environment": "prod",
            "trace.id": "0af7651916cd43dd8448eb211c80319c",
            "span.id": "b7ad6b7169203331",
        }
        formatter = import_module("ecs_logging").StdlibFormatter(extra=given)
    elif package == "python-logstash":
        formatter = import_module("logstash.formatter").LogstashFormatterVersion1()
    elif package == "python-logstash-async":
        formatter = import_module("logstash_async.formatter").LogstashFormatter()
    else:
        import_module("ddtrace").patch(logging=True)
        formatter = _Injected()
    return _ToText(formatter, out)


def _mask(line: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _mask(value) if isinstance(value, dict) else _OF_THE_MACHINE.get(key, value)
        for key, value in line.items()
    }


def record(package: str) -> list[dict[str, Any]]:
    """Return the lines that a package makes of the calls."""
    out = io.StringIO()
    handler = _handler(package, out)
    log = logging.getLogger("shop.orders")
    log.propagate, log.handlers = False, [handler]
    log.setLevel(logging.DEBUG)
    calls = compile(_CALLS, "app.py", "exec")
    if package == "ddtrace":
        with import_module("ddtrace.trace").tracer.trace("order"):
            exec(calls, {"log": log, "__name__": "app"})
    else:
        exec(calls, {"log": log, "__name__": "app"})
    return [_mask(json.loads(line)) for line in out.getvalue().splitlines()]


def main() -> None:
    """Write the lines of each package beside this file."""
    warnings.simplefilter("ignore")
    sys.argv[0] = "app.py"
    made = {each: {"version": version(each), "lines": record(each)} for each in PACKAGES}
    text = json.dumps(made, indent=1, ensure_ascii=False)
    Path(__file__).with_name("lines.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
