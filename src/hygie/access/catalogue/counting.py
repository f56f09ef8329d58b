"""How many persons a cohort has: with noise that is drawn once, the same on every asking, and paid from an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.timezone import localdate
from pydantic import TypeAdapter

from hygie.access.catalogue import accounting, indexing, leaving, parts, sameness
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import CountAnswer, CountAsking, Described
from hygie.access.catalogue.reading import CRITERIA, parse, strictly
from hygie.access.catalogue.rules import EPSILON, MOST_CONDITIONS, allowance, told
from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.rules import check_codes
from hygie.access.cohorts.systems import LANGUAGES
from hygie.access.cohorts.values import MAX_DEPTH, Criterion, depth, leaves, tables_read
from hygie.access.cohorts.words import hint, words
from hygie.base import law
from hygie.base.disclosure import Guarded, noise
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import Manifest
from hygie.intake.linkage import queries as linkage
from hygie.intake.optouts import queries as optouts

if TYPE_CHECKING:
    from hygie.base.engine import Engine

MEMORY = "500MB"
CRITERION: TypeAdapter[Criterion] = TypeAdapter(Criterion)


@dataclass(frozen=True)
class Counted:
    """An answer.

    Parameters
    ----------
    dataset : str
    count : Guarded
    words : Mapping    what was counted, by language
    hint : Mapping     what to do about categories asked for without the codes under them, by language; empty for none
    preset : str
    epsilon : int      what it cost, in thousandths
    within : int       persons: noise and rounding keep to this distance in 95 of 100 answers; None where none is shown
    answered_at : datetime
    known : bool       it had been asked before, and cost nothing
    """

    dataset: str
    count: Guarded
    words: Mapping[str, list[str]]
    hint: Mapping[str, str]
    preset: str
    epsilon: int
    within: int | None
    answered_at: datetime
    known: bool


def read(criteria: bytes | Mapping[str, Any] | Criterion) -> Criterion:
    """Return a cohort's criteria: CAT-101, 103, 123, 130, 131, 134 where they are none, CAT-132 too many or deep."""
    given = parse(criteria) if isinstance(criteria, bytes) else criteria
    found: Criterion = strictly(CRITERION, given, CRITERIA) if isinstance(given, Mapping) else given
    levels, conditions = depth(found), len(leaves(found))
    if levels > MAX_DEPTH or conditions > MOST_CONDITIONS:
        raise refuse("CAT-132", levels=levels, conditions=conditions, depth=MAX_DEPTH, most=MOST_CONDITIONS)
    return found


def count(node: Node, dataset: str, criteria: bytes | Mapping[str, Any] | Criterion, *, actor: str) -> Counted:
    """Return the number of persons of a dataset who meet some criteria, with noise, without who has refused by now.

    Ages count by whole years of birth and periods by whole months. The noise is drawn once: the answer, the expense of
    the asker's organisation and the ledger's fact are kept together or not at all. Asked again, by anybody and in any
    form that comes to the same, the answer is the same and costs nothing, until the dataset is delivered anew.

    Parameters
    ----------
    dataset : str    of the catalogue, and held here
    criteria : bytes or Mapping or Criterion
    actor : str      an account; new questions are limited by account, and paid by its organisation

    Errors      PPL codes; CAT-101, CAT-103, CAT-123, CAT-130 to CAT-134 the criteria; CAT-110, CAT-124 no such
                dataset; CAT-301 and CAT-302 too many, CAT-303 and CAT-304 nothing is left to pay with; LAK and COH
                codes, COH-106 to COH-108 an age
    Source      design, catalogue; law SU-78-3, SU-71-G2
    """
    check(actor, "catalogue.count", {"dataset": dataset})
    account = people.person(actor).name
    criterion = read(criteria)
    check_codes(criterion).check()
    if not Described.objects.filter(dataset=dataset).exists():
        raise indexing.unknown(dataset)
    manifest = lake.manifest(dataset)
    at = node.clock()
    key = question(dataset, manifest, criterion)
    row = CountAnswer.objects.filter(**key).first()
    if row is not None:
        return answer(row, criterion, known=True)
    accounting.allotment(node, dataset, account).verdict.check()
    charge(account, dataset, at)
    state = optouts.state(node, at=at)
    preset = law.preset(node.catalogue_preset, on=localdate(at))
    found = told(noise.draw(exactly(node, dataset, manifest, criterion, at), EPSILON), preset)
    kept = {"shown": found.shown, "below": found.below, "base": found.base, "epsilon": EPSILON}
    with transaction.atomic():
        row, made = CountAnswer.objects.get_or_create(
            **key, defaults={**kept, "preset": preset.id, "opt_outs": state, "answered_at": at}
        )
        if made:
            paid = accounting.pay(node, dataset, account, at)
            asked = {"edition": key["edition"], "criteria": key["criteria"], "opt_outs": state}
            body = {**asked, "preset": preset.id, "epsilon": EPSILON, "organisation": paid}
            ledger.append([Fact("catalogue.counted", dataset, account, at, body)])
    return answer(row, criterion, known=not made)


