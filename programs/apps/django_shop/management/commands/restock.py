"""A command that logs, says something, and fails if it is told to."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand

from provide.foundation import get_logger


class Command(BaseCommand):  # type: ignore[misc]
    """Log by Foundation and by `logging`."""

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run the command."""
        get_logger("shop").info("restocked", items=3)
        logging.getLogger("inventory").info("stock written")
        self.stdout.write("3 items")
