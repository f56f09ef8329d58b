"""The commands of `hygie linkage` that an organisation runs at home, without a node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import DeclaredGate, Placement, Store, new_id, refuse
from hygie.intake.linkage import edge
from hygie.node.cli.context import desk

MEMORY = "1GB"
Out = Annotated[Path, typer.Option("--out", help="A new file.")]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("hash")(hash_)


@contextmanager
def at_home(out: Path, *files: Path) -> Iterator[tuple[Engine, Path]]:
    """Yield an engine that reads the files, and a name to write to, whose content becomes `out` if all goes well.

    Errors      LNK-108 `out` is there already, or its folder is not
    """
    if out.exists() or not out.resolve().parent.is_dir():
        raise refuse("LNK-108", file=out.name)
    store = Store(out.resolve().parent, DeclaredGate(""))
    work = f".hygie-{new_id('draft')}"
    store.make_folder(store.path(work))
    try:
        walls = Walls(home=store.path(work), readable=tuple(file.resolve() for file in files), memory=MEMORY)
        with Engine(walls) as engine:
            yield engine, store.path(work) / "written"
        with store.writing(out.name, Placement("linkage")) as handle, (store.path(work) / "written").open("rb") as made:
            while piece := made.read(1 << 20):
                handle.write(piece)
    finally:
        store.remove(work)


def hash_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The table of identities: CSV or Parquet.")],
    share: Annotated[Path, typer.Option("--share", help="The share that the node's steward handed over.")],
    id_column: Annotated[str, typer.Option("--id", help="The column of the dataset's own patient ids.")],
    identifier: Annotated[str, typer.Option("--identifier", help="The column of the shared identifiers.")],
    out: Out,
    system: Annotated[str, typer.Option("--system", help="INS-NIR and its like, or an address.")] = "INS-NIR",
) -> None:
    """At the holder's: hash identifiers under the share; nothing of them is kept in clear."""
    held = edge.read(share)
    with at_home(out, file) as (engine, written):
        found = edge.hash_identities(
            engine, held, file, written, id_column=id_column, identifier_column=identifier, system=system
        )
    desk(ctx).show(
        {"file": str(out), "dataset": held.dataset, **vars(found)},
        [
            f"{found.read:,} lines read, {found.hashed:,} pairs of hashes in {out}, sealed for {held.dataset}",
            f"without own id or identifier: {found.without:,}; of another form or wrong key: {found.malformed:,}",
        ],
    )
