"""What one does at the airlock: ask, mend, vote, release; each change with its fact in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, Progress, Store, canonical, new_id, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check as allow
from hygie.secure.airlock import evidence, queries
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.models import Release, Request, Vote
from hygie.secure.airlock.rules import content_hash, decide, follow
from hygie.secure.airlock.values import OutputCheck

Entry = dict[str, Any]


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
    allow(actor, "airlock.request", {"named": list(permit.people.authorised)})
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
        salt=secrets.token_hex(16),
        created_at=node.clock(),
    )
    progress("checks", 0, len(files))
    entries = examine(node, row, permit, files)
    progress("checks", len(files), len(files))
    row.outputs, row.content = entries, content_of(row.salt, entries)
    body = {
        "run": run_id,
        "permit": permit.id,
        "content": row.content,
        "outcomes": tally(entries),
        "undeclared": record.undeclared,
    }
    with transaction.atomic():
        row.save(force_insert=True)
        ledger.append([Fact("airlock.requested", row.id, actor, row.created_at, body)])
    return queries.view(row, reader=actor)


def examine(
    node: Node, row: Request, permit: Permit, files: Sequence[tuple[Output, bytes, Sequence[str]]]
) -> list[Entry]:
    """Return the request's entries: for each output its declaration, its check, its sealed file, what it shows."""
    from hygie.secure.airlock.checking import evaluate, released

    preset = permits.output_preset(permit)
    with evidence.attached(node, row.permit, row.extract) as tables:
        judgements = evaluate(files, preset, tables, evidence.earlier(row.permit))
    entries: list[Entry] = []
    for (output, _, _), each in zip(files, judgements, strict=True):
        entry: Entry = {
            "declaration": output.declaration(),
            "check": each.check.body(),
            "sealed": evidence.keep(node, row, each.data),
        }
        if each.table is not None and each.shown:
            out = released("", output, each.table, each.shown)
            entry |= {"shown": sorted((list(key) for key in out.shown), key=repr), "whole": out.whole}
        entries.append(entry)
    return entries


def fix(node: Node, request_id: str, file: str, *, actor: str) -> queries.View:
    """Apply the smallest change to a copy of a blocked table; every vote is void, since the content is another.

    Parameters
    ----------
    node : Node
    request_id : str
    file : str         one of its outputs
    actor : str        a person whom the permit names

    Errors   AIR-307 to AIR-310; PMT and PPL codes
    """
    from hygie.secure.airlock.checking import judge, mend

    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    allow(actor, "airlock.request", {"named": list(permit.people.authorised)})
    state = follow(row.state, "change", row.id)
    if file not in {entry["check"]["file"] for entry in row.outputs}:
        names = ", ".join(entry["check"]["file"] for entry in row.outputs)
        raise refuse("AIR-309", found=file[:80], request=row.id, accepted=names)
    files: list[tuple[Output, bytes, Sequence[str]]] = []
    for entry in row.outputs:
        output = Output.model_validate(entry["declaration"])
        data = evidence.opened(node, row, entry)
        if data is None:
            raise void(node, row, output.file, actor)
        changed: Sequence[str] = tuple(entry["check"]["changed"])
        if output.file == file:
            with evidence.attached(node, row.permit, row.extract) as tables:
                found = judge(output, data, permits.output_preset(permit), tables)
            data = mend(output, found, permits.output_preset(permit))
            changed = (*changed, "mended by the airlock: figures hidden, rounded or made anew")
        files.append((output, data, changed))
    entries = examine(node, row, permit, files)
    content = content_of(row.salt, entries)
    with transaction.atomic():
        votes = Vote.objects.filter(request=row, void=False).update(void=True)
        row.outputs, row.content, row.state = entries, content, state
        row.save()
        body = {"content": content, "file": file, "void_votes": votes, "outcomes": tally(entries)}
        ledger.append([Fact("airlock.changed", row.id, actor, node.clock(), body)])
    return queries.view(row, reader=actor)


