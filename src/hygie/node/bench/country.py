"""`hygie bench country`: a synthetic country at three sizes, each in its own process, and a rewriting of its files."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from hygie.base.engine import literal
from hygie.node.country.generate import generate

GOAL = 60.0
MEGABYTES = 4096
MILLION = 1_000_000
PARTS = (10, 3, 1)
LEFT_OUT = (
    "by hand nothing is drawn: the tables of the SNDS are read and written again as they are, by one plain COPY each"
)
ALONE = "import sys, json; from hygie.node.bench.country import made; print(json.dumps(made(*sys.argv[1:])))"


def run(scale: int = MILLION, *, parts: tuple[int, ...] = PARTS) -> dict[str, object]:
    """Return the seconds, persons a second and peak of memory of three sizes, and the ratio to rewriting the largest.

    Parameters
    ----------
    scale : int    persons of the largest, 1,000 or more
    parts : tuple  what the scale is divided by for each size; the last is 1
    """
    with tempfile.TemporaryDirectory() as folder:
        sizes = {str(persons): measured(Path(folder), persons) for persons in sorted(scale // part for part in parts)}
        hand = rewritten(Path(folder) / str(scale) / "snds", Path(folder) / "again")
    largest = sizes[str(scale)]
    seconds = largest["seconds"] * MILLION / scale
    return {
        "sizes": sizes,
        "by hand": hand,
        "ratio": round(largest["seconds"] / hand["seconds"], 2),
        "ratio_of_processor_seconds": round(largest["processor_seconds"] / hand["processor_seconds"], 2),
        "left_out": LEFT_OUT,
        "seconds_for_a_million": round(seconds, 1),
        "goal": {"seconds_for_a_million": GOAL, "peak_megabytes": MEGABYTES},
        "met": seconds <= GOAL and largest["peak_megabytes"] <= MEGABYTES,
    }


def measured(folder: Path, persons: int) -> dict[str, float]:
    """Return the figures of one country, made by a fresh process so that its peak of memory is its own."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder / str(persons)), str(persons)],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def made(folder: str, persons: str) -> dict[str, float]:
    """Generate a country into a new folder and return its figures.

    Parameters
    ----------
    folder : str
    persons : str   residents, a whole number
    """
    wall, processor = time.perf_counter(), time.process_time()
    truth = generate(Path(folder), persons=int(persons))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    tables = truth["tables"]
    assert isinstance(tables, dict)
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "persons_a_second": round(int(persons) / wall),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "claim_lines": tables["ER_PRS_F"]["rows"],
        "rows": sum(table["rows"] for table in tables.values()),
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6),
    }


def rewritten(source: Path, out: Path) -> dict[str, float]:
    """Return the seconds in which DuckDB reads the Parquet files of a folder and writes them again."""
    out.mkdir()
    wall, processor = time.perf_counter(), time.process_time()
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        con.execute("SET enable_progress_bar = false")
        for path in sorted(source.glob("*.parquet")):
            con.execute(
                f"COPY (FROM read_parquet({literal(str(path))})) TO {literal(str(out / path.name))} "
                "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {"seconds": round(wall, 2), "processor_seconds": round(processor, 2)}
