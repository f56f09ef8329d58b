"""The published tables of the SNDS as data: names, types, lengths, bounds and keys, one edition beside another.

Source   the table schemas of the SNDS (Table Schema JSON, Health Data Hub, MPL-2.0)
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hygie.base.kernel import canonical, digest, refuse, visible
from hygie.intake.sources.cdm import ABOUT

SHIPPED = "2020-12"
LISTS = f"{SHIPPED}-lists"
TYPES = frozenset({"string", "integer", "number", "boolean", "date", "datetime", "year", "yearmonth"})
TRUE = ("1", "true", "True", "TRUE")
FALSE = ("0", "false", "False", "FALSE")
YEAR_MARK = re.compile(r"aa|AAAA")
FILES = 5_000
# Of EB_PHA_F: quantities, a price and a condition, which by a slip of the publication IR_PHA_R, the medicines, lists.
UNLISTED = frozenset({"PHA_ACT_QSN", "PHA_CPA_PCP", "PHA_DEC_PRU", "PHA_DEC_QSU"})
OURS = frozenset({"line", "file_row_number", "person_id", "care_date", "snds_year"})
FIELD_COLUMNS = (
    *("field", "type", "format", "length", "code_list", "minimum", "maximum", "min_length"),
    *("enum", "true", "false", "created", "deleted"),
)


@dataclass(frozen=True)
class Field:
    """One published column.

    Parameters
    ----------
    name : str           as published, upper case but for the path tables of diseases
    type : str           one of TYPES
    format : str         empty for the default, otherwise as strptime writes it
    length : str         empty, digits, or digits and decimals (`4,2`), as published
    code_list : str      the nomenclature that holds its codes, empty when none is named
    minimum, maximum : float or None
    min_length : int or None
    enum : tuple         the only values, empty when not bounded
    true, false : tuple  how a boolean writes its two values
    created, deleted : str   year from and until which it is delivered, empty when not said
    about : str          what an edition given as files says of it
    """

    name: str
    type: str
    format: str = ""
    length: str = ""
    code_list: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    enum: tuple[str, ...] = ()
    true: tuple[str, ...] = TRUE
    false: tuple[str, ...] = FALSE
    created: str = ""
    deleted: str = ""
    about: str = field(default="", compare=False)

    @property
    def column(self) -> str:
        """The column's name in the lake: lower case."""
        return self.name.lower()

    @property
    def digits(self) -> int | None:
        """The published length, None when none is published."""
        return int(self.length.split(",")[0]) if self.length else None

    @property
    def kind(self) -> str:
        """What the field holds: its type, `month` for a month alone, `flag` for a boolean, whose codes go beyond two.

        Example
        -------
        >>> Field("SOR_MOI", "date", "%m").kind, Field("ENT_AM", "date", length="6").kind
        ('month', 'yearmonth')
        """
        if self.type == "date" and self.format == "%m":
            return "month"
        if self.type == "date" and self.digits == 6:
            return "yearmonth"
        return "flag" if self.type == "boolean" else self.type

    @property
    def sql_type(self) -> str:
        """DuckDB's type.

        Example
        -------
        >>> Field("PRS_NAT_REF", "integer", length="4").sql_type, Field("EXE_SOI_AMD", "yearmonth").sql_type
        ('SMALLINT', 'VARCHAR')
        """
        if self.kind == "integer":
            digits = self.digits or 18
            return "SMALLINT" if digits <= 4 else "INTEGER" if digits <= 9 else "BIGINT"
        types = {"number": "DOUBLE", "date": "DATE", "datetime": "TIMESTAMP"}
        small = dict.fromkeys(("year", "month", "flag"), "SMALLINT")
        return (types | small).get(self.kind, "VARCHAR")


