"""The commands of `hygie linkage` that an organisation runs at home, without a node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import DeclaredGate, Placement, Store, new_id, refuse
from hygie.intake.linkage import bloom, edge, matching
from hygie.node.cli.context import desk

MEMORY = "1GB"
PLACE = Placement("linkage")
Out = Annotated[Path, typer.Option("--out", help="A new file.")]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command in (("hash", hash_), ("secret", secret), ("encode", encode), ("match", match)):
        app.command(name)(command)


def new_file(out: Path) -> Store:
    """Return the store of a new file's folder: LNK-108 when it is there already, or its folder is not."""
    if out.exists() or not out.resolve().parent.is_dir():
        raise refuse("LNK-108", file=out.name)
    return Store(out.resolve().parent, DeclaredGate(""))


@contextmanager
def at_home(out: Path, *files: Path) -> Iterator[tuple[Engine, Path]]:
    """Yield an engine that reads the files, and a name to write to, whose content becomes `out` if all goes well.

    Errors      LNK-108 `out` is there already, or its folder is not
    """
    store = new_file(out)
    work = f".hygie-{new_id('draft')}"
    store.make_folder(store.path(work))
    try:
        walls = Walls(home=store.path(work), readable=tuple(file.resolve() for file in files), memory=MEMORY)
        with Engine(walls) as engine:
            yield engine, store.path(work) / "written"
        if (store.path(work) / "written").exists():
            with store.writing(out.name, PLACE) as handle, (store.path(work) / "written").open("rb") as made:
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


def secret(ctx: typer.Context, out: Out) -> None:
    """At one of two organisations: make the secret that both encode under, and nobody else has."""
    new_file(out).write(out.name, bloom.new_secret(), PLACE)
    desk(ctx).show({"file": str(out)}, [f"the secret is in {out}; hand it to the other organisation alone."])


def encode(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The persons: CSV, Parquet, or FHIR patients (NDJSON).")],
    secret: Annotated[Path, typer.Option("--secret", help="What both organisations share.")],
    out: Out,
    id_column: Annotated[str, typer.Option("--id", help="A table's column of the own ids.")] = "id",
    names: Annotated[
        Path | None, typer.Option("--map", help="A new file of handles and own ids, kept at home.")
    ] = None,
    traits: Annotated[
        str, typer.Option("--traits", help="Those both have, with commas; all of the file's if none.")
    ] = "",
) -> None:
    """At each organisation: encode traits as keyed Bloom filters; only the encodings leave."""
    held, only = bloom.read_secret(secret), tuple(each.strip() for each in traits.split(",") if each.strip())
    if names is not None:
        new_file(names)
    with ExitStack() as stack:
        engine, _ = stack.enter_context(at_home(out, file))
        write = stack.enter_context(new_file(out).writing(out.name, PLACE)).write
        note = stack.enter_context(new_file(names).writing(names.name, PLACE)).write if names is not None else None
        found = bloom.encode(engine, file, held, id_column=id_column, write=write, note=note, only=only)
    desk(ctx).show(
        {"file": str(out), **vars(found)},
        [
            f"{found.read:,} lines read, {found.encoded:,} encoded in {out}; without id or trait: {found.without:,}",
            f"traits: {', '.join(found.traits)}; not used: {', '.join(found.unused) or 'none'}",
        ],
    )


def match(
    ctx: typer.Context,
    first: Annotated[Path, typer.Argument(help="Encodings of one organisation.")],
    second: Annotated[Path, typer.Argument(help="Encodings of the other.")],
    out: Out,
    many: Annotated[bool, typer.Option("--many", help="The second may have a person several times.")] = False,
) -> None:
    """Where neither secret nor traits are known: match encodings, and write the pairs of handles."""
    a, b = matching.read(first), matching.read(second)
    store = new_file(out)
    found = matching.match(a, b, one_to_one=not many)
    with store.writing(out.name, PLACE) as handle:
        handle.write(b"first,second,dice\n")
        for left, right, dice in zip(found.a, found.b, found.dice, strict=True):
            ends = (each.rows["handle"][place].tobytes().hex() for each, place in ((a, left), (b, right)))
            handle.write(f"{','.join(ends)},{dice:.4f}\n".encode())
    desk(ctx).show(
        {"file": str(out), "pairs": len(found.a), "compared": found.compared, "too_common": found.too_common},
        [
            f"{len(found.a):,} pairs in {out}, of {len(a.rows):,} and {len(b.rows):,}; {found.compared:,} compared",
            f"blocking keys that too many share, left out: {found.too_common:,}",
        ],
    )
