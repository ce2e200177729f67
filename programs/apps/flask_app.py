"""The application that every web framework here has, in Flask."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.flask import install

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")
items = Blueprint("items", __name__, url_prefix="/items")


@items.get("/<int:number>")
def show_item(number: int) -> dict[str, int]:
    """Write two lines, and a field of the request's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)
    return {"item": number}


def create_app() -> Flask:
    """Return the application, as a factory does."""
    app = Flask(__name__)
    install(app, skip=["/health"])
    app.register_blueprint(items)

    @app.get("/fail/<int:number>")
    def fail(number: int) -> str:
        raise RuntimeError(f"failure {number}")

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app
