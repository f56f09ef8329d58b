"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class People(AppConfig):
    """Accounts, policy, sign-in and training."""

    name = "hygie.commons.people"

    def ready(self) -> None:
        """Listen to sign-ins from the start, let tasks carry who is present, and keep what the signed-out send."""
        from hygie.commons.people import carrying, doors, signals  # noqa: F401
        from hygie.commons.web import problems

        problems.keep_with(doors.keep_lost)
