"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Permits(AppConfig):
    """Permits, signed and kept."""

    name = "hygie.access.permits"

    def ready(self) -> None:
        """Tell the catalogue what permits in force read."""
        from hygie.access.catalogue.assessing import reads
        from hygie.access.permits.use import used

        reads(used)
