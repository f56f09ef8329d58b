"""hygie ingest: a delivery becomes a dataset's new snapshot."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import assessing
from hygie.access.catalogue.figures import Figures
from hygie.access.quality.values import Report
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, reviewing, tables
from hygie.intake.lake.reviewing import SetApart
from hygie.intake.lake.values import Ingested, Manifest
from hygie.node.cli.context import Desk, desk

# The delivery is in, and some of it was set apart: neither a success to pass over nor a refusal.
QUARANTINED = 3
SHOWN = 5

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Take a delivery into the lake.")

Delivered = Annotated[Path, typer.Argument(metavar="PATH", help="The delivery: a folder or a file.")]
Dataset = Annotated[str, typer.Option("--dataset", help="The dataset's id, new or known.")]
Synthetic = Annotated[bool, typer.Option("--synthetic", help="No real person is behind the data.")]
System = Annotated[
    str | None,
    typer.Option("--identifier-system", help="A further identifier system that names one person wherever it appears."),
]

Vocabulary = Annotated[
    str | None,
    typer.Option("--vocabulary", help="A held OMOP dataset whose CONCEPT tables map the codes."),
]

Schema = Annotated[
    Path | None, typer.Option("--schema", help="A folder of Table Schema files of another edition of the SNDS.")
]

Lists = Annotated[
    Path | None, typer.Option("--lists", help="A folder of the year's code lists, by which codes are checked.")
]

Measure = Annotated[
    bool, typer.Option("--measure/--no-measure", help="Measure the new snapshot for the catalogue, or do it later.")
]

Increment = Annotated[
    bool,
    typer.Option(
        "--increment",
        help="PATH is no whole delivery: its rows are added to those held, or take the place of those with their key.",
    ),
]

Ingest = Callable[..., Ingested]


def every_source(
    ctx: typer.Context,
    path: Delivered,
    dataset: Dataset,
    synthetic: Synthetic = False,
    identifier_system: System = None,
    measure: Measure = True,
) -> None:
    """Say what every source is asked, whatever it is asked beside."""


def takes(name: str) -> Callable[[Callable[..., Ingest]], Callable[..., None]]:
    """Make a command of a function that returns what takes a delivery in: its parameters beside every source's."""

    def make(own: Callable[..., Ingest]) -> Callable[..., None]:
        def command(
            ctx: typer.Context,
            path: Path,
            dataset: str,
            synthetic: bool,
            identifier_system: str | None,
            measure: bool,
            **options: object,
        ) -> None:
            run(ctx, own(**options), path, dataset, synthetic, identifier_system, measure)

        shared, further = (inspect.signature(each, eval_str=True) for each in (every_source, own))
        parameters = [*shared.parameters.values(), *further.parameters.values()]
        given = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
        command.__dict__["__signature__"] = inspect.Signature(given)
        command.__annotations__ = {each.name: each.annotation for each in given}
        command.__doc__ = own.__doc__
        app.command(name)(command)
        return command

    return make


@takes("fhir")
def fhir(vocabulary: Vocabulary = None, increment: Increment = False) -> Ingest:
    """Take FHIR R4 bulk NDJSON, plain or gzip."""
    return partial(actions.ingest_fhir, vocabulary=vocabulary, increment=increment)


@takes("omop")
def omop(increment: Increment = False) -> Ingest:
    """Take OMOP CDM 5.4 CSV, a folder or a zip."""
    return partial(actions.ingest_omop, increment=increment)


@takes("devices")
def devices(increment: Increment = False) -> Ingest:
    """Take device data: Open mHealth and IEEE 1752.1 data points, FHIR Observation series."""
    return partial(tables.ingest_devices, increment=increment)


@takes("table")
def table(
    schema: Annotated[
        Path | None,
        typer.Option("--schema", help="The Table Schema, or a Data Package; left out, PATH holds datapackage.json."),
    ] = None,
    vocabulary: Vocabulary = None,
    increment: Increment = False,
) -> Ingest:
    """Take declared tables, CSV or Parquet: a register typed by its Table Schema."""
    return partial(tables.ingest_table, schema=schema, vocabulary=vocabulary, increment=increment)


@takes("snds")
def snds(
    schema: Schema = None, lists: Lists = None, vocabulary: Vocabulary = None, increment: Increment = False
) -> Ingest:
    """Take SNDS tables, CSV or Parquet, plain or gzip."""
    return partial(actions.ingest_snds, schema=schema, lists=lists, vocabulary=vocabulary, increment=increment)


