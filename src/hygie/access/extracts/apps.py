"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Extracts(AppConfig):
    """Extracts, and the deletion of what was made of them."""

    name = "hygie.access.extracts"

    def ready(self) -> None:
        """Register what this room keeps of permits' data."""
        from hygie.access.extracts import deleting  # noqa: F401
