"""The application in FastAPI, with Sentry; SENTRY_DSN says where that is."""

from __future__ import annotations

import sentry_sdk
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration

from provide.foundation.integrations.sentry import FoundationIntegration

# Sentry would import each framework of this laboratory to see which ones it knows.
sentry_sdk.init(
    enable_logs=True,
    auto_enabling_integrations=False,
    integrations=[FoundationIntegration(), StarletteIntegration(), FastApiIntegration()],
)

# It sets Foundation up. Its folder is on the program's path, not on that of type checkers.
from fastapi_app import app  # type: ignore[import-not-found]  # noqa: E402

__all__ = ["app"]
