"""What other rooms may know of accounts, sessions and training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import overload

from django.db.models import Count, OuterRef, QuerySet, Subquery

from hygie.base.kernel import refuse, visible
from hygie.commons.people import presence
from hygie.commons.people.models import Account, Attestation, Session
from hygie.commons.people.values import SESSION_HOURS, AccountView, Person, SessionView


def person(name: str) -> Person:
    """Return an account that may act; PPL-102 when there is none, PPL-119 when it was disabled."""
    account = Account.objects.filter(name=name).first()
    if account is None:
        raise refuse("PPL-102", name=name[:64])
    if not account.is_active:
        raise refuse("PPL-119", name=name)
    return Person(account.name, tuple(account.roles), account.holder)


def speaking_for(holder: str) -> frozenset[str]:
    """Return the accounts that speak for a holder, as their accounts name it."""
    return frozenset(Account.objects.filter(holder=holder).values_list("name", flat=True)) if holder else frozenset()


def everyone() -> list[Person]:
    """Return all accounts that may act, by name."""
    accounts = Account.objects.filter(is_active=True).order_by("name")
    return [Person(account.name, tuple(account.roles), account.holder) for account in accounts]


def roles(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the roles of those of some accounts that may act, by name."""
    found = Account.objects.filter(is_active=True, name__in=set(names)).values_list("name", "roles")
    return {name: tuple(held) for name, held in found}


def numbers() -> tuple[tuple[tuple[str, ...], str, int], ...]:
    """Return how many accounts that may act hold the same roles for the same holder: roles, holder, number."""
    active = Account.objects.filter(is_active=True).order_by()
    found = active.values_list("roles", "holder").annotate(number=Count("pk"))
    return tuple((tuple(held), holder, number) for held, holder, number in found)


class Accounts(Sequence[AccountView]):
    """Accounts by name as they stand at a time: of a page, no more is read than it shows."""

    def __init__(self, rows: QuerySet[Account], at: datetime) -> None:
        last = Attestation.objects.filter(account=OuterRef("pk")).order_by("-until").values("until")
        self.rows, self.at = rows.annotate(until=Subquery(last[:1])).order_by("name"), at

    def __len__(self) -> int:
        return self.rows.count()

    @overload
    def __getitem__(self, part: int) -> AccountView: ...

    @overload
    def __getitem__(self, part: slice) -> list[AccountView]: ...

    def __getitem__(self, part: int | slice) -> AccountView | list[AccountView]:
        return [self.view(row) for row in self.rows[part]] if isinstance(part, slice) else self.view(self.rows[part])

    def __iter__(self) -> Iterator[AccountView]:
        return map(self.view, self.rows.iterator())

    def view(self, account: Account) -> AccountView:
        """Return an account as it stands at the time."""
        until = getattr(account, "until", None)
        return AccountView(
            account.name,
            tuple(account.roles),
            account.is_active,
            account.organisation,
            account.language,
            bool(account.subject),
            until if until and until > self.at else None,
            account.holder,
        )


def accounts(at: datetime) -> Accounts:
    """Return accounts by name, disabled ones too, as they stand at a time."""
    return Accounts(Account.objects.all(), at)


def account(name: str, at: datetime) -> AccountView:
    """Return one account as it stands at a time; PPL-137 when there is none."""
    found = list(Accounts(Account.objects.filter(name=name), at))
    if not found:
        raise refuse("PPL-137", name=visible(name, 64))
    return found[0]


def sessions(name: str | None = None) -> list[SessionView]:
    """Return the sessions that run, of one account or of all, the latest first."""
    since = presence.now() - timedelta(hours=SESSION_HOURS)
    found = (
        Session.objects.filter(ended_at=None, began_at__gt=since).select_related("account").order_by("-began_at", "id")
    )
    if name is not None:
        found = found.filter(account__name=name)
    return [
        SessionView(each.id, each.account.name, each.began_at, each.seen_at, each.means, each.assurance)
        for each in found
    ]


def trained(name: str, at: datetime) -> bool:
    """Return whether an account has an attestation of the training that runs at a time."""
    return Attestation.objects.filter(account__name=name, at__lte=at, until__gt=at).exists()
