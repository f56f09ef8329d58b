"""What of the native tables is OMOP CDM 5.4: one SQL file a table, and what every row of a table has in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from hygie.base.engine import EncryptedFile, Engine, literal, name
from hygie.base.kernel import new_id
from hygie.base.keys import new_data_key
from hygie.intake.sources import cdm
from hygie.intake.sources.fhir.deliver import Vocabulary
from hygie.intake.sources.snds import coded, natures
from hygie.intake.sources.snds.schema import Table
from hygie.intake.sources.snds.staged import Staged
from hygie.intake.sources.snds.systems import systems
from hygie.intake.sources.values import Prepared, TableDraft

# In this order: observation_period reads person and death.
TABLES = (
    *("location", "person", "death", "observation_period", "visit_occurrence", "condition_occurrence"),
    *("procedure_occurrence", "drug_exposure", "measurement"),
)
STEMS = {**cdm.EXTENDED, "death": "cause"}
CLAIM = 32810
PHARMACY, UCD = "IR_PHA_R", "NU_UCD_R"
# A line of a regular reimbursement: not for information only, no supplement beside an act, of a person who is known.
REGULAR = (
    "coalesce({p}dpn_qlf, 0) <> 71 AND coalesce({p}prs_dpn_qlp, 0) <> 71 AND coalesce({p}cpl_maj_top, 0) < 2 "
    "AND {p}person_id IS NOT NULL AND {p}care_date > DATE '1600-01-01'"
)
KNOWN = "LEFT JOIN snds_concept k ON k.system = q.source_system AND k.code = upper(replace(q.source_code, '.', ''))"
BLOCK = re.compile(r"^-- (needs|otherwise):(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Mapped:
    """The OMOP tables, events whose code no vocabulary maps, by system, and notes."""

    tables: tuple[TableDraft, ...]
    unmapped: dict[str, int]
    notes: tuple[str, ...]


def blocks(table: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield the queries of a table's file: `needs` or `otherwise`, the native tables it reads, SQL."""
    text = (resources.files(__package__) / "omop" / f"{table}.sql").read_text("utf-8")
    pieces = BLOCK.split(text)[1:]
    for kind, needs, sql in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        yield kind, tuple(needs.split()), sql.strip()


def omop(engine: Engine, staged: Staged, vocabulary: Vocabulary | None) -> Mapped:
    """Return what of a delivery is OMOP.

    Parameters
    ----------
    engine : Engine
    staged : Staged
    vocabulary : Vocabulary or None   what maps codes to concepts
    """
    make_concepts(engine, vocabulary)
    views = {each.lower(): f"final_{native.view}" for each, native in staged.natives.items()}
    regular = REGULAR.format(p="")
    views |= {"person_map": "person_map", "regular": regular, "regular_p": REGULAR.format(p="p."), **natures.named()}
    views |= code_lists(engine, staged)
    drafts = []
    natives = {each: (one.table, f"final_{one.view}") for each, one in staged.natives.items()}
    for table in TABLES:
        query = union(table, views, natives)
        if query:
            drafts.append(written(engine, cdm.TABLES[table], query))
            views[table] = f"omop_{table}"
        elif table == "death":
            engine.con.execute(
                "CREATE OR REPLACE TEMP VIEW no_death AS "
                "SELECT 0::BIGINT AS person_id, NULL::DATE AS death_date WHERE false"
            )
            views["death"] = "no_death"
    rest = coded.counted(natives, {each: one.address for each, one in systems().items()})
    rest += natures.counted(natives, regular, systems()["PRS_NAT"].address)
    unmapped = count_codes(engine, [each.name for each in drafts if each.name in STEMS], rest)
    counted = TableDraft("snds_unmapped", "SELECT * FROM snds_unmapped_codes", "source", ("system", "events", "code"))
    return Mapped((*drafts, counted), unmapped, (*notes(staged), *coded.notes(engine, natives)))