@dataclass(frozen=True)
class Key:
    """A reference to another table.

    Parameters
    ----------
    fields : tuple    columns here
    table : str       the table referred to, as published
    targets : tuple   its columns, in the same order
    """

    fields: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One published table: the product it belongs to, its fields, its primary key and its references; of a code list
    also the field that says in words what a code means, empty where none does.
    """

    name: str
    product: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    label: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a delivered table of this name is called: `aa` stands for two digits of a year, `AAAA` for four."""
        years = {"aa": r"(?P<year>aa|[0-9]{2})", "AAAA": r"(?P<year>AAAA|[0-9]{4})"}
        return re.compile(YEAR_MARK.sub(lambda mark: years[mark[0]], self.name, count=1), re.IGNORECASE)

    def field(self, name: str) -> Field | None:
        """Return a field by name, whatever its case."""
        return self.by_name.get(name.lower())

    def code_of(self, field: Field) -> str:
        """Return the column of this code list that a field's codes are in: the one of its name, or the list's key."""
        return field.column if field.column in self.by_name else self.primary_key[0].lower()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their lower-case names."""
        return {each.column: each for each in self.fields}


@dataclass(frozen=True)
class Edition:
    """The tables of one publication.

    Parameters
    ----------
    name : str        its month, or the name of the folder it was read from
    tables : Mapping  published name -> Table
    """

    name: str
    tables: Mapping[str, Table] = field(default_factory=dict)

    def without(self, names: Collection[str]) -> Edition:
        """Return the edition without some tables."""
        return replace(self, tables={name: table for name, table in self.tables.items() if name not in names})

    def list_of(self, field: Field) -> Table | None:
        """Return the code list among the tables that holds a field's codes, None where none does."""
        return None if field.name in UNLISTED else self.tables.get(field.code_list)

    def find(self, delivered: str) -> Table | None:
        """Return the table of a delivered name, whatever its case and year.

        Example
        -------
        >>> edition("2020-12").find("t_mco19c").name
        'T_MCOaaC'
        """
        return next((table for table in self.tables.values() if table.pattern.fullmatch(delivered)), None)


@cache
def edition(name: str = SHIPPED) -> Edition:
    """Return an edition that is shipped.

    Errors      SRC-301 no such edition
    """
    root = resources.files(__package__) / "schema"
    known = sorted(each.name for each in root.iterdir() if each.is_dir())
    if name not in known:
        raise refuse("SRC-301", found=name, accepted=", ".join(known))
    fields: dict[str, list[Field]] = {}
    for row in records(root / name / "fields.csv"):
        fields.setdefault(row["table"], []).append(parse_field(row))
    primary: dict[str, tuple[str, ...]] = {}
    labels: dict[str, str] = {}
    keys: dict[str, list[Key]] = {}
    for row in records(root / name / "keys.csv"):
        if row["kind"] == "primary":
            primary[row["table"]] = tuple(row["fields"].split())
        elif row["kind"] == "label":
            labels[row["table"]] = row["fields"]
        else:
            key = Key(tuple(row["fields"].split()), row["target"], tuple(row["target_fields"].split()))
            keys.setdefault(row["table"], []).append(key)
    tables = {
        row["table"]: Table(
            row["table"],
            row["product"],
            tuple(fields[row["table"]]),
            primary.get(row["table"], ()),
            tuple(keys.get(row["table"], ())),
            labels.get(row["table"], ""),
        )
        for row in records(root / name / "tables.csv")
    }
    return Edition(name, MappingProxyType(tables))


def records(file: Any) -> list[dict[str, str]]:
    """Return a shipped CSV's rows."""
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def parse_field(row: Mapping[str, str]) -> Field:
    """Return a field from its row."""
    return Field(
        name=row["field"],
        type=row["type"],
        format=row["format"],
        length=row["length"],
        code_list=row["code_list"],
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        min_length=int(row["min_length"]) if row["min_length"] else None,
        enum=barred(row["enum"]),
        true=barred(row["true"]) or TRUE,
        false=barred(row["false"]) or FALSE,
        created=row["created"],
        deleted=row["deleted"],
    )


def published(folder: Path, name: str | None = None) -> Edition:
    """Return the edition that a folder of Table Schema JSON files holds.

    Parameters
    ----------
    folder : Path   one file a table, in any subfolder
    name : str      the edition's name; by default the folder's

    Errors      SRC-302 no such folder, nothing in it; SRC-303 a file that is no table schema, or a table twice
    """
    files = sorted(folder.rglob("*.json"))[:FILES] if folder.is_dir() else []
    if not files:
        raise refuse("SRC-302", found=folder.name)
    tables: dict[str, Table] = {}
    for file in files:
        table = read_table(file)
        if table.name in tables:
            raise refuse("SRC-303", file=file.name, found=table.name)
        tables[table.name] = table
    return Edition(name or folder.name, MappingProxyType(dict(sorted(tables.items()))))


