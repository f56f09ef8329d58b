"""How each table of the SNDS reaches its person: by a pseudonym of its own, or through a hub's key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from hygie.base.engine import Engine, name
from hygie.intake.sources.snds.schema import Edition, Table

REGISTER = "IR_BEN_R"
EGB = "ben_nir_idt"  # the pseudonym of the permanent sample, whose persons IR_BEN_R does not list
# Columns of a line of one person's care: a table with one of them is about persons.
PERSONAL = re.compile(
    r"ben_nir_\w+|nir_ano_\w+|ben_(idt|rat)_ano|id_carto|ipp_irr_cry|dct_ord_num|cle_dci_jnt|sej_idt|seq_num"
    r"|(rsa|rha|rhad|rip)_num",
    re.IGNORECASE,
)
# The column that says the day of care, the first that a table has.
CARE_DATES = ("EXE_SOI_DTD", "ENT_DAT", "IMB_ALD_DTD", "BEN_DCD_DTE")
UNDATED = frozenset({REGISTER, "IR_IBA_R"})
FITS = 30_000_000  # rows of a hub that were seen to fit in the memory of an ingest (lake.actions.MEMORY)


@dataclass(frozen=True)
class Hub:
    """A table through whose key others reach their person."""

    table: str
    key: tuple[str, ...]
    member: str
    yearly: bool

    @property
    def column(self) -> str:
        """The column that stands for the key: one whole number, which permits re-key."""
        return f"snds_{self.table.lower()}_id"


@dataclass(frozen=True)
class Route:
    """How a table reaches its person.

    Parameters
    ----------
    psa, twin : str or None   the columns of the pseudonym and of the rank of a twin
    idt : str or None         the column of the pseudonym that does not change
    hub : Hub or None         the hub whose key the table holds
    """

    psa: str | None
    twin: str | None
    idt: str | None
    hub: Hub | None

    @property
    def own(self) -> bool:
        """True when the table itself names persons."""
        return bool(self.psa or self.idt)


@cache
def hubs() -> Mapping[str, Hub]:
    """Return every hub by its table."""
    text = (resources.files(__package__) / "hubs.toml").read_text("utf-8")
    return {
        table: Hub(table, tuple(body["key"]), body["member"], body.get("yearly", False))
        for table, body in tomllib.loads(text).items()
    }


def route(table: Table) -> Route:
    """Return how a table reaches its person.

    Parameters
    ----------
    table : Table
    """
    known = table.by_name
    psa = next((each for each in ("ben_nir_psa", "nir_ano_17") if each in known), None)
    twin = next((each for each in ("ben_rng_gem", "rng_nai") if each in known), None) if psa else None
    idt = None if psa else next((each for each in ("ben_idt_ano", EGB) if each in known), None)
    holding = [
        hub
        for hub in hubs().values()
        if re.fullmatch(hub.member, table.name) and all(column.lower() in known for column in hub.key)
    ]
    found = next((hub for hub in holding if hub.table == table.name), holding[-1] if holding else None)
    return Route(psa, twin, idt, found)


def unrouted(table: Table, delivered: Collection[str]) -> bool:
    """Return whether a table is about persons whom nothing in it leads to, with the tables that are delivered."""
    way = route(table)
    if way.own:
        return False
    if way.hub is not None:
        return way.hub.table not in delivered
    return any(PERSONAL.fullmatch(each) for each in table.by_name)


def care_date(table: Table) -> str | None:
    """Return the column that says the day of care, None when the table itself says none."""
    if table.name in UNDATED:
        return None
    return next((each.lower() for each in CARE_DATES if each.lower() in table.by_name), None)


def key_sql(hub: Hub, table: Table, row: str) -> str:
    """Return SQL: the number that stands for a hub's key, NULL where a part of it is.

    63 bits of a hash of the parts; that no two keys of a hub share one is looked at when it is read.
    """
    parts, given = [], []
    for column in hub.key:
        cell = f"{row}.{name(column.lower())}"
        given.append(f"{cell} IS NOT NULL")
        kind = table.by_name[column.lower()].sql_type
        if hub.yearly:  # some tables publish these numbers as numbers, others as texts with zeros before them
            parts.append(f"ltrim({cell}::VARCHAR, '0')")
        else:
            parts.append(f"{cell}::BIGINT" if kind in ("SMALLINT", "INTEGER", "BIGINT") else cell)
    if hub.yearly:
        parts.append(f"coalesce({row}.snds_year, 0)::BIGINT")
    return f"CASE WHEN {' AND '.join(given)} THEN (hash({', '.join(parts)}) >> 1)::BIGINT END"


def fictive(psa: str) -> str:
    """Return SQL: whether a pseudonym stands for nobody: none, or the filling of stays that cannot be linked."""
    return f"({psa} IS NULL OR upper({psa}) LIKE 'XXXX%' OR regexp_matches({psa}, '^(0+|9+)$'))"


def make_people(engine: Engine, view: str | None, seen: str) -> str:
    """Make `snds_beneficiary(psa, twin, idt, source_id)` of all persons; return SQL of the source ids.

    Parameters
    ----------
    view : str or None   the register of beneficiaries, where it is delivered
    seen : str           SQL -> (psa, twin, idt) that other tables name, of persons whom the register does not list
    """
    listed = (
        f"SELECT ben_nir_psa AS psa, ben_rng_gem AS twin, ben_idt_ano AS idt FROM {view} UNION ALL " if view else ""
    )
    source = f"{listed}{seen}"
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE snds_beneficiary AS "
        "SELECT psa, coalesce(twin, 1)::SMALLINT AS twin, min(idt) AS idt "
        f"FROM ({source}) WHERE NOT {fictive('psa')} OR (psa IS NULL AND idt IS NOT NULL) GROUP BY 1, 2"
    )
    engine.con.execute("ALTER TABLE snds_beneficiary ADD COLUMN source_id VARCHAR")
    engine.con.execute("UPDATE snds_beneficiary SET source_id = coalesce(idt, psa || '-' || twin)")
    return "SELECT source_id FROM snds_beneficiary"


def other_forms() -> str:
    """Return SQL -> (source_id, id): what persons of a `BEN_IDT_ANO` are called where no register is delivered."""
    return "SELECT source_id, psa || '-' || twin AS id FROM snds_beneficiary WHERE psa IS NOT NULL AND idt IS NOT NULL"


def map_people(engine: Engine, person_map: str) -> None:
    """Make what tables are joined with: `snds_twin(psa, twin, person_id)`, `snds_psa` and `snds_idt`.

    Parameters
    ----------
    person_map : str   table of (source_id, person_id)
    """
    joined = f"snds_beneficiary b JOIN {person_map} m USING (source_id)"
    for table, sql in {
        "snds_twin": f"SELECT psa, twin, person_id FROM {joined} WHERE psa IS NOT NULL",
        "snds_psa": (
            f"SELECT psa, CASE WHEN count(DISTINCT person_id) = 1 THEN min(person_id) END AS person_id "
            f"FROM {joined} WHERE psa IS NOT NULL GROUP BY psa"
        ),
        "snds_idt": f"SELECT idt, min(person_id) AS person_id FROM {joined} WHERE idt IS NOT NULL GROUP BY idt",
    }.items():
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")


@dataclass(frozen=True)
class Sought:
    """A table's rows with what was looked up for each, and how that says who the person is.

    Parameters
    ----------
    rows : str            SQL -> the rows and columns of ADDED
    person : str or None  SQL of the person, None where the table reaches none
    unknown : str         SQL: whether the row names a person who is not known
    date : str            SQL of the hub's day of care, empty without a hub or where the table says its own
    """

    rows: str
    person: str | None = None
    unknown: str = "false"
    date: str = ""


ADDED = ("snds_at", "snds_twin", "snds_found")


def sought(table: Table, rows: str, hub_view: str | None, *, strict: bool = False) -> Sought:
    """Return how a table's rows are given their person.

    Each is looked up by a scalar subquery: DuckDB then never gathers the table's own rows in memory, as it may for a
    join, and says so with an error should two rows answer.

    Parameters
    ----------
    table : Table
    rows : str             SQL -> the fields and snds_year
    hub_view : str | None  (id, person_id, care_date) of the hub
    strict : bool          a row whose hub has no row of its key is of a person who is not known
    """
    way = route(table)
    person, unknown = "r.snds_found.person_id", "r.snds_found IS NULL"
    at = f"coalesce(r.{way.twin}, 1)" if way.twin == "ben_rng_gem" else f"r.{way.twin}" if way.twin else "NULL"
    twin = f"(SELECT w.person_id FROM snds_twin w WHERE w.psa = r.{way.psa} AND w.twin = r.snds_at)"
    if way.psa == "ben_nir_psa" and way.twin:
        found, person, unknown = "NULL", "r.snds_twin", "r.snds_twin IS NULL"
    elif way.psa:
        found = lookup("snds_psa", f"w.psa = r.{way.psa}")
        person = f"coalesce(r.snds_twin, {person})" if way.twin else person
    elif way.idt:
        found = lookup("snds_idt", f"w.idt = r.{way.idt}")
    elif hub_view and way.hub:
        found, at = lookup(hub_view, "w.id = r.snds_at", ", day: w.care_date"), key_sql(way.hub, table, "r")
    else:
        return Sought(rows)
    given = f"SELECT r.*, {at} AS snds_at FROM ({rows}) r"
    added = f"{twin if way.twin else 'NULL'} AS snds_twin, {found} AS snds_found"
    named = way.psa or way.idt
    if not named:
        return Sought(
            f"SELECT r.*, {added} FROM ({given}) r", person, unknown if strict else "false", "r.snds_found.day"
        )
    known = f"CASE WHEN {unknown} THEN NOT {fictive(f'r.{named}')} ELSE false END"
    return Sought(f"SELECT r.*, {added} FROM ({given}) r", person, known, hub_day(table, way, hub_view))


def hub_day(table: Table, way: Route, hub_view: str | None) -> str:
    """Return SQL of the hub's day of care for a table that names its person and no day, empty without another hub."""
    if way.hub is None or way.hub.table == table.name or care_date(table):
        return ""
    if hub_view is None:
        return "NULL::DATE"
    return f"(SELECT w.care_date FROM {name(hub_view)} w WHERE w.id = {key_sql(way.hub, table, 'r')})"


