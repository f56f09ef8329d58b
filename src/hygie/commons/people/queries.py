"""What other rooms may know of accounts."""

from __future__ import annotations

from hygie.base.kernel import refuse
from hygie.commons.people.models import Account
from hygie.commons.people.values import Person


def person(name: str) -> Person:
    """Return an account by its name; PPL-102 when there is none."""
    account = Account.objects.filter(name=name).first()
    if account is None:
        raise refuse("PPL-102", name=name[:64])
    return Person(account.name, tuple(account.roles))


def everyone() -> list[Person]:
    """Return all accounts by name."""
    return [Person(account.name, tuple(account.roles)) for account in Account.objects.order_by("name")]
