"""The middleware of Django: it runs under WSGI and ASGI, and as a coroutine where Django has them.

Source: Django 6.1, https://docs.djangoproject.com/en/6.1/topics/http/middleware/, and
`django/core/handlers`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished

from provide.foundation.integrations._django.body import (
    AsyncParts,
    DjangoRequest,
    Parts,
    finish,
    route_of,
)
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._faults import report_fault
from provide.foundation.integrations._request import KEY
from provide.foundation.integrations._settings import RequestSettings
from provide.foundation.integrations.wsgi import ROUTE

_NAME = "provide.foundation.integrations.django.configure_logging"
#: The attribute of a request of Django that says that one of us has it.
_OURS = "_foundation_request"


class RequestMiddleware:
    """Give each request an id that all its lines have, and one line at its end.

    It stands first in `MIDDLEWARE`. Of two, the outer one does the work; around Django there may
    be `RequestMiddleware` of our modules `wsgi` or `asgi` as well. The setting
    `FOUNDATION_REQUESTS` has the arguments of `provide.foundation.integrations.RequestSettings`.
    Threads and event loops may call it as they like.

    Args:
        get_response: What answers a request, as Django gives it.

    Raises:
        ConfigurationError: A setting is not valid.
        ImproperlyConfigured: `LOGGING_CONFIG` names our function, and Django does not call it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        if settings.LOGGING_CONFIG == _NAME and not settings.LOGGING:
            raise ImproperlyConfigured(
                f"Django calls {_NAME} only where LOGGING is not empty: "
                'LOGGING = {"foundation": {}}'
            )
        self.get_response = get_response
        self._settings = RequestSettings(**getattr(settings, "FOUNDATION_REQUESTS", {}))
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        # Sent when the server closes the response: after its own lines about the request.
        request_finished.connect(_leave, dispatch_uid=_NAME)

    def __call__(self, request: Any) -> Any:
        """Answer a request; as a coroutine where the rest of Django is one."""
        if self._is_async:
            return self._answer_async(request)
        own = self._begin(request)
        try:
            response = self.get_response(request)
        except BaseException as error:
            finish(own, request, error)
            raise
        return self._end(own, request, response)

    async def _answer_async(self, request: Any) -> Any:
        own = self._begin(request)
        answer: Awaitable[Any] = self.get_response(request)
        try:
            response = await answer
        except BaseException as error:
            finish(own, request, error)
            raise
        return self._end(own, request, response)

    def _begin(self, request: Any) -> DjangoRequest | None:
        """Begin a request, unless another middleware has."""
        around = getattr(request, "scope", request.META)
        if KEY in around or hasattr(request, _OURS):
            return None

        def header(name: str) -> str:
            return str(request.headers.get(name, ""))

        try:
            own = DjangoRequest(self._settings, request.method or "", request.path, header)
            more = self._settings.find_bound(
                lambda: {name.lower(): value for name, value in request.headers.items()}
            )
            own.begin(header, more)
            own.agent = request.headers.get("user-agent")
        except Exception as error:  # a request goes on whatever fails
            report_fault("begin", error)
            return None
        setattr(request, _OURS, own)
        return own

    def _end(self, own: DjangoRequest | None, request: Any, response: Any) -> Any:
        """Finish a request, or have its body finish it."""
        if own is None:
            _tell_route(request)
            return response
        own.status = response.status_code
        own.returned = True
        response.headers[self._settings.request_id_header] = own.request_id
        if not response.streaming:
            own.sent_bytes = len(response.content)
            finish(own, request)
        elif getattr(response, "file_to_stream", None) is not None:
            # The server may send the file without us.
            own.sent_bytes = int(response.headers.get("Content-Length", 0))
            finish(own, request)
        elif getattr(response, "is_async", False):
            response.streaming_content = AsyncParts(own, request, response.streaming_content)
        else:
            response.streaming_content = Parts(own, request, response.streaming_content)
        return response


def _tell_route(request: Any) -> None:
    """Give the pattern of the path to the middleware around Django."""
    route = route_of(request)
    if route is not None and hasattr(request, "scope"):
        request.scope["path_template"] = route
    elif route is not None:
        request.META[ROUTE] = route


def _leave(**_signal: Any) -> None:
    own = CURRENT.get()
    if isinstance(own, DjangoRequest) and own.ended:
        own.leave()
