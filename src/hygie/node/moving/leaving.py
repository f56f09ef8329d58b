"""Leaving for good: the cut-over, after which the old place refuses writes, and the erasure of every copy there."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

from django.db import transaction

from hygie.base.kernel import Fact, digest, refuse
from hygie.base.keys import FileKeys
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as facts
from hygie.commons.sovereignty.rules.leaving import proven as erasure_proven
from hygie.commons.sovereignty.rules.questions import Copy
from hygie.intake.lake import moving as lake
from hygie.intake.linkage import moving as vault
from hygie.node.home.leaving import LEFT, left
from hygie.node.moving import planning
from hygie.node.moving.actions import allowed, planned, still
from hygie.node.moving.buckets import Bucket
from hygie.node.moving.inventory import inventory
from hygie.node.moving.places import old_bucket, old_objects
from hygie.node.moving.proving import intact, proven, readable
from hygie.node.moving.records import Ends, all_of, keep, read, turn
from hygie.node.moving.values import METHODS, Left, Plan, State, roots

TAKEN = "taken-over"
LOG = "old-ledger"
ERASING = "erasing"
REASON = 2000  # characters
CARRIED = ("dataset:", "vault", "moving:")  # contexts of keys whose data were carried, or were of the way


def cut_over(ends: Ends) -> State:
    """Close the old node and let the new one take over; only what was proven, and nothing that changed since.

    First the old node's Gate closes, for processes that run already too; then both say so. Killed in between, a second
    call ends it; until then the old node refuses writes and still holds everything.

    Errors      PPL-101; MOV-104, MOV-105; MOV-304 nothing was proven; MOV-305 the old node changed since: run and
                prove again, the Gate staying closed; MOV-203, MOV-204, MOV-311 the new node lost something since;
                MOV-402 to MOV-407 of a bucket
    """
    allowed(ends)
    made = planned(ends)
    before = proven(ends)
    if before is None:
        raise refuse("MOV-304", found=made.id)
    old, new = before
    if read(ends.new, f"{ends.here}/{TAKEN}") is None:
        objects = old_objects(ends, made.old_objects)
        with still(ends):
            intact(ends, new)
            keep_left(ends, made)
            if roots(inventory(ends.old, objects=objects).items) != old:
                raise refuse("MOV-305", found=made.old)
    if not ledger_says(made, "node.left"):
        say(ends, made, "node.left", {"to": made.new, "held": old.held})
    take(ends, made, old.held)
    forget_way(ends)
    return state(ends)


def keep_left(ends: Ends, made: Plan) -> None:
    """Close the old node's Gate."""
    if not left(ends.old.home):
        keep(ends.old, LEFT.removesuffix(".json"), {"to": made.new, "move": made.id})


def take(ends: Ends, made: Plan, held: str) -> None:
    """Let the new node take over: the old one's whole log beside its own, signed, and the fact; once."""
    name = f"{ends.here}/{TAKEN}"
    if read(ends.new, name) is not None:
        return
    folder = f"{ends.here}/{LOG}"
    ends.new.store.remove(folder)
    origin, at = ledger.origin_of(ends.old.id), ends.old.clock()
    log = ledger.export(ends.new.store.path(folder), ends.old.keys, origin=origin, at=at, gate=ends.new.store.gate)
    turn(ends.new)
    if not ledger_says(made, "node.took-over"):
        body = {"from": made.old, "held": held, "log": origin, "events": log.size, "root": log.root.hex()}
        say(ends, made, "node.took-over", body)
    keep(ends.new, name, {"move": made.id, "log": log.root.hex()})
    turn(ends.old)


def forget_way(ends: Ends) -> None:
    """Destroy the key of the way, and remove the second links of what came: the new node's own folders hold it."""
    way = read(ends.new, f"{ends.here}/transit")
    if way is not None and ends.new.keys.exists(str(way["key"])):
        ends.new.keys.destroy(str(way["key"]))
    for folder in ("objects", "incoming", "vault"):
        ends.new.store.remove(f"{ends.here}/{folder}")


def say(ends: Ends, made: Plan, kind: str, body: dict[str, object]) -> None:
    """Write a fact about the move into the ledger in use."""
    with transaction.atomic():
        ledger.append([Fact(kind, made.id, ends.actor, ends.old.clock(), body)])


