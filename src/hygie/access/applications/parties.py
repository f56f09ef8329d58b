"""Whom a permit, a procedure or an exclusion is about, by account: none of them acts on it for the access body."""

from __future__ import annotations

from django.db.models import QuerySet

from hygie.access.applications.models import ApplicationRow, EnforcementRow, ExclusionRow, MemberRow
from hygie.access.applications.persons import like, made_by
from hygie.access.permits import parties as permits
from hygie.commons.people.queries import speaking_for

Parties = dict[str, frozenset[str]]


def of_rows(rows: QuerySet[ApplicationRow]) -> frozenset[str]:
    """Return who wrote some applications, and who is in their teams."""
    members = MemberRow.objects.filter(application__in=rows.values("id")).values_list("account", flat=True)
    return frozenset(rows.values_list("author", flat=True)) | frozenset(members)


@permits.belonging
def of_application(permit_id: str) -> frozenset[str]:
    """Return who is of the application that led to a permit."""
    return of_rows(ApplicationRow.objects.filter(permit=permit_id))


def of_user(organisation: str, country: str, business_id: str = "") -> Parties:
    """Return, as the policy asks, who is of a user's applications."""
    return {"team": of_rows(made_by(organisation, country, business_id))}


def of_opening(subject: str, organisation: str, country: str, business_id: str, permit: str) -> Parties:
    """Return, as the policy asks, who belongs to a user, or a holder, against whom a procedure runs.

    Source     Reg. (EU) 2025/327 arts 55(3), 63
    """
    if subject == "holder":
        return {"team": speaking_for(organisation.strip())}
    made = of_user(organisation, country, business_id)["team"]
    return {"team": made | (permits.of(permit) if permit else frozenset())}


def of_procedure(procedure_id: str) -> Parties:
    """Return, as the policy asks, who belongs to whom a procedure runs against; nobody where there is none."""
    row = EnforcementRow.objects.filter(id=procedure_id).first()
    if row is None:
        return {"team": frozenset()}
    return of_opening(row.subject, row.organisation, row.country, row.business_id, row.permit)


def of_exclusion(exclusion_id: str) -> Parties:
    """Return, as the policy asks, who is of an excluded user's applications."""
    row = ExclusionRow.objects.filter(id=exclusion_id).first()
    return {"team": of_rows(like(row.organisation_key, row.business_key)) if row else frozenset()}
