"""Which quarantined lines of SNDS tables are a person's: by pseudonym, or by the key of a claim or stay of theirs."""

from __future__ import annotations

import csv
import itertools
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds import persons
from hygie.intake.sources.snds.casts import value
from hygie.intake.sources.snds.folder import table_of
from hygie.intake.sources.snds.head import SEPARATORS
from hygie.intake.sources.snds.schema import Table, edition

BATCH = 10_000
LINES, KEYS = "their_lines", "their_keys"


@dataclass(frozen=True)
class Line:
    """A quarantined line: its table and the year in the file's name, its cells, and those whose column is known."""

    file: str
    line: int
    table: Table
    year: str
    cells: tuple[str, ...]
    by_name: Mapping[str, str]

    def names(self, pseudonyms: Collection[tuple[str, int]], own_ids: Collection[str]) -> bool:
        """Return whether the line holds one of some pseudonyms, unless it says that it is the other twin's."""
        way = persons.route(self.table)
        psa, twin = self.by_name.get(way.psa or ""), self.by_name.get(way.twin or "", "")
        twin = twin or ("1" if way.twin == "ben_rng_gem" else "")
        if twin.isdigit() and any(psa == each for each, _ in pseudonyms):
            return (psa, int(twin)) in pseudonyms
        held = set(self.cells)
        return bool(held & set(own_ids)) or any(each in held for each, _ in pseudonyms)


def lines_of(
    engine: Engine,
    headers: Mapping[str, str],
    source_ids: Sequence[str],
    person_ids: Sequence[int],
    views: Mapping[str, str],
) -> tuple[str, str]:
    """Make `their_lines(file, line)` of the view `quarantine`, and `their_keys(hub, id)`; return their names.

    Parameters
    ----------
    headers : Mapping        file -> column names between separators; none for Parquet, whose rows are JSON
    source_ids : Sequence    the persons' ids: `BEN_IDT_ANO`, or the pseudonym, `-` and the rank of a twin
    person_ids : Sequence    the numbers of those that have rows
    views : Mapping          table of the snapshot -> view
    """
    source_ids = forms(engine, headers, source_ids, person_ids, views)
    pseudonyms = split(source_ids)
    texts = {*source_ids, *(psa for psa, _ in pseudonyms)}
    theirs = [each for each in quarantined(engine, headers, sorted(texts)) if each.names(pseudonyms, source_ids)]
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {LINES} (file VARCHAR, line BIGINT)")
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {KEYS} (hub VARCHAR, id BIGINT)")
    if theirs:
        engine.con.executemany(f"INSERT INTO {LINES} VALUES (?, ?)", [(each.file, each.line) for each in theirs])
    people = ", ".join(str(int(each)) for each in person_ids) or "0"
    for table, hub in persons.hubs().items():
        view = views.get(f"snds_{table.lower()}")
        if view:
            ids = f"SELECT {literal(hub.column)}, {hub.column} FROM {name(view)} WHERE person_id IN ({people})"
            engine.con.execute(f"INSERT INTO {KEYS} {ids}")
    add_keys(engine, theirs)
    add_lines(engine, headers)
    return LINES, KEYS


def forms(
    engine: Engine,
    headers: Mapping[str, str],
    source_ids: Sequence[str],
    person_ids: Sequence[int],
    views: Mapping[str, str],
) -> tuple[str, ...]:
    """Return persons' ids, first as they are given, then in the other forms that their lines of the register tell.

    Parameters
    ----------
    headers, source_ids, person_ids, views   as for `lines_of`
    """
    told: list[tuple[str | None, int, str | None]] = []
    register = views.get(f"snds_{persons.REGISTER.lower()}")
    if register:
        people = ", ".join(str(int(each)) for each in person_ids) or "0"
        psa = f"CASE WHEN NOT {persons.fictive('ben_nir_psa')} THEN ben_nir_psa END"
        told += engine.rows(
            f"SELECT DISTINCT {psa}, coalesce(ben_rng_gem, 1), ben_idt_ano FROM {name(register)} "
            f"WHERE ben_idt_ano IN ? OR person_id IN ({people}) ORDER BY ALL",
            [list(source_ids)],
        )
    for each in quarantined(engine, headers, source_ids):  # a person's line of the register may itself be set apart
        own, rank = each.by_name.get("ben_nir_psa"), each.by_name.get("ben_rng_gem", "")
        if own and each.by_name.get("ben_idt_ano") in source_ids:
            told.append((own, int(rank) if rank.isdigit() else 1, None))
    found = [form for psa, twin, idt in told for form in (idt, psa and f"{psa}-{twin}") if form]
    return tuple(dict.fromkeys([*source_ids, *found]))


def split(source_ids: Sequence[str]) -> set[tuple[str, int]]:
    """Return the pseudonyms and ranks of twins among persons' ids.

    Example
    -------
    >>> split(["A1", "07-2"])
    {('07', 2)}
    """
    parts = (each.rpartition("-") for each in source_ids)
    return {(psa, int(twin)) for psa, _, twin in parts if psa and twin.isdigit()}


