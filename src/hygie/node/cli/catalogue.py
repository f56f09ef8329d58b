"""hygie catalogue: describe and measure datasets, write HealthDCAT-AP records, check them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from hygie.access.catalogue import actions, assessing, feed, harvesting, queries, shaping, trusting
from hygie.access.catalogue.reading import MAX_BYTES
from hygie.access.quality.values import Report
from hygie.base.kernel import refuse
from hygie.node.cli.context import desk
from hygie.node.cli.publication import Confirm, NoPerson, Seen, publish

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The catalogue: describe, measure, export and check records."
)


def content(path: Path, most: int) -> bytes:
    """Return a file's bytes, a little more than may be read at most; - is standard input."""
    if str(path) == "-":
        return sys.stdin.buffer.read(most + 1)
    try:
        with path.open("rb") as handle:
            return handle.read(most + 1)
    except OSError as error:
        raise refuse("CAT-405", found=path.name[:80], why=error.strerror or "–") from None


@app.command("describe")
def describe(
    ctx: typer.Context,
    dataset: str,
    file: Annotated[Path, typer.Argument(help="A description as JSON; - reads standard input.")],
) -> None:
    """Publish a steward's description of a dataset."""
    at = desk(ctx)
    told = actions.describe(at.node, dataset, content(file, MAX_BYTES), actor=at.actor("catalogue.describe"))
    version, _ = queries.description(dataset)
    at.show(
        {"dataset": dataset, "version": version, "sha256": told.sha256},
        [f"{dataset}: version {version} of its description is published; SHA-256 {told.sha256}"],
    )


@app.command("measure")
def measure(ctx: typer.Context, dataset: str) -> None:
    """Measure a dataset's current snapshot; what is shown of it is guarded."""
    at = desk(ctx)
    found = actions.measure(at.node, dataset, actor=at.actor("catalogue.describe"), progress=at.progress)
    period = f", events from {found.period[0]} to {found.period[1]}" if found.period else ""
    at.show(
        found.as_dict(),
        [
            f"{dataset}: {found.guarded(found.persons)} persons{period}, {len(found.tables)} tables, "
            f"{len(found.variables)} variables, {found.quarantine} % of lines in quarantine",
            f"counts under {found.below} are hidden, the others rounded to {found.base} ({found.preset})",
        ],
    )


@app.command("quality")
def quality(
    ctx: typer.Context,
    dataset: str,
    again: Annotated[bool, typer.Option("--again", help="Run them also where they were run before.")] = False,
) -> None:
    """Run the quality checks on a dataset's current snapshot; the figures are exact, for its steward."""
    at = desk(ctx)
    actor = at.actor("catalogue.assess")
    found = assessing.assess(at.node, dataset, actor=actor, again=again, progress=at.progress)
    results = [each.as_dict() for each in found.results]
    at.show({"dataset": dataset, "as_of": found.as_of, **found.tally, "results": results}, told(dataset, found))


def told(dataset: str, found: Report) -> list[str]:
    """Return a report as a person reads it: how many checks ended how, and those that fail."""
    tally, score = found.tally, found.score
    shown = [
        f"{dataset}: {tally['pass']:,} checks pass ({tally['error free']:,} without one row against them), "
        f"{tally['fail']:,} fail, {tally['not applicable']:,} not applicable, {tally['not run']:,} not run",
    ]
    shown += [f"of those that ran {score:.1f} % pass"] if score is not None else []
    for each in found.results:
        if each.status == "fail" and each.counts:
            place = ".".join(part for part in (each.check.table, each.check.field, each.check.concept) if part)
            shown.append(
                f"  fail: {each.check.name} {place}: {each.counts.violated:,} of {each.counts.denominator:,} rows "
                f"({each.percent:.2f} %, threshold {each.check.threshold:g} %)"
            )
    return shown


@app.command("index")
def index(ctx: typer.Context) -> None:
    """Make the index of search anew from the descriptions and figures that are kept."""
    at = desk(ctx)
    datasets = actions.rebuild(actor=at.actor("node.operate"), progress=at.progress)
    at.show({"datasets": datasets}, [f"{datasets:,} datasets are in the index of search"])


@app.command("export")
def export(
    ctx: typer.Context,
    dataset: Annotated[str, typer.Argument(help="Without one, the whole catalogue.")] = "",
    form: Annotated[
        Literal["turtle", "jsonld", "rdfxml"], typer.Option("--format", help="How it is written.")
    ] = "turtle",
    profile: Annotated[
        Literal["healthdcat-ap", "dcat-ap"], typer.Option(help="Which published shapes it satisfies.")
    ] = "healthdcat-ap",
) -> None:
    """Print a dataset's HealthDCAT-AP record, or the catalogue's."""
    at = desk(ctx)
    node = at.node
    if dataset:
        text = queries.export(dataset, form, on=node.today(), base=node.names, profile=profile)
    else:
        text = feed.everything(node, form, base=node.names, on=node.today(), profile=profile)
    sys.stdout.write(text)


