"""`hygie generate`: synthetic deliveries, as their holders hand them over."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hygie.node.cli.context import desk

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Make a synthetic delivery, as its holders hand it over."
)


class Format(StrEnum):
    """The standards a delivery can follow."""

    FHIR = "fhir"
    OMOP = "omop"


@app.callback()
def generate() -> None:
    """Make a synthetic delivery, as its holders hand it over."""


@app.command("hospital")
def hospital(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    persons: Annotated[int, typer.Option("--persons", help="How many persons.")] = 10_000,
    form: Annotated[Format, typer.Option("--format", help="fhir (R4 NDJSON) or omop (CDM 5.4 CSV).")] = Format.FHIR,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")] = 1,
) -> None:
    """A hospital's files, and beside them the truth that was planted."""
    from hygie.node.demo.generate import generate as make

    here = desk(ctx)
    truth = make(folder, persons=persons, seed=seed, form=form.value, progress=here.progress)
    effect = truth["effect"]
    assert isinstance(effect, dict)
    here.show(
        truth,
        [
            f"{truth['lines']:,} lines about {persons:,} persons who do not exist, in {folder}.",
            f"{truth['quarantine']:,} lines break the standard, {truth['dangling']:,} refer to what is not delivered.",
            f"Planted: {effect['exposure']['display']} multiplies the hazard of {effect['outcome']['display']} "
            f"by {effect['value']}; the crude ratio says {effect['crude_rate_ratio']}. See truth.json.",
        ],
    )


@app.command("country")
def country(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    persons: Annotated[int, typer.Option("--persons", help="How many residents on 1 January 2024.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same content.")] = 1,
    as_delivered: Annotated[
        bool, typer.Option("--as-delivered", help="CSV as holders write it, instead of Parquet.")
    ] = False,
) -> None:
    """A country's sources for one year, and beside them the truth that was planted."""
    from hygie.node.country.generate import generate as make

    here = desk(ctx)
    truth = make(folder, persons=persons, seed=seed, as_delivered=as_delivered, progress=here.progress)
    tables = truth["tables"]
    assert isinstance(tables, dict)
    rows = {title: table["rows"] for title, table in tables.items()}
    here.show(
        truth,
        [
            f"{rows['IR_BEN_R']:,} persons who do not exist, {rows['ER_PRS_F']:,} claim lines, in {folder}.",
            f"{rows['T_MCOaaB']:,} stays in hospital; {len(rows)} tables; truth.json has each one's rows and hash.",
        ],
    )
