"""Whether the law lets an officer take a decision: what the case's file holds against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.timezone import localdate

from hygie.access.applications.decision import weighing as rules
from hygie.access.applications.decision.grounding import outdated, shown_by, uncited, unshown
from hygie.access.applications.document import at
from hygie.access.applications.enforcement.reaching import barring_row
from hygie.access.applications.models import ApplicationRow, AssessmentRow
from hygie.access.applications.reading import circumstances
from hygie.access.applications.recording import Step, standing
from hygie.access.applications.rules import check_datasets, datasets
from hygie.access.applications.values import GIVING
from hygie.access.catalogue.protecting import protected
from hygie.base import law
from hygie.base.kernel import Reason, Verdict, refuse


def judged(step: Step, outcome: str, grounds: tuple[str, ...], changes: Mapping[str, Any] | None) -> None:
    """Refuse a decision that the law does not let an officer take.

    Errors     APP-207, APP-208, APP-212, APP-214, APP-215, APP-218, APP-252, APP-260, APP-263, APP-264, APP-265
    Source     Reg. (EU) 2025/327 arts 52(5), 54, 63(3), 68(1)-(3), 69; loi 78-17 art. 76
    """
    row, today = step.row, localdate(step.at)
    found = {item.item: item.holds for item in AssessmentRow.objects.filter(application=row, void=False).order_by("id")}
    events = list(row.events.order_by("id"))
    kept = standing(events)
    past = [(event.kind, str(event.body.get("outcome", ""))) for event in kept]
    offered = law.refusal_grounds(today, kind=row.kind, track=row.track, country=step.node.country)
    verdict = rules.shaped(outcome, row.kind, grounds, changes, [each.id for each in offered])
    if outcome in GIVING:
        verdict += rules.may_grant(found, today)
    if outcome in ("granted", "partly"):
        stale = outdated(row.track, [(event.kind, event in kept) for event in events])
        verdict += rules.french_way(row.track, past) if stale.allowed else stale
    if outcome == "refused":
        assessed = {each.id for each in offered if each.shown_by == law.ASSESSED}
        verdict += rules.contradicted([item for item in grounds if item in assessed], found)
        fitting = [each.id for each in offered if each.id in grounds]
        verdict += unshown(fitting, shown(step, past)) + uncited(row.track, grounds, past)
    if outcome == "converted" and "application.conversion-agreed" not in {kind for kind, _ in past}:
        raise refuse("APP-208")
    if outcome in GIVING:
        verdict += open_to(row, today)
    if outcome == "converted" or (outcome in GIVING and row.kind == "request"):
        verdict += Verdict(tuple(check_datasets(row.document, circumstances(step.node, row, step.at))))
    if outcome in GIVING and (row.fees is None or row.fees_accepted_at is None):
        verdict += rules.no_fees(row.fees)
    verdict.check()


def open_to(row: ApplicationRow, today: date) -> Verdict:
    """Return whether nothing keeps an application's organisation from access on a day; APP-265 as a reason.

    Source     Reg. (EU) 2025/327 art. 63(3) (SU-63-3)
    """
    barred = barring_row(row, today)
    return Verdict((Reason("APP-265", {"until": barred.end.isoformat()}),)) if barred else Verdict()


def shown(step: Step, past: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Return what a case's file shows of the grounds that need more than the officer's reasons."""
    row, today = step.row, localdate(step.at)
    found = set(shown_by(row.document, past, today))
    if barring_row(row, today) is not None:
        found.add("excluded")
    tables = at(row.document, "data.tables", {})
    if isinstance(tables, dict) and protected(datasets(row.document), tables):
        found.add("protected")
    return frozenset(found)
