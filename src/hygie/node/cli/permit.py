"""hygie permit: the only door to the data."""

from __future__ import annotations

import base64
import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hygie.access.permits import actions, queries
from hygie.access.permits.reading import MAX_BYTES
from hygie.base.kernel import refuse
from hygie.node.cli.context import desk
from hygie.node.cli.publication import Confirm, NoPerson, Seen, publish

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Permits: example, grant, show, verify, revoke.")
File = Annotated[Path, typer.Argument(help="A JSON file; - reads standard input.")]


def content(path: Path) -> bytes:
    """Return a file's bytes, a little more than a permit can have at most; PMT-211 when it cannot be read."""
    if str(path) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with path.open("rb") as handle:
            return handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise refuse("PMT-211", found=error.strerror or "–") from None


@app.command("example")
def example(ctx: typer.Context, dataset: Annotated[str, typer.Option(help="A dataset of this node.")]) -> None:
    """Print a draft that can be granted as it is."""
    at = desk(ctx)
    sys.stdout.write(json.dumps(queries.example(at.node, dataset), ensure_ascii=False, indent=2) + "\n")


@app.command("grant")
def grant(ctx: typer.Context, file: File) -> None:
    """Grant a permit from a draft; prints its id."""
    at = desk(ctx)
    permit = actions.grant(at.node, content(file), actor=at.actor("permit.grant"))
    at.show({"id": permit.id, "version": permit.version, "sha256": permit.hash, "pilot": permit.pilot}, [permit.id])


@app.command("show")
def show(ctx: typer.Context, permit: str) -> None:
    """Print a permit as it was signed; its state goes to standard error, or beside it with --json."""
    at = desk(ctx)
    node = at.node
    found = queries.standing(permit, at=node.clock(), public_key=node.keys.public_key())
    if at.as_json:
        at.show({"state": found.state, "amended_by": found.amended_by or None, "permit": found.permit.document()}, [])
        return
    sys.stdout.write(json.dumps(found.permit.document(), ensure_ascii=False, indent=2) + "\n")
    at.note(f"{found.permit.id}: {found.state} ({queries.STATES[found.state]})")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the permits with their states."""
    at = desk(ctx)
    node = at.node
    found = queries.every(at=node.clock(), public_key=node.keys.public_key())
    at.show(
        [{"id": each.permit.id, "state": each.state, "title": each.permit.purpose.title} for each in found],
        [f"{each.permit.id}  {each.state:8}  {each.permit.purpose.title}" for each in found],
    )


@app.command("verify")
def verify(
    ctx: typer.Context,
    file: File,
    key: Annotated[
        str | None, typer.Option(help="The node's Ed25519 public key, base64; this node's by default.")
    ] = None,
) -> None:
    """Verify the signature of a permit's file."""
    at = desk(ctx)
    public_key = read_key(key) if key else at.node.keys.public_key()
    permit = queries.verify_file(content(file), name=file.name[:80], public_key=public_key)
    at.show(
        {
            "id": permit.id,
            "node": permit.node,
            "sha256": permit.hash,
            "key": permit.signature.key,
            "signature": "holds",
        },
        [f"{permit.id}: the signature holds (node {permit.node}, key {permit.signature.key})"],
    )


def read_key(text: str) -> bytes:
    """Return a public key written in base64; PMT-212 when it is none."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise refuse("PMT-212", found=len(key))
    return key


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    permit: str,
    reason: Annotated[str, typer.Option(help="Why, for the file.")],
    published: Annotated[
        str, typer.Option(help="Why, for everyone, naming no person; else the file's reason, persons taken out.")
    ] = "",
    confirm: Confirm = False,
    no_person: NoPerson = "",
    seen: Seen = "",
) -> None:
    """Show what everyone would read of a revocation; with --confirm, revoke: nothing is done under it any more."""
    at = desk(ctx)
    actor = at.actor("permit.revoke")
    publish(
        at,
        partial(actions.preview_revocation, at.node, permit, reason, published=published, actor=actor),
        partial(actions.revoke, at.node, permit, reason, actor=actor),
        "Nothing is revoked yet",
        lambda _: ({"id": permit, "state": "revoked"}, f"{permit}: revoked"),
        confirm=confirm,
        no_person=no_person,
        seen=seen,
    )
