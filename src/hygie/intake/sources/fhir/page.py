"""The mapping as a page of the documentation: `docs/reference/fhir-mapping.md` is this text."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.intake.sources.fhir.model import Column, Conditions, Resource, mapping, value_sets, vocabularies
from hygie.intake.sources.fhir.reader import HEAD, LONGEST

RULES = {
    "SRC-f01": "the line is not UTF-8",
    "SRC-f02": "it holds the character NUL, as a byte or escaped",
    "SRC-f03": f"it is longer than {LONGEST:,} bytes: its length, SHA-256 and first {HEAD:,} bytes are kept",
    "SRC-f04": "it is not JSON (RFC 8259)",
    "SRC-f05": "it has no `resourceType`",
    "SRC-f06": "its `resourceType` is not one of R4",
    "SRC-f07": "an element with cardinality 1.. is missing",
    "SRC-f08": "its `id` is not 1 to 64 letters, figures, dots and dashes",
    "SRC-f09": "a date is not written as R4 writes it, or is no day of the calendar",
    "SRC-f10": "a code is outside its required value set",
    "SRC-f11": "an earlier resource of the delivery has the same type and id; the first is kept",
    "SRC-f12": "a top-level element is not one of R4's, or is given twice (mapped types)",
    "SRC-f13": "an element is present without a value: `[]`, `{}`, an empty string, or null outside an array",
    "SRC-f14": "an invariant of R4 is broken",
    "SRC-f15": "a number is not written as R4 writes it",
    "SRC-f16": "inline data are not base64 (types kept whole)",
    "SRC-f17": "a narrative is not XHTML as R4 limits it: not well-formed, with entities beyond XML's, elements or "
    "attributes that are not allowed (txt-1), or without any text or image (txt-2)",
    "SRC-f18": "a Bundle's `fullUrl` is not absolute, or a document leaves out what its Composition refers to",
    "SRC-f19": "an observation of the category vital-signs, coded in SNOMED CT, lacks the LOINC code R4 requires of it",
    "SRC-f20": "a mapped element is of a wrong JSON type, such as an object where an array belongs",
    "SRC-f21": "the gzip file is cut off or damaged here: the lines before are taken, none that follow",
}
HEADER = """# How FHIR R4 becomes OMOP CDM 5.4

This page is made from the mapping itself, which is data; a test compares them.

- A line is read as what its `resourceType` says; the name of its file decides nothing. Blank lines are passed over.
- Read = kept + quarantined, for each type. A quarantined line keeps its file, line number, rule, reason and text;
  bytes that are not UTF-8 stand as `\\xNN`.
- A type without a section here is kept whole in a table `fhir_<type>` (id, person_id, resource), and so is a resource
  of a mapped type that is valid but gives no row: it names no patient, has no date, or its section says why.
  These tables can be erased by person and never enter an extract.
- A partial date becomes its first day, a partial end of an event its last; `date_precision` (year, month, day, time)
  and `date_offset` say how the start was written, in `death` the day of death, `end_date_precision` and
  `end_date_offset` how the end was. Where the CDM wants an end and none is given it is the start, and these two are
  empty. A datetime is the local time as written, and is left empty when no time was given.
- A period ends no earlier than it starts (per-1): two times as points in time, otherwise both as written, as far as the
  shorter one goes. Start and end written with two offsets may still be local days in the other order. An end that is
  no period's, such as an abatement, may lie before the start: it is kept, and counted in the notes.
- Of several codings one is taken: one that a loaded vocabulary maps to a standard concept, else one whose system is
  listed below, in that order, else the first that has a code; of equals one that a user selected, else the first. Those
  not taken are counted. `source_system` and `source_code` keep the one taken; concepts are 0 unless a vocabulary is
  loaded and maps it. Texts of codes are not taken.
- An element of a required value set is read from the first coding that is of the set.
- Of several references in one element the first is followed. One whose target was not delivered is kept and counted.
- Mapped elements are those listed; the others are counted by name in the delivery's notes and not kept.
- Not looked at: periods that give no date here (of a name, an identifier, a stay in a location), JSON types of
  elements that are not mapped, profiles (but for SRC-f19), terminology servers, definitions and slices
  of extensions, HTML in markdown, and the elements of types that are kept whole, but for the invariants of Bundle.
"""


def page() -> str:
    """Return the page.

    Example
    -------
    >>> page().splitlines()[0]
    '# How FHIR R4 becomes OMOP CDM 5.4'
    """
    parts = [HEADER, "## Rules of the quarantine\n", table(("rule", "a line is quarantined when"), RULES.items())]
    parts += [section(resource) for resource in mapping().values()]
    sets = ((each.name, each.source, ", ".join(f"`{code}`" for code in each.codes)) for each in value_sets().values())
    parts += ["## Required value sets\n", table(("set", "source", "codes"), sets)]
    parts += [
        "## Code systems a loaded vocabulary is asked for, in order of preference\n",
        table(("system", "vocabulary"), vocabularies().items()),
    ]
    return "\n".join(parts)


def table(head: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def section(resource: Resource) -> str:
    """Return a resource type's section."""
    lines = [f"## {resource.type}\n", f"Source: <{resource.source}>.", resource.note, ""]
    required = "; ".join(" or ".join(f"`{name}`" for name in names) for names in resource.required)
    lines.append(f"Required: {required or 'nothing'}.")
    if resource.bindings:
        bound = (f"`{resource.element(name)}` of {set_name}" for name, set_name in resource.bindings.items())
        lines.append("Required value sets: " + ", ".join(bound) + ".")
    for rule in resource.invariants:
        lines.append(f"Invariant {rule.name}, broken when {words(resource, rule.broken)}.")
    if resource.periods:
        lines.append("Periods checked by per-1: " + ", ".join(f"`{name}`" for name in resource.periods) + ".")
    for reason, when in resource.whole:
        lines.append(f"Kept whole, as {reason}: {words(resource, when)}.")
    for target in resource.targets:
        lines.append(f"\n### {resource.type} to {target.name}\n")
        if target.unless:
            lines.append(f"Unless it is a {target.unless}.")
        if target.when:
            lines.append(f"When {words(resource, target.when)}.")
        lines.append("")
        rows = ((f"`{column.name}`", column.transform, origin(resource, column)) for column in target.columns)
        lines.append(table(("column", "transform", "from"), rows))
    return "\n".join(line for line in lines if line is not None)


def origin(resource: Resource, column: Column) -> str:
    """Return what a column is filled from."""
    if column.transform == "constant":
        return f"`{column.value}`" if column.value != "" else "an empty text"
    if column.transform == "event":
        return "file, line and part of the delivery"
    text = ", else ".join(f"`{resource.element(name)}`" for name in column.names)
    if column.transform == "last_day":
        text += "".join(f", else the first day of `{resource.element(name)}`" for name in column.otherwise)
    if column.choices:
        text += ": " + ", ".join(f"{code} {concept}" for code, concept in column.choices.items()) + ", else 0"
    return text + (f", when {words(resource, column.when)}" if column.when else "")


def words(resource: Resource, conditions: Conditions) -> str:
    """Return conditions in words."""
    said = {"present": "is given", "absent": "is not given", "in": "is", "out": "is none of"}
    return "; or ".join(
        " and ".join(
            f"`{resource.element(name)}` {said[kind]}" + (f" {', '.join(values)}" if values else "")
            for name, kind, values in alternative
        )
        for alternative in conditions
    )
