"""Permits in lists: read from columns that were copied from the signed document at grant; no signature is verified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate

from hygie.access.permits.models import Named, PermitRow
from hygie.access.permits.values import Permit

COMMERCIAL = frozenset({"company", "insurer"})


@dataclass(frozen=True)
class Entry:
    """A permit as lists show it; its own page verifies it.

    Parameters
    ----------
    user : str          the organisation; empty for a natural person
    state : str         one of `queries.STATES`, or `not begun`
    revoked_on : date or None
    """

    id: str
    version: int
    title: str
    user: str
    kind: str
    basis: str
    starts_on: date
    ends_on: date
    decided_at: datetime
    state: str
    amends: str
    amended_by: str
    revoked_on: date | None

    @property
    def commercial(self) -> bool:
        """True when a company or an insurer holds it."""
        return self.kind in COMMERCIAL


@dataclass(frozen=True)
class Running:
    """How many permits are in force on a day, and how many of them companies hold."""

    total: int
    commercial: int

    @property
    def public(self) -> int:
        """Those of public bodies, non-profits and natural persons."""
        return self.total - self.commercial


def columns(permit: Permit) -> dict[str, Any]:
    """Return what lists read of a permit, which is public."""
    return {
        "starts_on": permit.duration.start,
        "ends_on": permit.duration.end,
        "user_name": permit.user.name if permit.user.kind != "natural-person" else "",
        "user_kind": permit.user.kind,
        "basis": permit.purpose.basis,
        "title": permit.purpose.title,
    }


def state_of(row: PermitRow, today: date) -> str:
    """Return a row's state on a day."""
    if row.revoked_at is not None:
        return "revoked"
    if row.amended_by:
        return "amended"
    if today > row.ends_on:
        return "expired"
    return "granted" if today >= row.starts_on else "not begun"


def entry(row: PermitRow, today: date) -> Entry:
    """Return a row as lists show it."""
    return Entry(
        row.id, row.version, row.title, row.user_name, row.user_kind, row.basis, row.starts_on, row.ends_on,
        row.decided_at, state_of(row, today), row.amends, row.amended_by,
        localdate(row.revoked_at) if row.revoked_at else None,
    )  # fmt: skip


def rows() -> QuerySet[PermitRow]:
    """Return all rows without their documents."""
    return PermitRow.objects.defer("document")


def in_force(on: date) -> Q:
    """Return the condition of being in force on a day."""
    return Q(revoked_at=None, amended_by="", starts_on__lte=on, ends_on__gte=on)


def running(on: date) -> Running:
    """Return how many permits are in force on a day."""
    found = PermitRow.objects.filter(in_force(on)).aggregate(
        total=Count("*"), commercial=Count("user_kind", filter=Q(user_kind__in=COMMERCIAL))
    )
    return Running(found["total"], found["commercial"])


def listed(
    on: date, *, state: str = "", words: str = "", offset: int = 0, limit: int = 50
) -> tuple[int, Sequence[Entry]]:
    """Return how many permits there are, and some of them, the last decision first.

    Parameters
    ----------
    on : date      the day their state is of
    state : str    one state, or all
    words : str    in the title or the user's name
    offset : int   0 or more
    limit : int    0 to 200
    """
    chosen: dict[str, Q] = {
        "granted": in_force(on),
        "revoked": Q(revoked_at__isnull=False),
        "amended": Q(revoked_at=None) & ~Q(amended_by=""),
        "expired": Q(revoked_at=None, amended_by="", ends_on__lt=on),
        "not begun": Q(revoked_at=None, amended_by="", starts_on__gt=on),
    }
    found = rows().filter(chosen.get(state, Q()))
    if words:
        found = found.filter(Q(title__icontains=words) | Q(user_name__icontains=words) | Q(id=words))
    page = found.order_by("-decided_at", "id")[offset : offset + min(limit, 200)]
    return found.count(), [entry(row, on) for row in page]


def entries(ids: Iterable[str], on: date) -> dict[str, Entry]:
    """Return permits by id."""
    return {row.id: entry(row, on) for row in rows().filter(id__in=set(ids))}


def named(account: str, on: date) -> list[Entry]:
    """Return the permits that name an account, those in force first."""
    found = rows().filter(named__account=account).order_by("-decided_at", "id").distinct()
    return sorted((entry(row, on) for row in found), key=lambda each: each.state != "granted")


def covering(dataset: str, on: date, *, limit: int = 50) -> tuple[int, Sequence[Entry]]:
    """Return how many permits allow a dataset, and the last decided of them."""
    found = rows().filter(covers__dataset=dataset)
    page = found.order_by("-decided_at", "id")[: min(limit, 200)]
    return found.count(), [entry(row, on) for row in page]


def is_named(permit_id: str, account: str) -> bool:
    """Return whether a permit's row names an account; who lets somebody in reads the signed document besides."""
    return Named.objects.filter(permit_id=permit_id, account=account).exists()


def last_version(permit_id: str) -> str:
    """Return the permit that a line of amendments ends in."""
    while after := PermitRow.objects.filter(id=permit_id).values_list("amended_by", flat=True).first():
        permit_id = after
    return permit_id


def people(permit_id: str) -> frozenset[str]:
    """Return the accounts that a permit names."""
    return frozenset(Named.objects.filter(permit_id=permit_id).values_list("account", flat=True))


def versions(permit_id: str, on: date) -> list[Entry]:
    """Return the permits of a line, the first version first."""
    line: list[Entry] = []
    known = entries([permit_id], on)
    back = known.get(permit_id)
    while back is not None and back not in line:
        line.insert(0, back)
        back = entries([back.amends], on).get(back.amends) if back.amends else None
    ahead = line[-1] if line else None
    while ahead is not None and ahead.amended_by:
        ahead = entries([ahead.amended_by], on).get(ahead.amended_by)
        if ahead is None or ahead in line:
            break
        line.append(ahead)
    return line


def revoked_reasons(ids: Iterable[str]) -> dict[str, str]:
    """Return why permits were revoked, as published, by id."""
    return dict(rows().filter(id__in=set(ids)).values_list("id", "revoked_reason"))


def revocation(permit_id: str) -> str:
    """Return why a permit was revoked, whole as the file has it; for who may read the file."""
    return PermitRow.objects.values_list("revoked_file", flat=True).filter(id=permit_id).first() or ""