def read_table(file: Path) -> Table:
    """Return the table that a Table Schema file describes: SRC-303 when it describes none."""
    try:
        body = json.loads(file.read_text("utf-8"))
        table = Table(
            str(body["name"]),
            str(body.get("produit", "")),
            tuple(read_field(each) for each in body["fields"]),
            listed(body.get("primaryKey")),
            tuple(
                Key(listed(each["fields"]), str(each["reference"]["resource"]), listed(each["reference"]["fields"]))
                for each in body.get("foreignKeys") or ()
            ),
            next((str(each["name"]) for each in body["fields"] if each.get("role") == "label"), ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise refuse("SRC-303", file=file.name, found="–") from None
    for each in table.fields:
        if each.column in OURS:
            raise refuse("SRC-303", file=file.name, found=f"{table.name}.{each.name}")
    if not table.fields or len(table.by_name) != len(table.fields) or not re.fullmatch(r"\w{1,40}", table.name):
        raise refuse("SRC-303", file=file.name, found=table.name)
    return table


def read_field(body: Mapping[str, Any]) -> Field:
    """Return a field of a Table Schema; ValueError when its type, name or length is none."""
    bounds = body.get("constraints") or {}
    kind = str(body["type"])
    length = str(body.get("length") or "")
    if (
        kind not in TYPES
        or not re.fullmatch(r"\w{1,60}", body["name"])
        or not re.fullmatch(r"([0-9]+(,[0-9]+)?)?", length)
    ):
        raise ValueError(kind)
    code_list = str(body.get("nomenclature") or "-").split(":")[0]
    form = str(body.get("format") or "default")
    return Field(
        name=body["name"],
        type=kind,
        format="" if form == "default" else form,
        length=length,
        code_list="" if code_list == "-" else code_list,
        minimum=number(bounds.get("minimum")),
        maximum=number(bounds.get("maximum")),
        min_length=bounds.get("minLength"),
        enum=tuple(map(str, bounds.get("enum", ()))),
        true=tuple(map(str, body.get("trueValues", TRUE))),
        false=tuple(map(str, body.get("falseValues", FALSE))),
        created=str(body.get("dateCreated") or ""),
        deleted=str(body.get("dateDeleted") or ""),
        about=visible(" ".join(str(body.get("description") or "").split()), ABOUT),
    )


def number(value: object) -> float | None:
    """Return a bound as a number, None when there is none."""
    return None if value is None else float(str(value))


def listed(value: object) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def rows(given: Edition) -> dict[str, list[list[str]]]:
    """Return an edition as the rows of `tables.csv`, `fields.csv` and `keys.csv`, headers first.

    Parameters
    ----------
    given : Edition
    """
    tables = [["table", "product"]]
    fields = [["table", *FIELD_COLUMNS]]
    keys = [["table", "kind", "fields", "target", "target_fields"]]
    for table in given.tables.values():
        tables.append([table.name, table.product])
        fields += [[table.name, *field_row(each)] for each in table.fields]
        if table.primary_key:
            keys.append([table.name, "primary", " ".join(table.primary_key), "", ""])
        if table.label:
            keys.append([table.name, "label", table.label, "", ""])
        keys += [[table.name, "foreign", " ".join(k.fields), k.table, " ".join(k.targets)] for k in table.keys]
    return {"tables": tables, "fields": fields, "keys": keys}


def field_row(given: Field) -> list[str]:
    """Return a field's cells."""
    bounds = [given.minimum, given.maximum, given.min_length]
    return [
        given.name,
        given.type,
        given.format,
        given.length,
        given.code_list,
        *("" if bound is None else f"{bound:.15g}" for bound in bounds),
        "|".join(given.enum),
        "" if given.true == TRUE else "|".join(given.true),
        "" if given.false == FALSE else "|".join(given.false),
        given.created,
        given.deleted,
    ]


def barred(cell: str) -> tuple[str, ...]:
    """Return the values that a cell holds between bars."""
    return tuple(cell.split("|")) if cell else ()


def fingerprint(given: Edition) -> str:
    """Return what tells one edition from another: its name and a hash of all it says."""
    return f"{given.name} {digest(canonical(rows(given)))}"
