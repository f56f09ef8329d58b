"""How many would be alone: guarded, the same on every asking, and put on the account as a count is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.catalogue import indexing, leaving, parts, uniqueness
from hygie.access.catalogue.counting import MEMORY, charge, read
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import Described, UniquenessAnswer
from hygie.access.catalogue.rules import soften
from hygie.access.catalogue.settling import settled
from hygie.access.catalogue.uniqueness import Question, Setting, Share, Told, Uniqueness
from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.values import Criterion, Everyone, tables_read
from hygie.base import law
from hygie.base.disclosure import Guarded
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Refusal, canonical, digest
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import Manifest
from hygie.intake.optouts import queries as optouts

EVERYONE: Mapping[str, Any] = {"everyone": {}}


def ask(
    node: Node, dataset: str, question: Question, criteria: Mapping[str, Any] | None = None, *, actor: str
) -> Uniqueness:
    """Return which share of a cohort would be alone in what is asked of them, as asked and one step coarser.

    An answer is kept with the edition of the data and the list of opt-outs: asked again, by anybody, it is the same
    until one of the two changes.

    Parameters
    ----------
    dataset : str        of the catalogue, and held here
    question : Question
    criteria : Mapping   a cohort; the whole dataset without one, or with one that this dataset cannot be asked for
    actor : str          an account; new questions are limited by account, together with counts

    Errors      PPL-102; CAT-110 no such dataset; CAT-301, CAT-302 too many; LAK codes
    Source      Reg. (EU) 2025/327 art. 66(1)
    """
    account = people.person(actor).name
    if not Described.objects.filter(dataset=dataset).exists():
        raise indexing.unknown(dataset)
    manifest, at = lake.manifest(dataset), node.clock()
    key = asked(node, dataset, manifest, question, criteria, at)
    row = UniquenessAnswer.objects.filter(**key).first()
    if row is not None:
        return stored(row)
    charge(account, dataset, at)
    found = measured(node, dataset, manifest, question, criteria, key["opt_outs"], at)
    kept = {"document": canonical(asdict(found)).decode(), "preset": found.preset, "answered_at": at}
    with transaction.atomic():
        row, made = UniquenessAnswer.objects.get_or_create(**key, defaults=kept)
        if made:
            body = {name: key[name] for name in ("edition", "question", "opt_outs")}
            ledger.append([Fact("catalogue.singled", dataset, account, at, {**body, "preset": found.preset})])
    return stored(row)


def answered(
    node: Node, dataset: str, question: Question, criteria: Mapping[str, Any] | None = None
) -> Uniqueness | None:
    """Return the answer that a question was given on the present edition and list of opt-outs, or None.

    Errors      LAK-101
    """
    key = asked(node, dataset, lake.manifest(dataset), question, criteria, node.clock())
    row = UniquenessAnswer.objects.filter(**key).first()
    return stored(row) if row else None


def asked(
    node: Node,
    dataset: str,
    manifest: Manifest,
    question: Question,
    criteria: Mapping[str, Any] | None,
    at: datetime,
) -> dict[str, str]:
    """Return what makes two questions the same."""
    (found,) = askings(node, {dataset: manifest}, question, criteria, at)
    return found


def askings(
    node: Node,
    manifests: Mapping[str, Manifest],
    question: Question,
    criteria: Mapping[str, Any] | None,
    at: datetime,
) -> list[dict[str, str]]:
    """Return what makes two questions the same, for several datasets at once."""
    body = {"question": asdict(question), "criteria": parts.shape(parts.normal(cohort(criteria)))}
    known, state = digest(canonical(body)), optouts.state(node, at=at)
    return [
        {"dataset": name, "edition": edition(manifest), "question": known, "opt_outs": state}
        for name, manifest in manifests.items()
    ]


def cohort(criteria: Mapping[str, Any] | None) -> Criterion:
    """Return the criteria of a cohort; everybody where there are none, or they are none."""
    try:
        return read(criteria or EVERYONE)
    except Refusal:
        return read(EVERYONE)


def measured(
    node: Node,
    dataset: str,
    manifest: Manifest,
    question: Question,
    criteria: Mapping[str, Any] | None,
    state: str,
    at: datetime,
) -> Uniqueness:
    """Ask the snapshot, without those who have refused, and guard the answer."""
    preset, criterion = law.preset(node.catalogue_preset, on=localdate(at)), cohort(criteria)
    wanted = sorted((uniqueness.needed(question) | tables_read(criterion)) & set(manifest.tables))
    with node.engine(memory=MEMORY) as engine:
        views = lake.attach_snapshot(engine, node, dataset, manifest.snapshot, wanted)
        backend = engine.backend()
        out = leaving.left_out(node, engine, dataset, at=at)
        tables = leaving.without({name: backend.table(view) for name, view in views.items()}, out)
        whole = isinstance(criterion, Everyone)
        try:
            of, draw = settled(node, engine, dataset, manifest, tables, criterion, state, preset)
        except Refusal:
            whole = True
            of, draw = settled(node, engine, dataset, manifest, tables, read(EVERYONE), state, preset)
        expression = uniqueness.groups(compile_cohort(of.tree, tables), tables, question, preset.min_count)
        found = [int(each or 0) for each in engine.rows(str(backend.compile(expression)))[0]]
    told = soften(of.persons, draw, preset)
    rows: tuple[Told, ...] = ()
    if told.shown is not None:
        shares = [uniqueness.share(part, told.shown, draw, preset) for part in found]
        rows = tuple(map(Told, question.settings, shares[::2], shares[1::2]))
    return Uniqueness(dataset, told, rows, preset.min_count, preset.id, whole)


def stored(row: UniquenessAnswer) -> Uniqueness:
    """Return a stored answer."""
    kept = json.loads(row.document)
    rows = tuple(
        Told(Setting(**each["setting"]), Share(**each["alone"]), Share(**each["few"])) for each in kept.pop("rows")
    )
    return Uniqueness(**kept | {"persons": Guarded(**kept["persons"]), "rows": rows})
