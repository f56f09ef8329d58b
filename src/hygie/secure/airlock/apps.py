"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Airlock(AppConfig):
    """Requests to let outputs out, and releases."""

    name = "hygie.secure.airlock"

    def ready(self) -> None:
        """Register what this room keeps of permits' data."""
        from hygie.secure.airlock import ending  # noqa: F401
