"""`hygie generate country`: a synthetic country's sources, and beside them the truth about it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Progress, refuse, silent
from hygie.node.country import delivered, holders, hospitals, snds
from hygie.node.country.tables import prepare
from hygie.node.country.truth import compared, counted, farthest, planted
from hygie.node.country.values import Country, Slice

MOST = 70_000_000
FIRST = ("macros.sql", "setting.sql")
EACH = (
    *("population.sql", "stays.sql", "planted.sql", "care.sql", "harm.sql", "beneficiary.sql", "tally.sql"),
    *("holders.sql", "hospitals.sql"),
)


def generate(
    folder: Path,
    *,
    persons: int,
    seed: int = 1,
    as_delivered: bool = False,
    threads: int = 2,
    progress: Progress = silent,
) -> dict[str, object]:
    """Write a synthetic country into a new or empty folder and return the truth about it.

    Parameters
    ----------
    folder : Path    receives `snds/`, a folder for each other holder, `opt-outs.csv` and the truth
    persons : int    residents on 1 January 2024, 1 to 70,000,000
    seed : int       the same seed gives the same content
    as_delivered : bool   CSV as holders write it instead of Parquet; the content is the same
    threads : int    1 or more; the content does not depend on it

    Errors     GEN-201 the folder holds something; GEN-202 persons
    """
    if not 1 <= persons <= MOST:
        raise refuse("GEN-202", found=persons, most=MOST)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse("GEN-201", found=folder.name)
    country = Country(persons, seed)
    (folder / "snds").mkdir(parents=True, exist_ok=True)
    slices = list(country.slices())
    try:
        with Engine(Walls(folder, memory="2GB", threads=threads)) as engine:
            start(engine, country)
            for done, each in enumerate(slices):
                progress("country", done, len(slices))
                populate(engine, each)
                snds.write(engine, folder / "snds", each.number, len(slices) > 1)
                if as_delivered:
                    delivered.turn(engine, folder / "snds")
                holders.write(engine, folder, each.number, several=len(slices) > 1, as_delivered=as_delivered)
            progress("country", len(slices), len(slices))
            holders.finish(engine, folder)
            hospitals.finish(engine, folder)
            truth = told(engine, country)
    finally:
        (folder / "spill").rmdir()
    note(folder / "truth.json", truth)
    for place in (folder, folder / "snds"):
        note(place / "hygie-delivery.json", {"synthetic": True, "persons": persons, "seed": seed, "format": "country"})
    return truth


def told(engine: Engine, country: Country) -> dict[str, object]:
    """Return the truth about the country, once every slice was made."""
    tally = counted(engine)
    return {
        "persons": country.persons,
        "seed": country.seed,
        "tables": snds.tables_written(engine),
        "figures": compared(tally, country.persons),
        "farthest cell": farthest(tally, country.persons),
        "planted": planted(tally, country),
    }


def start(engine: Engine, country: Country) -> None:
    """Make what every slice shares.

    Parameters
    ----------
    engine : Engine
    country : Country
    """
    run(engine, "frame.sql")
    prepare(engine, country)
    for script in FIRST:
        run(engine, script)
    enumerations(engine)
    holders.start(engine)
    hospitals.start(engine)


def enumerations(engine: Engine) -> None:
    """Make the enumerations by which texts of few values are written fast."""
    for kind, query in (
        ("dpt", "SELECT code FROM department ORDER BY d"),
        ("org", "SELECT '01C' || code || '000' FROM department ORDER BY d"),
        ("com", "SELECT lpad((range + 1)::VARCHAR, 3, '0') FROM range(100) ORDER BY range"),
    ):
        engine.con.execute(f"CREATE TYPE {kind} AS ENUM ({query})")


def populate(engine: Engine, part: Slice) -> None:
    """Make one slice's tables, in place of those of the slice before.

    Parameters
    ----------
    engine : Engine   after `start`
    part : Slice
    """
    for key, value in (("slice", part.number), ("low", part.low), ("high", part.high)):
        engine.con.execute(f"SET VARIABLE {key} = {value}::BIGINT")
    for script in EACH:
        run(engine, script)


def run(engine: Engine, script: str) -> None:
    """Run the statements of one of the room's scripts."""
    text = resources.files(__package__).joinpath(script).read_text("utf-8")
    for statement in text.split(";\n"):
        if statement.strip():
            engine.con.execute(statement)


def note(path: Path, document: dict[str, object]) -> None:
    """Write a JSON file for people to read."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
