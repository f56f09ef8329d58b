"""What officers are told of exclusions beside the applicant's own: of whom the team also applied for, of near names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Q

from hygie.access.applications.enforcement.keys import near
from hygie.access.applications.enforcement.reaching import is_of
from hygie.access.applications.models import ApplicationRow, ExclusionRow, MemberRow
from hygie.access.applications.parties import excluded_of
from hygie.base.engine.node import Node


@dataclass(frozen=True)
class Warned:
    """An exclusion that holds today and concerns an application, or may.

    Parameters
    ----------
    kind : str           `own`: the applicant is excluded; `team`: one of the team handed in an application of whom is;
                         `near`: only the names are near, which people judge and which bars nobody
    who : tuple          the accounts, for `team`
    id : str             the exclusion's
    organisation : str   who is excluded
    """

    kind: Literal["own", "team", "near"]
    id: str
    organisation: str
    end: date
    who: tuple[str, ...] = ()


def standing(node: Node) -> list[ExclusionRow]:
    """Return the exclusions that hold today, the one that ends last first."""
    today = node.today()
    rows = ExclusionRow.objects.filter(start__lte=today, end__gte=today, lifted_at=None)
    return list(rows.order_by("-end", "id"))


def warned(rows: Sequence[ApplicationRow], *, node: Node, reader: str) -> Mapping[str, tuple[Warned, ...]]:
    """Return by application which exclusions are its own or its team's; as many queries for many as for one.

    What is about whom the reader belongs to is left out.

    Source     Reg. (EU) 2025/327 art. 63(3) (SU-63-3)
    """
    excluded = standing(node) if rows else []
    if not excluded:
        return {}
    teams = {row.id: {row.author} for row in rows}
    members = MemberRow.objects.filter(application__in=teams)
    for application, account in members.values_list("application_id", "account"):
        teams[application].add(account)
    applied = applicants(excluded, set().union(*teams.values()))
    told = {row.id: list(concerning(row, teams[row.id], excluded, applied)) for row in rows}
    hidden = of_reader(reader) if any(told.values()) else frozenset()
    return {name: tuple(each for each in found if each.id not in hidden) for name, found in told.items()}


def of_reader(reader: str) -> frozenset[str]:
    """Return the exclusions of whom a reader belongs to."""
    return frozenset(excluded_of(reader).values_list("id", flat=True))


def applicants(excluded: Sequence[ExclusionRow], accounts: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Return by exclusion which accounts wrote, or were in the team of, an application that its organisation handed in.

    Anyone may type a name into a draft: those count for nothing.
    """
    names = {row.organisation_key for row in excluded}
    businesses = {row.business_key for row in excluded} - {""}
    same = Q(organisation_key__in=names) | Q(business_key__in=businesses)
    made = ApplicationRow.objects.filter(same, submitted_at__isnull=False)
    theirs = made.filter(Q(author__in=accounts) | Q(members__account__in=accounts))
    told = list(theirs.values_list("author", "members__account", "organisation_key", "business_key"))
    return {
        each.id: frozenset(name for *people, key, business in told if is_of(each, key, business) for name in people)
        for each in excluded
    }


def concerning(
    row: ApplicationRow, team: Collection[str], excluded: Sequence[ExclusionRow], applied: Mapping[str, frozenset[str]]
) -> Iterator[Warned]:
    """Yield which exclusions are an application's own or its team's."""
    for each in excluded:
        if is_of(each, row.organisation_key, row.business_key):
            yield Warned("own", each.id, each.organisation, each.end)
        elif who := applied[each.id] & set(team):
            yield Warned("team", each.id, each.organisation, each.end, tuple(sorted(who)))


def likened(row: ApplicationRow, excluded: Sequence[ExclusionRow]) -> Iterator[Warned]:
    """Yield the exclusions of names that are near the applicant's, or the same in another country; never its own."""
    for each in excluded:
        if not is_of(each, row.organisation_key, row.business_key) and near(row.organisation, each.organisation):
            yield Warned("near", each.id, each.organisation, each.end)


def on_case(
    node: Node, row: ApplicationRow, team: Collection[str], *, reader: str
) -> tuple[ExclusionRow | None, tuple[Warned, ...]]:
    """Return the exclusion that bars an applicant, or None, and what else the page of its case tells of exclusions."""
    excluded = standing(node)
    own = next((each for each in excluded if is_of(each, row.organisation_key, row.business_key)), None)
    if not excluded:
        return None, ()
    people = {row.author, *team}
    beside = [each for each in concerning(row, people, excluded, applicants(excluded, people)) if each.kind == "team"]
    beside += likened(row, excluded)
    hidden = of_reader(reader) if beside else frozenset()
    return own, tuple(each for each in beside if each.id not in hidden)
