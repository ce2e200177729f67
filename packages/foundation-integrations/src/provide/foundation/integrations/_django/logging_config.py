"""What the setting `LOGGING_CONFIG` of Django names.

Source: Django 6.1, `django/utils/log.py` and `django/core/management/commands/runserver.py`.
"""

from __future__ import annotations

import logging
import logging.config
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.log import RequireDebugTrue, ServerFormatter

from provide.foundation import configure, describe

#: The key of `LOGGING` that holds what is ours.
OWN_KEY = "foundation"
#: The loggers that Django gives handlers of its own to.
_DJANGOS = ("django", "django.server")


def configure_logging(settings: Mapping[str, Any] | None = None) -> None:
    """Set Foundation up for a project of Django; the setting `LOGGING_CONFIG` names this function.

    The handlers that Django writes to stderr with by default go. That of mails to the admins stays.

    Args:
        settings: The setting `LOGGING`. Its key ``foundation`` has the arguments of
            `provide.foundation.configure`; the rest, if it has a ``version``, is what
            `logging.config.dictConfig` takes.

    Raises:
        ConfigurationError: An argument is not valid.

    Django calls it while it starts, from one thread.
    """
    theirs = dict(settings or {})
    options: Mapping[str, Any] = theirs.pop(OWN_KEY, {})
    _remove_defaults()
    if "version" in theirs:
        # Loggers that exist go on, as with the default configuration of Django.
        logging.config.dictConfig({"disable_existing_loggers": False, **theirs})
    if options or not describe()["is_set_up"]:
        configure(**options)
    if sys.argv[1:2] == ["runserver"]:
        _log_output_of_runserver()


def _remove_defaults() -> None:
    """Take away the handlers of Django's default configuration that write to stderr.

    One of them lets records through only under `DEBUG`: were it set aside, its filter would go on
    working, and no line of Django would come out in production.
    """
    for name in _DJANGOS:
        logger = logging.getLogger(name)
        for handler in tuple(logger.handlers):
            if type(handler) is logging.StreamHandler and _is_default(handler):
                logger.removeHandler(handler)
    logging.getLogger("django.server").propagate = True


def _is_default(handler: logging.Handler) -> bool:
    of_debug = any(type(each) is RequireDebugTrue for each in handler.filters)
    return of_debug or type(handler.formatter) is ServerFormatter


def _log_output_of_runserver() -> None:
    """Have what `runserver` prints about its start written as lines; it has no switch for that."""
    from django.core.management.base import OutputWrapper
    from django.core.management.commands.runserver import Command

    plain = Command.inner_run
    if getattr(plain, "is_logged", False):
        return

    def inner_run(self: Any, *args: Any, **options: Any) -> Any:
        self.stdout = OutputWrapper(_LineStream())
        return plain(self, *args, **options)

    inner_run.is_logged = True  # type: ignore[attr-defined]
    Command.inner_run = inner_run


class _LineStream:
    """Write each row of a text as a record of the logger `django.runserver`."""

    def write(self, text: str) -> int:
        """Write the rows of a text that say something."""
        for row in _rows(text):
            logging.getLogger("django.runserver").info("%s", row)
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


def _rows(text: str) -> Iterator[str]:
    return (row.strip() for row in text.splitlines() if row.strip())
