"""The settings of a project of Django; the environment says whether it is a production one."""

from __future__ import annotations

import os

DEBUG = os.environ.get("SHOP_DEBUG") == "1"
SECRET_KEY = "of no use"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = os.environ.get("SHOP_URLS", "django_shop.urls")
INSTALLED_APPS = ["django_shop"]
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ADMINS = [("Kim", "kim@example.com")] if os.environ.get("SHOP_MAILS") else []
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ.get("SHOP_MAILS", "")

LOGGING_CONFIG = "provide.foundation.integrations.django.configure_logging"
LOGGING = {"foundation": {"service_name": "shop"}}
FOUNDATION_REQUESTS = {"skip": ["/health"]}
MIDDLEWARE = [
    "provide.foundation.integrations.django.RequestMiddleware",
    "django.middleware.common.CommonMiddleware",
]
