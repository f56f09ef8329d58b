"""What follows a hearing: measures, published with their reasons in a text of their own, and told to other bodies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications.enforcement.enforcing import MEASURES, Procedure, locked, reasoned, value
from hygie.access.applications.enforcement.excluding import Barring, exclude, preview_exclusion, told
from hygie.access.applications.enforcement.outgoing import draft
from hygie.access.applications.enforcement.sanctions import NONE, public_digest
from hygie.access.applications.enforcement.sanctions import told as measures_of
from hygie.access.applications.holders.costing import money
from hygie.access.applications.models import EnforcementRow, TaskRow
from hygie.access.applications.parties import of_procedure
from hygie.access.applications.persons import of_user
from hygie.access.permits import actions as permits
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.web import publishing


def conclude(
    node: Node,
    procedure_id: str,
    measures: Sequence[str],
    *,
    reasons: str,
    published: str = "",
    confirmed: bool = False,
    overruled: publishing.Overruling | None = None,
    rate: str = "",
    exclude_until: date | None = None,
    actor: str,
) -> Procedure:
    """Take measures after the hearing; what is taken is public, and other bodies are told.

    Parameters
    ----------
    measures : Sequence    of `MEASURES`; `none` stands alone, and nothing of it is published
    reasons : str          1 to 5,000 characters; they stay in the file, the ledger has their commitment
    published : str        1 to 2,000 characters, as everyone reads them, naming no person
    confirmed : bool       the officer read it as it is published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody
    rate : str             for `penalty`: an amount for each day that a holder's delivery is late
    exclude_until : date   for `exclude`: five years from now at most

    Errors     PPL codes; APP-204; APP-209; APP-223; APP-242; APP-243 decided already; APP-244 not heard yet; APP-245
               measures that do not fit; PMT-206 revoked already; WEB codes as `publishing.ready`
    Source     Reg. (EU) 2025/327 art. 63(3)-(4), 63(6) (SU-63-3, SU-63-4, SU-63-6)
    """
    check(actor, "enforcement.decide", of_procedure(procedure_id))
    at = node.clock()
    with transaction.atomic():
        row = locked(procedure_id)
        judged(row, at, measures, reasons, rate, exclude_until)
        row.decided_by = actor
        if row.measures != NONE:
            row.published_reasons = told(published)
            look = partial(preview_measures, node, procedure_id, measures, reasons=reasons, published=published)
            look = partial(look, rate=rate, exclude_until=exclude_until, actor=actor)
            why = publishing.ready(published, held(row), look, confirmed=confirmed, overruled=overruled)
            ledger.append(publishing.facts(why, row.id, row.published_reasons, actor, at))
        if "revoke" in measures:
            part = publishing.part_of(overruled, partial(revocation, node, row, actor))
            said = {"published": row.published_reasons, "confirmed": confirmed, "actor": actor}
            permits.revoke(node, row.permit, row.reasons[: permits.MAX_REASON], overruled=part, **said)
        if row.excluded_until is not None:
            part = publishing.part_of(overruled, partial(preview_exclusion, node, barred(row), actor=actor))
            exclude(node, barred(row), confirmed=confirmed, overruled=part, actor=actor)
        row.save()
        tell(node, row, actor, at)
    return value(row, localdate(at))


def preview_measures(
    node: Node,
    procedure_id: str,
    measures: Sequence[str],
    *,
    reasons: str,
    published: str = "",
    rate: str = "",
    exclude_until: date | None = None,
    actor: str,
) -> publishing.Preview:
    """Return what everyone would read of measures, of the permit and of the exclusion; nothing changes.

    Parameters
    ----------
    published : str   as for `conclude`; empty: the file's reasons, with persons taken out

    Errors     as `conclude`
    """
    check(actor, "enforcement.conduct", of_procedure(procedure_id))
    at = node.clock()
    with transaction.atomic():
        row = locked(procedure_id)
        judged(row, at, measures, reasons, rate, exclude_until)
    if row.measures == NONE:
        return publishing.Preview({}, "", ())
    persons = held(row)
    row.published_reasons = told(publishing.proposed(reasons, published, persons))
    measure = measures_of([row], localdate(at))[0]
    public: dict[str, Any] = {"measure": measure.public()}
    if "revoke" in measures:
        public["permit"] = revocation(node, row, actor).public
    if row.excluded_until is not None:
        public["exclusion"] = preview_exclusion(node, barred(row), actor=actor).public
    return publishing.Preview(public, row.published_reasons, persons, measure)


def revocation(node: Node, row: EnforcementRow, actor: str) -> publishing.Preview:
    """Return what everyone would read of the permit that a procedure takes back."""
    reason, said = row.reasons[: permits.MAX_REASON], row.published_reasons
    return permits.preview_revocation(node, row.permit, reason, published=said, actor=actor)


def judged(
    row: EnforcementRow,
    at: datetime,
    measures: Sequence[str],
    reasons: str,
    rate: str,
    exclude_until: date | None,
) -> None:
    """Put a decision that may be taken into its row, which is not stored yet; APP-204, APP-209, APP-243 to APP-245."""
    reasoned(reasons)
    if row.decided_at:
        raise refuse("APP-243", day=localdate(row.decided_at).isoformat())
    if row.heard_at is None and localdate(at) <= row.hearing_until:
        raise refuse("APP-244", found=row.hearing_until.isoformat())
    fitting(row, tuple(measures), exclude_until)
    row.measures, row.reasons, row.decided_at = list(measures), reasons.strip(), at
    row.excluded_until = exclude_until if "exclude" in measures else None
    row.rate = money(rate) if "penalty" in measures else ""


def held(row: EnforcementRow) -> tuple[publishing.Held, ...]:
    """Return the persons whom the permit, the user's applications and the procedure itself name."""
    user = of_user(row.organisation, row.country, row.business_id, natural=row.natural_person)
    return (*user, *(publishing.about("permit", row.permit) if row.permit else ()))


