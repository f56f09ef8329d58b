"""hygie register: what everyone may see, written out and checked against the ledger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from hygie.base.kernel import Placement, Store, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import offline
from hygie.base.ledger import rows as stored
from hygie.base.ledger import standalone_verifier as verifier
from hygie.node.cli.context import desk
from hygie.public.register import document, queries, rules

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The public register, as JSON.")
LIMIT = 1 << 28
PARTS = ("applications", "permits", "extracts", "runs", "releases", "results", "exclusions", "measures", "labels")


@app.command("export")
def export(ctx: typer.Context, file: Annotated[str, typer.Argument(help="A file, or - for standard output.")]) -> None:
    """Write the public register: applications, permits, extracts, runs, releases, results and enforcement."""
    at = desk(ctx)
    if file == "-":
        data = b"".join(document.pieces(at.node))
        at.show(json.loads(data), [data.decode().rstrip("\n")])
        return
    path, counts = Path(file), dict.fromkeys(PARTS, 0)
    store = Store(path.parent, at.node.store.gate)
    kept = document.write(at.node, counts)
    with store.writing(path.name, Placement("register"), mode=0o644) as handle, kept.path.open("rb") as whole:
        shutil.copyfileobj(whole, handle)
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    at.show({"file": file, **counts}, [f"{said} written to {file}"])


@app.command("verify")
def verify(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A register that was exported.")],
    export: Annotated[Path | None, typer.Option(help="An exported ledger instead of this node's.")] = None,
    key: Annotated[Path | None, typer.Option(help="The public key's file, with --export.")] = None,
) -> None:
    """Verify the ledger, then every entry of a register against it, and that none is left out."""
    at = desk(ctx)
    if (export is None) != (key is None):
        raise refuse("CLI-101", asked="register verify", accepted="--export DIR with --key FILE, or none")
    with offline.refusing():
        data = verifier.read_text(file, LIMIT).encode()
        if export is not None and key is not None:
            held = verifier.verify_export(export, verifier.read_text(key, verifier.NOTE_LIMIT))
            records = verifier.read_lines(export / verifier.EVENTS)
        else:
            held = ledger.verify(at.node.keys, origin=ledger.origin_of(at.node.id), at=at.node.clock())
            records = (record for record, _ in stored.events(0, held.size))
        found = queries.verify(data, records, origin=held.origin)
    entries = sum(len(getattr(found, name)) for name in PARTS)
    at.show(
        {
            "holds": True,
            "entries": entries,
            "events": found.ledger.size,
            "not_compared": list(rules.UNCOMPARED),
            "unproven": list(held.unproven),
        },
        [
            f"HOLDS every field of {entries} entries against {found.ledger.size} events of {held.origin}, "
            "but what is named below; none is left out."
        ]
        + [f"Not compared: {text}" for text in rules.UNCOMPARED]
        + [f"Not proven: {text}" for text in held.unproven],
    )