@app.command("validate")
def validate(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Turtle (.ttl), JSON-LD (.jsonld, .json) or RDF/XML (.rdf, .xml).")],
    shapes: Annotated[
        list[Path] | None, typer.Option(help="A file of SHACL shapes to check by as well; may be given again.")
    ] = None,
) -> None:
    """Check a record against the 18 elements that are mandatory for data that are not public, and further shapes."""
    at = desk(ctx)
    further = {path.name: content(path, shaping.MOST) for path in shapes or []}
    found = shaping.check(content(file, shaping.MOST), file.name, further)
    found.verdict.check()
    body = {key: value for key, value in asdict(found).items() if key != "verdict"}
    told = f"; no violation of {', '.join(further)} ({found.warnings} warnings)" if further else ""
    at.show(
        {"valid": True, **body},
        [f"{file.name}: datasets {found.datasets}; all {found.elements} elements are there{told}"],
    )


@app.command("harvest")
def harvest(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="An https address, or a file of Turtle, JSON-LD or RDF/XML.")],
    shapes: Annotated[
        list[Path] | None,
        typer.Option(help="A file of SHACL shapes that every record must satisfy; may be given again."),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="Also ask addresses inside the own network.")] = False,
) -> None:
    """Take the records of another catalogue, page by page, and keep them apart with their source and day."""
    at = desk(ctx)
    data = None if "://" in source else content(Path(source), shaping.MOST)
    name = source if data is None else Path(source).name
    further = {path.name: content(path, shaping.MOST) for path in shapes or []}
    found = harvesting.harvest(
        at.node,
        name,
        actor=at.actor("catalogue.harvest"),
        data=data,
        shapes=further,
        private=private,
        progress=at.progress,
    )
    ends = "read to its end" if found.complete else "NOT read to its end: nothing is withdrawn"
    lines = [f"not taken: {each.record} {each.path} {each.why}" for each in found.refused]
    at.show(
        asdict(found),
        [
            f"{found.source}: {found.taken} records stand ({found.added} new, {found.changed} changed), "
            f"{found.withdrawn} withdrawn, {len(found.refused)} faults; {found.pages} pages, {ends}",
            *lines[:50],
        ],
    )


@app.command("show")
def show(ctx: typer.Context, dataset: str) -> None:
    """Print a description as it stands, ready to be changed and published again."""
    at = desk(ctx)
    _ = at.node
    version, body = queries.description(dataset)
    if not version:
        raise queries.unknown(dataset)
    sys.stdout.write(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
    at.note(f"{dataset}: version {version}")


@app.command("trust")
def trust(
    ctx: typer.Context,
    holder: Annotated[str, typer.Argument(help="As the descriptions of its datasets name it.")],
    review_on: Annotated[
        date, typer.Option(parser=date.fromisoformat, metavar="DAY", help="Its next review, YYYY-MM-DD.")
    ],
    published: Annotated[str, typer.Option(help="What was found of it, for everyone, naming no person.")],
    confirm: Confirm = False,
    no_person: NoPerson = "",
    seen: Seen = "",
) -> None:
    """Show what everyone would read of a trusted holder; with --confirm, mark it until its next review."""
    at = desk(ctx)
    actor = at.actor("holder.trust")
    publish(
        at,
        partial(trusting.preview_trust, at.node, holder, review_on=review_on, published=published, actor=actor),
        partial(trusting.trust, at.node, holder, review_on=review_on, actor=actor),
        "Nobody is marked yet",
        lambda made: (
            {"id": made.id, "holder": holder, "review_on": review_on.isoformat()},
            f"{made.id}: trusted until {review_on}",
        ),
        confirm=confirm,
        no_person=no_person,
        seen=seen,
    )


@app.command("distrust")
def distrust(
    ctx: typer.Context,
    mark: Annotated[str, typer.Argument(help="The id of the mark, as the API and `trust` give it.")],
    published: Annotated[str, typer.Option(help="Why, for everyone, naming no person.")],
    confirm: Confirm = False,
    no_person: NoPerson = "",
    seen: Seen = "",
) -> None:
    """Show what everyone would read of a mark taken away; with --confirm, take it away before its review."""
    at = desk(ctx)
    actor = at.actor("holder.trust")
    publish(
        at,
        partial(trusting.preview_distrust, at.node, mark, published=published, actor=actor),
        partial(trusting.distrust, at.node, mark, actor=actor),
        "The mark still stands",
        lambda _: ({"id": mark, "state": "ended"}, f"{mark}: taken away"),
        confirm=confirm,
        no_person=no_person,
        seen=seen,
    )
