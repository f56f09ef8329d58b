"""What one does at the airlock: ask, mend, vote, release; each change with its fact in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, Refusal, new_id, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check as allow
from hygie.intake.linkage.vault import exclusive
from hygie.secure.airlock import evidence, queries, releasing
from hygie.secure.airlock.examining import Entry, Files, examine, find, held_again, mended, tally
from hygie.secure.airlock.models import Reading, Release, Request, Vote
from hygie.secure.airlock.rules import decide, follow, unread
from hygie.secure.airlock.values import OPEN

LOCK = "airlock"


def request(node: Node, run_id: str, *, actor: str, progress: Progress = silent) -> queries.View:
    """Ask to let out what a run left: every declared output is checked, tables are recomputed on the extract.

    Parameters
    ----------
    node : Node
    run_id : str        of a run on the permit's newest extract that ended well
    actor : str         a person whom the permit names
    progress : Progress

    Errors   ENC-112, ENC-115; PMT codes; PPL codes; AIR-101 to AIR-116; AIR-301 to AIR-303, AIR-311
    Source   Reg. (EU) 2025/327 art. 73; design, the road, 8
    """
    record = evidence.finished(run_id)
    permit = evidence.holding(node, record.permit)
    allow(actor, "airlock.request", evidence.about(permit))
    files = evidence.declared(node, record)
    row = Request(
        id=new_id("request"),
        run=run_id,
        permit=permit.id,
        extract=record.extract,
        author=actor,
        state="requested",
        preset=permit.output_policy.preset,
        key_id=record.key_id,
        synthetic=record.synthetic,
        created_at=node.clock(),
    )
    progress("checks", 0, len(files))
    try:
        entries = examine(node, row, permit, files)
        progress("checks", len(files), len(files))
        body = {
            "run": run_id,
            "permit": permit.id,
            "content": row.content,
            "outcomes": tally(entries),
            "undeclared": record.undeclared,
        }
        with transaction.atomic():
            evidence.holding(node, permit.id)
            row.save(force_insert=True)
            ledger.append([Fact("airlock.requested", row.id, actor, row.created_at, body)])
    except Refusal:
        evidence.discard(node, row)
        raise
    return queries.view(node, row, reader=actor, checker=False)


def fix(node: Node, request_id: str, file: str, *, actor: str, content: str = "") -> queries.View:
    """Apply the smallest change to a copy of a blocked table; every vote is void, since the content is another.

    Parameters
    ----------
    node : Node
    request_id : str
    file : str         one of its outputs
    actor : str        a person whom the permit names
    content : str      the content's hash as its author was shown it; empty for the present one

    Errors   AIR-306 to AIR-310, AIR-318; AIR-317 the content is another by now; PMT and PPL codes
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    allow(actor, "airlock.request", evidence.about(permit))
    state = follow(row.state, "change", row.id)
    if content and content != row.content:
        raise refuse("AIR-317", request=row.id)
    if name := evidence.altered(node, row):
        raise void(node, row, name, actor)
    files = mended(node, row, permit, file, evidence.entries(node, row))
    replace(node, row, permit, files, state, file, actor)
    return queries.view(node, row, reader=actor, checker=False)


def replace(node: Node, row: Request, permit: Permit, files: Files, state: str, file: str, actor: str) -> None:
    """Examine files anew and set them down; every vote is void, and what checkers have read is not what they decide on.

    Errors   AIR-317 somebody else changed it meanwhile
    """
    before = row.content
    entries = examine(node, row, permit, files)
    with transaction.atomic():
        now = Request.objects.select_for_update().get(id=row.id)
        if now.content != before or (now.state, "change") not in queries.TRANSITIONS:
            raise refuse("AIR-317", request=row.id)
        votes = Vote.objects.filter(request=row, void=False).update(void=True)
        row.state = state
        row.save()
        body = {"content": row.content, "file": file, "void_votes": votes, "outcomes": tally(entries)}
        ledger.append([Fact("airlock.changed", row.id, actor, node.clock(), body)])


