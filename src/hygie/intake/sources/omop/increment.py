"""Reading an increment of OMOP CDM 5.4: rows added, changed and deleted by key, over the state that is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hygie.base.engine import Engine, literal, name
from hygie.base.kernel import Progress, refuse, silent
from hygie.intake.sources.cdm import TABLES, Table
from hygie.intake.sources.omop.members import Member, find
from hygie.intake.sources.omop.stage import (
    Staged,
    check_encoding,
    check_header,
    header_of,
    judge,
    read,
    recover,
    scan,
    staged,
)
from hygie.intake.sources.over import Change
from hygie.intake.sources.values import Tally

KEYS = {"death": "person_id"}


@dataclass(frozen=True)
class Increment:
    """A staged increment: the whole new state, and the deletions' quarantine and tallies."""

    staged: Staged
    quarantine: tuple[str, ...]
    tallies: tuple[Tally, ...]


def stage_increment(
    engine: Engine,
    path: Path,
    *,
    dataset: str,
    held: Mapping[str, str],
    identifier_system: str | None = None,
    progress: Progress = silent,
) -> Increment:
    """Read an increment over the tables that are held; what comes out is staged as a whole delivery is.

    `<table>.csv` has rows that are new or take the place of the held row of the same key; `<table>.deleted.csv` has
    the keys of rows that go; either may be Parquet. A row that breaks the CDM is set apart, and the held row of its key
    stays. A key that is deleted and not held, or also delivered, is set apart too.

    Parameters
    ----------
    path : Path        a folder, a zip, or one file
    held : Mapping     CDM table -> view of the current snapshot's rows; `person` is there
    identifier_system : str   as for `stage`

    Errors      SRC-101 to SRC-104, SRC-106 to SRC-114, SRC-404; SRC-115 a table whose rows have no key; SRC-116 rows of
                persons who go would stay; SRC-117 nothing is in it
    """
    members = find(path, part=True)
    if not members.tables and not members.deleted:
        raise refuse("SRC-117", found=path.name)
    notes, headers = list(members.notes), {}
    delivered = {member.table.name: member for member in members.tables}
    deleted = {member.table.name: member for member in members.deleted}
    order = sorted({*held, *delivered, *deleted}, key=lambda each: (each != "person", each))
    changes, whole = {}, []
    for done, each in enumerate(order):
        progress("read", done, len(order))
        table, member = TABLES[each], delivered.get(each)
        if (member or each in deleted) and key_of(table) is None:
            raise refuse("SRC-115", found=each)
        if member is not None:
            header = header_of(engine, member)
            notes += check_header(member, header)
            headers[member.file] = header.separator.join(header.names)
            read(engine, member, header)
            check_encoding(engine, member)
            judge(engine, table)
            recover(engine, member, header)
        else:
            empty(engine, table)
        headers |= gone(engine, table, deleted.get(each), held.get(each))
        changes[each] = carry(engine, table, held.get(each))
        whole.append(member or Member(table, "", nothing))
    progress("read", len(order), len(order))
    left_behind(engine, [TABLES[each] for each in order])
    notes += [change.words(each) for each, change in changes.items() if change.added + change.changed + change.deleted]
    ids = "SELECT person_id::VARCHAR FROM stage_person WHERE fault IS NULL"
    state = Staged(dataset, identifier_system, tuple(whole), tuple(notes), members.synthetic, ids, headers)
    apart = tuple(quarantine(member) for member in members.deleted)
    return Increment(state, apart, tuple(tally(engine, member) for member in members.deleted))


def nothing() -> Iterator[bytes]:
    """Return no bytes: a table that is carried over has no file."""
    return iter(())


def key_of(table: Table) -> str | None:
    """Return the column that a table's rows are known by, None where they have none.

    Example
    -------
    >>> key_of(TABLES["visit_occurrence"]), key_of(TABLES["death"]), key_of(TABLES["concept_relationship"])
    ('visit_occurrence_id', 'person_id', None)
    """
    return table.primary_key or KEYS.get(table.name)


def empty(engine: Engine, table: Table) -> None:
    """Make a staging table without rows."""
    fields = ", ".join(f"NULL::{field.sql_type} AS {name(field.name)}" for field in table.fields)
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {staged(table)} AS SELECT NULL::BIGINT AS line, NULL::VARCHAR AS raw, "
        f"NULL::VARCHAR AS fault, {fields} WHERE false"
    )


