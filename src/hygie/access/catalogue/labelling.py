"""Quality labels: whether a dataset carries one that stands, and the access body's act of revoking a wrong one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from hygie.access.catalogue import indexing
from hygie.access.catalogue.models import Assessed, Described, Entry, RevokedLabel
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.supporting import Fall, fallen
from hygie.access.catalogue.values import LANGUAGES, Description, Label
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.commons.people.policy import check
from hygie.commons.people.queries import speaking_for
from hygie.commons.web import publishing

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
    reason : str       why it was revoked, as everyone reads it
    event : int        where the ledger has the revocation
    fallen : tuple     what fell since it was made: the data no longer support a label that stands
    """

    state: Literal["stands", "revoked", "missing", "none"]
    label: Label | None = None
    revoked_on: date | None = None
    reason: str = ""
    event: int | None = None
    fallen: tuple[Fall, ...] = ()


@dataclass(frozen=True)
class Withdrawn:
    """A label that was revoked: whose, of which dataset, when and why.

    Parameters
    ----------
    title : dict    the dataset's title in each language, as it is described today
    holder : str    as the description said that carried the label
    reason : str    as everyone reads it
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
        return Standing("stands", label, fallen=fallen(dataset, label))
    places = events.indexes(dataset, REVOKED)
    return Standing("revoked", label, localdate(row.revoked_at), row.published_reason, places[-1] if places else None)


def index(dataset: str) -> None:
    """Make a dataset's row of the index anew, with how it stands with its label."""
    indexing.index(dataset)
    mark(dataset)


def mark(dataset: str) -> None:
    """Write how a dataset stands with its quality label into its row of the index."""
    row = indexing.latest(dataset)
    if row is None:
        return
    found = standing(dataset, read(row.document.encode()))
    state = "fallen" if found.fallen else found.state
    Entry.objects.filter(dataset=dataset).update(label="" if state == "none" else state)


def unsupported(datasets: Collection[str] | None = None) -> list[str]:
    """Return the datasets whose label stands and is no longer supported by what is measured; of some, or of all."""
    measured = Assessed.objects.order_by("dataset").values_list("dataset", flat=True).distinct()
    names = [name for name in measured if datasets is None or name in datasets][:MOST]
    found = indexing.descriptions(names)
    return [name for name in names if name in found and standing(name, found[name]).fallen]


def check_label(dataset: str, described: Description) -> None:
    """Refuse a label that was revoked: CAT-119."""
    if described.label is None:
        return
    row = RevokedLabel.objects.filter(dataset=dataset, label=described.label.sha256).first()
    if row is not None:
        raise refuse("CAT-119", path="$.label", dataset=dataset, found=localdate(row.revoked_at).isoformat())


def revoke_label(
    node: Node,
    dataset: str,
    reason: str,
    *,
    published: str,
    confirmed: bool,
    overruled: publishing.Overruling | None = None,
    actor: str,
) -> Standing:
    """Revoke a dataset's label, which was found wrong; its description stays, and says so.

    Parameters
    ----------
    dataset : str
    reason : str       what is wrong, 1 to 2,000 characters; it stays in the file, the ledger has its commitment
    published : str    what is wrong, as everyone reads it: 1 to 2,000 characters, naming no person
    confirmed : bool   the officer read it as it is published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody
    actor : str        an access officer

    Errors     PPL codes; CAT-110 no such dataset; CAT-120 no label that stands; CAT-121 no reason; WEB codes as
               `publishing.ready`
    Source     Reg. (EU) 2025/327 art. 78(4) (SU-78-4)
    """
    may_revoke(dataset, reason, actor)
    said = reasoned(published)
    at = node.clock()
    with transaction.atomic():
        Entry.objects.select_for_update().filter(dataset=dataset).first()
        version, label, told = wrong(dataset, said, localdate(at))
        look = partial(preview_revocation, node, dataset, reason, published=published, actor=actor)
        held = publishing.about("dataset", dataset)
        why = publishing.ready(said, held, look, confirmed=confirmed, overruled=overruled)
        row = RevokedLabel.objects.create(
            dataset=dataset,
            label=told.label,
            reason=reason.strip(),
            published_reason=said,
            revoked_at=at,
            revoked_by=actor,
        )
        body = {
            "label": told.label,
            "version": version,
            "reason": ledger.committed(row.reason),
            "reason_sha256": digest(said.encode()),
            "public": digest(canonical(told.public())),
        }
        facts = publishing.facts(why, dataset, said, actor, at)
        index = ledger.append([Fact(REVOKED, dataset, actor, at, body), *facts])[0]
        mark(dataset)
    return Standing("revoked", label, localdate(at), said, index)


