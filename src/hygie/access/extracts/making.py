"""The work of an extract on an engine: who is in, their pseudonyms, every table written encrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygie.access.extracts import compile as compiler
from hygie.access.extracts import pseudonyms
from hygie.access.extracts.values import Plan, Steps
from hygie.base.kernel import Progress, silent
from hygie.base.keys import new_data_key

if TYPE_CHECKING:
    from hygie.base.engine import Engine, WrittenFile

# Together with Python and its libraries this stays under 512 MB at 50 million events; what is larger spills, encrypted.
MEMORY = "200MB"
MAP = "extract_map"
PERSONS = "extract_persons"
GIVEN = "extract_given"
Offered = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Inputs:
    """Where the engine finds what an extract is made from, as names of views.

    Parameters
    ----------
    snapshots : Mapping[str, Mapping[str, str]]   dataset -> table -> view
    index : str                                   (dataset, person_id, person_uid)
    opted_out : str or None                       (dataset, person_uid); None only under an exception
    earlier : tuple[str, ...]                     pseudonym maps of the permit's earlier extracts, the oldest first
    """

    snapshots: Mapping[str, Mapping[str, str]]
    index: str
    opted_out: str | None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """One written file, the name it has in the extract, and its data key."""

    name: str
    file: WrittenFile
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Made:
    """What was made: counts, pieces by table, the pseudonym map, and how many ids took a further counter."""

    steps: Steps
    pieces: tuple[Piece, ...]
    map: Piece
    collisions: int


def count_steps(engine: Engine, plan: Plan, inputs: Inputs, tables: Offered | None = None) -> Steps:
    """Find who is in and return the persons before and after each filter; opt-outs go first.

    Leaves the temporary tables `extract_remaining` (dataset, person_id, person_uid) and `extract_cohort` (person_uid).
    """
    ibis = engine.backend()
    tables = tables or offered(engine, inputs)
    people = {dataset: held["person"] for dataset, held in tables.items()}
    keep(engine, "extract_everyone", compiler.everyone(ibis.table(inputs.index), people))
    opted_out = ibis.table(inputs.opted_out) if inputs.opted_out else None
    keep(engine, "extract_remaining", compiler.without(ibis.table("extract_everyone"), opted_out))
    keep(engine, "extract_cohort", compiler.cohort(plan, tables, ibis.table("extract_remaining")))
    delivered, remaining = (
        int(engine.scalar(f"SELECT count(DISTINCT person_uid) FROM extract_{which}"))
        for which in ("everyone", "remaining")
    )
    cohort = int(engine.scalar("SELECT count(*) FROM extract_cohort"))
    return Steps(delivered, delivered - remaining, remaining, cohort)


def make(
    engine: Engine, plan: Plan, inputs: Inputs, *, key: bytes, folder: Path, vault: Path, progress: Progress = silent
) -> Made:
    """Make an extract in a folder.

    Parameters
    ----------
    engine : Engine   its views are named by `inputs`; temporary tables `extract_*` are this function's
    key : bytes       32 bytes, derived from the permit's key: what pseudonyms are made with
    folder : Path     empty; gets a file for each table
    vault : Path      gets the pseudonym map
    """
    progress("cohort", 0, 1)
    steps, sources, collisions = prepare(engine, plan, inputs, key)
    progress("cohort", 1, 1)
    jobs = [
        (dataset, table) for dataset, held in inputs.snapshots.items() for table in plan.tables if table.name in held
    ]
    pieces = []
    for done, (dataset, table) in enumerate(jobs):
        progress("extract", done, len(jobs))
        expression = compiler.extracted(plan, table, sources[dataset])
        pieces.append(write(engine, plan.outputs(dataset, table.name), sql(engine, expression), folder))
    map_piece = write_map(engine, vault)
    progress("extract", len(jobs), len(jobs))
    return Made(steps, tuple(pieces), map_piece, collisions)


def prepare(engine: Engine, plan: Plan, inputs: Inputs, key: bytes) -> tuple[Steps, dict[str, compiler.Source], int]:
    """Find who is in and make every map; return the counts, each dataset's source, and how many ids collided."""
    tables = offered(engine, inputs)
    steps = count_steps(engine, plan, inputs, tables)
    collisions = map_persons(engine, key, inputs.earlier)
    sources = {}
    for dataset, held in tables.items():
        bare = compiler.Source(held, persons_of(engine, dataset))
        keys, collided = map_keys(engine, plan, dataset, bare, key)
        sources[dataset] = compiler.Source(held, bare.persons, keys)
        collisions += collided
    return steps, sources, collisions


def offered(engine: Engine, inputs: Inputs) -> Offered:
    """Return the snapshots' tables as Ibis tables."""
    ibis = engine.backend()
    return {
        dataset: {table: ibis.table(view) for table, view in views.items()}
        for dataset, views in inputs.snapshots.items()
    }