def gone(engine: Engine, table: Table, member: Member | None, view: str | None) -> dict[str, str]:
    """Make `gone_<table>` of (line, raw, key, fault): the keys that a file of deletions names; return its header."""
    into = name(f"gone_{table.name}")
    if member is None:
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {into} (line BIGINT, raw VARCHAR, key BIGINT, fault VARCHAR)")
        return {}
    key, header = str(key_of(table)), header_of(engine, member)
    if key not in header.names:
        raise refuse("SRC-107", file=member.file, found=key)
    cells = f"coalesce(cells, string_split(raw, {literal(header.separator)}))"
    cell = f"trim({cells}[{header.names.index(key) + 1}])"
    wrong = f"CASE WHEN fault IS NOT NULL THEN fault WHEN key IS NULL THEN 'SRC-o04|{key} is not a whole number' END"
    scan(
        engine,
        member,
        header,
        f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT line, raw, key, {wrong} AS fault FROM (SELECT line, raw, "
        f"fault, TRY_CAST({cell} AS BIGINT) AS key FROM (SELECT line, rtrim(raw, chr(10)) AS raw, cells, fault "
        "FROM csv_records) WHERE raw <> '' OR fault IS NOT NULL)",
    )
    is_held = f"SELECT {name(key)} FROM {name(view)}" if view else "SELECT NULL::BIGINT WHERE false"
    comes = f"SELECT {name(key)} FROM {staged(table)} WHERE fault IS NULL"
    for text, condition in (
        ("SRC-o08|no record that is held has this key", f"key NOT IN ({is_held})"),
        ("SRC-o09|the same key is delivered as a record", f"key IN ({comes})"),
    ):
        engine.con.execute(f"UPDATE {into} SET fault = {literal(text)} WHERE fault IS NULL AND {condition}")
    return {member.file: header.separator.join(header.names)}


def carry(engine: Engine, table: Table, view: str | None) -> Change:
    """Add to a staging table the held rows that nothing takes the place of, and return what changed."""
    kept = int(engine.scalar(f"SELECT count(*) FROM {staged(table)} WHERE fault IS NULL"))
    if view is None:
        return Change(kept, 0, 0, 0)
    fields = ", ".join(name(field.name) for field in table.fields)
    key = key_of(table)
    stays, changed, deleted = "true", 0, 0
    if key is not None:
        comes = f"SELECT {name(key)} FROM {staged(table)} WHERE fault IS NULL"
        goes = f"SELECT key FROM {name(f'gone_{table.name}')} WHERE fault IS NULL"
        stays = f"{name(key)} NOT IN ({comes}) AND {name(key)} NOT IN ({goes})"
        changed, deleted = engine.rows(
            f"SELECT count(*) FILTER ({name(key)} IN ({comes})), count(*) FILTER ({name(key)} IN ({goes})) "
            f"FROM {name(view)}"
        )[0]
    engine.con.execute(f"INSERT INTO {staged(table)} BY NAME SELECT {fields} FROM {name(view)} WHERE {stays}")
    carried = int(engine.scalar(f"SELECT count(*) FROM {staged(table)} WHERE fault IS NULL")) - kept
    return Change(kept - changed, changed, deleted, carried)


def left_behind(engine: Engine, tables: list[Table]) -> None:
    """Refuse an increment that deletes persons and leaves rows of theirs: SRC-116 with how many, by table."""
    left = {}
    for table in tables:
        if table.name != "person" and any(field.foreign_table == "person" for field in table.fields):
            left[table.name] = engine.scalar(
                f"SELECT count(*) FROM {staged(table)} e WHERE fault IS NULL AND NOT EXISTS (SELECT 1 FROM "
                "stage_person p WHERE p.person_id = e.person_id AND p.fault IS NULL)"
            )
    found = ", ".join(f"{each} {count}" for each, count in left.items() if count)
    if found:
        raise refuse("SRC-116", found=found)


def quarantine(member: Member) -> str:
    """Return the quarantined lines of a file of deletions."""
    return (
        f"SELECT {literal(member.file)} AS file, line, split_part(fault, '|', 1) AS rule, "
        f"split_part(fault, '|', 2) AS reason, raw FROM {name(f'gone_{member.table.name}')} WHERE fault IS NOT NULL"
    )


def tally(engine: Engine, member: Member) -> Tally:
    """Return how many lines of a file of deletions were read, carried out and quarantined."""
    into = name(f"gone_{member.table.name}")
    read_, kept = engine.rows(f"SELECT count(*), count(*) FILTER (WHERE fault IS NULL) FROM {into}")[0]
    return Tally(f"{member.table.name}, deletions", read_, kept, read_ - kept)
