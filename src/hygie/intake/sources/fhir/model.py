"""The mapping as values, read from the package's TOML files and checked at birth."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from hygie.intake.sources import cdm

# An `any of` of `all of`: the outer list holds alternatives, each a list of (name, test[, values]).
Conditions = tuple[tuple[tuple[str, str, tuple[str, ...]], ...], ...]

TRANSFORMS = frozenset(
    {"choose", "concept", "constant", "date", "datetime", "day", "event", "integer", "last_day", "month", "number"}
    | {"person", "source_concept", "text", "visit", "year"}
)
TESTS = frozenset({"present", "absent", "in", "out"})


@dataclass(frozen=True)
class Column:
    """How an OMOP column is filled: a named transform over path names, under a condition if it has one.

    Parameters
    ----------
    otherwise : tuple   names of dates whose first day counts where a `last_day` has no value
    """

    name: str
    transform: str
    names: tuple[str, ...] = ()
    value: str | int | None = None
    choices: Mapping[str, int] = field(default_factory=dict)
    when: Conditions = ()
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """An OMOP table that a resource gives rows to, and when.

    Parameters
    ----------
    start : tuple   names of the dates that a row begins with, the first that is given counts
    end : tuple     names of the dates that it ends with
    """

    name: str
    columns: tuple[Column, ...]
    code: str | None
    start: tuple[str, ...]
    end: tuple[str, ...]
    when: Conditions
    unless: str | None


@dataclass(frozen=True)
class Invariant:
    """A rule of the standard, with the conditions under which it is broken."""

    name: str
    element: str
    broken: Conditions


@dataclass(frozen=True)
class Medication:
    """The names under which a medication's reference, own code and contained code are read."""

    reference: str
    code: str
    contained: str


@dataclass(frozen=True)
class Resource:
    """One resource type's mapping.

    Parameters
    ----------
    paths : Mapping        name -> JSON path; all are read by one parse of the line
    references : Mapping   element -> name of the path that holds its reference
    periods : Mapping      element -> names of its start and its end
    each : Mapping         paths read from each element of the array under `each_path`, instead of the resource's own
    """

    type: str
    source: str
    note: str
    elements: frozenset[str]
    required: tuple[tuple[str, ...], ...]
    person: str
    start: tuple[str, ...]
    paths: Mapping[str, str]
    references: Mapping[str, str]
    codings: Mapping[str, str]
    dates: Mapping[str, str]
    numbers: Mapping[str, str]
    bindings: Mapping[str, str]
    invariants: tuple[Invariant, ...]
    periods: Mapping[str, tuple[str, str]]
    whole: tuple[tuple[str, Conditions], ...]
    targets: tuple[Target, ...]
    medication: Medication | None
    each_path: str | None
    each: Mapping[str, str]

    @property
    def stage(self) -> str:
        """The staging table's name."""
        return f"fhir_stage_{self.type.lower()}"

    @property
    def events(self) -> str:
        """The name of the view of the rows that go to OMOP."""
        return f"fhir_event_{self.type.lower()}"

    @property
    def several(self) -> tuple[str, ...]:
        """The codings of which one of several is chosen; that of a required value set is chosen as it is checked."""
        given = (name.removesuffix("_several") for name in self.paths if name.endswith("_several"))
        return tuple(name for name in given if name not in self.bindings)

    @property
    def mapped(self) -> frozenset[str]:
        """The top-level elements of which something is mapped."""
        used = {path.removeprefix("$.").split(".")[0].split("[")[0] for path in self.paths.values()}
        return frozenset(used)

    def element(self, name: str) -> str:
        """Return the FHIR element that a name reads, such as `period.start`."""
        path = self.paths.get(name) or self.paths.get(f"{name}_code", name)
        return path.removeprefix("$.").replace("[0]", "")


@dataclass(frozen=True)
class ValueSet:
    """A required value set: its codes, and their system where the element carries one."""

    name: str
    source: str
    codes: tuple[str, ...]
    system: str | None


def conditions(rows: Any) -> Conditions:
    """Return conditions read from TOML; ValueError for a test nobody knows."""
    found = tuple(
        tuple((test[0], test[1], tuple(test[2]) if len(test) > 2 else ()) for test in alternative)
        for alternative in rows or ()
    )
    if unknown := {test[1] for alternative in found for test in alternative} - TESTS:
        raise ValueError(f"unknown test {unknown}")
    return found


def coding_paths(codings: Mapping[str, str]) -> dict[str, str]:
    """Return the paths of system and code of each coding."""
    return {f"{name}_{part}": f"{path}.{part}" for name, path in codings.items() for part in ("system", "code")}


