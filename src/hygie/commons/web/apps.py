"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Web(AppConfig):
    """Pages, their pieces and tasks."""

    name = "hygie.commons.web"

    def ready(self) -> None:
        """Have forms refuse what no text has, from the start."""
        from hygie.commons.web import reading

        reading.guard()
