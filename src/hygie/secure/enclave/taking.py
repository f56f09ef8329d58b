"""How often made-up data may be taken: each taking draws on the extract's statistics, and costs the node work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from hygie.base.kernel import Reason, Verdict
from hygie.commons.people import queries as people
from hygie.secure.enclave.models import DummyTaking

AN_HOUR = 6
A_DAY = 20


def allowance(hour: int, day: int) -> Verdict:
    """Return whether made-up data may be taken once more, after so many times in an hour and in a day.

    Errors      none raised; ENC-126

    Example
    -------
    >>> allowance(5, 19).allowed, allowance(6, 6).allowed, allowance(0, 20).allowed
    (True, False, False)
    """
    if hour < AN_HOUR and day < A_DAY:
        return Verdict()
    return Verdict((Reason("ENC-126", {"hour": hour, "day": day, "accepted": f"{AN_HOUR}/{A_DAY}"}),))


def charge(account: str, at: datetime) -> None:
    """Put a taking on an account in the caller's transaction or one of its own, or refuse: ENC-126.

    Parameters
    ----------
    account : str   who takes them
    at : datetime   the present, UTC
    """
    name, day = people.person(account).name, at - timedelta(days=1)
    with transaction.atomic():
        DummyTaking.objects.filter(account=name, taken_at__lte=day).delete()
        taken = list(DummyTaking.objects.filter(account=name).values_list("taken_at", flat=True))
        allowance(sum(each > at - timedelta(hours=1) for each in taken), len(taken)).check()
        DummyTaking.objects.create(account=name, taken_at=at)
