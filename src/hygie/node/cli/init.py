"""hygie init: make a node."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from hygie.base.engine.node import OUTPUT_PRESET, Node
from hygie.base.kernel import refuse
from hygie.intake.placing import actions as placing
from hygie.intake.placing.queries import standing
from hygie.node.cli.context import desk
from hygie.node.cli.sovereignty_declare import lines
from hygie.node.cli.sovereignty_statement import file_of
from hygie.node.home import opening

app = typer.Typer(add_completion=False)


@app.command("init")
def init(
    ctx: typer.Context,
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2.")] = "FR",
    key_file: Annotated[Path | None, typer.Option(help="Where the root key is written, outside the node.")] = None,
    passphrase: Annotated[bool, typer.Option(help="Protect the root key by a passphrase instead.")] = False,
    name: Annotated[str, typer.Option(help="How people call the node, on its pages.")] = "",
    placement: Annotated[
        Path | None, typer.Option(help="A placement file (TOML); own premises, staff and keys, declared, without.")
    ] = None,
    contact: Annotated[str, typer.Option(help="Who answers for it, and how to reach them.")] = "",
    name_fr: Annotated[str, typer.Option(help="The name on French pages, where it differs.")] = "",
    contact_fr: Annotated[str, typer.Option(help="Who answers for it, on French pages.")] = "",
    output_preset: Annotated[
        str, typer.Option(help="The rules for outputs; no permit that is granted from now on has looser ones.")
    ] = OUTPUT_PRESET,
    address: Annotated[
        str, typer.Option(help="Its public address, such as https://data.example/: its datasets are named by it.")
    ] = "",
) -> None:
    """Make a node: keys, control database, the account `operator`, the first fact of the ledger."""
    at = desk(ctx)
    if passphrase and key_file:
        raise refuse("CLI-101", asked="--passphrase --key-file", accepted="--passphrase / --key-file FILE")
    places = file_of(placement) if placement else None
    if places is not None:
        placing.check_file(places)
    words = new_passphrase() if passphrase else None
    node = opening.init(
        at.home,
        country=country,
        passphrase=words,
        key_file=key_file,
        name=name,
        contact=contact,
        name_fr=name_fr,
        contact_fr=contact_fr,
        output_preset=output_preset,
        address=address,
    )
    if places is not None:
        placing.declare(node, placement=places, actor="operator")
    settings = opening.read_settings(node.home)
    keeping = (
        "the root key is under your passphrase; nothing opens without it"
        if passphrase
        else f"the root key is in {settings.key_file}: keep it apart from the node and its backups"
    )
    at.show(
        {"node": node.id, "home": str(node.home), "country": node.country, "key_file": settings.key_file},
        [
            f"{node.id} in {node.home}",
            *declared(node, at.language),
            keeping,
        ],
    )


def declared(node: Node, language: str) -> list[str]:
    """Return where the data are, as declared, and what the Gate makes of it."""
    found = standing(node)
    if not found.declared:
        return [f"placement: own premises, own staff, own keys in {node.country} - declared, not verified"]
    return ["placement:", *(f"  {line}" for line in lines(found, language))]


def new_passphrase() -> str:
    """Return HYGIE_PASSPHRASE, or ask for a new passphrase twice; CLI-102 when nobody can be asked."""
    given = os.environ.get("HYGIE_PASSPHRASE")
    if not given and not sys.stdin.isatty():
        raise refuse("CLI-102")
    return given or click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
