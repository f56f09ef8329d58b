"""The rules on the data a draft asks for: what exists, what may be asked for, and a reason for each (art. 66)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from hygie.access.permits.case import Circumstances, DatasetTables
from hygie.access.permits.values import Minimisation
from hygie.base import law
from hygie.base.kernel import Reason
from hygie.intake.sources.cdm import IDENTIFIER_ROLES, TABLES, Field, Table

Tables = Mapping[str, tuple[str, ...]]

NONE: Mapping[str, Table] = MappingProxyType({})
NEVER = frozenset({"direct", "freetext"})
# Tables without a person whose rows an extract holds when permitted columns point at them.
REFERENCED = frozenset({"provider", "care_site", "location"})
GRANTABLE = frozenset(
    name for name, table in TABLES.items() if table.person_column or table.vocabulary or name in REFERENCED
) - {"note", "note_nlp", "cohort"}


def check_tables(datasets: tuple[str, ...], tables: Tables, case: Circumstances) -> list[Reason]:
    """Refuse tables and columns that are not there, that name people directly or that hold free text."""
    held = {name: case.datasets[name] for name in datasets if name in case.datasets}
    found: list[Reason] = []
    for name, columns in tables.items():
        path = f"$.data.tables.{name}"
        having = [tables_of for tables_of in held.values() if name in tables_of]
        if name not in GRANTABLE and name not in case.declared:
            found.append(Reason("PMT-125", {"found": name}, path))
        elif held and not having:
            there = sorted(
                (GRANTABLE | set(case.declared)) & {each for tables_of in held.values() for each in tables_of}
            )
            found.append(Reason("PMT-123", {"found": name, "accepted": ", ".join(there)}, path))
        else:
            found += check_columns(name, columns, having, case)
    return found


def check_columns(
    table: str, columns: tuple[str, ...], having: list[DatasetTables], case: Circumstances
) -> list[Reason]:
    """Refuse columns of one table."""
    found = []
    shape = case.table(table)
    for at, column in enumerate(columns):
        path = f"$.data.tables.{table}[{at}]"
        known = shape.field(column) if shape else None
        if column in columns[:at]:
            found.append(Reason("PMT-121", {"found": column}, path))
        elif known is None or any(column not in tables[table] for tables in having):
            there = sorted(grantable_columns(table, case.declared).intersection(*(tables[table] for tables in having)))
            found.append(Reason("PMT-124", {"found": f"{table}.{column}", "accepted": ", ".join(there)}, path))
        elif known.role in NEVER:
            found.append(Reason("PMT-126", {"found": f"{table}.{column}"}, path))
        elif not can_be_rekeyed(known):
            found.append(Reason("PMT-134", {"found": f"{table}.{column}"}, path))
    return found


def can_be_rekeyed(field: Field) -> bool:
    """Say whether the CDM tells whose key a column holds; without it no pseudonym can be put in its place."""
    if field.role == "person" or field.role not in IDENTIFIER_ROLES:
        return True
    return field.is_primary or field.foreign_table is not None


def grantable_columns(table: str, declared: Mapping[str, Table] = NONE) -> frozenset[str]:
    """Return the columns that a permit may name, of a CDM table or of a source's own that a schema describes.

    Example
    -------
    >>> "person_source_value" in grantable_columns("person"), "year_of_birth" in grantable_columns("person")
    (False, True)
    """
    known = TABLES.get(table) or declared[table]
    return frozenset(field.name for field in known.columns if field.role not in NEVER and can_be_rekeyed(field))


def check_reasons(tables: Tables, reasons: Mapping[str, str], case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Ask for a reason for every table and column, keys apart, and refuse reasons for what is not asked (66(1))."""
    asked = {f"{table}.{column}" for table, columns in tables.items() for column in columns}
    found = [
        Reason("PMT-127", {"found": f"{table}.{column}"}, f"$.data.tables.{table}[{at}]")
        for table, columns in tables.items()
        for at, column in enumerate(columns)
        if table not in reasons and f"{table}.{column}" not in reasons and not is_key(table, column)
    ]
    return found + [
        Reason("PMT-131", {"found": name}, f"$.data.reasons.{name}")
        for name in reasons
        if name not in asked and name not in tables
    ]


def is_key(table: str, column: str) -> bool:
    """Say whether a column only ties rows together, and so needs no reason of its own."""
    if table not in TABLES:  # a source's own table: the lake names its keys
        return column in ("person_id", f"{table}_id")
    known = TABLES[table].field(column)
    return known is not None and (known.is_primary or known.role == "person")


def check_format(format_: str, reason: str | None, case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Ask why pseudonymised data are needed (66(3)), and show the way to anonymous answers (69)."""
    if format_ == "anonymised":
        return [Reason("PMT-129", {}, "$.data.format")]
    return [] if reason else [Reason("PMT-128", {}, "$.data.format_reason")]


def check_potential_identifiers(tables: Tables, minimisation: Minimisation, case: Circumstances) -> list[Reason]:
    """Refuse, in France, more potential identifiers together than a project may have."""
    if case.country != "FR":
        return []
    asked = [
        known_as(table, column, case)
        for table, columns in tables.items()
        for column in columns
        if table not in TABLES or not TABLES[table].vocabulary
    ]
    shown = []
    for item in law.potential_identifiers():
        setting, safe = item.unless
        carried = any(matches(name, item.columns) and not matches(name, item.apart) for name in asked)
        if carried and getattr(minimisation, setting) not in safe.split("|"):
            shown.append(item.id)
    most = law.limit("potential-identifiers", on=case.today).figure
    if len(shown) <= most:
        return []
    return [Reason("PMT-130", {"found": ", ".join(shown), "most": most}, "$.minimisation")]


def known_as(table: str, column: str, case: Circumstances) -> str:
    """Return `table.column` as the law's lists know it: of a source's own table by what the column is.

    The lists name the places of the SNDS themselves: a department is not a commune.
    """
    shape = case.declared.get(table)
    field = shape.field(column) if shape else None
    if field is None or (field.role == "place" and table.startswith("snds_")):
        return f"{table}.{column}"
    days = dict.fromkeys(("date", "datetime", "day"), f"{table}.{column}_date")
    return {**days, "place": "location.city"}.get(field.role, f"{table}.{column}")


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Say whether `table.column` is one of some patterns, where `*` stands for any letters."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