def barred(row: EnforcementRow) -> Barring:
    """Return whom a procedure excludes, until when and why."""
    assert row.excluded_until is not None
    return Barring(
        row.organisation,
        row.country,
        row.excluded_until,
        row.reasons,
        row.published_reasons,
        row.business_id,
        row.natural_person,
    )


def tell(node: Node, row: EnforcementRow, actor: str, at: datetime) -> None:
    """Write the decision into the ledger, and draft the message to the other bodies where a measure was taken.

    A natural person's name stays in this node, and so do the reasons as the file has them.
    """
    until = row.excluded_until.isoformat() if row.excluded_until else None
    fact = {
        "measures": row.measures,
        "breach": row.breach,
        "rate": row.rate or None,
        "until": until,
        "reasons": ledger.committed(row.reasons),
        "reasons_sha256": digest(row.published_reasons.encode()) if row.published_reasons else None,
        "public": public_digest(row, localdate(at)),
    }
    ledger.append([Fact("enforcement.decided", row.id, actor, at, fact)])
    if row.measures != NONE:
        message = {
            "procedure": row.id,
            "organisation": None if row.natural_person else row.organisation,
            "natural_person": row.natural_person,
            "breach": row.breach,
            "tier": law.breaches()[row.breach].tier,
            "measures": row.measures,
            "excluded_until": until,
            "reasons": row.published_reasons,
        }
        draft(node, "enforcement", "EU", row.id, message, actor=actor, at=at)


def in_time(task: TaskRow) -> bool:
    """Return whether a delivery came, or ended with its permit, on its day or before: nothing is late any more."""
    return task.done_at is not None and localdate(task.done_at) <= task.due_on


def fitting(row: EnforcementRow, measures: tuple[str, ...], exclude_until: date | None) -> None:
    """Refuse measures that do not fit the procedure; APP-245."""
    task = TaskRow.objects.filter(id=row.task).first() if row.task else None
    wrong = {
        "none": "none" in measures and len(measures) > 1,
        "revoke": "revoke" in measures and not row.permit,
        "exclude": "exclude" in measures and exclude_until is None,
        "penalty": "penalty" in measures and (task is None or in_time(task)),
    }
    unknown = [each for each in measures if each not in MEASURES]
    found = [*unknown, *(name for name, bad in wrong.items() if bad)] or ([] if measures else ["–"])
    if found or len(set(measures)) != len(measures):
        raise refuse("APP-245", found=", ".join(found)[:80] or "–")
