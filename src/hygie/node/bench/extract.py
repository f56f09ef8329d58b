"""`hygie bench extract`: a permit's extract beside hand-written SQL of the same re-keying, order and encryption."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from hygie.access.cohorts.values import Codes, CodesBody
from hygie.access.extracts import making, pseudonyms
from hygie.access.extracts.making import MEMORY
from hygie.access.extracts.plan import table_plan
from hygie.access.extracts.values import Plan
from hygie.access.permits.values import Minimisation
from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.keys import new_data_key
from hygie.intake.sources.cdm import TABLES
from hygie.node.bench.lake import EVENTS, snapshot
from hygie.node.bench.measure import interleave
from hygie.node.home import database

GOAL = 1.20
GOAL_MB = 512
OPTED_OUT = "SELECT dataset, person_uid FROM person_index WHERE person_id % 50 = 0"
LEFT_OUT = (
    "imports (a round before is not counted); of ours: the permit's check, opt-outs read from the vault (a table "
    "stands in on both sides), the manifest, the row and the ledger's fact. Counted: building and compiling the "
    "plan, maps, order, encryption, file hashes on both sides."
)
CONCEPTS = tuple(range(100_000, 100_150))
COLUMNS = {
    "person": {"person_id", "gender_concept_id", "year_of_birth"},
    "condition_occurrence": {
        "condition_occurrence_id",
        "condition_concept_id",
        "condition_start_date",
        "visit_occurrence_id",
        "source_code",
    },
    "drug_exposure": {
        "drug_exposure_id",
        "drug_concept_id",
        "drug_exposure_start_date",
        "visit_occurrence_id",
        "days_supply",
    },
    "measurement": {
        "measurement_id",
        "measurement_concept_id",
        "measurement_date",
        "visit_occurrence_id",
        "value_as_number",
    },
}


def run(scale: int = 100_000, *, rounds: int = 5) -> dict[str, object]:
    """Return medians and the ratio of ours to the hand-written SQL, and the peak memory of ours alone in a process.

    Parameters
    ----------
    scale : int    persons, 50 events each
    rounds : int   measured rounds
    """
    persons = scale
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = snapshot(home, persons)
        key = new_data_key()
        one, two = home / "ours", home / "by-hand"
        same(home, files, key, one, two)
        measured = interleave(
            {"hygie": lambda: ours(home, files, key, one), "by hand": lambda: by_hand(home, files, key, two)}, rounds
        )
        peak = peak_of_ours(home, files, key)
    return {
        "name": "extract",
        "persons": persons,
        "events": sum(each for each, *_ in EVENTS.values()) * persons,
        **measured.document(),
        "peak_mb_alone": peak,
        "left_out": LEFT_OUT,
        "goal": {"ratio": GOAL, "peak_mb_alone": GOAL_MB},
        "met": {"ratio": measured.ratio <= GOAL, "peak_mb_alone": peak <= GOAL_MB},
    }


def permit_plan() -> Plan:
    """Return the plan of the measured permit: one diagnosis group, four tables, every identifier re-keyed."""
    settings = Minimisation(dates="day")
    tables = [table_plan(TABLES[name], columns, COLUMNS, settings, []) for name, columns in COLUMNS.items()]
    return Plan(
        datasets=("bench",),
        tables=tuple(table for table in tables if table is not None),
        start=date(2016, 1, 1),
        end=date(2025, 12, 31),
        cohort=Codes(codes=CodesBody(table="condition_occurrence", concept_ids=CONCEPTS)),
        opt_outs=True,
        decided_at=datetime(2026, 1, 1, tzinfo=UTC),
        left=(),
        birth=settings.birth,
        dates=settings.dates,
        location=settings.location,
        codes=settings.codes,
    )


def opened(home: Path, files: Mapping[str, EncryptedFile]) -> Engine:
    """Return an engine with a view for each file, and the opt-outs."""
    engine = Engine(Walls(home, memory=MEMORY, threads=2))
    for name, file in files.items():
        engine.attach(name, [file])
    engine.con.execute(f"CREATE TEMP TABLE opted_out AS {OPTED_OUT}")
    return engine


def emptied(folder: Path) -> Path:
    """Return an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def inputs_of(files: Mapping[str, EncryptedFile]) -> making.Inputs:
    """Return where the engine finds what the extract is made from."""
    tables = {name: name for name in files if name != "person_index"}
    return making.Inputs({"bench": tables}, "person_index", "opted_out")


def ours(home: Path, files: Mapping[str, EncryptedFile], key: bytes, folder: Path) -> making.Made:
    """Make the extract as the product does."""
    with opened(home, files) as engine:
        return making.make(engine, permit_plan(), inputs_of(files), key=key, folder=emptied(folder), vault=folder)


