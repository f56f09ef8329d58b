"""The account that counts are paid from: one for each organisation and dataset, and one of the dataset for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q, Sum

from hygie.access.catalogue.models import Belonging, Entry, Expense
from hygie.access.catalogue.rules import BUDGET_DAYS, EPSILON, OF_DATASET, OF_ORGANISATION, affords
from hygie.base.disclosure.noise import Account
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Verdict, refuse, visible
from hygie.base.law import local_day
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.commons.people.policy import check

LEAST, MOST = 2, 200


@dataclass(frozen=True)
class Allotment:
    """Where an organisation stands with a dataset.

    Parameters
    ----------
    organisation : str   its name; of an account that nobody placed, `account:` and its name
    own : Account        of the organisation, over the last 365 days
    shared : Account     of all organisations together
    free_on : str        the day on which the oldest expense of either lapses, ISO 8601; empty where there is none
    """

    organisation: str
    own: Account
    shared: Account
    free_on: str

    @property
    def verdict(self) -> Verdict:
        """Whether one more question can be paid; CAT-303, CAT-304."""
        return affords(self.own, self.shared, EPSILON, self.free_on)

    @property
    def questions(self) -> int:
        """How many new questions the rest is enough for."""
        return min(self.own.rest, self.shared.rest) // EPSILON


def organisation_of(account: str) -> str:
    """Return the organisation of an account: where the operator placed it, the holder it speaks for, or itself.

    Errors      PPL-102, PPL-119
    """
    someone = people.person(account)
    row = Belonging.objects.filter(account=account).first()
    return row.organisation if row else someone.holder or f"account:{account}"


def allotment(node: Node, dataset: str, account: str) -> Allotment:
    """Return where the organisation of an account stands with a dataset.

    Errors      PPL-102, PPL-119
    """
    organisation, at = organisation_of(account), node.clock()
    running = Expense.objects.filter(dataset=dataset, at__gt=at - timedelta(days=BUDGET_DAYS))
    of_own = Q(organisation=organisation)
    found = running.aggregate(
        own=Sum("epsilon", filter=of_own),
        shared=Sum("epsilon"),
        oldest=Min("at", filter=of_own),
        first=Min("at"),
    )
    own, shared = Account(found["own"] or 0, OF_ORGANISATION), Account(found["shared"] or 0, OF_DATASET)
    oldest = found["first"] if own.pays(EPSILON) else found["oldest"]
    free = local_day(oldest + timedelta(days=BUDGET_DAYS), node.country).isoformat() if oldest else ""
    return Allotment(organisation, own, shared, free)


def pay(node: Node, dataset: str, account: str, at: datetime) -> str:
    """Put one question on the account, inside the caller's transaction, and return who paid: CAT-303, CAT-304."""
    Entry.objects.select_for_update().filter(dataset=dataset).first()
    now = allotment(node, dataset, account)
    now.verdict.check()
    Expense.objects.create(organisation=now.organisation, dataset=dataset, epsilon=EPSILON, at=at)
    return now.organisation


def place(node: Node, account: str, organisation: str, *, actor: str) -> str:
    """Say to which organisation an account belongs: all of its accounts pay from one budget.

    Parameters
    ----------
    account : str
    organisation : str   as it is written everywhere: 2 to 200 signs

    Errors      PPL codes; CAT-305
    """
    check(actor, "account.manage", {})
    name = " ".join(organisation.split())
    if not LEAST <= len(name) <= MOST or not name.isprintable() or name.startswith("account:"):
        raise refuse("CAT-305", found=visible(organisation, 60))
    people.person(account)
    with transaction.atomic():
        before = organisation_of(account)
        if before != name:
            Belonging.objects.update_or_create(account=account, defaults={"organisation": name})
            body = {"organisation": name, "before": before}
            ledger.append([Fact("account.placed", account, actor, node.clock(), body)])
    return name
