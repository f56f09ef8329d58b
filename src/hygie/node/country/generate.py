"""`hygie generate country`: a synthetic country's sources, and beside them the truth about it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from queue import SimpleQueue

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Progress, refuse, silent
from hygie.node.country import delivered, holders, hospitals, parts, snds
from hygie.node.country.tables import prepare
from hygie.node.country.truth import compared, counted, farthest, planted
from hygie.node.country.values import Country, Slice

MOST = 70_000_000
FIRST = ("macros.sql", "setting.sql")
EACH = (
    *("population.sql", "stays.sql", "planted.sql", "care.sql", "harm.sql", "beneficiary.sql", "tally.sql"),
    *("holders.sql", "hospitals.sql"),
)
MEMORY = 3072  # megabytes of all engines together


@dataclass
class Made:
    """What slices hold: what was tallied, and the rows and hashes of their tables."""

    tally: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    written: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, more: Made) -> None:
        """Add what another slice holds."""
        self.tally.update(more.tally)
        self.written.update(more.written)


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
    threads : int    1 or more: as many slices at once; the content does not depend on it

    Errors     GEN-201 the folder holds something; GEN-202 persons
    """
    if not 1 <= persons <= MOST:
        raise refuse("GEN-202", found=persons, most=MOST)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse("GEN-201", found=folder.name)
    country = Country(persons, seed)
    (folder / "snds").mkdir(parents=True, exist_ok=True)
    slices = list(country.slices())
    at_once = max(1, min(threads, len(slices)))
    walls = Walls(folder, memory=f"{MEMORY // at_once}MB", threads=max(1, threads // at_once))
    made = Made()
    try:
        with ExitStack() as opened:
            engines = [opened.enter_context(Engine(walls)) for _ in range(at_once)]
            progress("country", 0, len(slices))
            finished = opened.enter_context(closing(drawn(engines, folder, country, as_delivered)))
            for done, each in enumerate(finished, 1):
                made.add(each)
                progress("country", done, len(slices))
            parts.gather(engines[0], folder)
            holders.finish(engines[0], folder)
            hospitals.finish(engines[0], folder, as_delivered=as_delivered)
    finally:
        parts.remove(folder)
        (folder / "spill").rmdir()
    truth = told(made, country)
    note(folder / "truth.json", truth)
    for place in (folder, folder / "snds"):
        note(place / "hygie-delivery.json", {"synthetic": True, "persons": persons, "seed": seed, "format": "country"})
    return truth


def drawn(engines: Sequence[Engine], folder: Path, country: Country, as_delivered: bool) -> Generator[Made, None, None]:
    """Yield what each slice holds, as soon as it is written: as many at once as there are engines.

    Parameters
    ----------
    engines : Sequence[Engine]   fresh
    folder : Path                the country's
    country : Country
    as_delivered : bool          as for `generate`
    """
    slices = list(country.slices())
    several = len(slices) > 1
    free: SimpleQueue[Engine] = SimpleQueue()

    def begin(engine: Engine) -> None:
        start(engine, country)
        free.put(engine)

    def draw(part: Slice) -> Made:
        engine = free.get()
        try:
            populate(engine, part)
            files = snds.write(engine, folder / "snds", part.number, several)
            if as_delivered:
                delivered.turn(engine, files)
            holders.write(engine, folder, part.number, several=several, as_delivered=as_delivered)
            parts.write(engine, folder, part.number)
            return Made(counted(engine), snds.tables_written(engine))
        finally:
            free.put(engine)

    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(begin, engines))
        waiting = [pool.submit(draw, part) for part in slices]
        try:
            for each in as_completed(waiting):
                yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)


def told(made: Made, country: Country) -> dict[str, object]:
    """Return the truth about the country, once every slice was made."""
    return {
        "persons": country.persons,
        "seed": country.seed,
        "tables": snds.hashes(made.written),
        "figures": compared(made.tally, country.persons),
        "farthest cell": farthest(made.tally, country.persons),
        "planted": planted(made.tally, country),
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
