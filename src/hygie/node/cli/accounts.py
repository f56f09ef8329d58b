"""hygie accounts: named people and their roles."""

from __future__ import annotations

from typing import Annotated

import typer

from hygie.commons.people import actions, queries
from hygie.commons.people.values import ROLES
from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Named accounts and their roles.")


@app.command("add")
def add(
    ctx: typer.Context,
    name: str,
    role: Annotated[list[str], typer.Option(help=f"One of {', '.join(ROLES)}; may be given several times.")],
) -> None:
    """Add a named account."""
    at = desk(ctx)
    person = actions.add_account(at.node, name, role, actor=at.actor("account.add"))
    at.show({"name": person.name, "roles": person.roles}, [f"{person.name}: {', '.join(person.roles)}"])


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the accounts."""
    at = desk(ctx)
    _ = at.node
    people = queries.everyone()
    at.show(
        [{"name": person.name, "roles": person.roles} for person in people],
        [f"{person.name}: {', '.join(person.roles)}" for person in people],
    )
