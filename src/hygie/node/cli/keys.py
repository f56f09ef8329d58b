"""hygie keys: the root key that everything is wrapped under."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.base.kernel import refuse
from hygie.node.cli.context import desk
from hygie.node.cli.init import new_passphrase
from hygie.node.home import custody

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The root key and those under it: attest, list, rotate."
)


@app.command("attest")
def attest(ctx: typer.Context) -> None:
    """Say what protects the keys; never shows one."""
    at = desk(ctx)
    found = at.node.keys.attest()
    at.show(found, [f"{name}: {value}" for name, value in found.items()])


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the keys under the root, and those that nothing uses; never shows one."""
    at = desk(ctx)
    found = custody.listed(at.node, actor=at.actor("node.operate"))
    at.show(found, [f"{key['key']}  {key['bound_to']}{'' if key['used'] else '  unused'}" for key in found])


@app.command("rotate")
def rotate(
    ctx: typer.Context,
    key_file: Annotated[Path | None, typer.Option(help="Where the new root key is written, outside the node.")] = None,
    passphrase: Annotated[bool, typer.Option(help="Put the root key under a new passphrase.")] = False,
) -> None:
    """Wrap every key under a new root; no data are rewritten."""
    at = desk(ctx)
    if passphrase == (key_file is not None):
        raise refuse("CLI-101", asked="keys rotate", accepted="--passphrase, or --key-file FILE")
    actor = at.actor("node.operate")
    words = new_passphrase() if passphrase else None
    kept = custody.rotate(at.node, passphrase=words, key_file=key_file, actor=actor)
    at.show(kept, [f"{name}: {value}" for name, value in kept.items()])
