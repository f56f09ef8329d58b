"""Reading a Table Schema: every fault of it is told by its path.

Source   Frictionless Data, Table Schema (v1 and v2): fields, types, formats, constraints, missingValues, primaryKey,
         foreignKeys. `hygie:role`, `hygie:identifierSystem` and `hygie:omop` are ours; any other is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from hygie.base.kernel import Reason, Verdict, visible
from hygie.intake.sources.cdm import ABOUT
from hygie.intake.sources.table.values import (
    BIRTHS,
    ROLES,
    SOURCE,
    TARGETS,
    TYPES,
    Column,
    Event,
    Link,
    Schema,
    is_taken,
    slug,
)

ROLE = "hygie:role"
SYSTEM = "hygie:identifierSystem"
OMOP = "hygie:omop"
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:/#-]{2,199}")
STRPTIME = re.compile(r"(?:%[YymdbBHMSfjdzZIp%]|[^%'\"\\])+")
MOST_FIELDS = 2_000
ALONE = frozenset({"person", "birth", "sex"})


class Faults:
    """What is wrong with a schema, gathered."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def add(self, path: str, found: object, accepted: str) -> None:
        """Note one fault."""
        self.reasons.append(Reason("SRC-401", {"found": str(found)[:80] or "–", "accepted": accepted}, path))

    def check(self) -> None:
        """Refuse the schema when it has faults: SRC-401, each by its path."""
        Verdict(tuple(self.reasons)).check()


def read_schema(body: object, *, name: str, path: str = "$") -> Schema:
    """Return the schema that a JSON value describes.

    Parameters
    ----------
    body : object   JSON
    name : str      the table's name where the schema gives none
    path : str      where in its document it stands

    Errors      SRC-401, every fault by its path
    """
    faults = Faults()
    schema = parse(body, name, path, faults)
    faults.check()
    assert schema is not None
    return schema


def parse(body: object, given: str, path: str, faults: Faults) -> Schema | None:
    """Return the schema, or None with its faults noted."""
    if not isinstance(body, Mapping) or not isinstance(body.get("fields"), list) or not body["fields"]:
        faults.add(f"{path}.fields", "no list of fields", "a Table Schema: an object with fields")
        return None
    name = slug(str(body.get("name") or given))
    if not name or is_taken(name):
        faults.add(f"{path}.name", name, "a name that is no table of OMOP CDM 5.4")
    if len(body["fields"]) > MOST_FIELDS:
        faults.add(f"{path}.fields", len(body["fields"]), f"at most {MOST_FIELDS}")
        return None
    keyed = key_columns(body)
    columns = [column(field, f"{path}.fields[{at}]", faults, keyed) for at, field in enumerate(body["fields"])]
    taken = {"person_id", f"{name}_id", *(f"{each}_id" for each in pointed_at(body, name))}
    known = [apart(each, taken) for each in columns if each is not None]
    check_columns(known, path, faults)
    by_source = {each.source: each.name for each in known}
    key = tuple(by_source[each] for each in keyed if each in by_source)
    for each in keyed:
        if each not in by_source:
            faults.add(f"{path}.primaryKey", each, "names of fields")
    linked = links(body, name, by_source, path, faults)
    made = Schema(name, tuple(known), missing_of(body, path, faults), key, linked)
    return replace(made, events=events(body, made, path, faults))


def pointed_at(body: Mapping[str, Any], name: str) -> set[str]:
    """Return the tables that foreign keys name."""
    listed = body.get("foreignKeys")
    keys = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    references = [each["reference"] for each in keys if isinstance(each.get("reference"), Mapping)]
    return {slug(str(each.get("resource") or "")) or name for each in references}


def apart(column: Column, taken: Collection[str]) -> Column:
    """Return a column under a name that is none of the lake's own for a row, its person and the rows it points at."""
    return replace(column, name=f"{SOURCE}{column.name}") if column.name in taken else column


def missing_of(body: Mapping[str, Any], path: str, faults: Faults) -> tuple[str, ...]:
    """Return what stands for no value; texts, or objects with one, as the second version of the standard has it."""
    missing = body.get("missingValues", [""])
    listed = missing if isinstance(missing, list) else [None]
    values: list[object] = [each.get("value") if isinstance(each, Mapping) else each for each in listed]
    if any(not isinstance(each, str) for each in values):
        faults.add(f"{path}.missingValues", type(missing).__name__, "a list of texts")
        return ("",)
    return tuple(map(str, values))


