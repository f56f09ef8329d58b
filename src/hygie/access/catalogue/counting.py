"""How many persons a cohort has: guarded, the same on every asking, and not too many askings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from pydantic import TypeAdapter

from hygie.access.catalogue import leaving, measuring
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import CountAnswer, CountAsking, CountKey, Described
from hygie.access.catalogue.reading import parse, strictly
from hygie.access.catalogue.rules import allowance, soften
from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.values import MAX_DEPTH, Criterion, depth, tables_needed
from hygie.access.cohorts.words import words
from hygie.base import law
from hygie.base.disclosure import Guarded
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import Manifest
from hygie.intake.optouts import queries as optouts

MEMORY = "500MB"
FACES = 4
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
    """Return the guarded number of persons of a dataset who meet some criteria, without those who have refused by now.

    An answer is kept with the edition of the data and the list of opt-outs: asked again, by anybody and in any form
    that selects the same persons, it is the same until one of the two changes.

    Parameters
    ----------
    dataset : str    of the catalogue, and held here
    criteria : bytes or Mapping or Criterion
    actor : str      an account; new questions are limited by account

    Errors      PPL codes; CAT-101, CAT-103 the criteria; CAT-110 no such dataset; CAT-301 too many; LAK and COH codes
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
    charge(account, at)
    preset = law.preset(node.catalogue_preset, on=localdate(at))
    persons, draw = drawn(node, dataset, manifest, criterion, key["opt_outs"], at)
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
            body = {name: key[name] for name in ("edition", "criteria", "opt_outs")}
            ledger.append([Fact("catalogue.counted", dataset, account, at, {**body, "preset": preset.id})])
    return answer(row, criterion, known=not made)


def answered(node: Node, dataset: str, criteria: bytes | Mapping[str, Any] | Criterion) -> Counted | None:
    """Return the answer that a question was given on the present edition and list of opt-outs, or None.

    Errors      CAT-101, CAT-103; LAK-101
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
    asked = digest(canonical(criterion.model_dump(mode="json")))
    state = optouts.state(node, at=at)
    return [
        {"dataset": name, "edition": edition(manifest), "criteria": asked, "opt_outs": state}
        for name, manifest in manifests.items()
    ]


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


def drawn(
    node: Node, dataset: str, manifest: Manifest, criterion: Criterion, state: str, at: datetime
) -> tuple[int, int]:
    """Return how many persons meet a criterion, and the draw of this very set of persons under a list of opt-outs."""
    needed = sorted(tables_needed(criterion) & set(manifest.tables))
    vocabulary = [name for name in ("concept", "concept_ancestor") if name in manifest.tables]
    with node.engine(memory=MEMORY) as engine:
        views = lake.attach_snapshot(engine, node, dataset, manifest.snapshot, sorted({*needed, *vocabulary}))
        backend = engine.backend()
        out = leaving.left_out(node, engine, dataset, at=at)
        tables = leaving.without({name: backend.table(view) for name, view in views.items()}, out)
        people_in = compile_cohort(criterion, tables)
        persons, mark = engine.rows(str(backend.compile(measuring.selected(people_in))))[0]
    secret = node.keys.derive(key_of(node, dataset), "counts", context(dataset))
    return int(persons), draw(secret, f"{int(persons)}:{int(mark or 0)}", state)


def draw(secret: bytes, persons: str, state: str) -> int:
    """Return what rounds the count of a set of persons while a list of opt-outs holds.

    A set has four draws and a list picks one of them. With a draw of the set alone, an answer that changed with
    somebody's wish would prove that they are in the set; with one for each list, asking often would average them out.
    """
    face = number(secret, f"{persons}|{state}") % FACES
    return number(secret, f"{persons}:{face}")


def number(secret: bytes, text: str) -> int:
    """Return a number that follows from a text under a key."""
    return int.from_bytes(hmac.new(secret, text.encode(), hashlib.sha256).digest(), "big")


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