def answered(dataset: str, criteria: bytes | Mapping[str, Any] | Criterion) -> Counted | None:
    """Return the answer that a question was given on the present edition, or None.

    Errors      CAT-101, CAT-103, CAT-123, CAT-130 to CAT-134; LAK-101
    """
    criterion = read(criteria)
    row = CountAnswer.objects.filter(**question(dataset, lake.manifest(dataset), criterion)).first()
    return answer(row, criterion, known=True) if row else None


def question(dataset: str, manifest: Manifest, criterion: Criterion) -> dict[str, str]:
    """Return what makes two questions the same."""
    (found,) = questions({dataset: manifest}, criterion)
    return found


def questions(manifests: Mapping[str, Manifest], criterion: Criterion) -> list[dict[str, str]]:
    """Return what makes two questions the same, for several datasets at once."""
    asked = sameness.form(criterion)
    return [{"dataset": name, "edition": edition(each), "criteria": asked} for name, each in manifests.items()]


def answer(row: CountAnswer, criterion: Criterion, *, known: bool) -> Counted:
    """Return a stored answer with its words."""
    said = {language: words(parts.coarse(criterion), language) for language in LANGUAGES}
    hints = {language: hint(criterion, language) for language in LANGUAGES}
    shown = Guarded(row.shown, row.below, row.base)
    within = None if shown.shown is None else noise.within(row.epsilon) + row.base // 2
    return Counted(row.dataset, shown, said, hints, row.preset, row.epsilon, within, row.answered_at, known)


def charge(account: str, dataset: str, at: datetime) -> None:
    """Put a new question about a dataset on an account, or refuse: CAT-301, CAT-302."""
    hour, day, year = (at - timedelta(**span) for span in ({"hours": 1}, {"days": 1}, {"days": 365}))
    with transaction.atomic():
        mine = CountAsking.objects.filter(account=account)
        mine.filter(asked_at__lte=year).delete()
        lately = list(mine.filter(asked_at__gt=day).values_list("asked_at", flat=True))
        allowance(sum(each > hour for each in lately), len(lately), mine.filter(dataset=dataset).count()).check()
        CountAsking.objects.create(account=account, dataset=dataset, asked_at=at)


def exactly(node: Node, dataset: str, manifest: Manifest, criterion: Criterion, at: datetime) -> int:
    """Return how many persons meet a question, never to be shown: each once, whatever records are theirs."""
    held = sorted(tables_read(criterion) & set(manifest.tables))
    with node.engine(memory=MEMORY) as engine:
        views = lake.attach_snapshot(engine, node, dataset, manifest.snapshot, held)
        out = leaving.left_out(node, engine, dataset, at=at)
        tables = leaving.without({name: engine.backend().table(view) for name, view in views.items()}, out)
        linkage.attach_index(engine, node, dataset)
        return persons(engine, dataset, tables, criterion)


def persons(engine: Engine, dataset: str, tables: Mapping[str, Any], criterion: Criterion) -> int:
    """Return how many persons meet a question; two records of one person, by the index, are one."""
    index = engine.backend().table("person_index")
    of_dataset = index.filter(index.dataset == dataset).select("person_id", "person_uid")
    met = compile_cohort(parts.normal(criterion), tables).left_join(of_dataset, "person_id")
    who = met.person_uid.fill_null(-met.person_id)
    return int(engine.scalar(str(engine.backend().compile(met.aggregate(persons=who.nunique())))))
