"""Foundation in the programs that people run: one module for each framework.

`from provide.foundation.integrations.asgi import RequestMiddleware`, and so on: each module needs
its own framework, which is imported with it. Nothing is imported here but what all of them share.

May import: the standard library and the public names of `provide.foundation`.
"""

from __future__ import annotations

from provide.foundation.integrations._event import add_event_fields
from provide.foundation.integrations._faults import ResponseCutShort
from provide.foundation.integrations._frameworks import MissingFramework
from provide.foundation.integrations._settings import RequestOptions, RequestSettings
from provide.foundation.integrations._task_settings import TaskOptions, TaskSettings
from provide.foundation.integrations._version import __version__

__all__ = [
    "MissingFramework",
    "RequestOptions",
    "RequestSettings",
    "ResponseCutShort",
    "TaskOptions",
    "TaskSettings",
    "__version__",
    "add_event_fields",
]
