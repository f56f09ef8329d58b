"""`hygie bench snds`: SNDS tables in CSV to encrypted native tables beside typed `read_csv` with encrypted writing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hygie.base.engine import Engine, Walls, literal, name
from hygie.base.keys import new_data_key
from hygie.intake.sources import snds
from hygie.intake.sources.snds.schema import Table
from hygie.node.bench.fhir import fresh, work
from hygie.node.bench.measure import interleave
from hygie.node.country.generate import generate

GOAL = 1.25


def run(scale: int = 20_000, *, rounds: int = 3) -> dict[str, object]:
    """Return medians and the ratio of ours (checks, persons, keys, counts) to typed reading; OMOP is measured apart.

    Parameters
    ----------
    scale : int    persons of a synthetic country, 31 lines of claims each
    rounds : int   measured rounds
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        source, out = home / "in", home / "out"
        lines = make(home, source, scale)
        size = sum(file.stat().st_size for file in source.iterdir())
        measured = interleave(
            {
                "hygie": work(home, out, lambda engine: ours(engine, source, out, omop=False)),
                "by hand": hand(home, source, out),
                "hygie with OMOP": work(home, out, lambda engine: ours(engine, source, out, omop=True)),
            },
            rounds,
            reset=lambda: fresh(out),
        )
        return {
            "persons": scale,
            "lines": lines,
            "megabytes": round(size / 1e6),
            **measured.document(),
            "ratio_with_omop": round(measured.seconds["hygie with OMOP"] / measured.seconds["by hand"], 3),
            "lines_per_second": round(lines / measured.seconds["hygie"]),
            "goal": GOAL,
            "met": measured.ratio <= GOAL,
        }


def make(home: Path, source: Path, persons: int) -> int:
    """Write a country's SNDS tables as CSV with semicolons and return how many lines they have."""
    generate(home / "country", persons=persons)
    source.mkdir()
    lines = 0
    with Engine(Walls(home)) as engine:
        parts: dict[str, list[str]] = {}
        for file in sorted((home / "country" / "snds").glob("*.parquet")):
            parts.setdefault(file.name.split(".")[0], []).append(literal(str(file)))
        for title, files in parts.items():
            target = literal(str(source / f"{title}.csv"))
            query = f"SELECT * FROM read_parquet([{', '.join(files)}])"
            lines += int(engine.con.execute(f"COPY ({query}) TO {target} (DELIM ';', HEADER)").fetchall()[0][0])
    return lines


def ours(engine: Engine, source: Path, out: Path, *, omop: bool) -> None:
    """Read with every check, give persons, and write every table that reading has not written yet."""

    def assign(ids: str) -> str:
        engine.con.execute(
            "CREATE OR REPLACE TEMP TABLE person_map AS SELECT source_id, row_number() OVER (ORDER BY source_id) "
            f"AS person_id FROM (SELECT DISTINCT * FROM ({ids}) t(source_id))"
        )
        return "person_map"

    staged = snds.stage(engine, source, dataset="bench", assign=assign)
    delivery = snds.deliver(engine, staged)
    for draft in delivery.tables:
        if draft.prepared is None and (omop or draft.kind == "source"):
            target = out / f"{draft.name}.parquet"
            engine.write_encrypted(draft.query, target, new_data_key(), order_by=draft.order_by)


def hand(home: Path, source: Path, out: Path) -> Callable[[], None]:
    """Return the hand-written work: each file typed by the published types, written encrypted."""
    editions = (snds.edition(), snds.edition("2020-12-lists"))

    def do(engine: Engine) -> None:
        for file in sorted(source.iterdir()):
            table = next(found for each in editions if (found := each.find(file.stem)))
            engine.write_encrypted(bare(table, file), out / f"{file.stem}.parquet", new_data_key())

    return work(home, out, do)


def bare(table: Table, file: Path) -> str:
    """Return the bare query: `read_csv` with the published type of each column."""
    header = file.open(encoding="utf-8").readline().strip().split(";")
    known = {each: table.field(each) for each in header}
    types = {each: "DOUBLE" if field is None else field.sql_type for each, field in known.items()}
    columns = ", ".join(f"{literal(each)}: {literal(kind)}" for each, kind in types.items())
    cells = ", ".join(map(name, header))
    return (
        f"SELECT {cells} FROM read_csv({literal(str(file))}, auto_detect = false, header = true, delim = ';', "
        f"quote = '\"', escape = '\"', columns = {{{columns}}})"
    )
