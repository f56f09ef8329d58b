"""Proving a move: both ends counted and hashed again from their own files, wishes replayed, two runs compared."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, canonical, digest, refuse, silent
from hygie.base.keys import verify
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as datasets
from hygie.intake.linkage import moving as vault
from hygie.intake.optouts import queries as optouts
from hygie.node.moving import shelving
from hygie.node.moving.actions import allowed, planned, still
from hygie.node.moving.carrying import receipt
from hygie.node.moving.inventory import MEMORY, Inventory, inventory
from hygie.node.moving.places import Objects, new_bucket, old_objects, vault_at_hand
from hygie.node.moving.records import Ends, keep, read, turn
from hygie.node.moving.values import Item, Plan, Proof, Receipt, Roots, roots
from hygie.secure.enclave import queries as enclave


def prove(ends: Ends, *, runs: tuple[str, str] | None = None, progress: Progress = silent) -> Proof:
    """Prove that the new node holds all that the old one holds, and nothing else; signed by both, in both ledgers.

    Each end hashes its own files and reads its own rows in clear again; what the receipts say is held against both.

    Parameters
    ----------
    runs : tuple   two runs of one study, at the old node and at the new one, whose outputs are compared

    Errors      PPL-101; MOV-104, MOV-105; MOV-203, MOV-204; MOV-301 the two ends differ, or the new node's bucket does;
                MOV-302 wishes differ; MOV-303 the runs are not of one study, or their outputs differ; LAK codes of
                `dataset verify`; MOV-402 to MOV-407 of buckets
    Source      reference, reversibility and migration: recount, Merkle roots, opt-outs replayed, dual run
    """
    allowed(ends)
    made = planned(ends)
    objects, bucket = old_objects(ends, made.old_objects), new_bucket(ends, made.new_objects)
    with still(ends):
        held = inventory(ends.old, progress, objects)
    new, mine = same_roots(ends, held, progress)
    shelved = shelving.proven(bucket, mine) if bucket is not None else None
    turn(ends.new)
    verified(ends, progress)
    state, out = wishes(ends, objects, held)
    alike = compared(ends, *runs) if runs else ()
    return signed(ends, made, Proof(made.id, roots(held.items), new, state, out, alike, shelved))


def same_roots(ends: Ends, held: Inventory, progress: Progress) -> tuple[Roots, tuple[Item, ...]]:
    """Return the new node's roots and objects, the old one's roots being those of the receipts and of them; MOV-301."""
    received = [receipt(ends, item) for item in held.items]
    missing = [item.name for item, each in zip(held.items, received, strict=True) if each is None]
    if missing:
        raise refuse("MOV-301", found=f"{missing[0]}", count=len(missing))
    came = roots([each for each in received if each is not None])
    mine = own_items(ends, held, [each for each in received if each], progress)
    old, new = roots(held.items), roots(mine)
    if old != came or old.held != new.held or old.objects != new.objects:
        wrong = [i.name for i, each in zip(held.items, received, strict=True) if each and i.held != each.held]
        raise refuse("MOV-301", found=wrong[0] if wrong else "the new node's own files", count=len(wrong) or 1)
    return new, mine


def own_items(ends: Ends, held: Inventory, received: list[Receipt], progress: Progress) -> tuple[Item, ...]:
    """Return what the new node's own rows and files hold, read under its own keys."""
    turn(ends.new)
    mine = {item.name: item for item in recounted(ends.new, progress)}
    turn(ends.old)
    wanted = {each.name for each in received}
    if mine.keys() != wanted:
        wrong = sorted(mine.keys() ^ wanted)
        raise refuse("MOV-301", found=wrong[0], count=len(wrong))
    if held.items and not mine:
        raise refuse("MOV-301", found=held.items[0].name, count=len(held.items))
    return tuple(mine.values())


def recounted(node: Node, progress: Progress) -> tuple[Item, ...]:
    """Return every object of a node, hashed and read in clear now: nothing that was counted before is believed."""
    node.store.remove("moving/contents")
    return inventory(node, progress).items


