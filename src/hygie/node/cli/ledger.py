"""hygie ledger: its head, a proof, verification, an export, open to every account; and its index, the operator's."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hygie.base.kernel import Placement, Store, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import offline
from hygie.base.ledger import standalone_verifier as verifier
from hygie.commons.people.policy import check
from hygie.node.cli.context import desk

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The tamper-evident ledger: head, prove, verify, export, index."
)

Against = Annotated[Path | None, typer.Option(help="A checkpoint kept outside the node.")]
Key = Annotated[Path | None, typer.Option(help="The public key's file, for an export or a proof; no node is needed.")]


def kept(path: Path | None) -> str | None:
    """Return the checkpoint that a file holds, or None without a file."""
    if path is None:
        return None
    with offline.refusing():
        return verifier.read_text(path, verifier.NOTE_LIMIT)


@app.command("head")
def head(ctx: typer.Context) -> None:
    """Say how many events there are and the root hash over them."""
    at = desk(ctx)
    origin = ledger.origin_of(at.node.id)
    found = ledger.head()
    vkey = verifier.verifier_key(origin, at.node.keys.public_key())
    at.show(
        {"origin": origin, "size": found.size, "root": found.text, "key": vkey},
        [f"{origin}: {found.size} events, root {found.text}", f"public key {vkey}"],
    )


@app.command("prove")
def prove(
    ctx: typer.Context,
    event: Annotated[int, typer.Argument(min=0, help="The event's index.")],
    out: Annotated[Path | None, typer.Option(help="Write the proof here instead of printing it.")] = None,
    since: Annotated[Path | None, typer.Option(help="A checkpoint kept outside that the proof shall continue.")] = None,
    tlog: Annotated[bool, typer.Option("--tlog", help="The C2SP tlog-proof text form.")] = False,
) -> None:
    """Write the proof that an event is in the ledger, which anyone can verify offline."""
    at = desk(ctx)
    node = at.node
    proof = ledger.prove(event, node.keys, origin=ledger.origin_of(node.id), at=node.clock(), since=kept(since))
    text = offline.tlog_proof(proof) if tlog else json.dumps(proof, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        at.show(proof, [text.rstrip("\n")])
        return
    Store(out.parent, node.store.gate).write(out.name, text.encode(), Placement("ledger"), mode=0o644)
    at.show({"file": str(out), "index": event}, [f"Event {event}: proof written to {out}"])


@app.command("verify")
def verify(
    ctx: typer.Context,
    against: Against = None,
    export: Annotated[Path | None, typer.Option(help="An exported folder instead of this node's ledger.")] = None,
    proof: Annotated[Path | None, typer.Option(help="A proof instead of this node's ledger.")] = None,
    key: Key = None,
) -> None:
    """Verify every event of this node, or an export or a proof with the public key alone."""
    at = desk(ctx)
    if (export and proof) or bool(export or proof) != bool(key):
        raise refuse(
            "CLI-101", asked="ledger verify", accepted="nothing, or --export DIR or --proof FILE with --key FILE"
        )
    if key is None:
        node = at.node
        found = ledger.verify(node.keys, origin=ledger.origin_of(node.id), against=kept(against), at=node.clock())
    else:
        with offline.refusing():
            vkey = verifier.read_text(key, verifier.NOTE_LIMIT)
            if proof:
                found = verifier.verify_proof(verifier.read_proof(proof), vkey, kept(against))
            else:
                found = verifier.verify_export(export or Path(), vkey, kept(against))
    at.show(asdict(found) | {"holds": True}, verifier.sentences(found))


@app.command("export")
def export(ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="A new or an empty folder.")]) -> None:
    """Write all events, a signed checkpoint, the public key and the one-file verifier."""
    at = desk(ctx)
    node = at.node
    made = ledger.export(folder, node.keys, origin=ledger.origin_of(node.id), at=node.clock(), gate=node.store.gate)
    at.show(
        {"folder": str(folder), "size": made.size, "origin": made.origin},
        [
            f"{made.size} events and a signed checkpoint of {made.origin} are in {folder}.",
            f"Keep {folder / verifier.CHECKPOINT} outside this node: against it, what is cut off or rolled back shows.",
        ],
    )


@app.command("index")
def index(ctx: typer.Context) -> None:
    """Make the index of who saw what again from the events, which alone are the truth."""
    at = desk(ctx)
    check(at.actor("node.operate"), "node.operate", {})
    count = ledger.index_readings()
    at.show({"readings": count}, [f"{count} readings are listed again from the events."])
