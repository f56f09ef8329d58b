"""What every page of this room's visitors may show: the texts they wrote before they had to sign in again."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hygie.commons.people import doors


def unsent(request: HttpRequest) -> dict[str, object]:
    """Return the texts that were kept for this page and that none of its forms took."""
    return {"unsent": SimpleLazyObject(lambda: doors.unsent(request))}
