"""Which tables a delivery holds: one Table Schema for its files, or a Data Package that names them.

Source   Frictionless Data, Data Package and Tabular Data Resource (path, schema, dialect.delimiter, encoding)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from hygie.base.kernel import canonical, digest, refuse
from hygie.base.kernel.strict import strictly_json
from hygie.intake.sources import listing
from hygie.intake.sources.table.reading import NAMES
from hygie.intake.sources.table.schema import OMOP, Faults, parse
from hygie.intake.sources.table.values import SOURCE, Link, Schema

DESCRIPTOR = "datapackage.json"
MOST_BYTES = 16 << 20
MOST_TABLES = 200
ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")


@dataclass(frozen=True)
class Part:
    """A file of a table: its name in the delivery and its path."""

    name: str
    path: Path

    @property
    def parquet(self) -> bool:
        """Whether it is Parquet, by its name."""
        return self.name.lower().endswith(".parquet")


@dataclass(frozen=True)
class Resource:
    """A table of a delivery: its schema, files, and how they are written where that is said."""

    schema: Schema
    parts: tuple[Part, ...]
    encoding: str | None = None
    separator: str | None = None


@dataclass(frozen=True)
class Package:
    """A delivery of declared tables.

    Parameters
    ----------
    root : Path         the folder or the file that is delivered
    resources : tuple   parents before the tables that point at them
    digest : str        of what declares them
    notes : tuple
    synthetic : bool    the delivery says that no real person is behind it
    """

    root: Path
    resources: tuple[Resource, ...]
    digest: str
    notes: tuple[str, ...]
    synthetic: bool

    def named(self, table: str) -> Resource | None:
        """Return a table by its name in the lake, or None."""
        return next((each for each in self.resources if each.schema.name == table), None)


def open_package(path: Path, schema: Path | None, *, part: bool = False) -> Package:
    """Return what is delivered and how it is declared.

    Parameters
    ----------
    path : Path             a folder or a file; a folder with `datapackage.json` declares itself
    schema : Path or None   a Table Schema for every file at `path`, or a Data Package that names them
    part : bool             of an increment: files that a Data Package names may be absent

    Errors      SRC-101 to SRC-104; SRC-401 the schema, by path; SRC-402 no schema; SRC-403 no file of it is there
    """
    root = path.parent if path.name == DESCRIPTOR else path
    present = listing.files(root)
    described = schema or (root / DESCRIPTOR if root.is_dir() and (root / DESCRIPTOR).is_file() else None)
    if described is None:
        raise refuse("SRC-402", found=path.name)
    body = read_json(described)
    faults = Faults()
    if isinstance(body, Mapping) and "resources" in body:
        resources, declared = packaged(body, root, described.parent, present, faults, part=part)
        if part and not any(each.parts for each in resources) and not faults.reasons:
            raise refuse("SRC-403", found=path.name)
    else:
        table = parse(body, described.name.split(".")[0], "$", faults)
        parts = tuple(Part(each.name, each.path) for each in present if each.name.lower().endswith(ENDINGS))
        if not parts:
            raise refuse("SRC-403", found=path.name)
        resources, declared = [Resource(table, parts)] if table else [], [body]
    resources = linked(resources)
    check_links(resources, faults)
    faults.check()
    used = {part.name for each in resources for part in each.parts}
    other = [each for each in present if not passed_over(each.name) and each.name not in used]
    notes = (f"files that no table is declared for, ignored: {len(other)}",) if other else ()
    said = listing.says_synthetic(present)
    return Package(root, ordered(resources), digest(canonical(declared)), notes, said)


def passed_over(name: str) -> bool:
    """Return whether a file is no data: junk, a marker, a schema."""
    return listing.is_junk(name) or name.lower().endswith((".json", ".md"))


def read_json(path: Path) -> Any:
    """Return the JSON of a schema: SRC-402 when there is none."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise refuse("SRC-402", found=path.name)
    try:
        return strictly_json(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise refuse("SRC-402", found=path.name) from None


def packaged(
    body: Mapping[str, Any], root: Path, base: Path, present: list[listing.Found], faults: Faults, *, part: bool
) -> tuple[list[Resource], list[Any]]:
    """Return the tables of a Data Package, and their schemas as JSON."""
    listed = body["resources"]
    if not isinstance(listed, list) or not listed or len(listed) > MOST_TABLES or not root.is_dir():
        faults.add("$.resources", len(listed) if isinstance(listed, list) else "no list", f"1 to {MOST_TABLES} tables")
        return [], []
    there = {each.name: each.path for each in present}
    found, declared = [], []
    for at, each in enumerate(listed):
        here = f"$.resources[{at}]"
        if not isinstance(each, Mapping):
            faults.add(here, type(each).__name__, "an object")
            continue
        schema = each.get("schema")
        if isinstance(schema, str):
            schema = read_json(base / schema) if plain_path(schema) else None
        table = parse(schema, str(each.get("name") or ""), f"{here}.schema", faults)
        declared.append([each.get("name"), each.get("path"), schema])
        parts = parts_of(each.get("path"), there, f"{here}.path", faults, part=part)
        dialect = each.get("dialect") if isinstance(each.get("dialect"), Mapping) else {}
        said = str(each.get("encoding") or "").lower()
        if said and said not in NAMES:
            faults.add(f"{here}.encoding", said, ", ".join(sorted(NAMES)))
        if table:
            found.append(Resource(table, parts, NAMES.get(said), (dialect or {}).get("delimiter")))
    names = [each.schema.name for each in found]
    for name in {name for name in names if names.count(name) > 1}:
        faults.add("$.resources", name, "each table once")
    return found, declared


def plain_path(text: str) -> bool:
    """Return whether a path stays below the package.

    Example
    -------
    >>> plain_path("a/b.csv"), plain_path("../b.csv"), plain_path("https://x/b.csv")
    (True, False, False)
    """
    path = PurePosixPath(text)
    return bool(text) and not path.is_absolute() and ".." not in path.parts and ":" not in text and "\\" not in text


def parts_of(
    value: object, there: Mapping[str, Path], path: str, faults: Faults, *, part: bool = False
) -> tuple[Part, ...]:
    """Return the files of a resource; of an increment those that are there."""
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    found = []
    for each in listed:
        if not isinstance(each, str) or not plain_path(each):
            faults.add(path, each, "paths below the package")
        elif each not in there and not part:
            faults.add(path, each, "a file that is delivered")
        elif each in there:
            found.append(Part(each, there[each]))
    if not listed:
        faults.add(path, "no path", "the table's files")
    return tuple(found)


def linked(resources: list[Resource]) -> list[Resource]:
    """Return the tables, the columns that their foreign keys point at under the names that they have in the lake."""
    names = {each.schema.name: {column.name for column in each.schema.columns} for each in resources}

    def settled(link: Link) -> Link:
        there = names.get(link.table, set())
        targets = (
            each if each in there or f"{SOURCE}{each}" not in there else f"{SOURCE}{each}" for each in link.targets
        )
        return replace(link, targets=tuple(targets))

    schemas = [replace(each.schema, links=tuple(map(settled, each.schema.links))) for each in resources]
    return [replace(each, schema=schema) for each, schema in zip(resources, schemas, strict=True)]


def check_links(resources: list[Resource], faults: Faults) -> None:
    """Note foreign keys that point at no declared table or column, and a delivery in which nobody is named."""
    tables = {each.schema.name: each.schema for each in resources}
    for table in tables.values():
        for link in table.links:
            target = tables.get(link.table)
            if target is None or not set(link.targets) <= {each.name for each in target.columns}:
                faults.add(f"{table.name}.foreignKeys", link.table, "tables and fields of this delivery")
        if table.events and not reaches(table, tables):
            faults.add(f"{table.name}.{OMOP}", "rows whose persons are not known", "a table that knows its persons")
    if tables and not any(each.person for each in tables.values()) and not faults.reasons:
        faults.add("$", "no field with hygie:role person", "one field that holds the person's id")


def reaches(schema: Schema, tables: Mapping[str, Schema], seen: tuple[str, ...] = ()) -> bool:
    """Return whether a table knows its rows' persons: by a column of its own, or through the table it points at."""
    if schema.person:
        return True
    parent = tables.get(schema.linked[0].table) if schema.linked else None
    return parent is not None and parent.name not in seen and reaches(parent, tables, (*seen, schema.name))


def ordered(resources: list[Resource]) -> tuple[Resource, ...]:
    """Return the tables, those pointed at before those that point at them."""
    done: list[Resource] = []
    waiting = list(resources)
    while waiting:
        names = {each.schema.name for each in done}
        free = [each for each in waiting if all(link.table in names for link in each.schema.linked)]
        done += free or waiting[:1]
        waiting = [each for each in waiting if each not in done]
    return tuple(done)
