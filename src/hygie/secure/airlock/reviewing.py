"""What the airlock's pages ask for: the queue, a request as one reader may see it, and that a checker opened it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_noop

from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check as allow
from hygie.commons.web import tasks
from hygie.secure.airlock import actions, evidence, queries
from hygie.secure.airlock.examining import content
from hygie.secure.airlock.models import Reading, Release, Request
from hygie.secure.airlock.rendering import Rendered, rendered, shown_picture
from hygie.secure.airlock.rules import unread
from hygie.secure.airlock.values import OPEN, output_check
from hygie.secure.enclave import queries as enclave

ASK = "airlock.request"


@dataclass(frozen=True)
class Line:
    """A request in the queue, or in a permit's workspace."""

    id: str
    permit: str
    title: str
    user: str
    author: str
    state: str
    created_at: datetime
    votes: int
    tally: Mapping[str, int]


def lines(rows: Sequence[Request], node: Node) -> list[Line]:
    """Return rows with the titles of their permits."""
    known = permits.entries({row.permit for row in rows}, node.today())
    found = []
    for row in rows:
        outcomes = [each["outcome"] for each in row.outputs]
        tally = {name: outcomes.count(name) for name in ("pass", "review", "block")}
        entry, votes = known[row.permit], int(getattr(row, "cast", 0))
        found.append(
            Line(row.id, row.permit, entry.title, entry.user, row.author, row.state, row.created_at, votes, tally)
        )
    return found


def queue(node: Node, *, actor: str, state: str = "", offset: int = 0, limit: int = 50) -> tuple[int, list[Line]]:
    """Return how many requests wait for a checker, and some of them, the oldest first.

    Parameters
    ----------
    state : str   one state; empty for those that wait for a vote or the release

    Errors   PPL-101 the actor is no checker
    """
    allow(actor, "airlock.review", {})
    rows = Request.objects.filter(state__in=[state] if state else [*OPEN, "approved"]).exclude(author=actor)
    voted = rows.annotate(cast=Count("votes", filter=Q(votes__void=False)))
    return rows.count(), lines(list(voted.order_by("created_at", "id")[offset : offset + min(limit, 200)]), node)


def of_permit(node: Node, permit_id: str, *, last: int = 20) -> list[Line]:
    """Return a permit's last requests, the last first; the caller knows who may see them."""
    return lines(list(Request.objects.filter(permit=permit_id).order_by("-created_at", "-id")[:last]), node)


@dataclass(frozen=True)
class Page:
    """A request as one reader may see it.

    Parameters
    ----------
    role : str         `author` (a person the permit names) or `checker`
    opened : bool      whether a checker was shown what it holds now, and the ledger has it; for an author always False
    contents : tuple   each output's content for a checker who opened it, else None
    voted : bool       whether the reader has voted on this content
    needed : int       votes that the preset asks for
    release : str      its id once it left, else empty
    left : tuple       the files that left, for an author, who may take them
    """

    view: queries.View
    role: str
    opened: bool
    contents: tuple[Rendered | None, ...]
    voted: bool
    needed: int
    title: str
    created_at: datetime
    release: str
    left: tuple[str, ...]


def page(node: Node, request_id: str, *, actor: str) -> Page:
    """Return a request: to a person whom the permit names without labels, to a checker who opened it whole.

    Errors   AIR-308 there is none, or it is not the reader's to see; AIR-306; PPL codes
    """
    row = evidence.find(request_id)
    permit = permits.find(row.permit, node.keys.public_key()).permit
    role = role_of(row, list(permit.people.authorised), actor)
    opened = False
    if role == "checker":
        allow(actor, "airlock.review", evidence.about(permit, row))
        opened = row.readings.filter(reader=actor, content=row.content, file="").exists()
    view = queries.view(node, row, reader=actor, checker=role == "checker" and opened)
    contents: tuple[Rendered | None, ...] = tuple(None for _ in view.outputs)
    if opened and row.state in OPEN:
        contents = tuple(content_of(node, row, entry) for entry in evidence.entries(node, row))
    release = Release.objects.filter(request=row).first()
    left = queries.files_of(release.record) if release and role == "author" else ()
    voted = row.votes.filter(void=False, reviewer=actor, content=row.content).exists()
    needed = permits.output_preset(permit).reviewers
    name = release.id if release else ""
    return Page(view, role, opened, contents, voted, needed, permit.purpose.title, row.created_at, name, left)


