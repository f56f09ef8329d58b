"""hygie linkage: who is one person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hygie.intake.lake import queries as lake
from hygie.intake.linkage import linking, proposing, stewarding
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
            f"held here again, to be erased by their patient ids: {taken.returned:,}",
            f"persons in the index: {taken.persons:,}; before: {taken.before:,}",
        ],
    )


LinkId = Annotated[str, typer.Argument(metavar="LINK", help="The link's id.")]
Person = Annotated[int, typer.Option("--person", help="The record's person_id in that dataset.")]


@app.command("traits")
def traits(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="Traits: CSV, Parquet, or FHIR patients (NDJSON).")],
    dataset: Dataset,
    id_column: Annotated[str, typer.Option("--id", help="A table's column of the dataset's own patient ids.")] = "id",
) -> None:
    """Take a dataset's traits, encrypted, in place of those it had."""
    at = desk(ctx)
    found = linking.take_traits(
        at.node, dataset, path, id_column=id_column, actor=at.actor(ACTION), synthetic=lake.is_synthetic(dataset)
    )
    said = f"{dataset}: {found['read']:,} lines read, traits of {found['kept']:,} records kept"
    at.show({"dataset": dataset, **found}, [said])


@app.command("propose")
def propose(
    ctx: typer.Context,
    dataset: Dataset,
    other: Annotated[str | None, typer.Option("--with", help="Another dataset; duplicates within one if none.")] = None,
    many: Annotated[bool, typer.Option("--many", help="The other dataset may have a person several times.")] = False,
) -> None:
    """Score records on their traits: link what is sure, lay the grey zone before a steward."""
    at = desk(ctx)
    datasets = tuple(dict.fromkeys(each for each in (dataset, other) if each))
    synthetic = lake.is_synthetic(*datasets)
    found = proposing.propose(at.node, datasets, actor=at.actor(ACTION), many=many, synthetic=synthetic)
    at.show(
        asdict(found),
        [
            f"{found.linked:,} links made, {found.review:,} laid for review, {found.known:,} pairs known before",
            f"left out, as a closer pair has one of the two: {found.outdone:,}",
            f"traits compared: {', '.join(found.traits) or 'none that tells anybody apart'}",
        ],
    )


@app.command("pairs")
def pairs(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `hygie linkage match` wrote.")],
    dataset: Dataset,
    names: Annotated[Path, typer.Option("--map", help="Its holder's handles and own ids.")],
    other: Annotated[str, typer.Option("--with", help="The dataset of the second encodings.")],
    other_names: Annotated[Path, typer.Option("--with-map", help="Its holder's handles and own ids.")],
) -> None:
    """Lay the pairs that encodings matched before a steward."""
    at = desk(ctx)
    sides, synthetic = ((dataset, names), (other, other_names)), lake.is_synthetic(dataset, other)
    found = proposing.propose_matched(at.node, file, sides, actor=at.actor(ACTION), synthetic=synthetic)
    at.show(
        asdict(found),
        [
            f"{found.review:,} pairs laid for review, {found.known:,} known before",
            f"left out, as one of the two is not held here: {found.strange:,}",
        ],
    )


@app.command("review")
def review(
    ctx: typer.Context,
    state: Annotated[str, typer.Option("--state", help="review, linked, rejected or withdrawn.")] = "review",
) -> None:
    """List links, with how each trait agrees and never a trait itself."""
    at = desk(ctx)
    found = linking.listed(at.node, actor=at.actor(ACTION), state=state)
    at.show(
        [asdict(each) for each in found],
        [
            f"{each.id}: {each.a} and {each.b or 'its identifiers'}, {each.method}, {each.score:.3f}; "
            + ", ".join(f"{trait} {said}" for trait, said in each.traits.items())
            for each in found
        ]
        or ["none"],
    )


def deciding(decision: str, says: str) -> None:
    """Add the command of one decision on a link."""

    @app.command(decision, help=says)
    def decide(ctx: typer.Context, link: LinkId) -> None:
        at = desk(ctx)
        actor = at.actor(ACTION)
        synthetic = lake.is_synthetic(*linking.datasets_of(at.node, link))
        linking.decide(at.node, link, decision, actor=actor, synthetic=synthetic)
        at.show({"link": link, "decision": decision}, [f"{link}: {decision}"])


deciding("accept", "Accept a link in review: its records are one person.")
deciding("reject", "Reject a link in review.")
deciding("withdraw", "Withdraw a link that holds, or the setting apart of a record.")


@app.command("settle")
def settle(
    ctx: typer.Context,
    dataset: Dataset,
    other: Annotated[str | None, typer.Option("--with", help="The other dataset of the links.")] = None,
    method: Annotated[str, typer.Option("--method", help="Who scored them: encoded or traits.")] = "encoded",
    accept_from: Annotated[
        float | None, typer.Option("--accept-from", help="Accept links in review with this score or more.")
    ] = None,
    reject_below: Annotated[
        float | None, typer.Option("--reject-below", help="Reject links in review with a smaller score.")
    ] = None,
    many: Annotated[bool, typer.Option("--many", help="A record may have several of the other dataset.")] = False,
) -> None:
    """Decide at once on the links in review of a dataset, or between two, by scores fixed beforehand."""
    at = desk(ctx)
    datasets = tuple(dict.fromkeys(each for each in (dataset, other) if each))
    found = linking.settle(
        at.node,
        datasets,
        method,
        accept_from=accept_from,
        reject_below=reject_below,
        many=many,
        actor=at.actor(ACTION),
        synthetic=lake.is_synthetic(*datasets),
    )
    at.show(
        asdict(found),
        [f"{found.accepted:,} links accepted, {found.rejected:,} rejected, {found.review:,} still in review"],
    )


@app.command("apart")
def apart(ctx: typer.Context, dataset: Dataset, person: Person) -> None:
    """Let a record's identifiers join it to nobody, as they are wrong; opt-outs by them go on reaching it."""
    at = desk(ctx)
    link = linking.set_apart(at.node, dataset, person, actor=at.actor(ACTION), synthetic=lake.is_synthetic(dataset))
    at.give(link, {"link": link}, [f"{dataset}/{person} stands apart from its identifiers"])


@app.command("history")
def history(
    ctx: typer.Context,
    dataset: Dataset,
    person: Person,
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="A day; now if none.")] = None,
) -> None:
    """Say which records were one person at the end of a day."""
    at = desk(ctx)
    day = date(on.year, on.month, on.day) if on else None
    found = linking.one_person(at.node, dataset, person, actor=at.actor(ACTION), on=day)
    at.show(found, found or ["no such record on that day"])
