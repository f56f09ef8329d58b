"""hygie status: what this node holds."""

from __future__ import annotations

import typer

from hygie.node.cli.context import desk
from hygie.node.home import state

app = typer.Typer(add_completion=False)


@app.command("status")
def status(ctx: typer.Context) -> None:
    """Say what this node holds."""
    at = desk(ctx)
    found = state.status(at.node, language=at.language)
    at.show(found, [f"{name}: {value}" for name, value in found.items()])