def written(engine: Engine, table: cdm.Table, query: str) -> TableDraft:
    """Write a query's rows as an OMOP table, make its view `omop_<table>`, and return it to be taken over."""
    view, key = f"omop_{table.name}", new_data_key()
    path = engine.spill / f"{new_id('table')}.parquet"
    rows, empty = shaped(engine, table, query)
    file = engine.write_encrypted(rows, path, key, empty=empty)
    engine.attach(view, [EncryptedFile.of(file, key)])
    return TableDraft(
        table.name, f"SELECT * FROM {view}", "omop", person=table.person_column, prepared=Prepared(file, key)
    )


def order(table: cdm.Table) -> str:
    """Return SQL of the columns a table is sorted by: the person, and its own key."""
    keys = (table.person_column, table.primary_key)
    return ", ".join(dict.fromkeys(name(key) for key in keys if key))


def union(table: str, views: Mapping[str, str], natives: Mapping[str, tuple[Table, str]]) -> str:
    """Return SQL of the queries of a table's file whose native tables are there, empty when there is none."""
    parts: list[str] = []
    for kind, needs, sql in blocks(table):
        if all(each in views for each in needs) and (kind == "needs" or not parts):
            parts.append(sql.format_map(views))
    if table in coded.MAPPED:
        parts += coded.queries(table, natives)
    return " UNION ALL BY NAME ".join(f"({part})" for part in parts)


def shaped(engine: Engine, table: cdm.Table, query: str) -> tuple[str, list[str]]:
    """Return SQL: a query's rows in the CDM's and the extension columns, with concepts where codes are known; and the
    columns that nothing fills.

    They are sorted before they are given the columns that nothing fills: sorting those too takes twice the memory.
    """
    given = {str(row[0]) for row in engine.rows(f"DESCRIBE {query}")}
    stem = STEMS.get(table.name)
    coded = stem is not None and "source_code" in given
    cells = {field.name: cell(table, field, given, stem, coded) for field in table.columns}
    empty = [each for each, sql in cells.items() if sql.startswith("NULL::")]
    told = ", ".join(f"{sql} AS {name(each)}" for each, sql in cells.items())
    rows = query
    if coded and engine.scalar("SELECT count(*) FROM snds_concept"):
        rows = f"SELECT q.*, k.concept_id, k.source_concept_id FROM ({query}) q {KNOWN}"
    elif coded:
        rows = f"SELECT q.*, NULL AS concept_id, NULL AS source_concept_id FROM ({query}) q"
    return f"SELECT {told} FROM (SELECT * FROM ({rows}) ORDER BY {order(table)}) q", empty


def cell(table: cdm.Table, field: cdm.Field, given: set[str], stem: str | None, coded: bool) -> str:
    """Return SQL of one column."""
    column = f"q.{name(field.name)}::{field.sql_type}"
    if field.name == "source_system" and coded:
        cases = " ".join(f"WHEN {literal(each)} THEN {literal(one.address)}" for each, one in systems().items())
        return f"CASE WHEN q.source_code IS NOT NULL THEN CASE q.source_system {cases} END END"
    if field.name in given:
        return column
    if coded and field.name == f"{stem}_concept_id":
        return "coalesce(q.concept_id, 0)::BIGINT"
    if coded and field.name == f"{stem}_source_concept_id":
        return "coalesce(q.source_concept_id, 0)::BIGINT"
    if coded and field.name == f"{stem}_source_value":
        return "q.source_code"
    if field.name.endswith("_type_concept_id"):
        return f"{CLAIM}::BIGINT"
    if field.name == "date_precision":
        return "'day'"
    end = next((each.name for each in table.fields if each.name.endswith("_end_date")), None)
    if field.name == "end_date_precision" and end in given:
        return f"CASE WHEN q.{name(str(end))} IS NOT NULL THEN 'day' END"
    return f"NULL::{field.sql_type}"


