"""hygie demo: the whole road on a synthetic hospital."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False)


@app.command("demo")
def demo(
    ctx: typer.Context,
    persons: Annotated[int, typer.Option(min=200, max=10_000_000, help="How many persons the hospital has.")] = 10_000,
    folder: Annotated[Path, typer.Option(help="Receives everything; a former demo's is replaced.")] = Path("demo"),
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Nothing is served yet; the demo ends by itself.")
    ] = False,
) -> None:
    """Play the whole road: delivery, lake, permit, extract, study, airlock, release, proof."""
    from hygie.node.demo.story import Story

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
        at.note("the site is not there yet: nothing is served")
