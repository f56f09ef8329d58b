"""The public register of a node, built from other rooms' queries, and its check against the ledger."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from hygie.access.extracts import queries as extracts
from hygie.access.extracts.values import ExtractManifest
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, Verdict, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.base.ledger.standalone_verifier import Tree, leaf_hash
from hygie.public.register import rules
from hygie.public.register.values import (
    Counts,
    EventRef,
    ExtractEntry,
    LedgerRef,
    OutputEntry,
    PermitEntry,
    Register,
    ReleaseEntry,
    RunEntry,
)
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave
from hygie.secure.enclave.values import RunRecord


def register(node: Node) -> dict[str, Any]:
    """Return the public register as JSON values.

    Parameters
    ----------
    node : Node

    Errors     PMT-202, PMT-203 when a stored permit is not the one that was signed
    Source     Reg. (EU) 2025/327 arts 57(1)(j), 58
    """
    with transaction.atomic():
        return gathered(node)


def gathered(node: Node) -> dict[str, Any]:
    """Return the register as one transaction sees it."""
    at, head = node.clock(), ledger.head()
    standings = permits.every(at=at, public_key=node.keys.public_key())
    return Register(
        schema="hygie-register/1",
        node=node.id,
        country=node.country,
        made_at=at.isoformat().replace("+00:00", "Z"),
        ledger=LedgerRef(origin=ledger.origin_of(node.id), size=head.size, root=head.text),
        permits=tuple(permit_entry(each) for each in standings),
        extracts=tuple(extract_entry(each) for each in extracts.every()),
        runs=tuple(run_entry(each) for each in enclave.runs()),
        releases=tuple(release_entry(each) for each in airlock.releases()),
        requests=counts(airlock.requests()),
    ).document()


def about(subject: str) -> tuple[EventRef, ...]:
    """Return the ledger's events about a thing."""
    found = [events.event(index) for index in events.indexes(subject)]
    return tuple(EventRef(index=each.index, kind=each.kind, at=each.at) for each in found)


def permit_entry(found: permits.Standing) -> PermitEntry:
    """Return a permit without the natural persons it names, and what became of it."""
    since = {
        "state": found.state,
        "amended_by": found.amended_by or None,
        "revoked_on": found.revoked_on.isoformat() if found.revoked_on else None,
        "revoked_reason": found.revoked_reason if found.revoked_on else None,
        "events": [each.model_dump() for each in about(found.permit.id)],
    }
    return PermitEntry.model_validate_json(json.dumps(permits.public(found.permit) | since))


def extract_entry(found: ExtractManifest) -> ExtractEntry:
    """Return an extract without its counts of persons and rows."""
    events_about = [each.model_dump() for each in about(found.id)]
    return ExtractEntry.model_validate_json(json.dumps(found.public() | {"events": events_about}))


def run_entry(found: RunRecord) -> RunEntry:
    """Return a run without its author, and with its study as a hash."""
    return RunEntry(
        id=found.id,
        permit=found.permit,
        study=found.study_hash,
        extract=found.extract,
        dummy=found.dummy,
        synthetic=found.synthetic,
        started_at=found.started_at,
        ended_at=found.ended_at,
        exit=found.exit,
        stopped_by=found.stopped_by,
        missing_walls=tuple(found.missing),
        record=found.hash,
        events=about(found.id),
    )


def release_entry(record: Mapping[str, Any]) -> ReleaseEntry:
    """Return a release without author, reviewers and what was kept back."""
    outputs = [OutputEntry(file=each["file"], kind=each["kind"], sha256=each["sha256"]) for each in record["outputs"]]
    return ReleaseEntry(
        id=record["id"],
        permit=record["permit"]["id"],
        run=record["run"]["id"],
        at=record["at"],
        synthetic=record["synthetic"],
        policy=record["policy"]["preset"],
        outputs=tuple(outputs),
        events=about(record["id"]),
    )


def counts(requests: Iterable[tuple[str, str, str]]) -> Counts:
    """Return how many requests there were and what became of them."""
    states = [state for _, _, state in requests]
    refused, released = states.count("refused"), states.count("released")
    return Counts(requested=len(states), waiting=len(states) - refused - released, refused=refused, released=released)


def read(data: bytes) -> Register:
    """Return the register in a file's content; REG-105 with the first place that is not as it should be."""
    try:
        return Register.model_validate_json(data)
    except ValidationError as errors:
        first = errors.errors(include_input=False, include_url=False)[0]
        path = "$." + ".".join(str(part) for part in first["loc"])
        raise refuse("REG-105", path=path, found=str(first["msg"])[:200]) from None


def verify(data: bytes, records: Iterable[bytes], *, origin: str) -> Register:
    """Return the register in a file if the ledger bears out every entry and every event to publish has one.

    What is not compared stands in `rules.UNCOMPARED`.

    Parameters
    ----------
    data : bytes                the register's JSON
    records : Iterable[bytes]   the ledger's records in order, already verified
    origin : str                the ledger they are of

    Errors     REG-101 to REG-104 and REG-107 all at once; REG-105 no register; REG-106 another node's
    """
    found = read(data)
    if found.ledger.origin != origin or ledger.origin_of(found.node) != origin:
        raise refuse("REG-106", found=f"{found.ledger.origin}, {found.node}"[:160], accepted=origin)
    tree = Tree()

    def events_of() -> Iterator[dict[str, Any]]:
        for record in records:
            if tree.size < found.ledger.size:
                tree.append(leaf_hash(record))
            yield json.loads(record)

    reasons = rules.check(found, events_of()).reasons
    root = base64.b64encode(tree.root()).decode()
    if tree.size == found.ledger.size and root != found.ledger.root:
        reasons += (Reason("REG-107", {"found": found.ledger.root[:64], "accepted": root}),)
    Verdict(reasons).check()
    return found
