"""Django's settings: the control database lies in the node's folder, or where `HYGIE_DATABASE_URL` says."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hygie.node.site.control import database

HOME = Path(os.environ.get("HYGIE_HOME", "node"))

SECRET_KEY = os.environ.get("HYGIE_SECRET_KEY") or secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Account"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "hygie.base.ledger",
    "hygie.commons.people",
    "hygie.intake.linkage",
    "hygie.intake.lake",
    "hygie.access.permits",
    "hygie.access.extracts",
    "hygie.secure.enclave",
    "hygie.secure.airlock",
]

DATABASES = {"default": database(os.environ.get("HYGIE_DATABASE_URL", ""), HOME)}