def map_persons(engine: Engine, key: bytes, earlier: Sequence[str] = ()) -> int:
    """Give the cohort's persons their pseudonyms, in the table `extract_map`, and return how many collided.

    Who was given one by an earlier map keeps it.
    """
    ids = "SELECT person_uid AS id FROM extract_cohort"
    given = known_persons(engine, earlier) if earlier else ""
    collided = pseudonyms.assign(engine.con, ids, PERSONS, key=key, kind="person", given=given)
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {MAP} AS SELECT dataset, person_id, person_uid, pseudonym "
        f"FROM extract_remaining JOIN {PERSONS} ON person_uid = id"
    )
    return collided


def known_persons(engine: Engine, earlier: Sequence[str]) -> str:
    """Make the table (id, pseudonym) of what earlier maps gave, and return its name.

    A person keeps the number that the latest map gave them, else the first that one of their records had, unless
    somebody else has it by the first rule: of two persons who were one, the one whom the index still knows as that
    person keeps the number; two who became one go by the number of the person they became. A number that nobody has
    now is given to nobody.
    """
    maps = " UNION ALL ".join(f"SELECT *, {turn} AS turn FROM {name}" for turn, name in enumerate(earlier))
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {GIVEN} AS WITH maps AS ({maps}), "
        "firsts AS (SELECT dataset, person_id, arg_min(pseudonym, turn) AS pseudonym FROM maps GROUP BY ALL), "
        "ways AS (SELECT person_uid AS id, pseudonym, 0 AS way, -max(turn) AS turn FROM maps "
        "SEMI JOIN extract_cohort USING (person_uid) GROUP BY ALL UNION ALL "
        "SELECT r.person_uid, f.pseudonym, 1, 0 FROM extract_remaining r SEMI JOIN extract_cohort USING (person_uid) "
        "JOIN firsts f USING (dataset, person_id)), "
        "mine AS (SELECT * FROM ways QUALIFY row_number() OVER (PARTITION BY id ORDER BY way, turn, pseudonym) = 1), "
        "kept AS (SELECT * FROM mine QUALIFY row_number() OVER (PARTITION BY pseudonym ORDER BY way, turn, id) = 1) "
        "SELECT k.id, m.pseudonym FROM (SELECT DISTINCT pseudonym FROM maps) m LEFT JOIN kept k USING (pseudonym)"
    )
    return GIVEN


def persons_of(engine: Engine, dataset: str) -> Any:
    """Return (id, pseudonym) of one dataset's persons who are in."""
    known = engine.backend().table(MAP)
    return known.filter(known.dataset == dataset).select(id="person_id", pseudonym="pseudonym")


def map_keys(
    engine: Engine, plan: Plan, dataset: str, source: compiler.Source, key: bytes
) -> tuple[dict[str, Any], int]:
    """Return for each space of shared keys its map (id, pseudonym), and how many ids collided."""
    keys, collided = {}, 0
    for number, space in enumerate(plan.spaces):
        table = f"extract_keys_{list(plan.datasets).index(dataset)}_{number}"
        ids = compiler.ids(plan, space, source)
        kind = f"{dataset}/{space}"
        if space == "location" and plan.location == "region" and "location" in source.tables:
            keep(engine, f"{table}_regions", compiler.regions(source.tables["location"], ids))
            distinct = f"SELECT DISTINCT region AS id FROM {table}_regions"
            collided += pseudonyms.assign(engine.con, distinct, f"{table}_own", key=key, kind=kind)
            engine.con.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT r.id, o.pseudonym FROM {table}_regions r "
                f"JOIN {table}_own o ON r.region = o.id"
            )
        else:
            collided += pseudonyms.assign(engine.con, sql(engine, ids), table, key=key, kind=kind)
        keys[space] = engine.backend().table(table)
    return keys, collided


def write_map(engine: Engine, vault: Path) -> Piece:
    """Write the pseudonym map."""
    whole = f"SELECT dataset, person_id, person_uid, pseudonym FROM {MAP} ORDER BY pseudonym, dataset, person_id"
    return write(engine, "map", whole, vault)


def write(engine: Engine, name: str, query: str, folder: Path) -> Piece:
    """Write one query under a key of its own, the file named by its content."""
    key = new_data_key()
    file = engine.write_encrypted(query, folder / f"{name.replace('/', '-')}.writing", key)
    final = folder / f"{file.sha256}.parquet"
    file.path.replace(final)
    return Piece(name, file, key)


def keep(engine: Engine, table: str, expression: Any) -> None:
    """Keep an expression's rows in a temporary table."""
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql(engine, expression)}")


def sql(engine: Engine, expression: Any) -> str:
    """Return an expression as the engine's SQL."""
    return str(engine.backend().compile(expression))
