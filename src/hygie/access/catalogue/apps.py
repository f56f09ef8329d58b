"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class Catalogue(AppConfig):
    """Descriptions, figures, counts and their index."""

    name = "hygie.access.catalogue"

    def ready(self) -> None:
        """Tell the policy whose datasets are."""
        from hygie.access.catalogue.holding import holders_of
        from hygie.commons.people.policy import holders_by

        holders_by(holders_of)
