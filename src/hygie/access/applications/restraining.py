"""How many drafts and messages one account may have: more than work needs, fewer than harm."""

from __future__ import annotations

from datetime import datetime, timedelta

from hygie.access.applications.models import ApplicationRow, MessageRow
from hygie.base.kernel import refuse

DRAFTS = 20
MESSAGES = 500
AN_HOUR = 30


def few_drafts(actor: str) -> None:
    """Refuse a further draft to an account that has as many as it may; APP-299."""
    found = ApplicationRow.objects.filter(author=actor, state="draft").count()
    if found >= DRAFTS:
        raise refuse("APP-299", found=found, accepted=DRAFTS)


def sparing(row: ApplicationRow, actor: str, at: datetime) -> None:
    """Refuse a further message to an account that wrote as many as it may, in an hour or in one thread; APP-298."""
    own = MessageRow.objects.filter(author=actor)
    if own.filter(application=row).count() >= MESSAGES or own.filter(at__gt=at - timedelta(hours=1)).count() >= AN_HOUR:
        raise refuse("APP-298", hour=AN_HOUR, thread=MESSAGES)
