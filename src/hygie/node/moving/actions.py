"""Moving a node's data to another node: plan it, carry it. Proving and leaving are in `proving` and `leaving`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from django.db import transaction

from hygie.base.kernel import Fact, Progress, canonical, digest, new_id, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.linkage import vault
from hygie.node.home.leaving import left
from hygie.node.moving import planning
from hygie.node.moving.adopting import adopt, strangers
from hygie.node.moving.carrying import carry, sweep
from hygie.node.moving.inventory import inventory
from hygie.node.moving.records import Ends, keep, read, turn
from hygie.node.moving.values import Left, Plan, Roots, plan_of, roots

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
    """Return the plan of this move.

    Errors      MOV-104 none was made; MOV-105 it is to another node; MOV-103 damaged
    """
    found = read(ends.old, PLAN)
    if found is None:
        raise refuse("MOV-104", found=ends.old.id)
    try:
        plan = plan_of(found)
    except (KeyError, TypeError):
        raise refuse("MOV-103", found="plan.json") from None
    if plan.new != ends.new.id:
        raise refuse("MOV-105", found=ends.new.id, accepted=plan.new)
    return plan


def plan(ends: Ends, *, notice: date | None = None, copies: Sequence[Left] = (), progress: Progress = silent) -> Plan:
    """Plan a move: everything the old node holds, counted and hashed; what is due by when; whom to tell.

    A second plan to the same node takes the first one's id; copies that were named stay.

    Parameters
    ----------
    notice : date        the day the old host is given notice; today if none
    copies : Sequence    copies at the old place besides its own store, and besides the places that it declares

    Errors      PPL-101; MOV-101 to MOV-103, MOV-105; MOV-106 the new node has data of its own; MOV-107 the old node was
                left already; MOV-203, MOV-204 an object is damaged or missing
    Source      Reg. (EU) 2023/2854 art. 25; SecNumCloud 3.2, 19.1 and 19.4; HDS requirement 27
    """
    allowed(ends)
    if left(ends.old.home):
        raise refuse("MOV-107", found=ends.old.id)
    before = planned(ends) if read(ends.old, PLAN) is not None else None
    if found := strangers_of(ends):
        raise refuse("MOV-106", found=", ".join(found[:5]), count=len(found))
    turn(ends.old)
    told = before.copies if before else (Left(planning.OWN),)
    known = {each.id: each for each in (*planning.declared_copies(ends.old), *told)}
    named = tuple({**known, **{each.id: each for each in copies}}.values())
    at = ends.old.clock()
    with still(ends):
        held = inventory(ends.old, progress)
        move = before.id if before else new_id("move")
        made = planning.made(move, ends.old, ends.new, held, notice or ends.old.today(), named, at.isoformat())
    keep(ends.old, PLAN, made.document())
    keep(ends.new, f"{ends.here}/plan", made.document())
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

    Errors      PPL-101; MOV-104 to MOV-106; MOV-203 to MOV-205; LNK-102; KEY codes
    Source      reference, reversibility and migration
    """
    allowed(ends)
    made = planned(ends)
    if left(ends.old.home) and read(ends.new, f"{ends.here}/taken-over") is not None:
        raise refuse("MOV-107", found=made.old)
    ends.new.store.sweep()
    with still(ends):
        held = inventory(ends.old, progress)
        received = carry(ends, held, progress)
        sweep(ends, held)
        turn(ends.new)
        with vault.exclusive(ends.new, "lake"), vault.exclusive(ends.new, "optouts", wait=True):
            adopt(ends, held, received)
        turn(ends.old)
    return roots(received)
