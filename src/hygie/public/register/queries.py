"""The public register of a node, built from other rooms' queries, and its check against the ledger."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from hygie.access.applications import queries as asked
from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, Verdict, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.base.ledger.standalone_verifier import Tree, leaf_hash
from hygie.public.register import entries, rules
from hygie.public.register.figuring import backlog, rounded, users
from hygie.public.register.values import Figures, LedgerRef, Leg, Register, Users
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave


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


def written(document: dict[str, Any]) -> bytes:
    """Return the register as a file: the same bytes from the command line, the API and the page."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def gathered(node: Node) -> dict[str, Any]:
    """Return the register as one transaction sees it."""
    at, head = node.clock(), ledger.head()
    standings = permits.every(at=at, public_key=node.keys.public_key())
    prepared, runs, releases = list(extracts.every()), enclave.runs(), airlock.releases()
    excluded = asked.enforced(most=None)[::-1]
    received = entries.applications()
    led = {each.permit: each.id for each in received if each.permit}
    things = [each.permit.id for each in standings] + [each["id"] for each in releases]
    things += [*(each.id for each in prepared), *(each.id for each in runs), *(each.id for each in excluded)]
    about = {subject: entries.refs(found) for subject, found in events.about(things).items()}
    return Register(
        schema="hygie-register/2",
        node=node.id,
        country=node.country,
        made_at=at.isoformat().replace("+00:00", "Z"),
        ledger=LedgerRef(origin=ledger.origin_of(node.id), size=head.size, root=head.text),
        applications=received,
        permits=tuple(entries.permit_entry(each, about[each.permit.id], led.get(each.permit.id)) for each in standings),
        extracts=tuple(entries.extract_entry(each, about[each.id]) for each in prepared),
        runs=tuple(entries.run_entry(each, about[each.id]) for each in runs),
        releases=tuple(entries.release_entry(each, about[each["id"]]) for each in releases),
        requests=entries.counts(airlock.requests()),
        results=tuple(entries.result_entry(each) for each in asked.reported()),
        exclusions=tuple(entries.exclusion_entry(each, about[each.id]) for each in excluded),
        figures=figures(node),
    ).document()


def figures(node: Node) -> Figures:
    """Return the open figures as the node counts them, from what each event left behind.

    Source     Reg. (EU) 2025/327 arts 57(1)(j), 59 (SU-57-j, SU-59)
    """
    states, outcomes, kinds = asked.standing()
    running = permits.running(node.clock().date())
    return Figures(
        received=sum(states.values()),
        backlog=backlog(states),
        states=dict(sorted(states.items())),
        outcomes=dict(sorted(outcomes.items())),
        applicants=users(kind for kind, count in kinds.items() for _ in range(count)),
        permits_in_force=Users(public=running.public, commercial=running.commercial),
        legs=tuple(
            Leg(leg=each.leg, count=each.count, median=each.median or 0.0, mean=rounded(each.mean or 0))
            for each in asked.delays()
            if each.count
        ),
        refusal_grounds=dict(sorted(asked.grounds().items())),
    )


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
