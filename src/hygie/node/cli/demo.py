"""hygie demo: the whole road on a synthetic country and one of its hospitals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False)


@app.command("demo")
def demo(
    ctx: typer.Context,
    persons: Annotated[int, typer.Option(min=200, max=10_000_000, help="How many residents the country has.")] = 20_000,
    folder: Annotated[Path, typer.Option(help="Receives everything; a former demo's is replaced.")] = Path("demo"),
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="End by opening the site, or end by itself.")
    ] = True,
    port: Annotated[int, typer.Option(help="Where the site listens.", min=1, max=65535)] = 8000,
) -> None:
    """Play the whole road, from delivery to release and proof; then open the site."""
    from hygie.node.demo.story import Story
    from hygie.node.home import opening
    from hygie.node.site import server

    at = desk(ctx)

    def say(chapter: str, sentence: str) -> None:
        if not at.as_json:
            at.say(f"{chapter:>9}  {sentence}")

    figures = Story(folder.resolve(), persons, say, at.progress).play()
    at.show(
        figures,
        ["", f"Done in {figures['seconds']} s. The node is {folder / 'node'}: hygie status --node {folder / 'node'}"],
    )
    if serve:
        at.say(f"The site of this story opens at http://127.0.0.1:{port}/ until Ctrl-C.")
        at.say("Sign in by a card: each role has an account.")
        server.serve(opening.open_node(folder.resolve() / "node"), port=port, ready=lambda _: None)
