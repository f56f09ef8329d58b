"""hygie dataset: what the lake holds, whether it is what was written, and erasing a person."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from hygie.access.extracts import queries as extracts
from hygie.intake.lake import actions, queries, reviewing
from hygie.node.cli.context import desk
from hygie.node.cli.ingest import apart, details

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Datasets: list, show, verify, erase a person.")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the datasets."""
    at = desk(ctx)
    _ = at.node
    held = queries.datasets()
    at.show(
        [asdict(each) for each in held],
        [
            f"{each.id}: {each.standard}, {each.persons:,} persons, {each.rows:,} rows, version {each.version}"
            f"{', synthetic' if each.synthetic else ''}"
            for each in held
        ],
    )


@app.command("show")
def show(ctx: typer.Context, dataset: str) -> None:
    """Show a dataset's current snapshot: tables, sources, counts, notes."""
    at = desk(ctx)
    _ = at.node
    manifest = queries.manifest(dataset)
    entry = next(each for each in queries.datasets() if each.id == dataset)
    body = {**manifest.as_dict(), "snapshots": entry.snapshots}
    at.show(
        body,
        [
            f"{dataset}: {manifest.snapshot}, version {manifest.version}, {manifest.standard}, {manifest.created}",
            f"{'synthetic' if manifest.synthetic else 'real persons'}; {manifest.placement}; key {manifest.key_id}",
            f"read {manifest.read:,} = kept {manifest.kept:,} + quarantined {manifest.quarantined:,}; "
            f"{manifest.persons:,} persons",
            *(
                f"  erased since, of {manifest.erased:,} persons: {name} {count:,}"
                for name, count in manifest.removed.items()
            ),
            *details(manifest),
            *(
                f"  table {name} ({table.kind}): {table.rows:,} rows, {len(table.columns)} columns"
                for name, table in manifest.tables.items()
            ),
            *(f"  snapshot {snapshot}: {state}" for snapshot, state in entry.snapshots.items()),
        ],
    )


@app.command("quarantine")
def quarantine(ctx: typer.Context, dataset: str) -> None:
    """Say why lines of a dataset's current snapshot were set apart, by file and rule; the lines stay encrypted."""
    at = desk(ctx)
    found = reviewing.set_apart(at.node, dataset, actor=at.actor("dataset.ingest"))
    at.show(
        [asdict(each) for each in found],
        [f"{dataset}: {sum(each.lines for each in found):,} lines set apart", *apart(dataset, found)],
    )


@app.command("verify")
def verify(ctx: typer.Context, dataset: str) -> None:
    """Hash every file again and compare with the manifests and the ledger."""
    at = desk(ctx)
    outcome = actions.verify(at.node, dataset, actor=at.actor("dataset.verify"), progress=at.progress)
    at.show(
        asdict(outcome),
        [
            f"{dataset}: {outcome.files} files, {outcome.bytes:,} bytes, "
            f"{len(outcome.snapshots)} snapshots: as they were written"
        ],
    )


@app.command("erase")
def erase(
    ctx: typer.Context,
    dataset: str,
    person: Annotated[str, typer.Option("--person", help="The dataset's own patient id.")],
) -> None:
    """Make a new snapshot without a person, destroy the earlier keys, and list the permits whose extracts hold them."""
    at = desk(ctx)
    outcome = actions.erase(
        at.node,
        dataset,
        person=person,
        actor=at.actor("dataset.erase"),
        holding=partial(extracts.permits_holding, at.node),
        progress=at.progress,
    )
    permits = list(outcome.permits or ())
    body = {
        "dataset": dataset,
        "snapshot": outcome.snapshot,
        "destroyed": outcome.destroyed,
        "tables": sorted(outcome.rows),
        "quarantine": outcome.quarantine,
        "linked": outcome.linked,
        "permits": permits,
    }
    at.show(
        body,
        [
            f"{dataset}: {outcome.snapshot} holds everyone else",
            f"keys destroyed: {', '.join(outcome.destroyed)}",
            *(
                f"records of the same person that stay in {other}: {count:,}; erase them there if they are to go"
                for other, count in outcome.linked.items()
            ),
            f"permits whose extracts hold this person: {', '.join(permits) or 'none'}",
        ],
    )
