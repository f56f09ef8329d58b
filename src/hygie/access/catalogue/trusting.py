"""Holders whom the access body trusts: marked until a day of review, after which the mark is gone by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.catalogue.models import Entry, TrustedHolder
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.people.queries import speaking_for
from hygie.commons.web import publishing

MAX_REASON = 2000


@dataclass(frozen=True)
class Trust:
    """A holder that is, or was, a trusted one.

    Parameters
    ----------
    holder : str        as the descriptions of its datasets name it
    review_on : date    the last day of the mark, unless it is renewed
    reason : str        why its environment, expertise and guarantees were found sufficient, or why the mark was taken
    stands : bool       neither overdue nor taken away
    """

    id: str
    holder: str
    since: date
    review_on: date
    reason: str
    ended_on: date | None
    stands: bool


def trust(node: Node, holder: str, *, review_on: date, reason: str, actor: str) -> Trust:
    """Mark a holder of the catalogue as trusted until its next review; a mark that stands is renewed.

    Parameters
    ----------
    holder : str       as the descriptions name it
    review_on : date   after today, at most as far ahead as the rule pack says
    reason : str       what was found of its environment, expertise and guarantees; 1 to 2,000 characters, published,
                       naming no person

    Errors     PPL codes; CAT-112 no such holder; CAT-113 the day; CAT-114 no reason; WEB-132 it names a person
    Source     Reg. (EU) 2025/327 art. 72(2) (SU-72-2)
    """
    check(actor, "holder.trust", {"team": speaking_for(holder)})
    at = node.clock()
    today = localdate(at)
    said = for_everyone(reason, holder)
    latest = law.add(today, law.limit("holder.review", on=today).figure, "months", country=node.country)
    if not today < review_on <= latest:
        raise refuse("CAT-113", found=review_on.isoformat(), accepted=latest.isoformat())
    with transaction.atomic():
        if not Entry.objects.select_for_update().filter(holder=holder).exists():
            raise refuse("CAT-112", found=holder[:80])
        TrustedHolder.objects.filter(holder=holder, ended_at=None).update(ended_at=at, ended_by=actor)
        row = TrustedHolder.objects.create(
            id=new_id("trust"),
            holder=holder,
            since=today,
            review_on=review_on,
            reason=said,
            trusted_at=at,
            trusted_by=actor,
        )
        Entry.objects.filter(holder=holder).update(trusted_until=review_on)
        body = {"holder": holder, "review_on": review_on.isoformat(), "reason": ledger.committed(row.reason)}
        ledger.append([Fact("holder.trusted", row.id, actor, at, body)])
    return value(row, today)


def distrust(node: Node, trust_id: str, reason: str, *, actor: str) -> Trust:
    """Take a holder's mark away before its review.

    Errors     PPL codes; CAT-114 no reason; CAT-115 no such mark, or it ended; WEB-132 it names a person
    Source     Reg. (EU) 2025/327 art. 72(2) (SU-72-2)
    """
    named = TrustedHolder.objects.filter(id=trust_id).values_list("holder", flat=True).first()
    check(actor, "holder.trust", {"team": speaking_for(named or "")})
    said = for_everyone(reason, named or "")
    at = node.clock()
    with transaction.atomic():
        row = TrustedHolder.objects.select_for_update().filter(id=trust_id, ended_at=None).first()
        if row is None:
            raise refuse("CAT-115", found=trust_id[:64])
        row.ended_at, row.ended_by, row.reason = at, actor, said
        row.save(update_fields=["ended_at", "ended_by", "reason"])
        Entry.objects.filter(holder=row.holder).update(trusted_until=None)
        body = {"holder": row.holder, "reason": ledger.committed(row.reason)}
        ledger.append([Fact("holder.distrusted", row.id, actor, at, body)])
    return value(row, localdate(at))


def for_everyone(reason: str, holder: str) -> str:
    """Return a reason that everyone may read; CAT-114 none or too long, WEB-132 one that names a person.

    The persons are those behind the holder's datasets, and those whom the applications for its data name.
    """
    said = reason.strip()
    if not said or len(reason) > MAX_REASON:
        raise refuse("CAT-114", found=len(said), accepted=MAX_REASON)
    datasets = Entry.objects.filter(holder=holder).values_list("dataset", flat=True)
    held = [each for dataset in datasets for each in publishing.about("dataset", dataset)]
    publishing.named(said, held).check()
    return said


def value(row: TrustedHolder, today: date) -> Trust:
    """Return a mark as a value."""
    ended = localdate(row.ended_at) if row.ended_at else None
    stands = ended is None and today <= row.review_on
    return Trust(row.id, row.holder, row.since, row.review_on, row.reason, ended, stands)


def trusted(*, on: date, most: int = 200) -> tuple[Trust, ...]:
    """Return every mark that stands or stood, the last given first.

    Source     Reg. (EU) 2025/327 art. 72(2)
    """
    return tuple(value(row, on) for row in TrustedHolder.objects.order_by("-trusted_at", "id")[:most])


def holders(most: int = 500) -> tuple[str, ...]:
    """Return the holders that the catalogue names."""
    return tuple(Entry.objects.order_by("holder").values_list("holder", flat=True).distinct()[:most])


def trusted_until(holder: str) -> date | None:
    """Return the day of a holder's next review, None when it carries no mark; the day may be past."""
    row = TrustedHolder.objects.filter(holder=holder, ended_at=None).first()
    return row.review_on if row else None


def trusted_on(holder: str, on: date) -> bool:
    """Return whether a holder counts as trusted on a day: a review that is overdue takes the mark away.

    Source     Reg. (EU) 2025/327 art. 72(2) (SU-72-2)
    """
    until = trusted_until(holder)
    return until is not None and on <= until


def trusted_holder_of(datasets: tuple[str, ...], *, on: date) -> str:
    """Return the one holder of all these datasets if it is trusted on a day, else an empty text.

    Source     Reg. (EU) 2025/327 art. 72(3)-(4) (SU-72-5)
    """
    found = list(Entry.objects.filter(dataset__in=datasets).values_list("holder", "trusted_until"))
    if len(found) != len(set(datasets)) or len({holder for holder, _ in found}) != 1:
        return ""
    holder, until = found[0]
    return holder if until is not None and on <= until else ""