def show(node: Node, request_id: str, *, actor: str) -> queries.View:
    """Return a request: to a person whom the permit names without labels, to a checker whole, which is set down.

    Parameters
    ----------
    node : Node
    request_id : str
    actor : str        a person whom the permit names, or a checker

    Errors   AIR-306, AIR-308; PPL-101 for anyone else
    """
    row = evidence.find(request_id)
    permit = permits.find(row.permit, node.keys.public_key()).permit
    if actor in permit.people.authorised:
        allow(actor, "airlock.request", evidence.about(permit))
        return queries.view(node, row, reader=actor, checker=False)
    allow(actor, "airlock.review", evidence.about(permit, row))
    found = queries.view(node, row, reader=actor, checker=True)
    if found.deleted_on is None:
        seen(node, row, permit, "airlock.shown", "", actor)
    return found


def read(node: Node, request_id: str, file: str, *, actor: str) -> bytes:
    """Return one file of a request to a checker while it is under review; that it was read is set down first.

    Parameters
    ----------
    node : Node
    request_id : str
    file : str         one of its outputs
    actor : str        a checker, neither the author nor named in the permit

    Errors   AIR-306, AIR-308, AIR-309; AIR-313 not under review; PMT and PPL codes
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    allow(actor, "airlock.review", evidence.about(permit, row))
    if row.state not in OPEN:
        raise unread(row.state, row.id)
    data = evidence.opened(node, row, find(row, evidence.entries(node, row), file))
    if data is None:
        raise refuse("AIR-306", found=file[:80], request=row.id)
    seen(node, row, permit, "airlock.read", file, actor)
    return data


def seen(node: Node, row: Request, permit: Permit, kind: str, file: str, actor: str) -> None:
    """Set down that a checker was shown a content."""
    at = node.clock()
    with transaction.atomic():
        Reading.objects.create(request=row, reader=actor, content=row.content, file=file, at=at)
        body = {"content": row.content, **evidence.under(permit), **({"file": file} if file else {})}
        ledger.append([Fact(kind, row.id, actor, at, body)])


def review(node: Node, request_id: str, vote: bool, comment: str = "", *, actor: str) -> queries.View:
    """Vote on a request; the vote stays hidden from everyone else until all votes are in.

    Parameters
    ----------
    node : Node
    request_id : str
    vote : bool        True lets out every output that is not blocked
    comment : str
    actor : str        a checker, neither the author nor named in the permit

    Errors   PPL codes; AIR-304 nothing could leave; AIR-305 a second vote; AIR-306 a file changed; AIR-307, AIR-308;
             AIR-314 the checker has not been shown what the request holds now
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    allow(actor, "airlock.review", evidence.about(permit, row))
    follow(row.state, "vote", row.id)
    if name := evidence.altered(node, row):
        raise void(node, row, name, actor)
    if all(entry["check"]["outcome"] == "block" for entry in evidence.entries(node, row)):
        raise refuse("AIR-304", request=row.id)
    at = node.clock()
    with transaction.atomic():
        row = Request.objects.select_for_update().get(id=row.id)
        state = follow(row.state, "vote", row.id)
        if row.votes.filter(void=False, reviewer=actor).exists():
            raise refuse("AIR-305", name=actor)
        if not row.readings.filter(reader=actor, content=row.content).exists():
            raise refuse("AIR-314", request=row.id, name=actor)
        Vote.objects.create(
            request=row, reviewer=actor, agrees=vote, comment=comment[:4000], content=row.content, at=at
        )
        facts = [Fact("airlock.voted", row.id, actor, at, {"content": row.content})]
        votes = [each.agrees for each in row.votes.filter(void=False, content=row.content)]
        event = decide(votes, permits.output_preset(permit).reviewers)
        row.state = follow(state, event, row.id) if event else state
        row.save()
        if event:
            body = {"content": row.content, "agreed": sum(votes), "votes": len(votes), "state": row.state}
            facts.append(Fact("airlock.decided", row.id, "node", at, body))
        ledger.append(facts)
    return queries.view(node, row, reader=actor, checker=True)


def void(node: Node, row: Request, name: str, actor: str) -> Exception:
    """Make every vote void because a file is not what was checked, and return the refusal."""
    with transaction.atomic():
        votes = Vote.objects.filter(request=row, void=False).update(void=True)
        if (row.state, "change") in queries.TRANSITIONS:
            row.state = follow(row.state, "change", row.id)
            row.save()
        body = {"file": name, "void_votes": votes}
        ledger.append([Fact("airlock.voided", row.id, actor, node.clock(), body)])
    return refuse("AIR-306", found=name, request=row.id)


