"""Whom a permit, a procedure or an exclusion is about, by account: none of them acts on it for the access body."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from hygie.access.applications.enforcement.keys import business_key, name_key
from hygie.access.applications.models import ApplicationRow, EnforcementRow, ExclusionRow, MemberRow
from hygie.access.applications.persons import like, made_by
from hygie.access.permits import parties as permits
from hygie.access.permits.models import Named
from hygie.commons.people.queries import person, speaking_for

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


@dataclass(frozen=True)
class Sides:
    """Whom an account belongs to: users, by what exclusions find them by, permits and a holder."""

    names: frozenset[str]
    businesses: frozenset[str]
    permits: frozenset[str]
    holder: str


def sides(account: str) -> Sides:
    """Return whom an account belongs to: what `of_user`, `of_procedure` and `of_exclusion` find, from the other end."""
    team = MemberRow.objects.filter(account=account).values("application")
    rows = ApplicationRow.objects.filter(Q(author=account) | Q(pk__in=team), submitted_at__isnull=False)
    found = list(rows.values_list("organisation_key", "business_key", "permit"))
    names, businesses, led = (frozenset(each[at] for each in found) - {""} for at in range(3))
    named = Named.objects.filter(account=account).values_list("permit_id", flat=True)
    return Sides(names, businesses, led | frozenset(named), person(account).holder)


def excluded_of(account: str) -> QuerySet[ExclusionRow]:
    """Return the exclusions of whom an account belongs to."""
    own = sides(account)
    return ExclusionRow.objects.filter(Q(organisation_key__in=own.names) | Q(business_key__in=own.businesses))


def procedures_against(account: str) -> frozenset[str]:
    """Return the procedures that run against whom an account belongs to; of most officers nothing more is asked."""
    own = sides(account)
    if own == Sides(frozenset(), frozenset(), frozenset(), ""):
        return frozenset()
    rows = EnforcementRow.objects.values_list("id", "subject", "organisation", "country", "business_id", "permit")
    return frozenset(
        procedure
        for procedure, subject, name, country, business, permit in rows.iterator()
        if (subject == "holder" and name == own.holder)
        or (subject == "user" and against_user(own, name, country, business, permit))
    )


def against_user(own: Sides, name: str, country: str, business: str, permit: str) -> bool:
    """Return whether what a procedure against a user names is of one's own."""
    known = name_key(name, country) in own.names or business_key(business, country) in own.businesses
    return known or permit in own.permits
