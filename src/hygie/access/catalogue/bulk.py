"""The catalogue asked about several datasets at once, in as many questions to the database as about one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery

from hygie.access.catalogue import assessed, counting, labelling, singling
from hygie.access.catalogue.counting import Counted
from hygie.access.catalogue.figures import Figures, parse
from hygie.access.catalogue.indexing import descriptions
from hygie.access.catalogue.models import (
    CountAnswer,
    Described,
    DescriptionCheck,
    Entry,
    Measured,
    RevokedLabel,
    UniquenessAnswer,
)
from hygie.access.catalogue.queries import Dataset, DictionaryEntry, entries
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.rules import requestable, stale
from hygie.access.catalogue.uniqueness import Question, Uniqueness
from hygie.access.cohorts.values import Criterion
from hygie.base.engine.node import Node
from hygie.intake.lake import queries as lake


def figures(names: Iterable[str]) -> dict[str, Figures]:
    """Return the latest figures of each dataset that was described and measured."""
    wanted = tuple(dict.fromkeys(names))
    newest = Measured.objects.filter(dataset=OuterRef("dataset")).order_by("-measured_at", "-id").values("id")[:1]
    described = Described.objects.filter(dataset__in=wanted).values("dataset")
    rows = Measured.objects.filter(dataset__in=described, id=Subquery(newest))
    return {row.dataset: parse(json.loads(row.figures)) for row in rows}


def datasets(names: Sequence[str], *, on: date) -> list[Dataset]:
    """Return the pages of some described datasets, in the order of the names."""
    newest = Described.objects.filter(dataset=OuterRef("dataset")).order_by("-version").values("version")[:1]
    told = {row.dataset: row for row in Described.objects.filter(dataset__in=names, version=Subquery(newest))}
    last = Measured.objects.filter(dataset=OuterRef("dataset")).order_by("-measured_at", "-id").values("id")[:1]
    measured = {row.dataset: row for row in Measured.objects.filter(dataset__in=names, id=Subquery(last))}
    checks = DescriptionCheck.objects.filter(dataset__in=names).values("dataset").annotate(last=Max("checked_on"))
    checked = dict(checks.values_list("dataset", "last"))
    trusted = dict(Entry.objects.filter(dataset__in=names).values_list("dataset", "trusted_until"))
    revoked = set(RevokedLabel.objects.filter(dataset__in=names).values_list("dataset", "label"))
    tallies = assessed.tallies(names)
    found = []
    for name in names:
        if name not in told:
            continue
        row, taken, until = told[name], measured.get(name), trusted.get(name)
        described = read(row.document.encode())
        day = max(described.checked_on, checked.get(name, described.checked_on))
        label = described.label
        stands = label is not None and (name, label.sha256) not in revoked
        found.append(
            Dataset(
                name,
                described,
                row.version,
                row.described_at,
                parse(json.loads(taken.figures)) if taken else None,
                taken.measured_at if taken else None,
                day,
                stale(day, on),
                until is not None and on <= until,
                requestable(described, on),
                labelling.Standing("stands", label) if stands else labelling.standing(name, described),
                tallies.get(name, {}),
            )
        )
    return found


def dictionaries(names: Iterable[str], *, language: str = "en") -> dict[str, dict[str, list[DictionaryEntry]]]:
    """Return the variables of each dataset by table; nothing of one that nobody described or measured."""
    found: dict[str, dict[str, list[DictionaryEntry]]] = {}
    for name, held in figures(names).items():
        tables = found.setdefault(name, {})
        for each in entries(held, language):
            tables.setdefault(each.variable.table, []).append(each)
    return found


def titles(names: Iterable[str], *, language: str = "en") -> dict[str, str]:
    """Return the title of each dataset that somebody described."""
    column = "title_fr" if language == "fr" else "title_en"
    return dict(Entry.objects.filter(dataset__in=tuple(names)).values_list("dataset", column))


def terms_of_use(names: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the terms of use of each dataset that has some, in the order of the names: term and what it names."""
    wanted = tuple(dict.fromkeys(names))
    told = descriptions(wanted)
    listed = {name: told[name].data_uses for name in wanted if name in told}
    return {name: tuple((each.term, each.parameter) for each in uses) for name, uses in listed.items() if uses}


def answered(names: Sequence[str], criteria: bytes | Mapping[str, Any] | Criterion) -> dict[str, Counted]:
    """Return the answer that a question was given on each dataset's present edition.

    Parameters
    ----------
    names : Sequence   datasets; one that is not held here has no answer
    criteria : bytes or Mapping or Criterion

    Errors      CAT-101, CAT-103, CAT-123, CAT-130 to CAT-134
    """
    criterion = counting.read(criteria)
    keys = counting.questions(lake.manifests(names), criterion)
    wanted = Q(pk__in=())
    for key in keys:
        wanted |= Q(**key)
    rows = CountAnswer.objects.filter(wanted) if keys else ()
    return {row.dataset: counting.answer(row, criterion, known=True) for row in rows}


def singled(
    node: Node, names: Sequence[str], question: Question, criteria: Mapping[str, Any] | None = None
) -> dict[str, Uniqueness | None]:
    """Return, for each dataset that lies here, what was told of how many would be alone; None where nobody asked."""
    manifests = lake.manifests(names)
    wanted = Q(pk__in=())
    for key in singling.askings(node, manifests, question, criteria, node.clock()):
        wanted |= Q(**key)
    told = {row.dataset: singling.stored(row) for row in UniquenessAnswer.objects.filter(wanted)} if manifests else {}
    return {name: told.get(name) for name in names if name in manifests}
