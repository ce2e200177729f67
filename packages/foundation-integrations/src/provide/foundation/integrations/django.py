"""Log the requests of Django, and its own lines once: a function and a middleware for the settings.

``LOGGING_CONFIG = "provide.foundation.integrations.django.configure_logging"``, together with a
`LOGGING` that is not empty, and ``"provide.foundation.integrations.django.RequestMiddleware"`` as
the first of `MIDDLEWARE`.
"""

from __future__ import annotations

from provide.foundation.integrations._frameworks import need

need("django", "4.2", __name__)

from provide.foundation.integrations._django.logging_config import configure_logging  # noqa: E402
from provide.foundation.integrations._django.middleware import RequestMiddleware  # noqa: E402

__all__ = ["RequestMiddleware", "configure_logging"]