def by_hand(home: Path, files: Mapping[str, EncryptedFile], key: bytes, folder: Path) -> dict[str, EncryptedFile]:
    """Make the same extract with SQL written for it."""
    emptied(folder)
    with opened(home, files) as engine:
        concepts = ", ".join(map(str, CONCEPTS))
        engine.con.execute(
            "CREATE TEMP TABLE kept AS SELECT person_id, person_uid AS id FROM person_index "
            "WHERE person_uid NOT IN (SELECT person_uid FROM opted_out) AND person_id IN "
            f"(SELECT person_id FROM condition_occurrence WHERE condition_concept_id IN ({concepts}))"
        )
        numbered(engine, "SELECT id FROM kept", "numbers", key, "person")
        engine.con.execute("CREATE TEMP TABLE m AS SELECT person_id, pseudonym FROM kept JOIN numbers USING (id)")
        visits = "SELECT visit_occurrence_id AS id FROM visit_occurrence WHERE person_id IN (SELECT person_id FROM m)"
        numbered(engine, visits, "v", key, "bench/visit_occurrence")
        queries = {name: event_sql(name) for name in EVENTS}
        queries["person"] = (
            "SELECT pseudonym AS person_id, gender_concept_id, year_of_birth FROM person JOIN m USING (person_id) "
            "ORDER BY pseudonym"
        )
        queries["map"] = (
            "SELECT 'bench' AS dataset, person_id, id AS person_uid, pseudonym FROM kept JOIN numbers USING (id) "
            "ORDER BY pseudonym"
        )
        made = {}
        for name, query in queries.items():
            data_key = new_data_key()
            engine.write_encrypted(query, folder / f"{name}.parquet", data_key)
            made[name] = EncryptedFile(folder / f"{name}.parquet", data_key)
    return made


def numbered(engine: Engine, query: str, table: str, key: bytes, kind: str) -> None:
    """Give ids their numbers in one go: AES over all of them at once, registered and copied."""
    import pyarrow as pa

    ids = engine.con.execute(query).fetchnumpy()["id"]
    pairs = pa.table({"id": ids, "pseudonym": pseudonyms.encrypt(ids, key=key, kind=kind)})
    engine.con.register("pairs", pairs)
    engine.con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM pairs")
    engine.con.unregister("pairs")
    assert engine.scalar(f"SELECT count(*) = count(DISTINCT pseudonym) FROM {table}")


def event_sql(table: str) -> str:
    """Return the hand-written query of one event table."""
    _, _, word, day, _ = EVENTS[table]
    cells = [f"{word}_concept_id", day, "v.pseudonym AS visit_occurrence_id"]
    cells += {"condition_occurrence": ["source_code"], "drug_exposure": ["days_supply"]}.get(table, ["value_as_number"])
    return (
        f"SELECT row_number() OVER () AS {table}_id, * FROM (SELECT m.pseudonym AS person_id, {', '.join(cells)} "
        f"FROM {table} t JOIN m USING (person_id) LEFT JOIN v ON v.id = t.visit_occurrence_id "
        f"WHERE {day} BETWEEN DATE '2016-01-01' AND DATE '2025-12-31' ORDER BY ALL)"
    )


def same(home: Path, files: Mapping[str, EncryptedFile], key: bytes, one: Path, two: Path) -> None:
    """Stop unless both ways give the same rows in the same order in every table, own numbers too."""
    made, hand = ours(home, files, key, one), by_hand(home, files, key, two)
    with Engine(Walls(home)) as engine:
        for piece in (*made.pieces, made.map):
            engine.attach("a", [EncryptedFile(one / f"{piece.file.sha256}.parquet", piece.key)])
            engine.attach("b", [hand[piece.name]])
            names = ", ".join(name for name, _ in piece.file.columns)
            placed = f"SELECT row_number() OVER () AS place, {names} FROM"
            sums = [engine.rows(f"SELECT count(*), sum(hash(place, {names})) FROM ({placed} {view})") for view in "ab"]
            if sums[0] != sums[1] or sums[0][0][0] == 0:
                raise AssertionError(f"{piece.name}: the two ways differ")


def peak_of_ours(home: Path, files: Mapping[str, EncryptedFile], key: bytes) -> int:
    """Return the peak resident memory in MiB of a process like `hygie extract`'s: command line, Django, a database."""
    names = "\n".join(f"{name} {file.path} {file.key.hex()}" for name, file in files.items())
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hygie.node.bench.extract", str(home), key.hex()],
        input=names,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def alone(read: Callable[[], str], home: Path, key: bytes) -> int:
    """Make the extract once with all that the command loads, and return this process's peak resident memory in MiB."""
    database.start()
    importlib.import_module("hygie.node.cli.main")
    importlib.import_module("hygie.node.cli.extract")
    node = home / "node"
    node.mkdir()
    database.use(node)
    database.migrate()
    lines = [line.split() for line in read().splitlines()]
    files = {name: EncryptedFile(Path(path), bytes.fromhex(secret)) for name, path, secret in lines}
    ours(home, files, key, home / "alone")
    database.close()
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    sys.stdout.write(str(alone(sys.stdin.read, Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))))
