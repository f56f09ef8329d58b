"""Holders whom the access body trusts: marked until a day of review, after which the mark is gone by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.catalogue.models import Entry, TrustedHolder
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, digest, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.people.queries import speaking_for
from hygie.commons.web import publishing

MAX_REASON = 2000
TRUSTED, DISTRUSTED = "holder.trusted", "holder.distrusted"


@dataclass(frozen=True)
class Trust:
    """A holder that is, or was, a trusted one.

    Parameters
    ----------
    holder : str        as the descriptions of its datasets name it
    review_on : date    the last day of the mark, unless it is renewed
    reason : str        why its environment, expertise and guarantees were found sufficient
    ended_reason : str  why the mark was taken away; empty where it was renewed
    stands : bool       neither overdue nor taken away
    """

    id: str
    holder: str
    since: date
    review_on: date
    reason: str
    ended_on: date | None
    ended_reason: str
    stands: bool


def trust(
    node: Node,
    holder: str,
    *,
    review_on: date,
    published: str,
    confirmed: bool,
    overruled: publishing.Overruling | None = None,
    actor: str,
) -> Trust:
    """Mark a holder of the catalogue as trusted until its next review; a mark that stands is renewed.

    Parameters
    ----------
    holder : str             as the descriptions name it
    review_on : date         after today, at most as far ahead as the rule pack says
    published : str          what was found of its environment, expertise and guarantees; 1 to 2,000 characters, naming
                             no person
    confirmed : bool         the officer read it as it is published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody

    Errors     PPL codes; CAT-112 no such holder; CAT-113 the day; CAT-114 no reason; WEB codes as `publishing.ready`
    Source     Reg. (EU) 2025/327 art. 72(2) (SU-72-2)
    """
    at = node.clock()
    row = begun(node, holder, review_on, published, actor)
    with transaction.atomic():
        Entry.objects.select_for_update().filter(holder=holder).first()
        look = partial(preview_trust, node, holder, review_on=review_on, published=published, actor=actor)
        why = publishing.ready(row.reason, persons(holder), look, confirmed=confirmed, overruled=overruled)
        TrustedHolder.objects.filter(holder=holder, ended_at=None).update(ended_at=at, ended_by=actor)
        row.save(force_insert=True)
        Entry.objects.filter(holder=holder).update(trusted_until=review_on)
        body = {"holder": holder, "review_on": review_on.isoformat(), "reason_sha256": digest(row.reason.encode())}
        ledger.append([Fact(TRUSTED, row.id, actor, at, body), *publishing.facts(why, row.id, row.reason, actor, at)])
    return value(row, localdate(at))


def preview_trust(node: Node, holder: str, *, review_on: date, published: str, actor: str) -> publishing.Preview:
    """Return what everyone would read of a mark; nothing changes.

    Errors     as `trust`
    """
    return seen(begun(node, holder, review_on, published, actor), node.today())


def begun(node: Node, holder: str, review_on: date, published: str, actor: str) -> TrustedHolder:
    """Return a mark that may be given, not stored yet; PPL codes, CAT-112 to CAT-114."""
    check(actor, "holder.trust", {"team": speaking_for(holder)})
    at = node.clock()
    today, said = localdate(at), reasoned(published)
    latest = law.add(today, law.limit("holder.review", on=today).figure, "months", country=node.country)
    if not today < review_on <= latest:
        raise refuse("CAT-113", found=review_on.isoformat(), accepted=latest.isoformat())
    if not Entry.objects.filter(holder=holder).exists():
        raise refuse("CAT-112", found=holder[:80])
    given = {"holder": holder, "since": today, "review_on": review_on, "reason": said}
    return TrustedHolder(id=new_id("trust"), trusted_at=at, trusted_by=actor, **given)


def distrust(
    node: Node,
    trust_id: str,
    *,
    published: str,
    confirmed: bool,
    overruled: publishing.Overruling | None = None,
    actor: str,
) -> Trust:
    """Take a holder's mark away before its review.

    Parameters
    ----------
    published : str          why, 1 to 2,000 characters, naming no person
    confirmed : bool         the officer read it as it is published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody

    Errors     PPL codes; CAT-114 no reason; CAT-115 no such mark, or it ended; WEB codes as `publishing.ready`
    Source     Reg. (EU) 2025/327 art. 72(2) (SU-72-2)
    """
    at = node.clock()
    with transaction.atomic():
        TrustedHolder.objects.select_for_update().filter(id=trust_id).first()
        row = ended(node, trust_id, published, actor)
        look = partial(preview_distrust, node, trust_id, published=published, actor=actor)
        why = publishing.ready(row.ended_reason, persons(row.holder), look, confirmed=confirmed, overruled=overruled)
        row.save(update_fields=["ended_at", "ended_by", "ended_reason"])
        Entry.objects.filter(holder=row.holder).update(trusted_until=None)
        said = row.ended_reason
        body = {"holder": row.holder, "reason_sha256": digest(said.encode())}
        ledger.append([Fact(DISTRUSTED, row.id, actor, at, body), *publishing.facts(why, row.id, said, actor, at)])
    return value(row, localdate(at))


def preview_distrust(node: Node, trust_id: str, *, published: str, actor: str) -> publishing.Preview:
    """Return what everyone would read of a mark that is taken away; nothing changes.

    Errors     as `distrust`
    """
    return seen(ended(node, trust_id, published, actor), node.today())


def ended(node: Node, trust_id: str, published: str, actor: str) -> TrustedHolder:
    """Return a mark as it would be taken away, not stored yet; PPL codes, CAT-114, CAT-115."""
    row = TrustedHolder.objects.filter(id=trust_id).first()
    check(actor, "holder.trust", {"team": speaking_for(row.holder if row else "")})
    if row is None or row.ended_at is not None:
        raise refuse("CAT-115", found=trust_id[:64])
    row.ended_at, row.ended_by, row.ended_reason = node.clock(), actor, reasoned(published)
    return row


def named(trust_id: str) -> str:
    """Return the holder of a mark that was not taken away; CAT-115."""
    holder = TrustedHolder.objects.filter(id=trust_id, ended_at=None).values_list("holder", flat=True).first()
    if holder is None:
        raise refuse("CAT-115", found=trust_id[:64])
    return holder


def reasoned(published: str) -> str:
    """Return a reason without blanks around it; CAT-114 when it is empty or too long."""
    said = published.strip()
    if not said or len(published) > MAX_REASON:
        raise refuse("CAT-114", found=len(said), accepted=MAX_REASON)
    return said


def persons(holder: str) -> tuple[publishing.Held, ...]:
    """Return the persons behind a holder's datasets, and those whom the applications for its data name."""
    return publishing.about("holder", holder)


def seen(row: TrustedHolder, today: date) -> publishing.Preview:
    """Return what everyone reads of a mark."""
    made = value(row, today)
    told = {"holder": made.holder, "since": made.since.isoformat(), "review_on": made.review_on.isoformat()}
    ends = {"ended_on": made.ended_on and made.ended_on.isoformat(), "ended_reason": made.ended_reason}
    said = made.ended_reason or made.reason
    return publishing.Preview({**told, "reason": made.reason, **ends}, said, persons(row.holder), made)


def value(row: TrustedHolder, today: date) -> Trust:
    """Return a mark as a value."""
    ended = localdate(row.ended_at) if row.ended_at else None
    stands = ended is None and today <= row.review_on
    return Trust(row.id, row.holder, row.since, row.review_on, row.reason, ended, row.ended_reason, stands)


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
