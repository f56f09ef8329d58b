"""Quality labels: whether a dataset carries one that stands, and the access body's act of revoking a wrong one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Literal

from django.db import transaction

from hygie.access.catalogue import indexing
from hygie.access.catalogue.models import Described, Entry, RevokedLabel
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.values import Description, Label
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.commons.people.policy import check
from hygie.commons.people.queries import speaking_for

MAX_REASON = 2000
MOST = 200
REVOKED = "label.revoked"


@dataclass(frozen=True)
class Standing:
    """How a dataset stands with its quality label.

    Parameters
    ----------
    state : str        `stands`; `revoked`; `missing` for data collected with public money; else `none`
    label : Label      also one that was revoked
    revoked_on : date
    reason : str       why it was revoked
    event : int        where the ledger has the revocation
    """

    state: Literal["stands", "revoked", "missing", "none"]
    label: Label | None = None
    revoked_on: date | None = None
    reason: str = ""
    event: int | None = None


@dataclass(frozen=True)
class Withdrawn:
    """A label that was revoked: whose, of which dataset, when and why.

    Parameters
    ----------
    title : dict    the dataset's title in each language, as it is described today
    holder : str    as the description said that carried the label
    event : int     where the ledger has the revocation
    """

    dataset: str
    title: dict[str, str]
    holder: str
    label: str
    revoked_on: date
    reason: str
    event: int | None

    def public(self) -> dict[str, Any]:
        """Return what is published of it, as JSON values; its digest is in the ledger.

        Source     Reg. (EU) 2025/327 art. 78(4) (SU-78-4)
        """
        return {
            "dataset": self.dataset,
            "holder": self.holder,
            "label": self.label,
            "revoked_on": self.revoked_on.isoformat(),
            "reason": self.reason,
        }


def standing(dataset: str, described: Description) -> Standing:
    """Return how a dataset stands with its quality label.

    Source     Reg. (EU) 2025/327 art. 78(2), 78(4) (SU-78-2, SU-78-4)
    """
    label = described.label
    if label is None:
        return Standing("missing" if described.publicly_funded else "none")
    row = RevokedLabel.objects.filter(dataset=dataset, label=label.sha256).first()
    if row is None:
        return Standing("stands", label)
    places = events.indexes(dataset, REVOKED)
    return Standing("revoked", label, row.revoked_at.date(), row.reason, places[-1] if places else None)


def check_label(dataset: str, described: Description) -> None:
    """Refuse a label that was revoked: CAT-119."""
    if described.label is None:
        return
    row = RevokedLabel.objects.filter(dataset=dataset, label=described.label.sha256).first()
    if row is not None:
        raise refuse("CAT-119", path="$.label", dataset=dataset, found=row.revoked_at.date().isoformat())


def revoke_label(node: Node, dataset: str, reason: str, *, actor: str) -> Standing:
    """Revoke a dataset's label, which was found wrong; its description stays, and says so.

    Parameters
    ----------
    dataset : str
    reason : str   what is wrong; 1 to 2,000 characters, published
    actor : str    an access officer

    Errors     PPL codes; CAT-110 no such dataset; CAT-120 no label that stands; CAT-121 no reason
    Source     Reg. (EU) 2025/327 art. 78(4) (SU-78-4)
    """
    holder = Entry.objects.filter(dataset=dataset).values_list("holder", flat=True).first()
    check(actor, "enforcement.decide", {"team": speaking_for(holder or "")})
    said = reason.strip()
    if not said or len(reason) > MAX_REASON:
        raise refuse("CAT-121", found=len(said), accepted=MAX_REASON)
    at = node.clock()
    with transaction.atomic():
        Entry.objects.select_for_update().filter(dataset=dataset).first()
        row = indexing.latest(dataset)
        if row is None:
            raise refuse("CAT-110", found=dataset[:64])
        described = read(row.document.encode())
        if described.label is None or standing(dataset, described).state != "stands":
            raise refuse("CAT-120", found=dataset[:64])
        label = described.label.sha256
        RevokedLabel.objects.create(dataset=dataset, label=label, reason=said, revoked_at=at, revoked_by=actor)
        told = Withdrawn(dataset, {}, described.holder.name, label, at.date(), said, None)
        body = {"label": label, "version": row.version, "reason": ledger.committed(said)}
        body["public"] = digest(canonical(told.public()))
        (index,) = ledger.append([Fact(REVOKED, dataset, actor, at, body)])
    return Standing("revoked", described.label, at.date(), said, index)


def withdrawn(most: int = MOST) -> tuple[Withdrawn, ...]:
    """Return the last labels that were revoked, the last first.

    Source     Reg. (EU) 2025/327 art. 78(4) (SU-78-4): the revocation is public
    """
    return tuple(told(list(RevokedLabel.objects.order_by("-revoked_at", "-id")[:most])))


def count_withdrawn() -> int:
    """Return how many labels were revoked."""
    return RevokedLabel.objects.count()


def labels_withdrawn() -> Iterator[Withdrawn]:
    """Yield all labels that were revoked, the first first, some in memory at a time."""
    rows = RevokedLabel.objects.order_by("revoked_at", "id").iterator(chunk_size=MOST)
    while group := list(islice(rows, MOST)):
        yield from told(group)


def told(rows: Sequence[RevokedLabel]) -> list[Withdrawn]:
    """Return revoked labels as everyone may read them, with as many queries for many as for one."""
    names = {row.dataset for row in rows}
    titles = {each.dataset: {"en": each.title_en, "fr": each.title_fr} for each in Entry.objects.filter(pk__in=names)}
    facts = {
        (fact.subject, str(fact.body["label"])): fact
        for found in events.told(names, (REVOKED,)).values()
        for fact in found
    }
    versions = {(name, int(str(fact.body["version"]))) for (name, _label), fact in facts.items()}
    rows_of = Described.objects.filter(dataset__in=names, version__in={version for _name, version in versions})
    holders = {
        (row.dataset, row.version): str(json.loads(row.document)["holder"]["name"])
        for row in rows_of.iterator()
        if (row.dataset, row.version) in versions
    }
    found = []
    for row in rows:
        fact = facts[row.dataset, row.label]
        holder = holders[row.dataset, int(str(fact.body["version"]))]
        day = row.revoked_at.date()
        found.append(Withdrawn(row.dataset, titles[row.dataset], holder, row.label, day, row.reason, fact.index))
    return found