def key_columns(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the primary key as the schema writes it."""
    key = body.get("primaryKey") or ()
    return (key,) if isinstance(key, str) else tuple(map(str, key)) if isinstance(key, list) else ()


def column(field: object, path: str, faults: Faults, keyed: tuple[str, ...]) -> Column | None:
    """Return one field as a column, or None with its faults noted."""
    if not isinstance(field, Mapping) or not isinstance(field.get("name"), str) or not field["name"].strip():
        faults.add(path, "a field without a name", "an object with a name")
        return None
    source = field["name"].strip()
    kind = str(field.get("type") or "string")
    if kind not in TYPES:
        faults.add(f"{path}.type", kind, ", ".join(sorted(TYPES)))
        return None
    form = str(field.get("format") or "default")
    if kind in ("date", "datetime") and form not in ("default", "any") and not STRPTIME.fullmatch(form):
        faults.add(f"{path}.format", form, "default, any, or a pattern of strptime such as %d/%m/%Y")
    system = field.get(SYSTEM) or ""
    if not isinstance(system, str) or (system and not ADDRESS.fullmatch(system)):
        faults.add(f"{path}.{SYSTEM}", system, "an address such as urn:oid:1.2.250.1.213.1.4.8")
        system = ""
    limits = field.get("constraints") or {}
    if not isinstance(limits, Mapping):
        faults.add(f"{path}.constraints", type(limits).__name__, "an object")
        limits = {}
    role = role_of(field, kind, system, limits, path, faults, key=source in keyed)
    return Column(
        source=source,
        name=slug(source),
        type=kind,
        format=form,
        role=role,
        system=system,
        required=bool(limits.get("required")) or source in keyed or role == "person",
        unique=bool(limits.get("unique")),
        about=about(field, path, faults),
        **bounds(limits, path, faults),
        **written(field, path, faults),
    )


def about(field: Mapping[str, Any], path: str, faults: Faults) -> str:
    """Return a field's title and description as one line."""
    said = []
    for name in ("title", "description"):
        text = field.get(name) or ""
        if not isinstance(text, str):
            faults.add(f"{path}.{name}", type(text).__name__, "a text")
        elif text.strip():
            said.append(" ".join(text.split()))
    return visible(": ".join(dict.fromkeys(said)), ABOUT)


def role_of(
    field: Mapping[str, Any],
    kind: str,
    system: str,
    limits: Mapping[str, Any],
    path: str,
    faults: Faults,
    *,
    key: bool,
) -> str:
    """Return a column's role: what the schema says, otherwise the most careful one that its type allows."""
    said = field.get(ROLE)
    if said is not None:
        fits = (
            said in ROLES and (said != "birth" or kind in BIRTHS) and (said != "date" or kind in ("date", "datetime"))
        )
        if not fits:
            faults.add(f"{path}.{ROLE}", said, ", ".join(sorted(ROLES)))
            return "freetext"
        return str(said)
    if system:
        return "direct"
    if key or limits.get("unique"):
        return "key"
    if kind in ("date", "datetime"):
        return "date"
    if kind in ("integer", "number", "year"):
        return "number"
    return "text" if kind == "boolean" or limits.get("enum") else "freetext"


def bounds(limits: Mapping[str, Any], path: str, faults: Faults) -> dict[str, Any]:
    """Return the constraints of a field."""
    found: dict[str, Any] = {}
    names = {
        "minimum": "minimum",
        "maximum": "maximum",
        "exclusiveMinimum": "open_minimum",
        "exclusiveMaximum": "open_maximum",
    }
    for theirs, ours in names.items():
        if limits.get(theirs) is not None:
            found[ours] = str(limits[theirs])
    for theirs, ours in {"minLength": "min_length", "maxLength": "max_length"}.items():
        value = limits.get(theirs)
        if value is not None and (not isinstance(value, int) or value < 0):
            faults.add(f"{path}.constraints.{theirs}", value, "a whole number, 0 or more")
        elif value is not None:
            found[ours] = value
    enum = limits.get("enum")
    if enum is not None:
        if isinstance(enum, list) and enum and all(isinstance(each, str | int | float | bool) for each in enum):
            found["enum"] = tuple(as_written(each) for each in enum)
        else:
            faults.add(f"{path}.constraints.enum", type(enum).__name__, "a list of values")
    pattern = limits.get("pattern")
    if pattern is not None:
        found["pattern"] = str(pattern)
    return found


def as_written(value: object) -> str:
    """Return a JSON value as a CSV writes it.

    Example
    -------
    >>> as_written(True), as_written(3), as_written("a")
    ('true', '3', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def written(field: Mapping[str, Any], path: str, faults: Faults) -> dict[str, Any]:
    """Return how a field's booleans and numbers are written."""
    found: dict[str, Any] = {}
    for theirs, ours in {"trueValues": "true", "falseValues": "false"}.items():
        if isinstance(field.get(theirs), list):
            found[ours] = tuple(map(str, field[theirs]))
    for theirs, ours in {"decimalChar": "decimal", "groupChar": "group"}.items():
        value = field.get(theirs)
        if value is not None:
            if isinstance(value, str) and len(value) == 1 and not value.isalnum():
                found[ours] = value
            else:
                faults.add(f"{path}.{theirs}", value, "one sign")
    if field.get("bareNumber") is False:
        found["bare"] = False
    return found


def links(
    body: Mapping[str, Any], name: str, by_source: Mapping[str, str], path: str, faults: Faults
) -> tuple[Link, ...]:
    """Return the foreign keys."""
    found = []
    listed = body.get("foreignKeys") or []
    for at, each in enumerate(listed if isinstance(listed, list) else [None]):
        here = f"{path}.foreignKeys[{at}]"
        reference = each.get("reference") if isinstance(each, Mapping) else None
        if not isinstance(each, Mapping) or not isinstance(reference, Mapping):
            faults.add(here, "no reference", "fields, and a reference with resource and fields")
            continue
        ours, theirs = listed_names(each.get("fields")), listed_names(reference.get("fields"))
        if not ours or len(ours) != len(theirs) or any(one not in by_source for one in ours):
            faults.add(f"{here}.fields", ", ".join(ours), "as many fields of this table as the reference has")
            continue
        target = slug(str(reference.get("resource") or "")) or name
        found.append(Link(tuple(by_source[one] for one in ours), target, tuple(slug(one) for one in theirs)))
    return tuple(found)


def events(body: Mapping[str, Any], schema: Schema, path: str, faults: Faults) -> tuple[Event, ...]:
    """Return what a row is in OMOP: one event, or a list of them."""
    said = body.get(OMOP, [])
    listed = said if isinstance(said, list) else [said]
    found = []
    known = {each.source: each for each in schema.columns}
    fits: dict[str, tuple[str, Callable[[str], object]]] = {
        "table": (", ".join(TARGETS), TARGETS.__contains__),
        "code": (f"a field with {ROLE} code", lambda text: text in known and known[text].role == "code"),
        "system": ("the address of a code system such as http://hl7.org/fhir/sid/icd-10", ADDRESS.fullmatch),
        "date": ("a field of the type date or datetime", lambda text: text in known and known[text].role == "date"),
    }
    for at, each in enumerate(listed):
        here = f"{path}.{OMOP}[{at}]" if isinstance(said, list) else f"{path}.{OMOP}"
        told = each if isinstance(each, Mapping) else {}
        wrong = [part for part, (_, fit) in fits.items() if not isinstance(told.get(part), str) or not fit(told[part])]
        for part in wrong:
            faults.add(f"{here}.{part}", told.get(part, "–"), fits[part][0])
        for part in sorted(map(str, set(told) - set(fits))):
            faults.add(f"{here}.{part}", part, ", ".join(fits))
        if not wrong:
            found.append(Event(told["table"], known[told["code"]].name, told["system"], known[told["date"]].name))
    return tuple(found)


def listed_names(value: object) -> tuple[str, ...]:
    """Return names given as one text or as a list."""
    return (value,) if isinstance(value, str) else tuple(map(str, value)) if isinstance(value, list) else ()


def check_columns(columns: list[Column], path: str, faults: Faults) -> None:
    """Note names that clash, and roles that only one column can have."""
    seen: set[str] = set()
    for each in columns:
        if not each.name or each.name in seen:
            faults.add(f"{path}.fields", each.source, "names that stay distinct in lower-case letters, figures and _")
        seen.add(each.name)
    for role in sorted(ALONE):
        if sum(each.role == role for each in columns) > 1:
            faults.add(f"{path}.fields", f"{ROLE} {role}", "one column of this role")
