"""hygie study: begin a study, run it in the sealed environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.node.cli.context import Desk, desk
from hygie.secure.enclave import actions, queries, template
from hygie.secure.enclave.values import RunRecord

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Studies: new, run in the sealed environment.")

Permit = Annotated[str, typer.Option(help="The permit's id.")]


@app.command("new")
def new(
    ctx: typer.Context,
    folder: Path,
    permit: Permit,
    dummy: Annotated[bool, typer.Option("--dummy", help="Also write dummy tables, to develop on.")] = False,
    exposure: Annotated[str, typer.Option(help="Source code of the drug.")] = template.EXPOSURE,
    outcome: Annotated[str, typer.Option(help="Source code of the condition.")] = template.OUTCOME,
) -> None:
    """Write a study that runs unchanged on dummy and on real data."""
    at = desk(ctx)
    study = actions.new_study(
        at.node,
        folder,
        permit,
        actor=at.actor("study.run"),
        dummy=dummy,
        exposure=exposure,
        outcome=outcome,
    )
    files = [*study.files, *(["dummy/"] if dummy else [])]
    at.show({"name": study.name, "folder": str(folder), "files": files}, [f"{folder}: {', '.join(files)}"])


@app.command("run")
def run(
    ctx: typer.Context,
    folder: Path,
    permit: Permit,
    dummy: Annotated[bool, typer.Option("--dummy", help="On made-up data of the extract's shape.")] = False,
) -> None:
    """Run a study in the sandbox and print the run's id."""
    at = desk(ctx)
    record = actions.run(at.node, folder, permit, actor=at.actor("study.run"), dummy=dummy, progress=at.progress)
    at.progress.stop()
    for line in lines(at, record):
        at.note(line)
    at.show(record.as_json(), [record.id])
    if not record.succeeded:
        raise typer.Exit(1)


def lines(at: Desk, record: RunRecord) -> list[str]:
    """Return what a person is told of a run; what the study said only where no real person is behind the data."""
    used = record.used
    found = [
        f"{record.study} on {'dummy data' if record.dummy else record.extract}: exit {record.exit}"
        + (f", stopped by {record.stopped_by}" if record.stopped_by else ""),
        f"{used['wall']:.1f} s, {used['cpu']:.1f} s of processor, {used['memory'] / 2**20:.0f} MiB",
        f"walls: {len(record.walls) - len(record.missing)} of {len(record.walls)} held"
        + (f"; MISSING: {', '.join(record.missing)}" if record.missing else ""),
        *(f"output {output.name}: {output.bytes} bytes" for output in record.outputs),
        *(f"left behind {name}: {reason}" for name, reason in record.left),
    ]
    if record.synthetic:
        said = queries.texts(at.node, record.id)
        found += [line for text in said.values() for line in text.decode(errors="replace").splitlines()[-20:]]
    elif record.texts:
        found.append("What the study printed stays sealed: it may hold personal data.")
    return found
