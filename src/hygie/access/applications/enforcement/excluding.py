"""The exclusion list: who may not apply, kept whole in the file and published without a natural person's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications import parties
from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.decision.published import barring
from hygie.access.applications.enforcement.keys import business_key, name_key
from hygie.access.applications.enforcement.reaching import Running, running
from hygie.access.applications.models import ExclusionRow
from hygie.access.applications.persons import is_natural, of_user
from hygie.access.permits.rules import years_after
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.web import publishing

MAX_PUBLISHED = 2000


@dataclass(frozen=True)
class Barred:
    """An exclusion as its file has it, for officers and the auditor.

    Parameters
    ----------
    organisation : str        its name; a natural person's too, which stays in this node
    reason : str              whole
    published_reason : str    as everyone reads it
    natural_person : bool     the register says neither name nor country
    permits : tuple           that still run: exclusion is from any access, each of them may be revoked (63(3))
    """

    id: str
    organisation: str
    natural_person: bool
    start: date
    end: date
    reason: str
    published_reason: str
    lifted_on: date | None
    permits: tuple[Running, ...] = ()


@dataclass(frozen=True)
class Barring:
    """Whom to exclude, until when, and why.

    Parameters
    ----------
    organisation : str      1 to 300 characters; new applications are held against it
    country : str           ISO 3166-1 alpha-2
    until : date            last day, at most five years from now
    reason : str            1 to 5,000 characters; it stays in the file, the ledger has its commitment
    published : str         1 to 2,000 characters, as everyone reads it, naming no person
    business_id : str       other names of the same organisation are found by it; empty where none is known
    natural_person : bool   also true for whoever applied as one: the public then reads neither name nor country
    """

    organisation: str
    country: str
    until: date
    reason: str
    published: str = ""
    business_id: str = ""
    natural_person: bool = False

    @property
    def user(self) -> tuple[str, str, str]:
        """Who it is, as applications name it: name, country, business id."""
        return self.organisation, self.country, self.business_id


def exclude(
    node: Node, wanted: Barring, *, confirmed: bool, overruled: publishing.Overruling | None = None, actor: str
) -> Barred:
    """Exclude an organisation or a natural person from applying, for at most five years.

    Parameters
    ----------
    confirmed : bool   the officer read it as it is published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody

    Errors     PPL codes; APP-204; APP-223 too long, or over before it begins; APP-224 no such organisation or country;
               WEB codes as `publishing.ready`
    Source     Reg. (EU) 2025/327 arts 57(1)(j)(iv), 63(3)
    """
    check(actor, "exclusion.record", parties.of_user(*wanted.user))
    at = node.clock()
    row = judged(at, wanted)
    row.published_reason, row.by = told(wanted.published), actor
    held = of_user(*wanted.user, natural=row.natural_person)
    look = partial(preview_exclusion, node, wanted, actor=actor)
    why = publishing.ready(row.published_reason, held, look, confirmed=confirmed, overruled=overruled)
    with transaction.atomic():
        row.save(force_insert=True)
        body = {
            "until": wanted.until.isoformat(),
            "public": digest(canonical(barring(row).public())),
            "reason": ledger.committed(row.reason),
            **({} if row.natural_person else {"country": wanted.country}),
        }
        facts = publishing.facts(why, row.id, row.published_reason, actor, at)
        ledger.append([Fact("exclusion.recorded", row.id, actor, at, body), *facts])
    return filed(row, running([row], localdate(at)).get(row.id, ()))


def preview_exclusion(node: Node, wanted: Barring, *, actor: str) -> publishing.Preview:
    """Return what everyone would read of an exclusion; nothing changes.

    Without a text for everyone, the file's reason is shown with persons taken out.

    Errors     as `exclude`
    """
    check(actor, "exclusion.record", parties.of_user(*wanted.user))
    row = judged(node.clock(), wanted)
    held = of_user(*wanted.user, natural=row.natural_person)
    row.published_reason = told(publishing.proposed(wanted.reason, wanted.published, held))
    public = {name: value for name, value in barring(row).public().items() if name != "id"}
    return publishing.Preview(public, row.published_reason, held)


def judged(at: datetime, wanted: Barring) -> ExclusionRow:
    """Return an exclusion that may be, not yet stored; APP-204, APP-223, APP-224."""
    organisation, country, business_id = wanted.user
    reason, until = wanted.reason, wanted.until
    if not reason.strip() or len(reason) > MAX_REASON:
        raise refuse("APP-204", found=len(reason.strip()), accepted=MAX_REASON)
    if not organisation.strip() or len(organisation) > 300 or country not in law.countries():
        raise refuse("APP-224", found=country[:8])
    today = localdate(at)
    latest = years_after(today, law.limit("user.exclusion", on=today).figure)
    if not today <= until <= latest:
        raise refuse("APP-223", found=until.isoformat(), accepted=latest.isoformat())
    return ExclusionRow(
        id=new_id("excl"),
        organisation=organisation.strip(),
        organisation_key=name_key(organisation, country),
        business_key=business_key(business_id, country),
        natural_person=wanted.natural_person or is_natural(organisation, country),
        start=today,
        end=until,
        reason=reason.strip(),
        at=at,
    )


def told(published: str) -> str:
    """Return a text for everyone without blanks around it; APP-204 where it is empty or too long."""
    said = published.strip()
    if not said or len(published) > MAX_PUBLISHED:
        raise refuse("APP-204", path="$.published", found=len(said), accepted=MAX_PUBLISHED)
    return said


def filed(row: ExclusionRow, permits: tuple[Running, ...] = ()) -> Barred:
    """Return an exclusion as its file has it."""
    lifted = localdate(row.lifted_at) if row.lifted_at else None
    natural, said = row.natural_person, row.published_reason
    return Barred(row.id, row.organisation, natural, row.start, row.end, row.reason, said, lifted, permits)


def lift(node: Node, exclusion_id: str, *, actor: str) -> None:
    """Lift an exclusion before its end.

    Errors     PPL codes; APP-225 no such exclusion, or lifted already
    """
    check(actor, "exclusion.record", parties.of_exclusion(exclusion_id))
    at = node.clock()
    with transaction.atomic():
        row = ExclusionRow.objects.select_for_update().filter(id=exclusion_id, lifted_at=None).first()
        if row is None:
            raise refuse("APP-225", found=exclusion_id[:64])
        row.lifted_at, row.lifted_by = at, actor
        row.save(update_fields=["lifted_at", "lifted_by"])
        ledger.append([Fact("exclusion.lifted", row.id, actor, at, {})])