def role_of(row: Request, named: Sequence[str], actor: str) -> str:
    """Return as what somebody looks at a request; AIR-308 for whom it does not concern."""
    from hygie.commons.people import queries as people

    if actor in named:
        return "author"
    if "checker" not in people.person(actor).roles:
        raise refuse("AIR-308", found=row.id)
    return "checker"


def content_of(node: Node, row: Request, entry: dict[str, Any]) -> Rendered | None:
    """Return an output's content as a page shows it; AIR-306 when it is not what was checked."""
    return rendered(entry, content(node, row, entry), output_check(entry["check"]))


def open_request(node: Node, request_id: str, *, actor: str) -> None:
    """Set down that a checker is shown all checks and every file of a request, so that the pages may show them.

    Errors   AIR-306, AIR-308; AIR-313 it is not under review; PMT and PPL codes
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    if role_of(row, list(permit.people.authorised), actor) != "checker":
        raise refuse("AIR-308", found=row.id)
    allow(actor, "airlock.review", evidence.about(permit, row))
    if row.state not in OPEN:
        raise unread(row.state, row.id)
    files = [str(entry["check"]["file"]) for entry in evidence.entries(node, row)]
    at = node.clock()
    with transaction.atomic():
        Reading.objects.bulk_create(
            Reading(request=row, reader=actor, content=row.content, file=file, at=at) for file in ("", *files)
        )
        body = {"content": row.content, **evidence.under(permit)}
        facts = [Fact("airlock.shown", row.id, actor, at, body)]
        ledger.append(facts + [Fact("airlock.read", row.id, actor, at, {**body, "file": file}) for file in files])


def picture(node: Node, request_id: str, number: int, *, actor: str) -> tuple[bytes, str]:
    """Return a picture of a request, cleaned, to a checker who opened it while it is under review; and its name.

    Errors   AIR-308, AIR-309; AIR-314 it was not opened; PPL codes
    """
    row = evidence.find(request_id)
    permit = permits.find(row.permit, node.keys.public_key()).permit
    if role_of(row, list(permit.people.authorised), actor) != "checker":
        raise refuse("AIR-308", found=row.id)
    allow(actor, "airlock.review", evidence.about(permit, row))
    kept = evidence.entries(node, row)
    if not 0 <= number < len(kept):
        raise refuse("AIR-309", found=number, request=row.id, accepted=f"0-{len(kept) - 1}")
    file = str(kept[number]["check"]["file"])
    if row.state not in OPEN or not row.readings.filter(reader=actor, content=row.content, file=file).exists():
        raise refuse("AIR-314", request=row.id, name=actor)
    data = shown_picture(file, evidence.opened(node, row, kept[number]) or b"")
    if not data:
        raise refuse("AIR-309", found=file[:80], request=row.id, accepted="svg, png")
    return data, file


def ask(node: Node, run_id: str, *, actor: str) -> str:
    """Have a run's outputs checked and asked to leave, as a task; return its id.

    Errors   ENC-112, ENC-125; AIR-301, AIR-302, AIR-311; PMT and PPL codes
    """
    enclave.author(run_id)
    record = enclave.run(run_id)
    if not permits.is_named(record.permit, actor):
        raise refuse("ENC-125")
    record = evidence.finished(run_id)
    permit = evidence.holding(node, record.permit)
    allow(actor, "airlock.request", evidence.about(permit))
    return tasks.enqueue(node, ASK, subject=record.permit, actor=actor, run=run_id)


@tasks.work(ASK, gettext_noop("Outputs are checked by the airlock"), page="airlock:request")
def asked(node: Node, actor: str, arguments: Mapping[str, Any], teller: tasks.Teller) -> Mapping[str, Any]:
    """Check a run's outputs and set the request down: what `ask` handed on."""
    return {"page": [actions.request(node, str(arguments["run"]), actor=actor, progress=teller).id]}


def concerned(request_id: str, *, actor: str, node: Node) -> None:
    """Refuse whom a request does not concern, as if it were not there: AIR-308."""
    row = evidence.find(request_id)
    role_of(row, list(permits.find(row.permit, node.keys.public_key()).permit.people.authorised), actor)