def preview_revocation(node: Node, dataset: str, reason: str, *, published: str = "", actor: str) -> publishing.Preview:
    """Return what everyone would read of a label's revocation; nothing changes.

    Parameters
    ----------
    published : str   as for `revoke_label`; empty: the file's reason, with persons taken out

    Errors     as `revoke_label`
    """
    may_revoke(dataset, reason, actor)
    held = publishing.about("dataset", dataset)
    said = reasoned(publishing.proposed(reason, published, held))
    told = wrong(dataset, said, node.today())[2]
    return publishing.Preview(told.public(), said, held, told)


def may_revoke(dataset: str, reason: str, actor: str) -> None:
    """Refuse who may not revoke the label of a dataset, and a reason that is none; PPL codes, CAT-121."""
    holder = Entry.objects.filter(dataset=dataset).values_list("holder", flat=True).first()
    check(actor, "enforcement.decide", {"team": speaking_for(holder or "")})
    reasoned(reason)


def reasoned(text: str) -> str:
    """Return a reason without blanks around it; CAT-121 when it is empty or too long."""
    said = text.strip()
    if not said or len(text) > MAX_REASON:
        raise refuse("CAT-121", found=len(said), accepted=MAX_REASON)
    return said


def wrong(dataset: str, said: str, on: date) -> tuple[int, Label, Withdrawn]:
    """Return a label that stands, the version that carries it, and what is published of it; CAT-110, CAT-120."""
    row = indexing.latest(dataset)
    if row is None:
        raise indexing.unknown(dataset)
    described = read(row.document.encode())
    if described.label is None or standing(dataset, described).state != "stands":
        raise refuse("CAT-120", found=dataset[:64])
    label, title = described.label, described.title
    titles = {language: title.said(language) for language in LANGUAGES}
    return row.version, label, Withdrawn(dataset, titles, described.holder.name, label.sha256, on, said, None)


def filed(dataset: str, label: Label | None, *, reader: str) -> str:
    """Return why a label was revoked, whole, for officers and the auditor; empty where it was not.

    Errors     PPL codes
    """
    row = indexing.latest(dataset)
    holder = read(row.document.encode()).holder.name if row else ""
    check(reader, "case.read", {"team": speaking_for(holder)})
    rows = RevokedLabel.objects.filter(dataset=dataset, label=label.sha256 if label else "")
    return rows.values_list("reason", flat=True).first() or ""


@publishing.persons("dataset")
def described_by(dataset: str) -> tuple[publishing.Held, ...]:
    """Return the persons behind a dataset: who described it, who speaks for its holder, whom to write to."""
    return behind(Described.objects.filter(dataset=dataset))


@publishing.persons("holder")
def behind_holder(holder: str) -> tuple[publishing.Held, ...]:
    """Return the persons behind a holder's datasets, with as many queries for many as for one."""
    return behind(Described.objects.filter(dataset__in=Entry.objects.filter(holder=holder).values("dataset")))


def behind(versions: QuerySet[Described]) -> tuple[publishing.Held, ...]:
    """Return who wrote some descriptions, who speaks for the holders in them, and whom to write to by the last ones."""
    accounts: set[str] = set()
    last: dict[str, dict[str, Any]] = {}
    for row in versions.order_by("version").iterator(chunk_size=MOST):
        accounts.add(row.described_by)
        last[row.dataset] = json.loads(row.document)
    for holder in {told["holder"]["name"] for told in last.values()}:
        accounts |= speaking_for(holder)
    held = [publishing.Held("described_by", name) for name in sorted(accounts)]
    for contact in (told["contact"] for told in last.values() if told.get("contact")):
        said = {f"contact.{name}": contact[name] for name in ("name", "email") if contact.get(name)}
        held += [publishing.Held(path, value, name=False) for path, value in said.items()]
    return tuple(dict.fromkeys(held))


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
        day = localdate(row.revoked_at)
        found.append(
            Withdrawn(row.dataset, titles[row.dataset], holder, row.label, day, row.published_reason, fact.index)
        )
    return found
