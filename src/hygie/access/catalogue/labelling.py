"""Quality labels: whether a dataset carries one that stands, and the access body's act of revoking a wrong one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import transaction

from hygie.access.catalogue import indexing
from hygie.access.catalogue.models import Entry, RevokedLabel
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.values import Description, Label
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.commons.people.policy import check

MAX_REASON = 2000
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
    """A label that was revoked: whose, of which dataset, when and why."""

    dataset: str
    title: dict[str, str]
    holder: str
    label: str
    revoked_on: date
    reason: str
    event: int | None


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
    check(actor, "enforcement.conduct", {})
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
        body = {"label": label, "version": row.version, "reason": ledger.committed(said)}
        (index,) = ledger.append([Fact(REVOKED, dataset, actor, at, body)])
    return Standing("revoked", described.label, at.date(), said, index)


def withdrawn(most: int = 200) -> tuple[Withdrawn, ...]:
    """Return the last labels that were revoked, the last first.

    Source     Reg. (EU) 2025/327 art. 78(4) (SU-78-4): the revocation is public
    """
    rows = list(RevokedLabel.objects.order_by("-revoked_at", "-id")[:most])
    names = [row.dataset for row in rows]
    known = {entry.dataset: entry for entry in Entry.objects.filter(dataset__in=names)}
    places: dict[str, list[int]] = {}
    for dataset, found in events.about(set(names)).items():
        places[dataset] = sorted(index for index, kind, _ in found if kind == REVOKED)
    return tuple(
        Withdrawn(
            row.dataset,
            {"en": known[row.dataset].title_en, "fr": known[row.dataset].title_fr},
            known[row.dataset].holder,
            row.label,
            row.revoked_at.date(),
            row.reason,
            places[row.dataset].pop() if places.get(row.dataset) else None,
        )
        for row in rows
    )
