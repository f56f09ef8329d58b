"""Django's settings: the control database lies in the node's folder, or where `HYGIE_DATABASE_URL` says."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hygie.node.home.control import database

HOME = Path(os.environ.get("HYGIE_HOME", "node"))

# `hygie serve` puts one in its place that the node's own key gives.
SECRET_KEY = os.environ.get("HYGIE_SECRET_KEY") or secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1", *filter(None, os.environ.get("HYGIE_HOSTS", "").split(","))]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LANGUAGE_COOKIE_NAME = "hygie_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Account"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "bootstrap",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "hygie.base.ledger",
    "hygie.commons.people",
    "hygie.commons.web",
    "hygie.intake.linkage",
    "hygie.intake.lake",
    "hygie.intake.placing",
    "hygie.access.catalogue",
    "hygie.access.permits",
    "hygie.access.applications",
    "hygie.access.extracts",
    "hygie.secure.enclave",
    "hygie.secure.airlock",
    "hygie.public.register",
    "hygie.node.site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hygie.commons.web.middleware.Headers",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hygie.commons.people.middleware.Present",
    "hygie.commons.web.middleware.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hygie.node.site.context.site",
                "hygie.commons.people.context.unsent",
            ],
        },
    }
]

# How many proxies stand before the node, each of which adds to X-Forwarded-For the address that it saw.
TRUSTED_PROXIES = int(os.environ.get("HYGIE_TRUSTED_PROXIES") or 0)

# Who signs in is said by the node's sign-in.toml; allauth speaks the protocols and keeps the passkeys.
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ADAPTER = "hygie.commons.people.identity.Settings"
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"

ROOT_URLCONF = "hygie.node.site.urls"
WSGI_APPLICATION = "hygie.node.site.wsgi.application"
CSRF_FAILURE_VIEW = "hygie.commons.web.views.stale_form"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE = os.environ.get("HYGIE_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_HANDLERS = ["hygie.commons.web.receiving.Nothing"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "hygie.commons.web.faults.Plain"}},
    "handlers": {"told": {"class": "logging.StreamHandler", "formatter": "plain", "level": "ERROR"}},
    "loggers": {"django": {"handlers": ["told"], "level": "ERROR", "propagate": False}},
}

DATABASES = {"default": database(os.environ.get("HYGIE_DATABASE_URL", ""), HOME)}
