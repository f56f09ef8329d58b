"""A busy node's permits, each signed, with runs and releases under every second one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from hygie.access.permits import example, listing
from hygie.access.permits.actions import complete
from hygie.access.permits.models import Covers, Named, PermitRow
from hygie.access.permits.public import public_digest
from hygie.access.permits.reading import read
from hygie.access.permits.signing import sign
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, digest, new_id
from hygie.base.ledger import actions as ledger
from hygie.node.bench.seeding import DATA, GROUP, MINIMISATION, Size
from hygie.secure.airlock.models import Release, Request
from hygie.secure.enclave.models import Run
from hygie.secure.enclave.values import RunRecord

HASH = digest(b"bench")
WAITING = 10  # of so many permits one has a request that waits for a checker
FILE = {"name": "table.csv", "file": "0.sealed", "sha256": HASH}


def permits(node: Node, size: Size, datasets: Sequence[str]) -> list[str]:
    """Grant permits as signed documents, the first one to the account `user`; return their names."""
    at = node.clock()
    body = {
        **example.frame(node, at.date()),
        "people": {"principal_investigator": "user", "authorised": ["user"]},
        "data": {
            **DATA,
            "datasets": [datasets[0]],
            "format": "pseudonymised",
            "format_reason": "Followed.",
        },
        "minimisation": MINIMISATION,
    }
    draft = read(body).draft
    assert draft is not None, read(body).reasons
    first, made = complete(draft, node, at, None), []
    for low in range(0, size.permits, GROUP):
        signed = [
            (sign(first.model_copy(update={"id": new_id("permit")}), node.keys), number)
            for number in range(low, min(low + GROUP, size.permits))
        ]
        with transaction.atomic():
            keep(signed, datasets)
            leave(node, [(permit, number % WAITING == 0) for permit, number in signed if number % 2 == 0])
        made += [permit.id for permit, _ in signed]
    return made


def keep(signed: Sequence[tuple[Permit, int]], datasets: Sequence[str]) -> None:
    """Store permits with their facts."""
    rows = [
        PermitRow(
            id=permit.id, version=1, document=permit.text, sha256=permit.hash, decided_at=permit.decided_at,
            decided_by="officer", **listing.columns(permit),
        )
        for permit, _ in signed
    ]  # fmt: skip
    PermitRow.objects.bulk_create(rows)
    Named.objects.bulk_create(
        [Named(permit=row, account="user" if number % 1000 == 0 else f"author-{number}") for row, (_, number) in
         zip(rows, signed, strict=True)]
    )  # fmt: skip
    Covers.objects.bulk_create(
        [Covers(permit=row, dataset=datasets[number % len(datasets)]) for row, (_, number) in
         zip(rows, signed, strict=True)]
    )  # fmt: skip
    ledger.append(
        [
            Fact("permit.granted", permit.id, "officer", permit.decided_at,
                 {"sha256": permit.hash, "public": public_digest(permit), "version": 1})
            for permit, _ in signed
        ]
    )  # fmt: skip


def leave(node: Node, granted: Sequence[tuple[Permit, bool]]) -> None:
    """Store a run and a request under each permit, and the release unless that waits, with their facts."""
    at, runs, asked, left, facts = node.clock().replace(microsecond=0), [], [], [], []
    for permit, waits in granted:
        run, request, release = new_id("run"), new_id("request"), new_id("release")
        ended = at + timedelta(minutes=1)
        runs.append(
            Run(id=run, permit=permit.id, actor="user", state="ended", dummy=False, started_at=at, deadline=ended,
                record=ran(run, permit, at.isoformat(), ended.isoformat()))
        )  # fmt: skip
        asked.append(
            Request(id=request, run=run, permit=permit.id, extract="", author="user",
                    state="requested" if waits else "released",
                    preset="opensafely-7-5", key_id="", synthetic=False, outputs=[], content=HASH, created_at=at)
        )  # fmt: skip
        facts += happened(runs[-1], asked[-1], permit)
        if waits:
            continue
        record = released(release, request, run, permit, at.isoformat())
        left.append(
            Release(id=release, request=asked[-1], permit=permit.id, record=record, tables=[], files=1, at=at)
        )  # fmt: skip
        facts.append(let_out(left[-1], run, permit))
    Run.objects.bulk_create(runs)
    Request.objects.bulk_create(asked)
    ledger.append(facts)
    Release.objects.bulk_create(left)


def happened(run: Run, request: Request, permit: Permit) -> list[Fact]:
    """Return the facts of a run and its request, as their actions write them."""
    at, record = run.started_at, RunRecord.from_json(run.record)
    started = {"permit": run.permit, "study": record.study_hash, "extract": record.extract, "dummy": record.dummy}
    started["datasets"] = list(permit.data.datasets)
    ended = {"permit": run.permit, "state": "ended", "record": record.hash, "exit": record.exit}
    ended |= {"stopped_by": record.stopped_by, "missing": list(record.missing)}
    return [
        Fact("run.started", run.id, "user", at, started),
        Fact("run.ended", run.id, "user", run.deadline, ended),
        Fact("airlock.requested", request.id, "user", run.deadline, {"run": run.id, "permit": run.permit}),
    ]


def let_out(release: Release, run: str, permit: Permit) -> Fact:
    """Return the fact of a release, as its action writes it."""
    outputs = [{"file": each["file"], "sha256": each["sha256"]} for each in release.record["outputs"]]
    left = {"request": release.request_id, "run": run, "permit": permit.id, "outputs": outputs}
    left["datasets"] = list(permit.data.datasets)
    return Fact("airlock.released", release.id, "checker", release.at, left)


def ran(run: str, permit: Permit, started: str, ended: str) -> dict[str, Any]:
    """Return a run's record."""
    return {
        "id": run, "permit": permit.id, "permit_hash": permit.hash, "study": "bench", "study_hash": HASH,
        "extract": "", "extract_hash": "", "dummy": False, "synthetic": False, "language": "python",
        "command": ["python", "study.py"], "inputs": ["person"], "declared": [{"file": "table.csv"}], "walls": [],
        "limits": {"seconds": 60}, "started_at": started, "ended_at": ended, "exit": 0, "stopped_by": "",
        "used": {"wall": 1, "cpu": 1, "memory": 100}, "outputs": [FILE], "left": [], "undeclared": 0, "details": FILE,
        "texts": [], "key_id": "key-bench", "salt": HASH,
    }  # fmt: skip


def released(release: str, request: str, run: str, permit: Permit, at: str) -> dict[str, Any]:
    """Return a release's record."""
    return {
        "schema": "hygie-release/1", "id": release, "node": permit.node, "at": at, "request": request,
        "run": {"id": run, "record": HASH, "study": "bench", "study_hash": HASH},
        "permit": {"id": permit.id, "hash": permit.hash}, "synthetic": False,
        "policy": {"preset": "opensafely-7-5", "figures": {}}, "author": "user", "released_by": "checker", "votes": [],
        "outputs": [{"file": "table.csv", "kind": "table", "title": "A table", "sha256": HASH, "rows": 3,
                     "outcome": "pass", "checks": [], "declaration": {}}],
        "kept_back": [],
    }  # fmt: skip
