"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Enclave(AppConfig):
    """Studies and their runs."""

    name = "hygie.secure.enclave"

    def ready(self) -> None:
        """Register what this room keeps of permits' data."""
        from hygie.secure.enclave import ending  # noqa: F401
