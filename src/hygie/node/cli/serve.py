"""hygie serve: the site of this node."""

from __future__ import annotations

from typing import Annotated

import typer

from hygie.node.cli.context import Desk

app = typer.Typer(add_completion=False)


@app.command("serve")
def serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(help="Where the site listens.", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="The address it listens on; this machine alone unless said.")] = "127.0.0.1",
) -> None:
    """Open the site of this node in French and English, until Ctrl-C."""
    from hygie.node.home import database
    from hygie.node.site import server

    desk: Desk = ctx.obj
    _ = desk.node
    database.migrate()
    server.serve(desk.node, port=port, host=host, ready=lambda address: desk.say(f"{desk.node.id} is at {address}"))
