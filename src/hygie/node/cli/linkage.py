"""hygie linkage: who is one person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.intake.lake import queries as lake
from hygie.intake.linkage import stewarding
from hygie.node.cli import linkage_edge
from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Who is one person, within and across datasets.")
linkage_edge.add(app)

Dataset = Annotated[str, typer.Option("--dataset", help="The dataset's id, new or known.")]
ACTION = stewarding.ACTION


@app.command("share")
def share(
    ctx: typer.Context,
    dataset: Dataset,
    out: Annotated[Path, typer.Option("--out", help="A file outside the node, for the holder alone.")],
) -> None:
    """Write the share of the node's key with which a dataset's holder hashes identifiers."""
    at = desk(ctx)
    mark = stewarding.share(at.node, dataset, out, actor=at.actor(ACTION))
    at.show(
        {"dataset": dataset, "file": str(out), "fingerprint": mark},
        [f"{dataset}: the share {mark} is in {out}; hand it to the holder alone, as a key."],
    )


@app.command("take")
def take(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `hygie linkage hash` wrote at the holder's.")],
    dataset: Dataset,
) -> None:
    """Take the identifiers that a holder hashed, in place of those it hashed before."""
    at = desk(ctx)
    taken = stewarding.take(at.node, dataset, file, actor=at.actor(ACTION), synthetic=lake.is_synthetic(dataset))
    at.show(
        {"dataset": dataset, **vars(taken)},
        [
            f"{dataset}: {taken.taken:,} hashed identifiers taken, {taken.known:,} of them of records held here",
            f"left out, of persons erased from it: {taken.erased:,}",
            f"persons in the index: {taken.persons:,}",
        ],
    )