def quarantined(engine: Engine, headers: Mapping[str, str], texts: Sequence[str] | None) -> Iterator[Line]:
    """Yield the quarantined lines that hold one of some texts, or all; one such reading at a time."""
    test = " OR ".join(f"contains(raw, {literal(each)})" for each in texts) if texts else "true"
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE snds_asked AS SELECT row_number() OVER () AS n, file, line, raw FROM quarantine "
        f"WHERE raw IS NOT NULL AND ({test})"
    )
    published = edition()
    for begin in range(0, int(engine.scalar("SELECT count(*) FROM snds_asked")), BATCH):
        window = f"n > {begin} AND n <= {begin + BATCH}"
        for file, line, raw in engine.rows(f"SELECT file, line, raw FROM snds_asked WHERE {window}"):
            named = table_of(file, [published])
            if named is not None:
                cells, by_name = read(raw, headers.get(file, ""))
                yield Line(file, line, *named, cells, by_name)
    engine.con.execute("DROP TABLE snds_asked")


def read(raw: str, header: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return a line's cells, and by their column those that the header names.

    Example
    -------
    >>> read('7;"A B";x', "a;b")
    (('7', 'A B', 'x'), {'a': '7', 'b': 'A B'})
    """
    if not header and raw.startswith("{"):
        held = {column: str(cell) for column, cell in json.loads(raw).items() if cell is not None}
        return tuple(held.values()), held
    separator = max(SEPARATORS, key=(header or raw).count)
    try:
        cells = next(csv.reader([raw], delimiter=separator, strict=True), [])
    except csv.Error:
        cells = raw.split(separator)
    plain = tuple(cell.strip().strip('"').strip() for cell in cells)
    return plain, dict(zip(header.split(separator), plain, strict=False)) if header else {}


def add_keys(engine: Engine, theirs: Sequence[Line]) -> None:
    """Add to `their_keys` the keys of claims and stays whose own line is in the quarantine."""
    for hub, table, year, group in grouped(theirs, hubs=True):
        query = keyed(engine, hub, table, year, group)
        engine.con.execute(f"INSERT INTO {KEYS} SELECT {literal(hub.column)}, id FROM ({query}) WHERE id IS NOT NULL")


def add_lines(engine: Engine, headers: Mapping[str, str]) -> None:
    """Add to `their_lines` the lines that reach the persons through a claim or stay of theirs."""
    batch: list[Line] = []
    for each in itertools.chain(quarantined(engine, headers, None), [None]):
        if each is not None and not persons.route(each.table).own:
            batch.append(each)
        if batch and (each is None or len(batch) == BATCH):
            for hub, table, year, group in grouped(batch, hubs=False):
                query = keyed(engine, hub, table, year, group)
                ids = f"SELECT id FROM {KEYS} WHERE hub = {literal(hub.column)}"
                engine.con.execute(f"INSERT INTO {LINES} SELECT file, line FROM ({query}) WHERE id IN ({ids})")
            batch = []


def grouped(lines: Sequence[Line], *, hubs: bool) -> Iterator[tuple[persons.Hub, Table, str, list[Line]]]:
    """Yield lines of one table and year whose cells of the hub's key are known."""
    groups: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for each in lines:
        hub = persons.route(each.table).hub
        wanted = hub is not None and (not hubs or hub.table == each.table.name)
        if hub is not None and wanted and all(column.lower() in each.by_name for column in hub.key):
            groups[each.table.name, each.year].append(each)
    for (_, year), group in groups.items():
        hub = persons.route(group[0].table).hub
        assert hub is not None
        yield hub, group[0].table, year, group


def keyed(engine: Engine, hub: persons.Hub, table: Table, year: str, lines: Sequence[Line]) -> str:
    """Return SQL -> (file, line, id): the hub's number in each of some lines of one table, put into `snds_keyed`."""
    texts = {f"t_{column.lower()}": [each.by_name[column.lower()] for each in lines] for column in hub.key}
    places = {"file": [each.file for each in lines], "line": [each.line for each in lines]}
    engine.con.register("snds_arrow", pa.table({**places, **texts}))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE snds_keyed AS SELECT * FROM snds_arrow")
    engine.con.unregister("snds_arrow")
    cells = ", ".join(
        f"{value(table.by_name[column.lower()], name('t_' + column.lower()))} AS {name(column.lower())}"
        for column in hub.key
    )
    number = f"{int(year) + (2000 if len(year) == 2 else 0)}" if year else "NULL"
    rows = f"SELECT file, line, {cells}, {number}::SMALLINT AS snds_year FROM snds_keyed"
    return f"SELECT file, line, {persons.key_sql(hub, table, 'r')} AS id FROM ({rows}) r"
