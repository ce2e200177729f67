"""Django under the servers that it is run with."""

from __future__ import annotations

from programs.program import Program
from programs.web import serve

_SETTINGS = "django_shop.settings"
_GUNICORN = ("gunicorn", "-b", "127.0.0.1:{port}", "-w", "2", "--logger-class",
             "provide.foundation.integrations.gunicorn.Logger")  # fmt: skip

PROGRAMS = [
    Program(
        "Django, gunicorn",
        "django",
        serve(*_GUNICORN, "django_shop.wsgi", DJANGO_SETTINGS_MODULE=_SETTINGS),
        requests=2000,
        quick=True,
    ),
    Program(
        "Django, runserver",
        "django",
        serve(
            "python",
            "-m",
            "django",
            "runserver",
            "127.0.0.1:{port}",
            DJANGO_SETTINGS_MODULE=_SETTINGS,
            SHOP_DEBUG="1",
        ),
    ),
    Program(
        "Django ASGI, uvicorn",
        "django",
        serve(
            "uvicorn",
            "--port",
            "{port}",
            "django_shop.asgi:application",
            DJANGO_SETTINGS_MODULE=_SETTINGS,
        ),
        requests=1000,
    ),
    Program(
        "Django ASGI, coroutines, gunicorn uvicorn_worker",
        "django",
        serve(
            *_GUNICORN,
            "-k",
            "uvicorn_worker.UvicornWorker",
            "django_shop.asgi:application",
            DJANGO_SETTINGS_MODULE=_SETTINGS,
            SHOP_URLS="django_shop.async_urls",
        ),
        requests=1000,
    ),
]
