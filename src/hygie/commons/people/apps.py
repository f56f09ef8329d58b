"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class People(AppConfig):
    """Accounts, policy, sign-in and training."""

    name = "hygie.commons.people"

    def ready(self) -> None:
        """Listen to sign-ins from the start, and let tasks carry who is present."""
        from hygie.commons.people import carrying, signals  # noqa: F401
