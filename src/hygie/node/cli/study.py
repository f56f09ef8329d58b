"""hygie study: begin a study, run it in the sealed environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hygie.node.cli.context import Desk, desk
from hygie.secure.enclave import actions, queries, template
from hygie.secure.enclave.values import MOST_COUNTED, RunRecord

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
    at.show(told(at, record), [record.id])
    if not record.succeeded:
        raise typer.Exit(1)


def told(at: Desk, record: RunRecord) -> dict[str, Any]:
    """Return a run as JSON values; what the study could choose after it saw the data only where they are nobody's."""
    if record.synthetic:
        return {**record.as_json(), "details": queries.details(at.node, record)}
    return record.public()


def lines(at: Desk, record: RunRecord) -> list[str]:
    """Return what a person is told of a run; what the study said only where no real person is behind the data."""
    used = record.used
    how = f"stopped by {record.stopped_by}" if record.stopped_by else ("failed" if record.exit else "ended well")
    found = [
        f"{record.study} on {'dummy data' if record.dummy else record.extract}: {how}",
        f"{used['wall']} s, {used['cpu']} s of processor, {used['memory']} MiB",
        f"walls: {len(record.walls) - len(record.missing)} of {len(record.walls)} held"
        + (f"; MISSING: {', '.join(record.missing)}" if record.missing else ""),
        f"declared outputs: {len(record.outputs)} of {len(record.declared)} left"
        + (f"; not declared, and not taken: {most(record.undeclared)}" if record.undeclared else ""),
    ]
    if record.synthetic:
        details = queries.details(at.node, record)
        found.append(f"exit {details['exit']}" + (f", at {', '.join(details['bounds'])}" if details["bounds"] else ""))
        found += [f"output {output.name}" for output in record.outputs]
        found += [f"left behind {name}: {reason}" for name, reason in details["left"]]
        said = queries.texts(at.node, record.id)
        found += [line for text in said.values() for line in text.decode(errors="replace").splitlines()[-20:]]
    elif record.texts:
        found.append("What the study printed stays sealed: it may hold personal data.")
    return found


def most(count: int) -> str:
    """Return a count that stops at the most that is counted."""
    return f"{count} or more" if count == MOST_COUNTED else str(count)