def make_concepts(engine: Engine, vocabulary: Vocabulary | None) -> None:
    """Make `snds_concept(system, code, source_concept_id, concept_id)` of a loaded vocabulary, empty without one."""
    columns = "system VARCHAR, code VARCHAR, source_concept_id BIGINT, concept_id BIGINT"
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE snds_concept ({columns})")
    if vocabulary is None:
        return
    known = ", ".join(
        f"({literal(each)}, {literal(one)}, {rank})"
        for each, system in systems().items()
        for rank, one in enumerate(system.vocabularies)
    )
    standard, join = "CASE WHEN c.standard_concept = 'S' THEN c.concept_id END", ""
    if vocabulary.concept_relationship:
        standard = f"coalesce({standard}, r.concept_id_2)"
        join = (
            f"LEFT JOIN {vocabulary.concept_relationship} r ON r.concept_id_1 = c.concept_id "
            "AND r.relationship_id = 'Maps to' AND r.invalid_reason IS NULL"
        )
    engine.con.execute(
        "INSERT INTO snds_concept SELECT system, code, source_concept_id, concept_id FROM (SELECT v.system, v.rank, "
        "upper(replace(c.concept_code, '.', '')) AS code, min(c.concept_id) AS source_concept_id, "
        f"coalesce(min({standard}), 0) AS concept_id FROM {vocabulary.concept} c "
        f"JOIN (VALUES {known}) v(system, name, rank) ON c.vocabulary_id = v.name {join} GROUP BY 1, 2, 3) "
        "QUALIFY row_number() OVER (PARTITION BY system, code ORDER BY rank) = 1"
    )


def code_lists(engine: Engine, staged: Staged) -> dict[str, str]:
    """Make the tables that give a medicine's ATC class by its CIP or UCD, from the code lists that are delivered."""
    parts, ucd = [], "SELECT NULL::BIGINT AS code, NULL::VARCHAR AS atc WHERE false"
    if PHARMACY in staged.natives:
        view = staged.natives[PHARMACY].view
        parts += [
            f"SELECT {code} AS code, pha_atc_cla AS atc, {rank} AS rank FROM {view}"
            for rank, code in enumerate(("pha_cip_c13", "pha_prs_ide"))
        ]
        ucd = (
            f"SELECT pha_cip_ucd AS code, min(pha_atc_cla) AS atc FROM {view} WHERE pha_cip_ucd IS NOT NULL GROUP BY 1"
        )
    if "IR_CIP_V" in staged.natives:
        parts.append(
            f"SELECT pha_prs_ide AS code, pha_atc_cla AS atc, 2 AS rank FROM {staged.natives['IR_CIP_V'].view}"
        )
    drugs = " UNION ALL ".join(parts) or "SELECT NULL::BIGINT AS code, NULL::VARCHAR AS atc, 0 AS rank WHERE false"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE snds_drug_codes AS SELECT code, min_by(atc, rank) AS atc FROM ({drugs}) "
        "WHERE code IS NOT NULL AND atc IS NOT NULL GROUP BY code"
    )
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE snds_ucd_codes AS {ucd}")
    return {"drug_codes": "snds_drug_codes", "ucd_codes": "snds_ucd_codes"}


def count_codes(engine: Engine, tables: list[str], others: list[str]) -> dict[str, int]:
    """Make `snds_unmapped_codes(system, code, events)` of codes that no vocabulary maps; return events by system.

    Parameters
    ----------
    tables : list   of OMOP
    others : list   SQL -> (system, code) of codes that are in no row of OMOP
    """
    parts = [
        f"SELECT source_system AS system, source_code AS code FROM omop_{table} "
        f"WHERE {STEMS[table]}_concept_id = 0 AND source_code IS NOT NULL"
        for table in tables
        if table not in ("visit_occurrence", "death")
    ] + others
    found = " UNION ALL ".join(parts) or "SELECT NULL::VARCHAR AS system, NULL::VARCHAR AS code WHERE false"
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE snds_unmapped_codes AS "
        f"SELECT system, code, count(*) AS events FROM ({found}) GROUP BY 1, 2"
    )
    rows = engine.rows("SELECT system, sum(events)::BIGINT FROM snds_unmapped_codes GROUP BY 1 ORDER BY 1")
    return {str(system): int(events) for system, events in rows}


def notes(staged: Staged) -> tuple[str, ...]:
    """Return what a delivery lacks for the mapping."""
    found = []
    drugs = {"ER_PHA_F", "ER_UCD_F"} & set(staged.natives)
    if drugs and PHARMACY not in staged.natives:
        found.append("no list of medicines (IR_PHA_R) is delivered: medicines keep their CIP or UCD, without ATC")
    return tuple(found)