def wishes(ends: Ends, objects: Objects, held: Inventory) -> tuple[str, int]:
    """Replay the opt-outs at both ends for a decision of now: the same register, and the same persons out; MOV-302."""
    at = ends.old.clock()

    def replayed(node: Node) -> tuple[str, list[int]]:
        turn(node)
        if not vault.has_token_key():
            return "", []
        with node.engine(memory=MEMORY, readable=(node.store.root,)) as engine:
            optouts.opted_out(node, engine, decided_on=at)
            return optouts.version(node, engine), persons(engine)

    with vault_at_hand(ends, objects, held.items) as at_hand:
        old, new = replayed(at_hand), replayed(ends.new)
    turn(ends.old)
    if old != new:
        raise refuse("MOV-302", found=len(set(old[1]) ^ set(new[1])))
    return old[0], len(old[1])


def persons(engine: Engine) -> list[int]:
    """Return the persons who are out."""
    return [int(row[0]) for row in engine.rows("SELECT person_uid FROM opted_out ORDER BY 1")]


def compared(ends: Ends, old_run: str, new_run: str) -> tuple[str, ...]:
    """Return the names of the outputs that a study gave alike at both ends; compared in memory, opened by each node.

    Errors      MOV-303; ENC-112 no such run
    """
    found = []
    for node, run in ((ends.old, old_run), (ends.new, new_run)):
        turn(node)
        record = enclave.run(run)
        outputs = {each.name: digest(enclave.content(node, record, each)) for each in record.outputs}
        found.append((record.study_hash, record.dummy, record.exit, outputs))
    turn(ends.old)
    if found[0][:3] != found[1][:3] or found[0][1]:
        raise refuse("MOV-303", found="study")
    one, other = found[0][3], found[1][3]
    wrong = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    if wrong or not one:
        raise refuse("MOV-303", found=", ".join(wrong)[:200] or "–")
    return tuple(sorted(one))


def signed(ends: Ends, made: Plan, proof: Proof) -> Proof:
    """Keep a proof at both nodes, each with its signature, and say it in both ledgers."""
    body = asdict(proof)
    text = canonical(body)
    for node, place in ((ends.new, ends.here), (ends.old, "moving")):
        turn(node)
        signature = {"node": node.id, "key": node.keys.public_key().hex(), "value": node.keys.sign(text).hex()}
        keep(node, f"{place}/proof", {"proof": body, "signature": signature})
        said = {"proof": digest(text), "objects": proof.old.objects, "rows": proof.old.rows, "held": proof.old.held}
        said |= {"kept": proof.kept.root} if proof.kept else {}
        fact = Fact(
            "move.proven", made.id, ends.actor, node.clock(), {**said, "out": proof.out, "runs": len(proof.runs)}
        )
        with transaction.atomic():
            ledger.append([fact])
    return proof


def intact(ends: Ends, wanted: Roots, progress: Progress = silent) -> None:
    """Refuse unless the new node's own files and rows are those that were proven, read again under its own keys.

    Errors      MOV-311 they are not; MOV-203, MOV-204 a file is damaged or missing
    """
    turn(ends.new)
    found = roots(recounted(ends.new, progress))
    turn(ends.old)
    if found.held != wanted.held or found.objects != wanted.objects:
        raise refuse("MOV-311", found=ends.new.id, count=found.objects, accepted=wanted.objects)


def readable(ends: Ends, progress: Progress = silent) -> None:
    """Refuse unless everything that the new node holds now is whole, and opens under its own keys.

    Errors      MOV-203, MOV-204; LAK codes of `dataset verify`
    """
    turn(ends.new)
    recounted(ends.new, progress)
    verified(ends, progress)
    turn(ends.old)


def verified(ends: Ends, progress: Progress) -> None:
    """Verify every dataset of the new node, whose control database is the one in use."""
    for each in datasets.datasets():
        lake.verify(ends.new, each.id, actor=ends.actor, progress=progress)


def proven(ends: Ends) -> tuple[Roots, Roots] | None:
    """Return the roots of both nodes that were last proven, or None; MOV-103 when the record is not what was signed."""
    found = read(ends.old, "moving/proof")
    if found is None:
        return None
    body, signature = found.get("proof"), found.get("signature")
    if not isinstance(body, dict) or not isinstance(signature, dict):
        raise refuse("MOV-103", found="proof.json")
    value = bytes.fromhex(str(signature.get("value", "")))
    if not verify(ends.old.keys.public_key(), value, canonical(body)):
        raise refuse("MOV-103", found="proof.json")
    return Roots(**body["old"]), Roots(**body["new"])
