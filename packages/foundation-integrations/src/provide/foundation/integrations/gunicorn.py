"""Write the lines of gunicorn, those of its master too, by Foundation.

``logger_class = "provide.foundation.integrations.gunicorn.Logger"`` in `gunicorn.conf.py`, or the
option `--logger-class`.

Source: gunicorn 27.0, `gunicorn/glogging.py`, `gunicorn/instrument/statsd.py`.
"""

from __future__ import annotations

import logging
from typing import Any

from provide.foundation import describe, setup_telemetry
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._request import KEY, Request

__all__ = ["Logger"]

need("gunicorn", "20.1", __name__)

from gunicorn.glogging import Logger as GunicornLogger  # noqa: E402
from gunicorn.instrument.statsd import Statsd  # noqa: E402


class Logger(GunicornLogger):  # type: ignore[misc]
    """Give gunicorn's lines to Foundation, wherever gunicorn would write to stderr or stdout.

    It sets Foundation up from the environment, unless `gunicorn.conf.py` has done so. The
    application may set it up anew. What gunicorn is told to write to files or syslog goes there, in
    gunicorn's own format; metrics go to the host that `statsd_host` names.

    Args:
        cfg: The configuration of gunicorn.

    Raises:
        ConfigurationError: A variable of the environment is not valid.
    """

    def __new__(cls, cfg: Any) -> Logger:
        """Make one that sends metrics as well, if gunicorn is told to."""
        kind = _LoggerWithMetrics if cls is Logger and cfg.statsd_host else cls
        return object.__new__(kind)

    def setup(self, cfg: Any) -> None:
        """Configure the loggers of gunicorn; after a SIGHUP again."""
        super().setup(cfg)
        if not describe()["is_set_up"]:
            setup_telemetry()

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write the access line of a request, if gunicorn is told to.

        Of a request that failed it is the last: what the worker says next has no id any more.
        """
        super().access(resp, req, environ, request_time)
        request = CURRENT.get()
        # gunicorn makes a new environ for its own answer; that of an application has a body to be
        # closed yet.
        if KEY not in environ and isinstance(request, Request) and request.ended:
            request.leave()

    def _set_handler(
        self, log: logging.Logger, output: str | None, fmt: Any, stream: Any = None
    ) -> None:
        """Put a handler on one of the two loggers of gunicorn, in place of its earlier one."""
        if output == "-" or self._is_captured(output):
            super()._set_handler(log, None, fmt)
            log.addHandler(_ToRoot())
        else:
            super()._set_handler(log, output, fmt, stream)

    def _is_captured(self, output: str | None) -> bool:
        """Say whether a file gets stderr and stdout, and so the lines of Foundation."""
        return output is not None and self.cfg.capture_output and output == self.cfg.errorlog


class _LoggerWithMetrics(Logger, Statsd):  # type: ignore[misc]
    """Send metrics to statsd besides."""


class _ToRoot(logging.Handler):
    """Pass records to the root's handlers, one of which is Foundation's.

    gunicorn's loggers do not pass records on to the root, and uvicorn's worker gives their handlers
    to loggers of its own, which do not either. `emit` is not defined: what stands here writes
    nothing itself.
    """

    _gunicorn = True  # gunicorn replaces handlers that are marked so

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass one record on, without a lock: the root's handlers have their own."""
        logging.getLogger().handle(record)
        return True
