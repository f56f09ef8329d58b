"""What can be done to accounts."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, check_name, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.models import Account
from hygie.commons.people.policy import check
from hygie.commons.people.values import ROLES, Person


def add_account(node: Node, name: str, roles: Sequence[str], *, actor: str) -> Person:
    """Add a named account with its roles.

    Parameters
    ----------
    name : str             1 to 64 of a-z, 0-9, dot, dash, underscore
    roles : Sequence[str]  one or more of `people.values.ROLES`
    actor : str            an account that may add accounts; `node` while none exists

    Errors      KER-103, PPL-101, PPL-103 the name is taken, PPL-104 no such role
    """
    check_name(name)
    if actor != "node" or Account.objects.exists():
        check(actor, "account.add", {})
    for role in roles:
        if role not in ROLES:
            raise refuse("PPL-104", found=role[:40], accepted=", ".join(ROLES))
    if not roles:
        raise refuse("PPL-104", found="–", accepted=", ".join(ROLES))
    with transaction.atomic():
        if Account.objects.filter(name=name).exists():
            raise refuse("PPL-103", name=name)
        at = node.clock()
        Account.objects.create(name=name, roles=sorted(set(roles)), created_at=at, password="!")  # noqa: S106
        ledger.append([Fact("account.added", name, actor, at, {"roles": sorted(set(roles))})])
    return Person(name, tuple(sorted(set(roles))))
