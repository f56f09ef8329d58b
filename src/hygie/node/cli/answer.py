"""hygie answer: keep, list, drop and take the tables of an answer in statistics, and give it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hygie.node.cli.context import desk

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Answers in statistics: keep, list, drop, give, take."
)

Id = Annotated[str, typer.Argument(help="The application's id.")]
Table = Annotated[str, typer.Argument(help="The table's id.")]


@app.command("keep")
def keep(
    ctx: typer.Context,
    application: Id,
    csv: Annotated[Path, typer.Argument(help="The table, a CSV of aggregates.", exists=True, dir_okay=False)],
    statement: Annotated[
        Path,
        typer.Argument(
            help="What its columns are, as JSON: title, groups, persons, measures, totals.", exists=True, dir_okay=False
        ),
    ],
    mended: Annotated[
        bool, typer.Option("--mend", help="Hide and round what the rules ask for, and keep that.")
    ] = False,
    looked: Annotated[
        bool, typer.Option("--looked", help="You looked at empty and at uniform groups; they tell nothing of anybody.")
    ] = False,
) -> None:
    """Check a table and keep it, sealed; a table of persons or records, or with small groups, is refused."""
    from hygie.access.applications.answers import answering
    from hygie.access.applications.answers.api import read_statement
    from hygie.access.applications.answers.rules import MOST_BYTES

    at = desk(ctx)
    told = read_statement(bounded(statement, MOST_BYTES))
    made = answering.keep_table(
        at.node,
        application,
        bounded(csv, MOST_BYTES),
        told.statement(),
        title=told.title,
        mended=mended or told.mended,
        looked=looked or told.looked,
        actor=at.actor("answer.prepare"),
    )
    at.give(made.id, asdict(made), [f"{made.title}: {made.lines} lines, passed {made.preset}, kept sealed"])


def bounded(path: Path, most: int) -> bytes:
    """Return a file's bytes, at most one more than may be taken."""
    with path.open("rb") as file:
        return file.read(most + 1)


@app.command("list")
def list_(ctx: typer.Context, application: Id) -> None:
    """List an answer's tables: to who prepares it, and once it is given to those who asked."""
    from hygie.access.applications.answers import answering

    at = desk(ctx)
    found = answering.tables(at.node, application, reader=at.actor("answer.prepare"))
    at.show(
        [asdict(each) for each in found],
        [f"{each.id}  {'given' if each.content else 'kept'}  {each.lines:>5} lines  {each.title}" for each in found],
    )


@app.command("drop")
def drop(ctx: typer.Context, application: Id, table: Table) -> None:
    """Take a table out of an answer that was not given yet; its key is destroyed."""
    from hygie.access.applications.answers import answering

    at = desk(ctx)
    answering.drop_table(at.node, application, table, actor=at.actor("answer.prepare"))
    at.show({"dropped": table}, [f"{table} taken out, its key destroyed"])


@app.command("give")
def give(ctx: typer.Context, application: Id) -> None:
    """Give the answer: its tables are from now on those of the persons who asked."""
    from hygie.access.applications.answers import answering

    at = desk(ctx)
    made = answering.answer(at.node, application, actor=at.actor("application.decide"))
    told: dict[str, Any] = {"application": made.id, "state": made.state}
    at.show(told, [f"{made.id}  {made.state}"])


@app.command("take")
def take(ctx: typer.Context, application: Id, table: Table) -> None:
    """Print a table of a given answer to a person of the application; the ledger keeps that it was taken."""
    from hygie.access.applications.answers import answering

    at = desk(ctx)
    text = answering.take(at.node, application, table, actor=at.actor("answer.take")).decode()
    at.show({"table": table, "csv": text}, text.splitlines())