def review(node: Node, request_id: str, vote: bool, comment: str = "", *, actor: str) -> queries.View:
    """Vote on a request; the vote stays hidden from everyone else until all votes are in.

    Parameters
    ----------
    node : Node
    request_id : str
    vote : bool        True lets out every output that is not blocked
    comment : str
    actor : str        a checker, neither the author nor named in the permit

    Errors   PPL codes; AIR-304 nothing could leave; AIR-305 a second vote; AIR-306 a file changed; AIR-307, AIR-308
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    allow(actor, "airlock.review", {"author": row.author, "named": list(permit.people.authorised)})
    follow(row.state, "vote", row.id)
    if name := evidence.altered(node, row):
        raise void(node, row, name, actor)
    if not any(entry["check"]["outcome"] != "block" for entry in row.outputs):
        raise refuse("AIR-304", request=row.id)
    at = node.clock()
    with transaction.atomic():
        row = Request.objects.select_for_update().get(id=row.id)
        state = follow(row.state, "vote", row.id)
        if row.votes.filter(void=False, reviewer=actor).exists():
            raise refuse("AIR-305", name=actor)
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
    return queries.view(row, reader=actor)


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

    Errors   PMT codes when the permit no longer holds; PPL codes; AIR-306 a file changed; AIR-307 not approved
    Source   design 4, Release; TEHDAS2 D7.2, disclosure record
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    allow(actor, "airlock.release", {"author": row.author, "named": list(permit.people.authorised)})
    state = follow(row.state, "release", row.id)
    if name := evidence.altered(node, row):
        raise void(node, row, name, actor)
    cleared = [entry for entry in row.outputs if entry["check"]["outcome"] != "block"]
    release_id, at = new_id("release"), node.clock()
    record = document(node, row, permit, release_id, actor, at)
    place = Placement("release", synthetic=row.synthetic)
    with node.store.drafting(f"releases/{release_id}", place) as folder:
        draft = Store(folder, node.store.gate)
        for entry in cleared:
            data = evidence.opened(node, row, entry)
            if data is None:
                raise void(node, row, str(entry["check"]["file"]), actor)
            draft.write(f"outputs/{entry['check']['file']}", data, place, mode=0o644)
        draft.write("release.json", canonical(record) + b"\n", place, mode=0o644)
    tables = [
        {name: entry[name] for name in ("declaration", "shown", "whole")} for entry in cleared if "shown" in entry
    ]
    with transaction.atomic():
        row = Request.objects.select_for_update().get(id=row.id)
        row.state = follow(row.state, "release", row.id)
        row.save()
        Release.objects.create(id=release_id, request=row, permit=row.permit, record=record, tables=tables, at=at)
        body = {
            "request": row.id,
            "run": row.run,
            "permit": row.permit,
            "outputs": [{"file": each["file"], "sha256": each["sha256"]} for each in record["outputs"]],
        }
        ledger.append([Fact("airlock.released", release_id, actor, at, body)])
    assert row.state == state
    return record


def document(node: Node, row: Request, permit: Permit, release_id: str, actor: str, at: datetime) -> dict[str, Any]:
    """Return the release record: outputs, checks with rule and figure, what was recomputed, votes, changes, links."""
    from hygie.secure.airlock.values import output_check
    from hygie.secure.enclave import queries as enclave

    run = enclave.run(row.run)
    checks: list[OutputCheck] = [output_check(entry["check"]) for entry in row.outputs]
    preset = permits.output_preset(permit)
    return {
        "schema": "hygie-release/1",
        "id": release_id,
        "node": node.id,
        "at": at.isoformat(),
        "request": row.id,
        "run": {"id": run.id, "record": run.hash, "study": run.study, "study_hash": run.study_hash},
        "extract": {"id": run.extract, "hash": run.extract_hash},
        "permit": {"id": permit.id, "hash": permit.hash},
        "synthetic": row.synthetic,
        "policy": {"preset": preset.id, "figures": preset.figures()},
        "author": row.author,
        "released_by": actor,
        "votes": [
            {"reviewer": each.reviewer, "agrees": each.agrees, "comment": each.comment, "at": each.at.isoformat()}
            for each in row.votes.filter(void=False)
        ],
        "void_votes": row.votes.filter(void=True).count(),
        "outputs": [
            {**each.public(), "declaration": entry["declaration"]}
            for each, entry in zip(checks, row.outputs, strict=True)
            if each.outcome != "block"
        ],
        "kept_back": [
            {"file": each.file, "rules": sorted({one.rule for one in each.checks if one.outcome == "block"})}
            for each in checks
            if each.outcome == "block"
        ],
    }


def content_of(salt: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the hash of what votes are about."""
    return content_hash(salt, [entry["check"] for entry in entries])


def tally(entries: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many outputs have which outcome."""
    found = [str(entry["check"]["outcome"]) for entry in entries]
    return {name: found.count(name) for name in ("pass", "review", "block")}
