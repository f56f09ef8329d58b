"""The quality checks: run on a dataset's snapshot, kept, guarded at birth for everyone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.catalogue import labelling, leaving
from hygie.access.catalogue.assessed import assessments as assessments
from hygie.access.catalogue.holding import holders_of
from hygie.access.catalogue.measure import edition, of_codes
from hygie.access.catalogue.models import Assessed
from hygie.access.quality import values
from hygie.access.quality.definitions import version
from hygie.access.quality.guarding import guarded
from hygie.access.quality.natives import Native
from hygie.access.quality.running import run
from hygie.access.quality.values import Report
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, canonical, digest, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake
from hygie.intake.sources.filled import filled

if TYPE_CHECKING:
    from hygie.base.engine import Engine
    from hygie.intake.lake.values import Manifest

MEMORY = "1GB"
EXPECTED = {
    "integer": "integer",
    "bigint": "integer",
    "float": "number",
    "date": "date",
    "datetime": "datetime",
    "text": "string",
}


def assess(node: Node, dataset: str, *, actor: str, again: bool = False, progress: Progress = silent) -> Report:
    """Run every quality check on a dataset's current snapshot, without who has refused by now, and keep what it found.

    A snapshot is checked once by the same definitions. What everyone reads of an edition is what was found first: an
    erasure, or a refusal, changes nothing in it.

    Parameters
    ----------
    dataset : str
    actor : str     a steward of the dataset's holder
    again : bool    run the checks also where they were run before; who has refused since is left out

    Errors      PPL codes; LAK-101 to LAK-103; KEY and ENG codes
    Source      Reg. (EU) 2025/327 art. 78(3)
    """
    permitted(actor, dataset)
    manifest = lake.manifest(dataset)
    known = Assessed.objects.filter(dataset=dataset, snapshot=manifest.snapshot, definitions=version())
    row = known.order_by("-id").first()
    if row is not None and not again:
        return report_of(row)
    at = node.clock()
    with node.engine(memory=MEMORY) as engine:
        out = leaving.left_out(node, engine, dataset, at=at, named=True)
        found = checked(node, engine, manifest, out, progress)
    codes = {name for name in manifest.tables if of_codes(manifest, name)}
    seen = guarded(found, law.preset(node.catalogue_preset, on=localdate(at)), codes)
    text = canonical(seen.as_dict())
    with transaction.atomic():
        row, made = Assessed.objects.get_or_create(
            dataset=dataset,
            snapshot=manifest.snapshot,
            definitions=found.definitions,
            opt_outs=out.version,
            defaults={
                "edition": edition(manifest),
                "snapshot_version": manifest.version,
                "delivered": manifest.created,
                "exact": canonical(found.as_dict()).decode(),
                "public": text.decode(),
                "counts": canonical(seen.counts).decode(),
                "sha256": digest(text),
                "assessed_at": node.clock(),
            },
        )
        if made:
            body = {"snapshot": row.snapshot, "edition": row.edition, "sha256": row.sha256}
            body |= {"definitions": row.definitions, "opt_outs": row.opt_outs, "preset": seen.preset}
            ledger.append([Fact("catalogue.assessed", dataset, actor, row.assessed_at, body)])
            labelling.mark(dataset)
    return report_of(row)


def permitted(actor: str, dataset: str) -> None:
    """Refuse who does not speak for a dataset's holder, and so may not read exact figures; PPL codes."""
    check(actor, "catalogue.assess", {"dataset": dataset})
    check(actor, "catalogue.assess", {"holders": holders_of([dataset])})


def checked(
    node: Node, engine: Engine, manifest: Manifest, out: leaving.LeftOut, progress: Progress = silent
) -> Report:
    """Run the checks on a snapshot's tables, without who is left out."""
    named = [name for name, table in manifest.tables.items() if table.kind != "staged"]
    views = lake.attach_snapshot(engine, node, manifest.dataset, manifest.snapshot, named)
    every = {name: engine.backend().table(view) for name, view in views.items()}
    model = {name: rows for name, rows in every.items() if manifest.tables[name].kind != "source"}
    kept = leaving.without(model, out)
    return run(
        engine,
        kept,
        today=date.fromisoformat(manifest.created[:10]),
        sources=[native(manifest, name, every[name], out) for name in sorted(set(every) - set(model))],
        untraced=leaving.UNTOLD if out.table is not None else (),
        filled=filled(manifest.standard, manifest.tables),
        progress=progress,
    )


def native(manifest: Manifest, name: str, rows: Any, out: leaving.LeftOut) -> Native:
    """Return a table outside the CDM without who is left out; without a row where rows cannot be traced to persons.

    A code list holds no person and keeps its rows. Types and mandatory columns are those of the schema of the ingest.
    """
    person, fields = manifest.tables[name].person, manifest.tables[name].fields
    if out.table is not None and not of_codes(manifest, name):
        rows = rows.anti_join(out.table, rows[person] == out.table.person_id) if person else rows.limit(0)
    expected = {field.name: EXPECTED[field.type] for field in fields}
    return Native(name, rows, person, expected, {field.name for field in fields if field.required or field.is_primary})


def report_of(row: Assessed) -> Report:
    """Return what a row holds, exact."""
    return values.parse(json.loads(row.exact))


def exact(dataset: str, *, reader: str) -> list[tuple[str, Report]]:
    """Return the exact reports of a dataset's last two snapshots with their ids, the last first, for its steward.

    Errors      PPL codes
    """
    permitted(reader, dataset)
    found: dict[str, Assessed] = {}
    for row in Assessed.objects.filter(dataset=dataset).order_by("-snapshot_version", "-id"):
        found.setdefault(row.snapshot, row)
        if len(found) == 2:
            break
    return [(row.snapshot, report_of(row)) for row in found.values()]


def used_by(dataset: str, node: Node) -> Mapping[str, int]:
    """Return how many permits in force read each table and column of a dataset, as the rooms further on know it."""
    total: dict[str, int] = {}
    for reader in _readers:
        for place, count in reader(node, dataset).items():
            total[place] = total.get(place, 0) + count
    return total


_readers: list[Any] = []


def reads(reader: Any) -> Any:
    """Register what tells how many permits read each `table` and `table.column` of a dataset."""
    _readers.append(reader)
    return reader
