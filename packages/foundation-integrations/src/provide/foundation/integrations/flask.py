"""Log the requests of Flask: `install(app)`.

Flask's own lines about exceptions come through `logging`, and so through Foundation, once each.

Source: Flask 3.1, `flask/app.py`, `flask/logging.py` and `flask/cli.py`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Unpack

from provide.foundation import get_logger
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._settings import RequestOptions
from provide.foundation.integrations.wsgi import ROUTE, RequestMiddleware

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["install"]

need("flask", "2.3", __name__)

import flask.cli  # noqa: E402
from flask import request, request_started  # noqa: E402
from flask.logging import default_handler  # noqa: E402
from werkzeug.serving import is_running_from_reloader  # noqa: E402


def install(app: Flask, **settings: Unpack[RequestOptions]) -> None:
    """Give each request of an application an id that all its lines have, and one line at its end.

    The handler that Flask may have put on ``app.logger`` goes, and what ``flask run`` prints at its
    start becomes a line. A second call for the same application changes nothing.

    Args:
        app: The application; a factory calls this for each one that it makes.
        **settings: The arguments of `provide.foundation.integrations.RequestSettings`.

    Raises:
        ConfigurationError: A setting is not valid.

    Call it before the application answers requests, from one thread.
    """
    if isinstance(app.wsgi_app, RequestMiddleware):
        return
    app.wsgi_app = RequestMiddleware(app.wsgi_app, **settings)  # type: ignore[method-assign]
    # By its name: `app.logger` itself would make the logger now, with the level of now.
    logging.getLogger(app.name).removeHandler(default_handler)
    request_started.connect(_note_route, app)
    if hasattr(flask.cli, "show_server_banner"):
        flask.cli.show_server_banner = _log_banner


def _note_route(_app: Flask, **_more: Any) -> None:
    """Tell the middleware which rule the path matches, before anything of the view runs."""
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def _log_banner(debug: bool | None, app_import_path: str | None) -> None:
    """Write what Flask would print to stdout when its server starts.

    It takes the place of `flask.cli.show_server_banner`, which has no switch.
    """
    if not is_running_from_reloader():
        get_logger("flask.cli").info("serving_flask_app", app=app_import_path, debug=bool(debug))
