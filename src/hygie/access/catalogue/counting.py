"""How many persons a cohort has: guarded, the same on every asking, and not too many askings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from pydantic import TypeAdapter

from hygie.access.catalogue import leaving, parts
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import CountAnswer, CountAsking, Described
from hygie.access.catalogue.parts import Settled
from hygie.access.catalogue.reading import CRITERIA, parse, strictly
from hygie.access.catalogue.rules import allowance, soften
from hygie.access.catalogue.settling import settled
from hygie.access.cohorts.values import MAX_DEPTH, Criterion, depth, leaves, tables_needed
from hygie.access.cohorts.words import words
from hygie.base import law
from hygie.base.disclosure import Guarded
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, digest, refuse
from hygie.base.law import Preset
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import Manifest
from hygie.intake.optouts import queries as optouts

MEMORY = "500MB"
MOST_CONDITIONS = 24
CRITERION: TypeAdapter[Criterion] = TypeAdapter(Criterion)


@dataclass(frozen=True)
class Counted:
    """An answer: the guarded count, what was counted and what was left out in words (en, fr), whether it was known."""

    dataset: str
    count: Guarded
    words: Mapping[str, list[str]]
    left_out: Mapping[str, list[str]]
    preset: str
    known: bool


def read(criteria: bytes | Mapping[str, Any] | Criterion) -> Criterion:
    """Return a cohort's criteria; CAT-101, CAT-103, CAT-130, CAT-131 where they are none, too deep or too many."""
    given = parse(criteria) if isinstance(criteria, bytes) else criteria
    found: Criterion = strictly(CRITERION, given, CRITERIA) if isinstance(given, Mapping) else given
    if depth(found) > MAX_DEPTH:
        raise refuse("CAT-103", found=depth(found), accepted=f"criteria of at most {MAX_DEPTH} levels")
    if len(leaves(found)) > MOST_CONDITIONS:
        raise refuse("CAT-103", found=len(leaves(found)), accepted=f"criteria of at most {MOST_CONDITIONS} conditions")
    return found


def count(node: Node, dataset: str, criteria: bytes | Mapping[str, Any] | Criterion, *, actor: str) -> Counted:
    """Return the guarded number of persons of a dataset who meet some criteria, without those who have refused by now.

    Ages count by whole years of birth and periods by whole months; a part of the criteria that makes a difference to
    few persons is left out and named. An answer is kept with the edition of the data and the list of opt-outs: asked
    again, by anybody and in any form that comes to the same, it is the same until one of the two changes.

    Parameters
    ----------
    dataset : str    of the catalogue, and held here
    criteria : bytes or Mapping or Criterion
    actor : str      an account; new questions are limited by account

    Errors      PPL codes; CAT-101, CAT-103, CAT-130, CAT-131 the criteria; CAT-110 no such dataset; CAT-301 too many,
                CAT-302 too many of this dataset; LAK and COH codes
    Source      design, catalogue; law SU-78-3, SU-71-G2
    """
    check(actor, "catalogue.count", {"dataset": dataset})
    account = people.person(actor).name
    criterion = read(criteria)
    if not Described.objects.filter(dataset=dataset).exists():
        raise refuse("CAT-110", found=dataset[:64])
    manifest = lake.manifest(dataset)
    at = node.clock()
    key = question(node, dataset, manifest, criterion, at)
    row = CountAnswer.objects.filter(**key).first()
    if row is not None:
        return answer(row, criterion, known=True)
    charge(account, dataset, at)
    preset = law.preset(node.catalogue_preset, on=localdate(at))
    counted, draw = drawn(node, dataset, manifest, criterion, key["opt_outs"], preset, at)
    found = soften(counted.persons, draw, preset)
    with transaction.atomic():
        row, made = CountAnswer.objects.get_or_create(
            **key,
            defaults={
                "shown": found.shown,
                "below": found.below,
                "base": found.base,
                "left_out": json.dumps([part.model_dump(mode="json") for part in counted.left_out]),
                "preset": preset.id,
                "answered_at": at,
            },
        )
        if made:
            body = {name: key[name] for name in ("edition", "criteria", "opt_outs")}
            ledger.append([Fact("catalogue.counted", dataset, account, at, {**body, "preset": preset.id})])
    return answer(row, criterion, known=not made)


def answered(node: Node, dataset: str, criteria: bytes | Mapping[str, Any] | Criterion) -> Counted | None:
    """Return the answer that a question was given on the present edition and list of opt-outs, or None.

    Errors      CAT-101, CAT-103, CAT-130, CAT-131; LAK-101
    """
    criterion = read(criteria)
    asked = question(node, dataset, lake.manifest(dataset), criterion, node.clock())
    row = CountAnswer.objects.filter(**asked).first()
    return answer(row, criterion, known=True) if row else None


def question(node: Node, dataset: str, manifest: Manifest, criterion: Criterion, at: datetime) -> dict[str, str]:
    """Return what makes two questions the same."""
    (found,) = questions(node, {dataset: manifest}, criterion, at)
    return found


def questions(
    node: Node, manifests: Mapping[str, Manifest], criterion: Criterion, at: datetime
) -> list[dict[str, str]]:
    """Return what makes two questions the same, for several datasets at once."""
    asked = digest(parts.key(parts.normal(criterion)))
    state = optouts.state(node, at=at)
    return [
        {"dataset": name, "edition": edition(manifest), "criteria": asked, "opt_outs": state}
        for name, manifest in manifests.items()
    ]


def answer(row: CountAnswer, criterion: Criterion, *, known: bool) -> Counted:
    """Return a stored answer with its words."""
    counted = parts.coarse(criterion)
    left = [strictly(CRITERION, part) for part in json.loads(row.left_out)]
    said = {language: words(counted, language) for language in ("en", "fr")}
    without = {language: [line for part in left for line in words(part, language)] for language in ("en", "fr")}
    return Counted(row.dataset, Guarded(row.shown, row.below, row.base), said, without, row.preset, known)


def charge(account: str, dataset: str, at: datetime) -> None:
    """Put a new question about a dataset on an account, or refuse: CAT-301, CAT-302."""
    hour, day, year = (at - timedelta(**span) for span in ({"hours": 1}, {"days": 1}, {"days": 365}))
    with transaction.atomic():
        mine = CountAsking.objects.filter(account=account)
        mine.filter(asked_at__lte=year).delete()
        lately = list(mine.filter(asked_at__gt=day).values_list("asked_at", flat=True))
        allowance(sum(each > hour for each in lately), len(lately), mine.filter(dataset=dataset).count()).check()
        CountAsking.objects.create(account=account, dataset=dataset, asked_at=at)


def drawn(
    node: Node, dataset: str, manifest: Manifest, criterion: Criterion, state: str, preset: Preset, at: datetime
) -> tuple[Settled, int]:
    """Return what is counted in place of a question and how many persons meet it, and the draw of its answer."""
    needed = sorted(tables_needed(criterion) & set(manifest.tables))
    vocabulary = [name for name in ("concept", "concept_ancestor") if name in manifest.tables]
    with node.engine(memory=MEMORY) as engine:
        views = lake.attach_snapshot(engine, node, dataset, manifest.snapshot, sorted({*needed, *vocabulary}))
        out = leaving.left_out(node, engine, dataset, at=at)
        tables = leaving.without({name: engine.backend().table(view) for name, view in views.items()}, out)
        return settled(node, engine, dataset, manifest, tables, criterion, state, preset)
