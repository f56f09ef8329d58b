"""Who is present while a request is answered, and by which clock the node lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from hygie.base import law
from hygie.commons.people.values import STEP_UP_MINUTES, Presence

_present: ContextVar[Presence | None] = ContextVar("present", default=None)
_clock: list[Callable[[], datetime]] = []


@contextmanager
def present(presence: Presence) -> Iterator[None]:
    """Act as someone present by a session, until the block ends."""
    token = _present.set(presence)
    try:
        yield
    finally:
        _present.reset(token)


def presence() -> Presence | None:
    """Return how the acting person is present, None outside a request."""
    return _present.get()


def fresh(proven_at: float, minutes: int = STEP_UP_MINUTES) -> bool:
    """Return whether a time of proof, in seconds since 1970, lies within the last minutes."""
    return 0 <= time.time() - proven_at < minutes * 60


def keep_time(clock: Callable[[], datetime]) -> None:
    """Take the time of policies from a node's clock."""
    _clock[:] = [clock]


def keep_days(country: str) -> None:
    """Let days begin and end as in a country, for `django.utils.timezone.localdate` and look-ups by day; LAW-104."""
    settings.TIME_ZONE = law.zone(country).key
    timezone.get_default_timezone.cache_clear()


def now() -> datetime:
    """Return the node's time in UTC."""
    return _clock[0]() if _clock else datetime.now(UTC)
