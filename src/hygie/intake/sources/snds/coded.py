"""Codes of tables that no SQL file of the mapping reads: those that have an OMOP table, and those that are counted."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds import persons
from hygie.intake.sources.snds.schema import Table

STAYS = ("T_MCOaaC", "T_SSRaaC", "T_RIPaaC", "T_HADaaC")  # whose key numbers a visit
KNOWN = "person_id IS NOT NULL AND care_date > DATE '1600-01-01'"
UCD7 = "CASE WHEN length(code) = 13 AND starts_with(code, '34008') THEN substr(code, 6, 7) ELSE code END"


@dataclass(frozen=True)
class Coded:
    """A column of codes.

    Parameters
    ----------
    table : str
    column : str   or a pattern of several
    system : str   of the codes, by name
    omop : str     the table that they become rows of, empty where they are counted alone
    main : str     not empty where it is the main diagnosis
    day : str      column of days since entry, empty for the day of entry
    times : str    column of quantities, empty for one
    """

    table: str
    column: str
    system: str
    omop: str
    main: str
    day: str
    times: str

    def columns(self, table: Table) -> list[str]:
        """Return the table's columns that are meant."""
        return [each.column for each in table.fields if re.fullmatch(self.column, each.name)]

    def codes(self, table: Table, view: str) -> str:
        """Return SQL -> (all columns, code): one row a code that is there."""
        listed = ", ".join(f"{name(each)}::VARCHAR" for each in self.columns(table))
        return f"SELECT * FROM (SELECT *, unnest([{listed}]) AS code FROM {view}) WHERE code IS NOT NULL"


@cache
def columns() -> tuple[Coded, ...]:
    """Return every column of codes that the list has."""
    text = (resources.files(__package__) / "omop" / "coded.csv").read_text("utf-8")
    return tuple(Coded(**line) for line in csv.DictReader(text.splitlines()))


def queries(omop: str, natives: Mapping[str, tuple[Table, str]]) -> list[str]:
    """Return SQL of the rows of an OMOP table that the delivered tables give.

    Parameters
    ----------
    omop : str          table
    natives : Mapping   table -> itself, and the view of its rows
    """
    delivered = [each for each in columns() if each.omop == omop and each.table in natives]
    return [MAPPED[omop](each, *natives[each.table]) for each in delivered]


def hub(table: Table) -> tuple[str, str]:
    """Return SQL of the number of a line's stay, and of the visit that it is, NULL where it is none."""
    way = persons.route(table).hub
    assert way is not None
    return way.column, way.column if way.table in STAYS else "NULL::BIGINT"


def conditions(each: Coded, table: Table, view: str) -> str:
    """Return SQL of the diagnoses in a column, each once a stay."""
    key, visit = hub(table)
    shown = re.sub(r"_?\\d\+?$", "", each.column)
    return (
        f"SELECT (hash({key}, {literal(each.table + each.column)}, code) >> 1)::BIGINT AS condition_occurrence_id, "
        f"person_id, care_date AS condition_start_date, {visit} AS visit_occurrence_id, "
        f"{32902 if each.main else 32908} AS condition_status_concept_id, "
        f"{literal(shown)} AS condition_status_source_value, code AS source_code, "
        f"{literal(each.system)} AS source_system "
        f"FROM (SELECT DISTINCT {key}, person_id, care_date, code FROM ({each.codes(table, view)}) WHERE {KNOWN})"
    )


def dated(each: Coded, table: Table, view: str) -> str:
    """Return SQL -> (the stay's number, person_id, day, code, times): a column's codes by stay and day."""
    key, _ = hub(table)
    late = (
        f"CASE WHEN {name(each.day.lower())} BETWEEN 0 AND 2999 THEN {name(each.day.lower())} END" if each.day else "0"
    )
    times = f"sum(coalesce({name(each.times.lower())}, 1))" if each.times else "count(*)"
    return (
        f"SELECT {key}, person_id, care_date + coalesce({late}, 0)::INTEGER AS day, code, {times} AS times "
        f"FROM ({each.codes(table, view)}) WHERE {KNOWN} GROUP BY ALL"
    )


def procedures(each: Coded, table: Table, view: str) -> str:
    """Return SQL of the acts in a column."""
    key, visit = hub(table)
    return (
        f"SELECT (hash({key}, {literal(each.table)}, code, day) >> 1)::BIGINT AS procedure_occurrence_id, person_id, "
        f"day AS procedure_date, greatest(times, 1)::INTEGER AS quantity, {visit} AS visit_occurrence_id, "
        f"code AS source_code, {literal(each.system)} AS source_system FROM ({dated(each, table, view)})"
    )


def drugs(each: Coded, table: Table, view: str) -> str:
    """Return SQL of the medicines in a column, with their ATC class where a list gives it."""
    key, visit = hub(table)
    return (
        f"SELECT (hash({key}, {literal(each.table)}, q.code, day) >> 1)::BIGINT AS drug_exposure_id, person_id, "
        f"day AS drug_exposure_start_date, day AS drug_exposure_end_date, times::DOUBLE AS quantity, "
        f"{visit} AS visit_occurrence_id, q.code AS drug_source_value, coalesce(k.atc, q.code) AS source_code, "
        f"CASE WHEN k.atc IS NOT NULL THEN 'ATC' ELSE {literal(each.system)} END AS source_system "
        f"FROM (SELECT *, TRY_CAST({UCD7} AS BIGINT) AS ucd FROM ({dated(each, table, view)})) q "
        "LEFT JOIN snds_ucd_codes k ON k.code = q.ucd WHERE times > 0"
    )


def counted(natives: Mapping[str, tuple[Table, str]], addresses: Mapping[str, str]) -> list[str]:
    """Return SQL -> (system, code) of codes that become no row: of columns without an OMOP table, and of lines left out
    because they reach no person or have no day of care, and of medicines of which none is left, once a stay and day.

    Parameters
    ----------
    natives : Mapping     as for `queries`
    addresses : Mapping   name of a code system -> address
    """
    found = []
    for each in columns():
        if each.table in natives:
            codes = each.codes(*natives[each.table])
            left = f" WHERE NOT coalesce({KNOWN}, false)" if each.omop else ""
            found.append(f"SELECT {literal(addresses[each.system])} AS system, code FROM ({codes}){left}")
            if each.omop == "drug_exposure" and each.times:
                none = f"({dated(each, *natives[each.table])}) WHERE times <= 0"
                found.append(f"SELECT {literal(addresses[each.system])} AS system, code FROM {none}")
    return found


def notes(engine: Engine, natives: Mapping[str, tuple[Table, str]]) -> list[str]:
    """Return notes on acts and medicines that are mapped otherwise than their line says.

    Parameters
    ----------
    natives : Mapping   as for `queries`
    """
    found = []
    for each in columns():
        if not each.omop or each.table not in natives:
            continue
        said = {}
        if each.times and each.omop == "procedure_occurrence":
            said[f"{name(each.times.lower())} < 1"] = "a quantity below 1, taken as 1 in sum"
        if each.day:
            said[f"{name(each.day.lower())} NOT BETWEEN 0 AND 2999"] = "a day outside 0 to 2999, dated at entry"
        rows = f"({each.codes(*natives[each.table])}) WHERE {KNOWN}"
        for test, words in said.items():
            count = int(engine.scalar(f"SELECT count(*) FROM {rows} AND {test}"))
            if count:
                found.append(f"{each.table}: {count} codes with {words}")
    return found


MAPPED = {"condition_occurrence": conditions, "procedure_occurrence": procedures, "drug_exposure": drugs}