def release(node: Node, request_id: str, *, actor: str) -> dict[str, Any]:
    """Let out what was approved: the files in clear, with the machine-readable record beside them.

    Parameters
    ----------
    node : Node
    request_id : str
    actor : str        a checker, neither the author nor named in the permit

    One release at a time: its rules are held again against all that left before it, then it is decided, then its files
    appear. A release that was cut off after the decision is completed by asking again.

    Errors   PMT codes when the permit no longer holds; PPL codes; AIR-306 a file changed; AIR-307 not approved;
             AIR-316 what left meanwhile makes an output worse
    Source   design 4, Release; TEHDAS2 D7.2, disclosure record
    """
    with exclusive(node, LOCK, wait=True):
        row = evidence.find(request_id)
        permit = evidence.holding(node, row.permit)
        allow(actor, "airlock.release", evidence.about(permit, row))
        if begun := Release.objects.filter(request=row, state="releasing").first():
            return releasing.finish(node, row, begun)
        state = follow(row.state, "release", row.id)
        if name := evidence.altered(node, row):
            raise void(node, row, name, actor)
        kept = evidence.entries(node, row)
        worse = held_again(node, row, permit, kept)
        if worse is None:
            return decided(node, row, permit, kept, state, actor)
    # what people are told instead is worked out while others may release
    replace(node, row, permit, worse, follow(row.state, "change", row.id), "", actor)
    raise refuse("AIR-316", request=row.id)


def decided(node: Node, row: Request, permit: Permit, kept: Sequence[Entry], state: str, actor: str) -> dict[str, Any]:
    """Decide a release, with its fact, then put its files in place; the caller holds the lock."""
    at = node.clock()
    record = releasing.document(node, row, permit, kept, new_id("release"), actor, at)
    with transaction.atomic():
        row = Request.objects.select_for_update().get(id=row.id)
        row.state = state
        row.save()
        begun = Release.objects.create(
            id=record["id"],
            request=row,
            permit=row.permit,
            record=record,
            tables=releasing.tables(kept),
            files=len(record["outputs"]),
            at=at,
            state="releasing",
        )
        ledger.append([Fact("airlock.released", begun.id, actor, at, releasing.fact(record, permit))])
    return releasing.finish(node, row, begun)


def take(node: Node, request_id: str, file: str = "", *, actor: str) -> bytes:
    """Hand a released file to a person whom the permit names, also after the permit's end; that it was taken is told.

    Parameters
    ----------
    node : Node
    request_id : str
    file : str         one of the files that left; empty for the release's record
    actor : str        a person whom the permit names

    Errors   AIR-308; PPL codes; AIR-309 no such file left; AIR-313 nothing left; AIR-320 it is not there as it left
    Source   Reg. (EU) 2025/327 art. 73(2)
    """
    row = evidence.find(request_id)
    permit = permits.find(row.permit, node.keys.public_key()).permit
    allow(actor, "airlock.request", evidence.about(permit))
    release = Release.objects.filter(request=row).first()
    if release is None:
        raise unread(row.state, row.id, ("released",))
    data = releasing.left(node, release, file)
    with transaction.atomic():
        body = {"release": release.id, **evidence.under(permit), "file": file or releasing.RECORD}
        ledger.append([Fact("airlock.taken", row.id, actor, node.clock(), body)])
    return data


def sweep(node: Node) -> int:
    """Put the files of decided releases in place where work was cut off, and remove folders that no release knows.

    Parameters
    ----------
    node : Node

    Errors   LNK-102 while a release is under way; AIR-306 a file of an unfinished release is gone
    """
    with exclusive(node, LOCK):
        for begun in Release.objects.filter(state="releasing").select_related("request"):
            if extracts.deleted_on(begun.permit):
                continue  # its files are gone: the deletion completed it, or said in the log why it could not
            releasing.finish(node, begun.request, begun)
        known = set(Release.objects.values_list("id", flat=True))
        left = [folder for folder in node.store.path(releasing.FOLDER).glob("*") if folder.name not in known]
        for folder in left:
            node.store.remove(f"{releasing.FOLDER}/{folder.name}")
        return len(left)
