"""`hygie bench snds`: SNDS tables in CSV to encrypted native tables beside typed `read_csv` with encrypted writing."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from hygie.base.engine import Engine, Walls, literal, name
from hygie.base.keys import new_data_key
from hygie.intake.sources import snds
from hygie.intake.sources.snds.schema import Table
from hygie.intake.sources.values import TableDraft
from hygie.node.bench.fhir import fresh, work
from hygie.node.bench.measure import interleave
from hygie.node.country.generate import generate

GOAL = 1.25


def run(scale: int = 40_000, *, rounds: int = 3) -> dict[str, object]:
    """Return, at three sizes, medians and ratios of ours to typed reading: native tables alone, and with OMOP.

    Parameters
    ----------
    scale : int    persons of the largest size, 55 lines each; a sixteenth and a quarter of it stand beside
    rounds : int   measured rounds
    """
    sizes = {f"{scale // part} persons": measure(scale // part, rounds) for part in (16, 4, 1)}
    largest = sizes[f"{scale} persons"]
    return {**sizes, "ratio": largest["ratio"], "goal": GOAL, "met": float(str(largest["ratio"])) <= GOAL}


def measure(persons: int, rounds: int) -> dict[str, object]:
    """Measure one size."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        source, out = home / "in", home / "out"
        lines = make(home, source, persons)
        size = sum(file.stat().st_size for file in source.iterdir())
        spent: defaultdict[str, list[float]] = defaultdict(list)
        candidates = {
            "native": work(home, out, lambda engine: native(engine, source, out)),
            "by hand": hand(home, source, out),
            "native and OMOP": work(home, out, lambda engine: everything(engine, source, out)),
        }
        measured = interleave(
            {title: timed(each, spent[title]) for title, each in candidates.items()}, rounds, reset=lambda: fresh(out)
        )
        processor = {title: statistics.median(each[1:]) for title, each in spent.items()}
        return {
            "lines": lines,
            "megabytes": round(size / 1e6),
            **measured.document(),
            "ratio_with_omop": round(measured.seconds["native and OMOP"] / measured.seconds["by hand"], 3),
            "processor_seconds": {title: round(each, 2) for title, each in processor.items()},
            "processor_ratio": round(processor["native"] / processor["by hand"], 3),
            "lines_per_second": round(lines / measured.seconds["native"]),
        }


def timed(do: Callable[[], object], spent: list[float]) -> Callable[[], None]:
    """Return a work that also keeps its processor seconds, the round before the measured ones first."""

    def run_once() -> None:
        begun = time.process_time()
        do()
        spent.append(time.process_time() - begun)

    return run_once


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


def staged(engine: Engine, source: Path) -> snds.Staged:
    """Read a delivery, with persons numbered in the order of their ids."""

    def assign(ids: str, _others: str) -> str:
        engine.con.execute(
            "CREATE OR REPLACE TEMP TABLE person_map AS SELECT source_id, row_number() OVER (ORDER BY source_id) "
            f"AS person_id FROM (SELECT DISTINCT * FROM ({ids}) t(source_id))"
        )
        return "person_map"

    return snds.stage(engine, source, dataset="bench", assign=assign)


def native(engine: Engine, source: Path, out: Path) -> None:
    """Read with every check and write the native tables, with persons, keys and what is implausible counted."""
    read = staged(engine, source)
    write(engine, snds.natives(engine, read)[0], out)


def everything(engine: Engine, source: Path, out: Path) -> None:
    """Read, map to OMOP and write every table."""
    write(engine, snds.deliver(engine, staged(engine, source)).tables, out)


def write(engine: Engine, drafts: Sequence[TableDraft], out: Path) -> None:
    """Write the tables that reading has not written yet."""
    for draft in drafts:
        if draft.prepared is None:
            engine.write_encrypted(draft.query, out / f"{draft.name}.parquet", new_data_key(), order_by=draft.order_by)


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
