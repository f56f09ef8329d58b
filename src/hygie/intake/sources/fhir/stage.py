"""First half of reading a delivery: every line is read once, checked, and staged in the engine's temporary tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from hygie.base.engine import Engine
from hygie.base.kernel import Progress, check_name, refuse, silent
from hygie.intake.sources.fhir import compiler, increment
from hygie.intake.sources.fhir.expressions import listed, quote
from hygie.intake.sources.fhir.folder import FILES, delivered
from hygie.intake.sources.fhir.model import mapping
from hygie.intake.sources.fhir.reader import Lines
from hygie.intake.sources.fhir.structure import fault
from hygie.intake.sources.values import LongLine, SourceFile

INCOMING = "fhir_incoming"
BATCH = 256


@dataclass(frozen=True)
class Staged:
    """A delivery that was read and checked, in temporary tables of one engine.

    Parameters
    ----------
    dataset : str        the dataset's id
    files : tuple        the files read
    patient_ids : str    SQL query -> (source_id VARCHAR), distinct: every patient delivered or referred to
    read : int           lines read, blank ones left out
    notes : tuple        what was passed over, in words
    synthetic : bool     the delivery says that no real person is behind it
    long_lines : tuple   lines of which the quarantine holds only the beginning
    first : int          the number of the first file; those of an increment follow the held ones'
    """

    dataset: str
    files: tuple[SourceFile, ...]
    patient_ids: str
    read: int
    notes: tuple[str, ...]
    synthetic: bool
    long_lines: tuple[LongLine, ...] = ()
    first: int = 0


def stage(
    engine: Engine,
    path: Path,
    *,
    dataset: str,
    held: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Staged:
    """Read and check a folder or a file of FHIR R4 NDJSON; nothing is written outside the engine.

    Parameters
    ----------
    engine : Engine      its connection receives the tables `fhir_*`, which an earlier call's are replaced by
    path : Path          a folder, or one file; plain or gzip, and the names of files decide nothing
    dataset : str        the dataset's id
    held : Mapping       of an increment: table of the snapshot -> view of the resources that are held

    Errors     SRC-101 no such path; SRC-102 a link; SRC-104 a bad marker; SRC-111 a gzip bomb; SRC-113 a broken gzip;
               SRC-202 no NDJSON in it; SRC-103, SRC-205 too many files; SRC-206 a file changed meanwhile; KER-103
    """
    check_name(dataset)
    listed_files, notes, synthetic = delivered(path)
    first = increment.first_file(engine.con, held or {})
    if first + len(listed_files) > FILES:
        raise refuse("SRC-205", found=first + len(listed_files), most=FILES)
    files = dict(enumerate(listed_files, first))
    prepare(engine.con)
    total = sum(each.path.stat().st_size for each in listed_files)
    done = 0
    for number, lines in files.items():
        progress("read " + lines.name, done, total)
        read_file(engine.con, number, lines)
        done += lines.size
    progress("check", total, total)
    reroute(engine.con)
    reject(engine.con, files)
    notes += increment.carry(engine.con, held) if held else []
    if blank := sum(lines.blank for lines in listed_files):
        notes.append(f"{blank} blank lines passed over")
    engine.con.executemany(
        "INSERT INTO fhir_file VALUES (?, ?)", [(number, lines.name) for number, lines in files.items()]
    )
    return Staged(
        dataset,
        tuple(SourceFile(lines.name, lines.sha256, lines.size) for lines in listed_files),
        f"SELECT DISTINCT person AS source_id FROM ({people()}) WHERE person IS NOT NULL",
        sum(lines.read for lines in listed_files),
        tuple(notes),
        synthetic,
        tuple(long for lines in listed_files for long in lines.long_lines),
        first,
    )


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the empty staging tables."""
    for resource in mapping().values():
        con.execute(f"DROP TABLE IF EXISTS {resource.stage}")
        con.execute(compiler.create(resource))
    con.execute(f"DROP TABLE IF EXISTS {compiler.WHOLE}")
    con.execute(compiler.create_whole())
    con.execute("CREATE OR REPLACE TEMP TABLE fhir_file (file INTEGER, name VARCHAR)")


def tables() -> list[str]:
    """Return the staging tables, one for each mapped type and one for all the others."""
    return [*(resource.stage for resource in mapping().values()), compiler.WHOLE]


def people() -> str:
    """Return the query of the source id of every resource's patient, as `person`, quarantined ones left out."""
    return " UNION ALL ".join(f"SELECT person FROM {table} WHERE rule IS NULL" for table in tables())


def read_file(con: duckdb.DuckDBPyConnection, number: int, lines: Lines) -> None:
    """Stage one file's lines as what its first line is; lines of other types are set aside."""
    with_lines(
        con,
        lines,
        statement(
            lines.kind, f"(SELECT {number} AS file, line, raw, nullif(fault, '') AS fault, closer FROM {INCOMING})"
        ),
    )


