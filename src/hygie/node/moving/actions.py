"""Moving a node's data to another node: plan it, carry it. Proving and leaving are in `proving` and `leaving`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from django.db import transaction

from hygie.base.kernel import Fact, Progress, canonical, digest, new_id, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.linkage import vault
from hygie.node.home.leaving import left
from hygie.node.moving import planning, shelving
from hygie.node.moving.adopting import adopt, strangers
from hygie.node.moving.carrying import carry, sweep
from hygie.node.moving.inventory import inventory
from hygie.node.moving.places import new_bucket, old_objects
from hygie.node.moving.records import Ends, keep, read, turn
from hygie.node.moving.values import Address, Left, Plan, Roots, plan_of, roots

PLAN = "moving/plan"


@contextmanager
def still(ends: Ends) -> Iterator[None]:
    """Hold the old node's lake and opt-outs, so that nothing changes under the hands of who reads them.

    Errors      LNK-102 an ingest, an erasure or another move is at work
    """
    with vault.exclusive(ends.old, "lake"), vault.exclusive(ends.old, "optouts", wait=True):
        yield


def allowed(ends: Ends) -> None:
    """Refuse an actor who may not operate both nodes; PPL-101; the old node's database is in use afterwards."""
    for node in (ends.new, ends.old):
        turn(node)
        check(ends.actor, "node.operate", {})


def planned(ends: Ends) -> Plan:
    """Return the plan of this move; the buckets are those that the new node has on record.

    Errors      MOV-104 none was made; MOV-105 it is to another node; MOV-103 damaged
    """
    found = read(ends.old, PLAN)
    if found is None:
        raise refuse("MOV-104", found=ends.old.id)
    mine = read(ends.new, f"{ends.here}/plan")
    try:
        plan, own = plan_of(found), plan_of(mine or found)
    except (KeyError, TypeError):
        raise refuse("MOV-103", found="plan.json") from None
    if plan.new != ends.new.id:
        raise refuse("MOV-105", found=ends.new.id, accepted=plan.new)
    return replace(plan, old_objects=own.old_objects, new_objects=own.new_objects)


def plan(
    ends: Ends,
    *,
    notice: date | None = None,
    copies: Sequence[Left] = (),
    buckets: tuple[Address | None, Address | None] = (None, None),
    progress: Progress = silent,
) -> Plan:
    """Plan a move: everything the old node holds, counted and hashed; what is due by when; whom to tell.

    A second plan to the same node takes the first one's id; copies that were named stay.

    Parameters
    ----------
    notice : date        the day the old host is given notice; today if none
    copies : Sequence    copies at the old place besides its own store, and besides the places that it declares
    buckets : tuple      where the old node's objects lie, and where the new node's are kept besides its folder; without
                         one, what an earlier plan said, or nowhere but in the folder

    Errors      PPL-101; MOV-101 to MOV-103, MOV-105; MOV-106 the new node or its bucket has data of its own; MOV-107
                the old node was left already; MOV-203, MOV-204 an object is damaged or missing; MOV-402 to MOV-408,
                MOV-410, MOV-411 of buckets
    Source      Reg. (EU) 2023/2854 art. 25; SecNumCloud 3.2, 19.1 and 19.4; HDS requirement 27
    """
    allowed(ends)
    if left(ends.old.home):
        raise refuse("MOV-107", found=ends.old.id)
    before = planned(ends) if read(ends.old, PLAN) is not None else None
    if found := strangers_of(ends):
        raise refuse("MOV-106", found=", ".join(found[:5]), count=len(found))
    turn(ends.old)
    source, target = planning.chosen(ends, before, buckets)
    objects, bucket = old_objects(ends, source), new_bucket(ends, target)
    named = planning.to_erase(ends.old, before, source, copies)
    at = ends.old.clock()
    with still(ends):
        held = inventory(ends.old, progress, objects)
        if bucket is not None:
            shelving.expected(ends, bucket, held)
        move = before.id if before else new_id("move")
        made = planning.made(move, ends.old, ends.new, held, notice or ends.old.today(), named, at.isoformat())
    made = replace(made, old_objects=source, new_objects=target)
    keep(ends.new, f"{ends.here}/plan", made.document())
    keep(ends.old, PLAN, made.document())
    body = {
        "to": made.new,
        "objects": made.objects,
        "rows": made.rows,
        "datasets": dict(made.datasets),
        "derived": dict(made.derived),
        "copies": [each.id for each in made.copies],
        "notice": made.notice,
        "plan": digest(canonical(made.document())),
    }
    body |= {name: str(each) for name, each in (("old_objects", source), ("new_objects", target)) if each}
    with transaction.atomic():
        ledger.append([Fact("move.planned", made.id, ends.actor, at, body)])
    return made


def strangers_of(ends: Ends) -> list[str]:
    """Return what the new node holds of its own."""
    turn(ends.new)
    found = strangers(ends)
    turn(ends.old)
    return found


def run(ends: Ends, progress: Progress = silent) -> Roots:
    """Carry everything to the new node, re-encrypted there under fresh keys, and make it the new node's own.

    Killed at any point, a second call goes on where the first one was; what changed at the old node meanwhile comes
    with it, and what was erased there goes. The old node is only read.

    Errors      PPL-101; MOV-104 to MOV-106; MOV-203 to MOV-205; LNK-102; KEY codes; MOV-402 to MOV-409, MOV-412 of
                buckets
    Source      reference, reversibility and migration
    """
    allowed(ends)
    made = planned(ends)
    if left(ends.old.home) and read(ends.new, f"{ends.here}/taken-over") is not None:
        raise refuse("MOV-107", found=made.old)
    ends.new.store.sweep()
    objects, bucket = old_objects(ends, made.old_objects), new_bucket(ends, made.new_objects)
    with still(ends):
        held = inventory(ends.old, progress, objects)
        received = carry(ends, objects, held, progress)
        sweep(ends, held)
        if bucket is not None:
            shelving.shelve(ends, bucket, held, received, progress)
        turn(ends.new)
        with vault.exclusive(ends.new, "lake"), vault.exclusive(ends.new, "optouts", wait=True):
            adopt(ends, held, received)
        turn(ends.old)
    return roots(received)
