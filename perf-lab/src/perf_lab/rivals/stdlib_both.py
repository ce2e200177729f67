"""logging with two handlers: text for people on stderr, and JSON to a file as in `stdlib_json.py`.

https://docs.python.org/3/howto/logging-cookbook.html#multiple-handlers-and-formatters
"""

from __future__ import annotations

import logging

from perf_lab.rivals import stdlib_json, stdlib_text
from perf_lab.rivals.stderr import point_stderr
from perf_lab.rivals.stdlib_json import Adapter, bind_context, clear_context, get_logger
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

__all__ = ["Adapter", "bind_context", "clear_context", "close", "get_logger", "open_output"]


class PeopleFormatter(logging.Formatter):
    """Show the extra fields too, which logging's own text leaves out."""

    known = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, the fields at its end."""
        fields = [f"{k}={v}" for k, v in record.__dict__.items() if k not in self.known]
        return " ".join([super().format(record), *fields])


def open_output(setup: str, path: str, options: Options) -> None:
    """Write JSON to `path`, and text to stderr."""
    if options.output != "both":
        raise Unsupported("is measured with two outputs only")
    point_stderr(f"{path}.console")
    stdlib_json.open_output(setup, path, options)
    people = logging.StreamHandler()
    people.setFormatter(PeopleFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(people)


def close() -> None:
    """Flush and close the file."""
    stdlib_text.close()