def show_hub(engine: Engine, table: Table, view: str, rows: int, *, alone: bool) -> None:
    """Make the view (id, person_id, care_date) in which other tables look up a hub's rows.

    Without a filter DuckDB holds the hub in memory and streams the other table past it; with one it gathers that
    table and holds what it asks for alone, which is slower, and faster than to spill a hub that does not fit.

    Parameters
    ----------
    view : str     the hub's rows
    rows : int     how many there are
    alone : bool   no two keys share a number; a number that two share is nobody's
    """
    hub = hubs()[table.name]
    day, person = "care_date" if care_date(table) else "NULL::DATE", "person_id"
    known = f" WHERE {hub.column} IS NOT NULL" if rows > FITS or not alone else ""
    if not alone:
        day, person = f"CASE WHEN count(*) = 1 THEN min({day}) END", "CASE WHEN count(*) = 1 THEN min(person_id) END"
        known += " GROUP BY 1"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP VIEW hub_{table.name.lower()} AS "
        f"SELECT {hub.column} AS id, {person} AS person_id, {day} AS care_date FROM {view}{known}"
    )


def lookup(view: str, test: str, more: str = "") -> str:
    """Return SQL: the person, with what else is asked, of the one row of a view that a test finds."""
    return f"(SELECT {{person_id: w.person_id{more}}} FROM {name(view)} w WHERE {test})"


def seen_in(table: Table, view: str) -> str:
    """Return SQL -> (psa, twin, idt) of the persons whom a table names."""
    way = route(table)
    psa, twin, idt = (f"{each}" if each else "NULL" for each in (way.psa, way.twin, way.idt))
    return f"SELECT DISTINCT {psa}::VARCHAR AS psa, {twin}::SMALLINT AS twin, {idt}::VARCHAR AS idt FROM {name(view)}"


def order(tables: list[str], edition: Edition) -> list[str]:
    """Return tables in the order they are read: the register, hubs, those that name persons, those that join hubs."""

    def rank(table: str) -> int:
        known = edition.tables.get(table)
        if known is None:
            return 9
        if table == REGISTER:
            return 0
        return 1 if table in hubs() else 2 if route(known).own else 3

    return sorted(tables, key=lambda table: (rank(table), table))


def unjoined(view: str) -> str:
    """Return SQL: how many rows of a table reach no person."""
    return f"SELECT count(*) FROM {name(view)} WHERE person_id IS NULL"