def several_paths(codings: Mapping[str, str]) -> dict[str, str]:
    """Return, for the codings that may be several, the path of the second: where it is given one is chosen.

    Example
    -------
    >>> several_paths({"code": "$.code.coding[0]", "unit": "$.valueQuantity"})
    {'code_several': '$.code.coding[1]'}
    """
    first = "coding[0]"
    return {
        f"{name}_several": f"{path.removesuffix(first)}coding[1]"
        for name, path in codings.items()
        if path.endswith(first)
    }


def column(name: str, body: Mapping[str, Any]) -> Column:
    """Return a column from its TOML table; ValueError for an unknown transform."""
    transform = next((key for key in body if key in TRANSFORMS), None)
    if transform is None:
        raise ValueError(f"{name}: no transform in {sorted(body)}")
    when = conditions(body.get("when"))
    given = body[transform]
    if transform == "constant":
        return Column(name, transform, value=given, when=when)
    names = tuple(given) if isinstance(given, list) else (str(given),)
    choices = MappingProxyType(dict(body.get("from", {})))
    return Column(name, transform, names, None, choices, when, tuple(body.get("otherwise", [])))


def target(body: Mapping[str, Any], start: tuple[str, ...]) -> Target:
    """Return a target table; ValueError for a column the CDM does not have."""
    name = str(body["name"])
    columns = tuple(column(key, value) for key, value in body["columns"].items())
    for each in columns:
        if cdm.TABLES[name].field(each.name) is None:
            raise ValueError(f"{name} has no column {each.name}")
    start = tuple(body.get("start", start))
    end = next((each.names for each in columns if each.transform == "last_day"), ())
    return Target(name, columns, body.get("code"), start, end, conditions(body.get("when")), body.get("unless"))


def resource(body: Mapping[str, Any]) -> Resource:
    """Return one resource type's mapping from its TOML file."""
    each = body.get("each", {})
    codings = body.get("codings", {})
    references = {element: f"ref_{element}" for element in body.get("references", {})}
    paths = {"type": "$.resourceType", "id": "$.id", **body.get("paths", {}), **coding_paths(codings)}
    paths |= {f"ref_{element}": path for element, path in body.get("references", {}).items()}
    paths |= several_paths(codings)
    medication = body.get("medication")
    return Resource(
        type=str(body["resource"]),
        source=str(body["source"]),
        note=str(body["note"]),
        elements=frozenset(body["elements"]),
        required=tuple(tuple(names) for names in body.get("required", [])),
        person=str(body["person"]),
        start=tuple(body["start"]),
        paths=MappingProxyType(paths),
        references=MappingProxyType(references),
        codings=MappingProxyType(dict(codings)),
        dates=MappingProxyType(dict(body.get("dates", {}))),
        numbers=MappingProxyType(dict(body.get("numbers", {}))),
        bindings=MappingProxyType(dict(body.get("bindings", {}))),
        invariants=tuple(
            Invariant(row["name"], row["element"], conditions(row["broken"])) for row in body.get("invariant", [])
        ),
        periods=MappingProxyType({name: (ends[0], ends[1]) for name, ends in body.get("periods", {}).items()}),
        whole=tuple((row["reason"], conditions(row["when"])) for row in body.get("whole", [])),
        targets=tuple(target(row, tuple(body["start"])) for row in body["table"]),
        medication=Medication(**medication) if medication else None,
        each_path=each.get("path"),
        each=MappingProxyType(
            {**each.get("paths", {}), **coding_paths(each.get("codings", {})), **several_paths(each.get("codings", {}))}
        ),
    )


def read(name: str) -> dict[str, Any]:
    """Return a TOML file of the package."""
    return tomllib.loads((resources.files(__package__) / name).read_text("utf-8"))


@cache
def mapping() -> Mapping[str, Resource]:
    """Return the mapping by resource type, Patient first and Encounter second.

    Example
    -------
    >>> list(mapping())[:2], mapping()["Condition"].targets[0].name
    (['Patient', 'Encounter'], 'condition_occurrence')
    """
    folder = resources.files(__package__) / "mapping"
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [resource(read(f"mapping/{name}")) for name in files]
    found.sort(key=lambda each: ({"Patient": 0, "Encounter": 1}.get(each.type, 2), each.type))
    return MappingProxyType({each.type: each for each in found})


@cache
def value_sets() -> Mapping[str, ValueSet]:
    """Return the required value sets by name."""
    return MappingProxyType(
        {
            name: ValueSet(name, row["source"], tuple(row["codes"]), row.get("system"))
            for name, row in read("valuesets.toml").items()
        }
    )


@cache
def types() -> frozenset[str]:
    """Return the resource types of R4."""
    return frozenset(read("standard.toml")["types"])


@cache
def common() -> frozenset[str]:
    """Return the elements every domain resource may hold."""
    return frozenset(read("standard.toml")["common"])


@cache
def vocabularies() -> Mapping[str, str]:
    """Return the OMOP vocabulary of each FHIR code system, in the order in which codings are preferred."""
    return MappingProxyType(read("standard.toml")["vocabularies"])