def ledger_says(made: Plan, kind: str) -> bool:
    """Return whether the ledger in use has a fact of a kind about the move."""
    return bool(facts.indexes(made.id, kind))


def erase(ends: Ends, *, signed_by: str, derived: bool = False, early: str = "") -> State:
    """Destroy every key of the old node but the one it signed with, and the files of its lake and vault; record it.

    In a bucket every version of every object goes, with uploads that were never finished: a copy with its own record.
    What hangs on keys of permits (extracts, runs, studies, requests to the airlock) was not carried and ends with them.
    Killed at any point, a second call goes on, and its records name what the first one destroyed too.

    Parameters
    ----------
    signed_by : str   the office that signs for it, never a person's name
    derived : bool    whether that is meant
    early : str       why before the plan's day of erasure, published in the records; not asked for from that day on

    Errors      PPL-101; MOV-104, MOV-105; MOV-306 the new node has not taken over; MOV-307 the office is not named;
                MOV-309 keys of permits would go and nobody said so; MOV-313 the plan's day of erasure is to come and
                nobody says why now; MOV-203, MOV-204 and LAK codes when the new node is not whole: the last copy is not
                destroyed; MOV-402 to MOV-407 of a bucket; MOV-412 it holds versions that cannot be removed
    Source      NIST SP 800-88r2 (cryptographic erase); SecNumCloud 3.2, 19.4; Reg. (EU) 2023/2854 art. 25(2)(g), (h)
    """
    allowed(ends)
    made = planned(ends)
    if read(ends.new, f"{ends.here}/{TAKEN}") is None or not left(ends.old.home):
        raise refuse("MOV-306", found=made.old)
    keys = ends.old.keys
    if not isinstance(keys, FileKeys):
        raise TypeError("only file keys are erased here")
    others = [key for key, context in keys.held().items() if not context.startswith(CARRIED)]
    if others and not derived:
        raise refuse("MOV-309", found=made.old, count=len(others))
    if not signed_by.strip():
        raise refuse("MOV-307", found=planning.OWN, accepted=", ".join(METHODS))
    why = hurried(ends, made, early)
    bucket = old_bucket(ends, made.old_objects) if made.old_objects else None
    readable(ends)
    forget_way(ends)
    with still(ends):
        going = begun(ends, keys, bucket, why)
        gone = {*lake.erase_left(ends.old), *vault.erase_left(ends.old), *going.keys}
        for key in sorted(keys.held()):
            keys.destroy(key)
        ends.old.store.remove("moving/contents")
    today = ends.old.today().isoformat()
    done = replace(going, erased=today, signed_by=signed_by, keys=tuple(sorted(gone)), versions=0)
    found = once(ends, made, done)
    if bucket is not None:
        bucket.abort()
        bucket.remove()
        found = once(ends, made, replace(done, id=str(made.old_objects), keys=(), versions=going.versions))
    return found


def hurried(ends: Ends, made: Plan, early: str) -> str:
    """Return why the old place is erased before the plan's day, nothing from that day on; what was begun goes on.

    Errors      MOV-103 the plan has no such day; MOV-313 it is to come, and no reason of a fit length is given
    """
    begun_before = read(ends.new, f"{ends.here}/{ERASING}")
    if begun_before is not None:
        return str(begun_before["early"])
    if not made.erasure:
        raise refuse("MOV-103", found="plan.json")
    if ends.old.today().isoformat() >= made.erasure:
        return ""
    if not 0 < len(early.strip()) <= REASON:
        raise refuse("MOV-313", found=made.erasure, old=made.old)
    return early.strip()


def begun(ends: Ends, keys: FileKeys, bucket: Bucket | None, early: str) -> Left:
    """Write down which keys and how many versions go, before any does; a second call keeps what the first one wrote."""
    name = f"{ends.here}/{ERASING}"
    before = read(ends.new, name) or {"keys": (), "versions": 0}
    going = tuple(sorted({*before["keys"], *keys.held()}))
    versions = max(int(before["versions"]), sum(1 for _ in bucket.versions()) if bucket else 0)
    keep(ends.new, name, {"keys": going, "versions": versions, "early": early})
    return Left(planning.OWN, method="key erasure", keys=going, versions=versions, early=early)


