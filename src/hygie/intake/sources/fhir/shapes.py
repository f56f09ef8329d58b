"""JSON kinds of mapped elements: what a wrong one shows at little cost, and what a closer look finds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hygie.intake.sources.fhir.expressions import listed, quote
from hygie.intake.sources.fhir.model import Resource, mapping

# Elements that are read whole: their entries' own elements.
ENTRIES = {"$.identifier": ("$.system", "$.value")}
KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
}
SAID = {"object": "an object", "string": "a string", "number": "a number", "boolean": "a boolean"}
WRITTEN = {"string": ("VARCHAR",), "number": ("UBIGINT", "BIGINT", "DOUBLE", "HUGEINT"), "boolean": ("BOOLEAN",)}


@dataclass
class Shape:
    """What an element is in JSON: a kind, in an array or not, and the shapes of its mapped elements."""

    kind: str
    array: bool = False
    elements: dict[str, Shape] = field(default_factory=dict)


def leaf(resource: Resource, name: str) -> str:
    """Return the kind of the value that a name reads."""
    if name in resource.numbers:
        return "number"
    return "boolean" if resource.bindings.get(name) == "boolean" else "string"


def leaves(resource: Resource) -> list[tuple[str, str]]:
    """Return (path, kind) of every value that is mapped; `[0]` stands for an array, the second of several is left out.

    Example
    -------
    >>> leaves(mapping()["Encounter"])[3:5]
    [('$.subject.reference', 'string'), ('$.period.start', 'string')]
    """
    found = []
    for name, path in resource.paths.items():
        if name == resource.each_path:
            inner = [(path_, leaf(resource, each)) for each, path_ in resource.each.items() if "coding[1]" not in path_]
        else:
            inner = [(path_, "string") for path_ in ENTRIES.get(path, ())]
        if inner:
            found += [(f"{path}[0].{part.removeprefix('$.')}", kind) for part, kind in inner]
        elif "coding[1]" not in path:
            found.append((path, leaf(resource, name)))
    return found


@cache
def shapes(type_: str) -> Shape:
    """Return the shape of a resource type, of which the mapping says what is read; of others only the id is.

    Example
    -------
    >>> shapes("Condition").elements["code"].elements["coding"].array
    True
    """
    top = Shape("object")
    found = leaves(mapping()[type_]) if type_ in mapping() else [("$.id", "string")]
    for path, kind in found:
        at = top
        for part in path.removeprefix("$.").split("."):
            name = part.removesuffix("[0]")
            at = at.elements.setdefault(name, Shape("object", part.endswith("[0]")))
        at.kind = kind
    return top


def fault(resource: Mapping[str, Any]) -> str | None:
    """Return as `code|reason` which mapped element of a resource is of a wrong JSON type, or None.

    Source   http://hl7.org/fhir/R4/json.html

    Example
    -------
    >>> fault({"resourceType": "Condition", "code": {"coding": "x"}})
    'SRC-f20|Condition.code.coding is not an array'
    """
    type_ = str(resource.get("resourceType"))
    found = wrong(resource, shapes(type_), type_)
    return None if found is None else f"SRC-f20|{found}"


def wrong(value: Any, shape: Shape, place: str) -> str | None:
    """Return which element is of a wrong type, and how; None if none is."""
    if shape.array and not isinstance(value, list):
        return f"{place} is not an array"
    for item in value if shape.array else [value]:
        if item is None and shape.array and shape.kind != "object":
            continue
        if not is_kind(item, shape.kind):
            return f"{place} is not {SAID[shape.kind]}" if not shape.array else f"{place} holds what is no {shape.kind}"
        if place.endswith(".contained") and item.get("resourceType") != "Medication":
            continue
        for name, inner in shape.elements.items():
            if name in item and (found := wrong(item[name], inner, f"{place}.{name}")) is not None:
                return found
    return None


def is_kind(value: Any, kind: str) -> bool:
    """Say whether a JSON value is of a kind; a truth value is no number."""
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def suspicious(resource: Resource) -> str:
    """Return the SQL of: a mapped value is missing where its element is given, or written as another kind; never NULL.

    It says so of some lines that are in order, and of few that are usual.
    """
    return f"coalesce({' OR '.join(missing(resource) + odd(resource) + entries(resource))}, false)"


def missing(resource: Resource) -> list[str]:
    """Return the SQL tests of: an element is given, and nothing that is mapped of it."""
    groups: dict[str, list[str]] = {}
    for name, path in resource.paths.items():
        parts = path.removeprefix("$.").split(".")
        for depth in range(1, len(parts) + path.endswith("[0]")):
            groups.setdefault(".".join(parts[:depth]), []).append(name)
    return [
        absent(place, names, f"{place}.coding[0]" in groups)
        for place, names in groups.items()
        if not place.endswith("coding[0]")
    ]


def absent(place: str, names: list[str], coded: bool) -> str:
    """Return the SQL of: nothing is read of the element at a place, and it is given, or given as another type.

    An array, a reference and what lies deeper are often given without what is mapped of them: they are suspicious where
    none is written as it should be.
    """
    parts = place.split(".")
    key, array = parts[-1].removesuffix("[0]"), parts[-1].endswith("[0]")
    top = f"list_contains(keys, {quote(parts[0].removesuffix('[0]'))})"
    usual = not coded and (array or len(parts) > 1 or names[0].startswith("ref_"))
    tests = [f"contains(raw, {quote(json_key(key))})"] if len(parts) > 1 else []
    tests += [f"NOT contains(raw, {quote(json_key(key) + (':[{' if array else ':{'))})"] if usual else []
    empty = " AND ".join(f"{name} IS NULL" for name in names)
    return f"CASE WHEN {empty} THEN {' AND '.join([top, *tests])} ELSE false END"


def odd(resource: Resource) -> list[str]:
    """Return the SQL tests of: a value may be written as another kind than its own."""
    found = []
    for name in resource.paths:
        if name in ("type", resource.each_path) or resource.paths[name] in ENTRIES:
            continue
        if name.endswith("_several"):
            codings = resource.codings[name.removesuffix("_several")].removesuffix("[0]")
            found.append(f"CASE WHEN {name} IS NOT NULL THEN {several(codings)} ELSE false END")
        elif leaf(resource, name) != "string":
            found.append(f"contains(raw, {quoted(name)})")
        elif name in resource.dates:
            found.append(f"CASE WHEN length({name}) = 4 THEN NOT contains(raw, {quoted(name)}) ELSE false END")
        elif name not in resource.bindings:
            found.append(odd_text(name))
    return found


def odd_text(name: str) -> str:
    """Return the SQL of: what was read as text may be a number, a truth value, an array or an object."""
    return (
        f"CASE WHEN {name} < ':' THEN NOT contains(raw, {quoted(name)}) "
        f"ELSE {name} IN ('true', 'false') OR {name}[1] IN ('{{', '[') END"
    )


def quoted(name: str) -> str:
    """Return the SQL of a value between quotation marks."""
    return f"""('"' || {name} || '"')"""


def json_key(name: str) -> str:
    """Return a key between quotation marks."""
    return f'"{name}"'


def several(codings: str) -> str:
    """Return the SQL of: of several codings, one is no object or has a system or a code that is no string."""
    given = f"json_extract(raw, {quote(codings)})"
    return (
        f"NOT list_has_all(['OBJECT'], json_type({given}, '$[*]')) "
        f"OR NOT list_has_all(['VARCHAR'], json_type({given}, '$[*].system')) "
        f"OR NOT list_has_all(['VARCHAR'], json_type({given}, '$[*].code'))"
    )


def entries(resource: Resource) -> list[str]:
    """Return the SQL tests of the arrays that are read whole: an entry is no object, or holds values of other kinds."""
    found = []
    for name, path in resource.paths.items():
        if name == resource.each_path:
            inner = [(each, leaf(resource, key)) for key, each in resource.each.items() if "coding[1]" not in each]
        elif path in ENTRIES:
            inner = [(each, "string") for each in ENTRIES[path]]
        else:
            continue
        tests = [f"{name}[1] <> '['", f"NOT list_has_all(['OBJECT'], json_type({name}, '$[*]'))"]
        for each, kind in inner:
            key, rest = (
                each.removeprefix("$.").split(".")[0].split("[")[0],
                each.removeprefix("$").replace("[0]", "[*]"),
            )
            kinds = f"json_type({name}, '$[*]{rest}')"
            test = f"NOT list_has_all([{listed(WRITTEN[kind])}], {kinds})"
            if (each.endswith(".code") and "coding" in each) or each == "$.valueQuantity.value":
                test += f" OR len({kinds}) <> len(json_type({name}, '$[*].{key}'))"
            tests.append(f"CASE WHEN contains({name}, {quote(json_key(key))}) THEN {test} ELSE false END")
        found.append(f"CASE WHEN {name} IS NOT NULL THEN {' OR '.join(tests)} ELSE false END")
    return found
