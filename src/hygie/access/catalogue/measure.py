"""Putting the questions to a snapshot and guarding every answer before it goes anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from hygie.access.catalogue import distributions, leaving, measuring
from hygie.access.catalogue.distributions import Asking
from hygie.access.catalogue.figures import Coverage, Figures, TableFigures, Taken, Variable
from hygie.base.disclosure import Cell, Column, Table, fix
from hygie.base.kernel import Progress, canonical, digest, silent
from hygie.intake.sources import snds
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.cdm import Table as Shape

if TYPE_CHECKING:
    from hygie.base.engine import Engine
    from hygie.base.law import Preset
    from hygie.intake.lake.values import Manifest
    from hygie.intake.sources.values import Tally

MILLION = 1_000_000


def edition(manifest: Manifest) -> str:
    """Return what makes two snapshots one edition: the same files, read the same way into the same tables.

    The same way: by the same standard, schema, code lists and vocabulary. An erasure changes nothing in it.

    Published figures stay those of the edition, because the figures before and after one person went, side by side,
    would tell of that person.
    """
    files = sorted([source.name, source.sha256] for source in manifest.sources)
    tables = {name: [list(column) for column in table.columns] for name, table in manifest.tables.items()}
    told = {"standard": manifest.standard, "mapping": manifest.mapping, "unmapped": dict(manifest.unmapped)}
    return digest(canonical({"files": files, "tables": tables, **told}))


def measure(
    engine: Engine,
    views: Mapping[str, str],
    manifest: Manifest,
    preset: Preset,
    out: leaving.LeftOut,
    progress: Progress = silent,
) -> Figures:
    """Return the guarded figures of a snapshot, without who is left out; lines and bytes are of the whole delivery.

    Parameters
    ----------
    engine : Engine             holds the views
    views : Mapping[str, str]   table -> view
    manifest : Manifest
    preset : Preset             under which everything is shown
    out : LeftOut
    """
    backend = engine.backend()
    kept_rows = leaving.without({name: backend.table(view) for name, view in views.items()}, out)
    asking = Asking(engine, kept_rows, preset)
    period = period_of(asking)
    aged = period[1] if period else datetime.fromisoformat(manifest.created).year
    shapes = {name: shape for name in views if (shape := manifest.tables[name].shape(name)) and not shape.vocabulary}
    kept = [name for name in TABLES if name in shapes] + sorted(shapes.keys() - TABLES.keys())
    tables = []
    for done, name in enumerate(kept):
        progress("measure", done, len(kept))
        tables.append(table_figures(asking, shapes[name], dict(manifest.tables[name].columns)))
    progress("measure", len(kept), len(kept))
    return Figures(
        dataset=manifest.dataset,
        edition=edition(manifest),
        snapshot=manifest.snapshot,
        version=manifest.version,
        created=manifest.created,
        standard=manifest.standard,
        synthetic=manifest.synthetic,
        placement=manifest.placement,
        preset=preset.id,
        below=preset.min_count,
        base=preset.rounding_base,
        persons=asking.shown(persons_of(asking, manifest)),
        opt_outs=out.version.rpartition("-")[2],
        period=period,
        aged=aged if "person" in views else None,
        bytes=-(-sum(table.bytes for table in manifest.tables.values()) // MILLION) * MILLION,
        coverage=coverage_of(asking, aged),
        ages=ages_of(asking, aged),
        quarantine=share(asking, manifest.quarantined, manifest.read),
        taken=tuple(taken(asking, manifest, each) for each in manifest.tallies),
        tables=tuple(tables),
    )


def taken(asking: Asking, manifest: Manifest, tally: Tally) -> Taken:
    """Return the lines of one kind: guarded, but for 0 in quarantine, which tells of no person, and for codes.

    Lines set apart may be those of another table, whatever the file is called: then codes are guarded too.
    """
    of_snds = manifest.standard.startswith(snds.STANDARD)
    if not tally.quarantined and of_codes(manifest, f"{snds.NATIVE}{tally.name.lower()}" if of_snds else tally.name):
        return Taken(tally.name, tally.read, tally.kept, tally.quarantined, codes=True)
    broken = asking.shown(tally.quarantined) if tally.quarantined else 0
    return Taken(tally.name, asking.shown(tally.read), asking.shown(tally.kept), broken)


def of_codes(manifest: Manifest, table: str) -> bool:
    """Return whether a table is certain to be a vocabulary of the CDM or a published code list, which holds no person.

    A code list of the SNDS has the name of one that is shipped, no column that the list does not have, and no person.
    """
    held = manifest.tables.get(table)
    if held is None or held.person is not None:
        return False
    if table in TABLES:
        return held.kind == "vocabulary" and TABLES[table].vocabulary
    listed = snds.listed(table) if manifest.standard.startswith(snds.STANDARD) else None
    return listed is not None and {column for column, _ in held.columns} <= listed.by_name.keys()


def persons_of(asking: Asking, manifest: Manifest) -> int:
    """Return how many persons are left in a snapshot."""
    people = asking.tables.get("person")
    return (
        manifest.persons if people is None else int(asking.rows(people.aggregate(n=people.person_id.nunique()))[0][0])
    )


def share(asking: Asking, part: int, whole: int) -> float:
    """Return a share in percent, to one decimal; 0 when the part is too small to be told."""
    shown = asking.shown(part) or 0
    return round(100 * shown / whole, 1) if shown and whole else 0.0


def period_of(asking: Asking) -> tuple[int, int] | None:
    """Return the first and the last year in which enough persons have an event."""
    expression = measuring.years(asking.tables)
    found = (
        [year for year, persons in asking.rows(expression) if asking.shown(persons)] if expression is not None else []
    )
    return (int(found[0]), int(found[-1])) if found else None


def ages_of(asking: Asking, year: int) -> tuple[int, int] | None:
    """Return the ages between which nine of ten persons are, where enough persons lie beyond each end."""
    people = asking.tables.get("person")
    if people is None or "year_of_birth" not in people.columns:
        return None
    aged = people.mutate(age=year - people.year_of_birth.cast("int64"))
    low, high, persons = asking.rows(measuring.ends(aged, "age", "person_id"))[0]
    if low is None or not asking.shown(int(persons * measuring.TAIL)):
        return None
    return max(0, int(low)), max(0, int(high))


def coverage_of(asking: Asking, year: int) -> tuple[Coverage, ...]:
    """Return persons by sex and age with totals, what is small hidden and what gives it back hidden too."""
    people = asking.tables.get("person")
    if people is None or not {"gender_concept_id", "year_of_birth"} <= set(people.columns):
        return ()
    cells = tuple(
        Cell((str(sex), str(band)), int(persons), int(persons))
        for sex, band, persons in asking.rows(measuring.coverage(people, year))
    )
    if not cells:
        return ()
    table = Table(("sex", "ages"), (Column("persons", "persons"),), with_totals(cells), totals=("sex", "ages"))
    preset = asking.preset
    if preset.zero_rule == "review":  # nobody looks at the figures before they are published
        preset = replace(preset, zero_rule="hide")
    shown = fix(table, preset).shown
    return tuple(
        Coverage(key[0], key[1], None if row["persons"] is None else int(row["persons"])) for key, row in shown.items()
    )


def with_totals(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return cells of two groups with their totals; a person is in one cell only."""
    sums: dict[tuple[str | None, str | None], int] = {}
    for cell in cells:
        sex, band = cell.key
        for key in ((sex, band), (sex, None), (None, band), (None, None)):
            sums[key] = sums.get(key, 0) + cell.persons
    return tuple(Cell(key, persons, persons) for key, persons in sums.items())


