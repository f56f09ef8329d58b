"""How many drafts and messages one account may have: more than work needs, fewer than harm, none sent twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from hygie.access.applications.models import ApplicationRow, MessageRow
from hygie.base.kernel import refuse

DRAFTS = 20
MESSAGES = 500
AN_HOUR = 30
AT_ONCE = timedelta(minutes=2)


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


def only_one(permit_id: str, actor: str) -> None:
    """Refuse a second draft that amends a permit to those who have one open; APP-300 names it."""
    own = Q(author=actor) | Q(members__account=actor)
    found = ApplicationRow.objects.filter(own, amends=permit_id, state="draft").values_list("id", flat=True).first()
    if found:
        raise refuse("APP-300", found=found)


def said_already(row: ApplicationRow, actor: str, text: str, at: datetime) -> bool:
    """Return whether the thread's last message is this one, sent a moment ago: the button was pressed twice."""
    last = MessageRow.objects.filter(application=row).order_by("-id").first()
    return last is not None and (last.author, last.text) == (actor, text) and at - last.at <= AT_ONCE