def run(
    ctx: typer.Context,
    ingest: Ingest,
    path: Path,
    dataset: str,
    synthetic: bool,
    identifier_system: str | None,
    measure: bool,
) -> None:
    """Ingest, measure for the catalogue, show the figures; end with QUARANTINED when something was set apart."""
    at = desk(ctx)
    outcome = ingest(
        at.node,
        path,
        dataset=dataset,
        actor=at.actor("dataset.ingest"),
        synthetic=synthetic,
        identifier_system=identifier_system,
        progress=at.progress,
    )
    measured = take(at, outcome) if measure and not outcome.recognised else None
    quality = tested(at, outcome) if measured else None
    set_apart = (
        reviewing.set_apart(at.node, dataset, actor=at.actor("dataset.ingest")) if outcome.manifest.quarantined else []
    )
    shown = {
        **figures(outcome),
        "set_apart": [asdict(each) for each in set_apart],
        "measured": measured is not None,
        "quality": quality.tally if quality else None,
    }
    at.show(
        shown,
        [
            *lines(outcome),
            *apart(dataset, set_apart, SHOWN),
            *told(measured),
            *said(quality),
        ],
    )
    if outcome.manifest.quarantined:
        raise typer.Exit(QUARANTINED)


def take(at: Desk, outcome: Ingested) -> Figures | None:
    """Measure what was taken in, as who took it; a refusal is told and undoes no ingest."""
    dataset = outcome.manifest.dataset
    try:
        return catalogue.measure(at.node, dataset, actor=at.actor("dataset.ingest"), progress=at.progress)
    except Refusal as refusal:
        at.note(f"{dataset}: not measured ({refusal.code}); the delivery is in. hygie catalogue measure {dataset}")
        return None


def tested(at: Desk, outcome: Ingested) -> Report | None:
    """Run the quality checks on what was taken in; a refusal is told and undoes no ingest."""
    dataset = outcome.manifest.dataset
    try:
        return assessing.assess(at.node, dataset, actor=at.actor("dataset.ingest"), progress=at.progress)
    except Refusal as refusal:
        at.note(f"{dataset}: not checked ({refusal.code}); the delivery is in. hygie catalogue quality {dataset}")
        return None


def told(measured: Figures | None) -> list[str]:
    """Return what was measured, as a person reads it."""
    if measured is None:
        return []
    return [f"measured for the catalogue: {measured.guarded(measured.persons)} persons, without those who have refused"]


def said(quality: Report | None) -> list[str]:
    """Return what the checks found, as a person reads it."""
    if quality is None:
        return []
    found = quality.tally
    return [
        f"quality checks: {found['pass']:,} pass, {found['fail']:,} fail, {found['not applicable']:,} not applicable, "
        f"{found['not run']:,} not run"
    ]


def figures(outcome: Ingested) -> dict[str, object]:
    """Return an ingest's figures as JSON."""
    manifest = outcome.manifest
    return {
        "dataset": manifest.dataset,
        "snapshot": manifest.snapshot,
        "version": manifest.version,
        "recognised": outcome.recognised,
        "synthetic": manifest.synthetic,
        "persons": manifest.persons,
        "read": manifest.read,
        "kept": manifest.kept,
        "quarantined": manifest.quarantined,
        "tables": {
            tally.name: {"read": tally.read, "kept": tally.kept, "quarantined": tally.quarantined}
            for tally in manifest.tallies
        },
        "unmapped": manifest.unmapped,
        "dangling": manifest.dangling,
        "notes": manifest.notes,
    }


def lines(outcome: Ingested) -> list[str]:
    """Return an ingest's figures as a person reads them."""
    manifest = outcome.manifest
    if outcome.recognised:
        return [f"{manifest.dataset}: the same files are held already, as {manifest.snapshot}; nothing was done."]
    return [
        f"{manifest.dataset}: {manifest.snapshot}, version {manifest.version}, {manifest.persons:,} persons",
        f"read {manifest.read:,} = kept {manifest.kept:,} + quarantined {manifest.quarantined:,}",
        *details(manifest),
    ]


def apart(dataset: str, found: Sequence[SetApart], most: int | None = None) -> list[str]:
    """Return why lines were set apart, as a person reads it: all of it, or the most frequent reasons."""
    shown = found if most is None else found[:most]
    more = (
        [f"  and {len(found) - len(shown)} further reasons: hygie dataset quarantine {dataset}"]
        if len(found) > len(shown)
        else []
    )
    return [
        *(f"  {each.file}: {each.lines:,} × {each.rule} {each.reason}, first in line {each.first:,}" for each in shown),
        *more,
    ]


def details(manifest: Manifest) -> list[str]:
    """Return a snapshot's figures by table, and its notes."""
    return [
        *(
            f"  {tally.name}: read {tally.read:,}, kept {tally.kept:,}, quarantined {tally.quarantined:,}"
            for tally in manifest.tallies
        ),
        *(f"  not mapped: {system} {count:,}" for system, count in manifest.unmapped.items()),
        *(f"  without what they refer to: {kind} {count:,}" for kind, count in manifest.dangling.items()),
        *(f"  note: {note}" for note in manifest.notes),
    ]
