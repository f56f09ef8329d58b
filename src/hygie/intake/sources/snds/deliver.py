"""A staged delivery as the lake takes it: native tables, what of them is OMOP, quarantine, identifiers, counts."""

from __future__ import annotations

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.fhir.deliver import Vocabulary
from hygie.intake.sources.snds import mapping, persons, roles
from hygie.intake.sources.snds.casts import implausible, ordered
from hygie.intake.sources.snds.staged import Native, Staged
from hygie.intake.sources.values import Delivery, Prepared, TableDraft, Tally, dataset_system

STANDARD = "SNDS"
ANO = "urn:hygie:snds:ben_idt_ano"


def deliver(
    engine: Engine, staged: Staged, *, identifier_system: str | None = None, vocabulary: Vocabulary | None = None
) -> Delivery:
    """Return what a staged delivery gives the lake.

    Parameters
    ----------
    engine : Engine           the one that staged it
    staged : Staged
    identifier_system : str   a further system that `BEN_IDT_ANO` is an identifier of
    vocabulary : Vocabulary   what maps codes to concepts
    """
    mapped = mapping.omop(engine, staged, vocabulary)
    drafts, strange = natives(engine, staged)
    return Delivery(
        standard=f"{STANDARD} {staged.edition.name}",
        files=(),
        tables=(*mapped.tables, *drafts),
        quarantine="SELECT * FROM snds_faults",
        identifiers=identifiers(staged, identifier_system),
        tallies=tallies(staged),
        notes=(*staged.notes, *strange, *mapped.notes),
        unmapped=mapped.unmapped,
        dangling=staged.dangling,
        headers=staged.headers,
    )


def tallies(staged: Staged) -> tuple[Tally, ...]:
    """Return how many lines of each table were read, kept and set apart, with what stands for a header or a file."""
    found = {
        each.table.name: (each.read, each.kept)
        for each in staged.natives.values()
        if each.read or each.kept == each.written.rows  # of an increment those that it brings
    }
    for table, count in staged.astray.items():
        read, kept = found.get(table, (0, 0))
        found[table] = (read + count, kept)
    return tuple(Tally(table, read, kept, read - kept) for table, (read, kept) in found.items())


def natives(engine: Engine, staged: Staged) -> tuple[tuple[TableDraft, ...], tuple[str, ...]]:
    """Return a staged delivery's native tables, and notes on values in them that are outside what is published.

    Parameters
    ----------
    engine : Engine   the one that staged it
    staged : Staged
    """
    drafts = tuple(draft(engine, native) for native in staged.natives.values())
    return drafts, tuple(implausible_notes(engine, staged))


def draft(engine: Engine, native: Native) -> TableDraft:
    """Return a native table to be taken over, or to be written where persons were not known when it was read."""
    view = f"final_{native.view}"
    columns = frozenset(str(row[0]) for row in engine.rows(f"DESCRIBE {name(view)}"))
    person = "person_id" if "person_id" in columns else None
    return TableDraft(
        f"snds_{native.table.name.lower()}",
        f"SELECT * FROM {view}",
        "source",
        (),
        person,
        roles.fields(native.table, columns) if person else (),
        prepared=Prepared(native.written, native.key) if native.final else None,
    )


def identifiers(staged: Staged, system: str | None) -> str:
    """Return SQL of the persons' identifiers: the dataset's own in both forms, and `BEN_IDT_ANO` in its systems.

    Whether a person is called by `BEN_IDT_ANO` or by pseudonym and rank depends on what is delivered; who was erased or
    has opted out under one form is known by the other.
    """
    of = literal(dataset_system(staged.dataset))
    own = f"SELECT person_id, {of} AS system, source_id AS value FROM person_map"
    own += f" UNION ALL SELECT person_id, {of}, id FROM ({persons.other_forms()}) JOIN person_map USING (source_id)"
    joined = "snds_beneficiary b JOIN person_map m USING (source_id) WHERE b.idt IS NOT NULL"
    for each in dict.fromkeys((ANO, *([system] if system else []))):
        own += f" UNION ALL SELECT DISTINCT person_id, {literal(each)}, idt FROM {joined}"
    return own


def implausible_notes(engine: Engine, staged: Staged) -> list[str]:
    """Return notes on values outside what is published for their field: they are kept as they are."""
    notes = []
    for native in staged.natives.values():
        sure = within(engine, native)
        tests = {
            each.name: test
            for each in native.table.fields
            if each.column not in sure and (test := implausible(each, name(each.column)))
        }
        if not tests:
            continue
        counted = ", ".join(f"count(*) FILTER (WHERE {test})" for test in tests.values())
        found = zip(tests, engine.rows(f"SELECT {counted} FROM {native.view}")[0], strict=True)
        shown = ", ".join(f"{column} {count}" for column, count in found if count)
        if shown:
            notes.append(f"{native.table.name}: values outside the published bounds, kept: {shown}")
    return notes


def within(engine: Engine, native: Native) -> frozenset[str]:
    """Return the columns of which no value can be implausible: the empty ones, and numbers whose ends are not."""
    ends = native.written.ends
    told = [each for each in native.table.fields if each.column in ends and ordered(each)]
    outside = [
        " OR ".join(f"coalesce({implausible(each, f'({end})')}, false)" for end in ends[each.column]) for each in told
    ]
    found = engine.rows(f"SELECT {', '.join(outside)}")[0] if outside else ()
    fine = {each.column for each, wrong in zip(told, found, strict=True) if not wrong}
    return frozenset(fine | set(native.written.empty))