def table_figures(asking: Asking, shape: Shape, columns: Mapping[str, str]) -> TableFigures:
    """Return one table's figures."""
    name = shape.name
    rows = asking.tables[name]
    who = "person_id" if "person_id" in columns else None
    total, persons, *counted = (int(each) for each in asking.rows(measuring.counts(rows, list(columns), who))[0])
    given = dict(zip(columns, counted, strict=True))
    kinds = {each: measuring.kind_of(name, each, shape.field(each)) if given[each] else "none" for each in columns}
    asked = distributions.Asked(name, columns, kinds, given, total, persons, who)
    found = distributions.of_table(asking, asked)
    variables = []
    for column, one in found.items():
        known = shape.field(column)
        share = filled(asking, total, given[column], one.within, one.without)
        role, about = (known.role, known.about) if known else ("text", "")
        variables.append(Variable(name, column, columns[column], role, share, one.count, one.kind, one.values, about))
    return TableFigures(name, asking.shown(total), asking.shown(persons), tuple(variables))


def filled(asking: Asking, rows: int, given: int, within: int, without: int) -> int | None:
    """Return the percent of rows with a value; 0 or 100 where too few persons are on one side, None without rows."""
    if not asking.shown(rows):
        return None
    if not asking.shown(within):
        return 0
    if not asking.shown(without):
        return 100
    return min(99, max(1, round(100 * given / rows)))