def once(ends: Ends, made: Plan, done: Left) -> State:
    """Record an erasure, unless one of the same keys and versions is on record with the day on which it was."""
    before = next((each for each in copies(ends, made) if each.id == done.id), Left(done.id))
    same = before.erased and (before.keys, before.versions) == (done.keys, done.versions)
    return state(ends) if same else recorded(ends, done)


def record(ends: Ends, copy: Left) -> State:
    """Record that a copy at the old place was erased: how, when, and who signs for it.

    Parameters
    ----------
    copy : Left   one that the plan names; the old node itself is erased by `erase`, never by being said to be

    Errors      PPL-101; MOV-104, MOV-105; MOV-306 before the cut-over; MOV-307 no method, no office, or a day to come;
                MOV-308 no such copy; MOV-310 it is the old node itself
    Source      SecNumCloud 3.2, 19.4; NIST SP 800-88r2
    """
    if copy.id == planning.OWN:
        raise refuse("MOV-310", found=ends.old.id)
    allowed(ends)
    return recorded(ends, copy)


def recorded(ends: Ends, copy: Left) -> State:
    """Write the erasure of a copy down at the new node."""
    made = planned(ends)
    if read(ends.new, f"{ends.here}/{TAKEN}") is None:
        raise refuse("MOV-306", found=made.old)
    known = {each.id: each for each in copies(ends, made)}
    if copy.id not in known:
        raise refuse("MOV-308", found=copy.id[:64], accepted=", ".join(known))
    today = ends.old.today().isoformat()
    if copy.method not in METHODS or not copy.signed_by.strip() or not "" < copy.erased <= today:
        raise refuse("MOV-307", found=copy.id, accepted=", ".join(METHODS))
    done = replace(known[copy.id], erased=copy.erased, method=copy.method, signed_by=copy.signed_by)
    done = replace(done, keys=copy.keys, versions=copy.versions, early=copy.early)
    body: dict[str, object] = {"copy": done.id, "erased": done.erased, "method": done.method, "keys": list(done.keys)}
    body |= {"backups_until": done.backups_until, "signed_by": done.signed_by[:120]}
    body |= {"versions": done.versions} if done.versions else {}
    body |= {"early": done.early, "due": made.erasure} if done.early else {}
    turn(ends.new)
    if body not in [event.body for event in facts.chosen(facts.indexes(made.id, "copy.erased"))]:
        say(ends, made, "copy.erased", body)
    keep(ends.new, f"{ends.here}/erased/{digest(done.id.encode())}", asdict(done))
    turn(ends.old)
    return state(ends)


def copies(ends: Ends, made: Plan) -> tuple[Left, ...]:
    """Return the copies of the plan, with the erasures on record at the new node."""
    done = {str(each["id"]): each for each in all_of(ends.new, f"{ends.here}/erased")}
    return tuple(
        Left(**{**done[each.id], "keys": tuple(done[each.id]["keys"])}) if each.id in done else each
        for each in made.copies
    )


def open_copies(ends: Ends, made: Plan, day: date) -> tuple[str, ...]:
    """Return the copies whose erasure is not proven, or whose backups outlive it (rule R29)."""
    found = []
    for each in copies(ends, made):
        erased = date.fromisoformat(each.erased) if each.erased else None
        copy = Copy(each.id, erased, METHODS.get(each.method, ""), each.signed_by)
        outlives = each.backups_until >= day.isoformat() and each.method != "key erasure"
        if not erasure_proven(copy, day) or outlives:
            found.append(each.id)
    return tuple(found)


def state(ends: Ends) -> State:
    """Return how far the move is; it is closed when every copy at the old place is erased, and not before.

    Errors      MOV-103 to MOV-105
    """
    made = planned(ends)
    receipts = ends.new.store.path(f"{ends.here}/receipts")
    taken = read(ends.new, f"{ends.here}/{TAKEN}") is not None
    still_open = open_copies(ends, made, ends.old.today())
    return State(
        made.id,
        len(list(receipts.glob("*.json"))) if receipts.is_dir() else 0,
        proven(ends) is not None,
        taken and bool(left(ends.old.home)),
        still_open,
        {each.id: each.backups_until for each in copies(ends, made) if each.id in still_open and each.erased},
    )
