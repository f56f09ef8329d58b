"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Applications(AppConfig):
    """Applications, decisions, enforcement."""

    name = "hygie.access.applications"

    def ready(self) -> None:
        """Tell the permits whom the applications behind them name."""
        from hygie.access.applications import parties, persons  # noqa: F401
