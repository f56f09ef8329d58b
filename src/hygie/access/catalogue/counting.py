"""How many persons a cohort has: guarded, the same on every asking, and not too many askings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from pydantic import TypeAdapter

from hygie.access.catalogue import measuring
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import CountAnswer, CountAsking, CountKey, Described
from hygie.access.catalogue.reading import parse, strictly
from hygie.access.catalogue.rules import PRESET, allowance, soften
from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.values import MAX_DEPTH, Criterion, depth, tables_needed
from hygie.access.cohorts.words import words
from hygie.base import law
from hygie.base.disclosure import Guarded
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import Manifest

MEMORY = "500MB"
CRITERION: TypeAdapter[Criterion] = TypeAdapter(Criterion)


@dataclass(frozen=True)
class Counted:
    """An answer: the guarded count, what was counted in words (en, fr), and whether it had been asked before."""

    dataset: str
    count: Guarded
    words: Mapping[str, list[str]]
    preset: str
    known: bool


def read(criteria: bytes | Mapping[str, Any] | Criterion) -> Criterion:
    """Return a cohort's criteria: CAT-101 and CAT-103 where they are none, or nested too deep."""
    given = parse(criteria) if isinstance(criteria, bytes) else criteria
    found: Criterion = strictly(CRITERION, given) if isinstance(given, Mapping) else given
    if depth(found) > MAX_DEPTH:
        raise refuse("CAT-103", found=depth(found), accepted=f"criteria of at most {MAX_DEPTH} levels")
    return found


def count(node: Node, dataset: str, criteria: bytes | Mapping[str, Any] | Criterion, *, actor: str) -> Counted:
    """Return the guarded number of persons of a dataset who meet some criteria, before anybody's refusal is applied.

    An answer is kept with the edition of the data: asked again, by anybody and in any form that selects the same
    persons, it is the same.

    Parameters
    ----------
    dataset : str    of the catalogue, and held here
    criteria : bytes or Mapping or Criterion
    actor : str      an account; new questions are limited by account

    Errors      PPL-102; CAT-101, CAT-103 the criteria; CAT-110 no such dataset; CAT-301 too many; LAK and COH codes
    Source      design, catalogue; law SU-78-3
    """
    account = people.person(actor).name
    criterion = read(criteria)
    if not Described.objects.filter(dataset=dataset).exists():
        raise refuse("CAT-110", found=dataset[:64])
    manifest = lake.manifest(dataset)
    key = question(dataset, manifest, criterion)
    row = CountAnswer.objects.filter(**key).first()
    if row is not None:
        return answer(row, criterion, known=True)
    at = node.clock()
    charge(account, at)
    preset = law.preset(PRESET, on=at.date())
    persons, draw = drawn(node, dataset, manifest, criterion)
    found = soften(persons, draw, preset)
    with transaction.atomic():
        row, made = CountAnswer.objects.get_or_create(
            **key,
            defaults={
                "shown": found.shown,
                "below": found.below,
                "base": found.base,
                "preset": preset.id,
                "answered_at": at,
            },
        )
        if made:
            body = {"edition": key["edition"], "criteria": key["criteria"], "preset": preset.id}
            ledger.append([Fact("catalogue.counted", dataset, account, at, body)])
    return answer(row, criterion, known=not made)


def answered(dataset: str, criteria: bytes | Mapping[str, Any] | Criterion) -> Counted | None:
    """Return the answer that a question was given on the present edition of the data, or None when it was not asked.

    Errors      CAT-101, CAT-103; LAK-101
    """
    criterion = read(criteria)
    row = CountAnswer.objects.filter(**question(dataset, lake.manifest(dataset), criterion)).first()
    return answer(row, criterion, known=True) if row else None


def question(dataset: str, manifest: Manifest, criterion: Criterion) -> dict[str, str]:
    """Return what makes two questions the same."""
    asked = digest(canonical(criterion.model_dump(mode="json")))
    return {"dataset": dataset, "edition": edition(manifest), "criteria": asked}


def answer(row: CountAnswer, criterion: Criterion, *, known: bool) -> Counted:
    """Return a stored answer with its words."""
    said = {language: words(criterion, language) for language in ("en", "fr")}
    return Counted(row.dataset, Guarded(row.shown, row.below, row.base), said, row.preset, known)


def charge(account: str, at: datetime) -> None:
    """Put a new question on an account, or refuse: CAT-301."""
    day = at - timedelta(days=1)
    with transaction.atomic():
        CountAsking.objects.filter(account=account, asked_at__lte=day).delete()
        asked = list(CountAsking.objects.filter(account=account).values_list("asked_at", flat=True))
        allowance(sum(each > at - timedelta(hours=1) for each in asked), len(asked)).check()
        CountAsking.objects.create(account=account, asked_at=at)


def drawn(node: Node, dataset: str, manifest: Manifest, criterion: Criterion) -> tuple[int, int]:
    """Return how many persons meet a criterion, and the draw that belongs to this very set of persons."""
    needed = sorted(tables_needed(criterion) & set(manifest.tables))
    vocabulary = [name for name in ("concept", "concept_ancestor") if name in manifest.tables]
    with node.engine(memory=MEMORY) as engine:
        views = lake.attach_snapshot(engine, node, dataset, manifest.snapshot, sorted({*needed, *vocabulary}))
        backend = engine.backend()
        people_in = compile_cohort(criterion, {name: backend.table(view) for name, view in views.items()})
        persons, mark = engine.rows(str(backend.compile(measuring.selected(people_in))))[0]
    secret = node.keys.derive(key_of(node, dataset), "counts", context(dataset))
    mac = hmac.new(secret, f"{int(persons)}:{int(mark or 0)}".encode(), hashlib.sha256).digest()
    return int(persons), int.from_bytes(mac, "big")


def context(dataset: str) -> str:
    """Return what a dataset's key for counts is bound to."""
    return f"catalogue:{dataset}"


def key_of(node: Node, dataset: str) -> str:
    """Return the id of the key that draws are made under, made at first need: it outlives the snapshots."""
    row = CountKey.objects.filter(dataset=dataset).first()
    if row is None:
        made = node.keys.create(context(dataset))
        row, _ = CountKey.objects.get_or_create(dataset=dataset, defaults={"key_id": made})
    return row.key_id