def statement(kind: str, relation: str) -> str:
    """Return the statement that stages a relation's lines as one type."""
    resource = mapping().get(kind)
    return compiler.insert(resource, relation) if resource else compiler.insert_whole(relation, list(mapping()))


def with_lines(con: duckdb.DuckDBPyConnection, lines: Lines, sql: str) -> None:
    """Run a statement over a file's lines as the relation INCOMING; a refusal of the reader comes out as itself."""
    # A capsule is read as it is asked for; a reader goes through Arrow's scanner, which runs ahead of us without bound.
    con.register(INCOMING, lines.reader().__arrow_c_stream__())
    try:
        con.execute(sql)
    except duckdb.Error:
        if lines.refusal is not None:
            raise lines.refusal from None
        raise
    finally:
        con.unregister(INCOMING)


def reroute(con: duckdb.DuckDBPyConnection) -> None:
    """Stage the lines that lay in a file of another type as what they are."""
    others = " UNION ALL ".join(
        f"SELECT file, line, raw, type, suspect FROM {table} WHERE rule = 'other'" for table in tables()
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE fhir_other AS {others}")
    for table in tables():
        con.execute(f"DELETE FROM {table} WHERE rule = 'other'")
    found = {str(row[0]) for row in con.execute("SELECT DISTINCT type FROM fhir_other").fetchall()}
    for kind in sorted(found & set(mapping())):
        where = f"type = {quote(kind)}"
        con.execute(statement(kind, other_lines(where)))
    if found - set(mapping()):
        con.execute(statement("", other_lines(f"type NOT IN ({listed(mapping())})")))
    con.execute("DROP TABLE fhir_other")


def other_lines(where: str) -> str:
    """Return the relation of set-aside lines that fulfil a condition."""
    return f"(SELECT file, line, raw, NULL::VARCHAR AS fault, suspect AS closer FROM fhir_other WHERE {where})"


def reject(con: duckdb.DuckDBPyConnection, files: Mapping[int, Lines]) -> None:
    """Quarantine what only the whole delivery shows: elements R4 does not know, and ids given twice."""
    for table in tables():
        look_closer(con, table)
    for resource in mapping().values():
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE fhir_keys AS SELECT DISTINCT keys FROM {resource.stage} WHERE rule IS NULL"
        )
        con.execute(f"DELETE FROM fhir_keys WHERE NOT ({compiler.strange_keys(resource)})")
        strange = f"SELECT file, line FROM {resource.stage} WHERE rule IS NULL AND keys IN (FROM fhir_keys)"
        recall(con, files, resource.stage, strange, "SRC-f12|an element that R4 does not know, or one given twice")
    for table in tables():
        recall(con, files, table, compiler.repeated_ids(table), "SRC-f11|an earlier resource has the same type and id")


def look_closer(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Quarantine the suspect lines of a staging table that are faulty."""
    found = con.execute(f"SELECT rowid AS place FROM {table} WHERE suspect AND rule IS NULL ORDER BY 1").fetchnumpy()
    places = np.asarray(found["place"])
    for start in range(0, len(places), BATCH):
        page = places[start : start + BATCH]
        rows = con.execute(
            f"SELECT rowid, raw FROM {table} WHERE rowid BETWEEN ? AND ? AND suspect AND rule IS NULL",
            [int(page[0]), int(page[-1])],
        ).fetchall()
        faulty = {place: rule for place, raw in rows if (rule := fault(raw)) is not None}
        if faulty:
            con.register("fhir_faulty", pa.table({"place": list(faulty), "rule": list(faulty.values())}))
            con.execute(f"UPDATE {table} SET rule = f.rule FROM fhir_faulty f WHERE {table}.rowid = f.place")
            con.unregister("fhir_faulty")


def recall(con: duckdb.DuckDBPyConnection, files: Mapping[int, Lines], table: str, query: str, rule: str) -> None:
    """Quarantine staged lines, reading again the files they lie in for the lines themselves."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE fhir_reject AS SELECT file, line, NULL::VARCHAR AS raw FROM ({query})")
    places = con.execute("SELECT DISTINCT file FROM fhir_reject ORDER BY file").fetchall()
    for (number,) in places:
        lines = files[number]
        before = lines.sha256
        with_lines(
            con,
            lines,
            f"UPDATE fhir_reject SET raw = {compiler.STRIPPED.replace('raw', 'i.raw')} FROM {INCOMING} i "
            f"WHERE fhir_reject.file = {int(number)} AND fhir_reject.line = i.line",
        )
        if lines.sha256 != before:
            raise refuse("SRC-206", file=lines.name)
    if places:
        con.execute(
            f"UPDATE {table} SET rule = ?, raw = r.raw FROM fhir_reject r WHERE {table}.file = r.file "
            f"AND {table}.line = r.line",
            [rule],
        )
    con.execute("DROP TABLE fhir_reject")
