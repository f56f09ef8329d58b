"""The one row a dataset has in the catalogue's index, made from its latest description and figures."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import OuterRef, Subquery

from hygie.access.catalogue import meanings, vocabulary
from hygie.access.catalogue.figures import Figures, parse
from hygie.access.catalogue.models import Described, DescriptionCheck, Entry, Measured, Posting
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.rules import plain
from hygie.access.catalogue.trusting import trusted_until
from hygie.access.catalogue.values import LANGUAGES, Description
from hygie.access.catalogue.wording import weighed
from hygie.base import law
from hygie.base.kernel import Refusal, refuse
from hygie.intake.lake import queries as lake

SUMMARY = 300
NAMES, CODES = 8, 4
WORDS = 3000
BATCH = 500
NOT_HELD = "–"


def unknown(dataset_id: str) -> Refusal:
    """Return the refusal of a dataset that is not described: CAT-124 where it is held, CAT-110."""
    return refuse("CAT-124" if lake.newest(dataset_id) else "CAT-110", found=dataset_id[:64])


def latest(dataset: str) -> Described | None:
    """Return a dataset's latest description row, or None."""
    return Described.objects.filter(dataset=dataset).order_by("-version").first()


def categories(dataset: str) -> tuple[str, ...]:
    """Return the categories of art. 51(1) that a dataset is described as; all of them where nobody said yet."""
    row = latest(dataset)
    return read(row.document.encode()).categories if row else tuple(sorted(law.categories()))


def descriptions(datasets: Collection[str]) -> dict[str, Description]:
    """Return the latest descriptions of some datasets, by dataset; nothing of one that nobody described."""
    newest = Described.objects.filter(dataset=OuterRef("dataset")).order_by("-version").values("version")[:1]
    rows = Described.objects.filter(dataset__in=set(datasets), version=Subquery(newest))
    return {row.dataset: read(row.document.encode()) for row in rows}


def figures(dataset: str) -> tuple[Measured, Figures] | None:
    """Return a dataset's latest figures with their row, or None."""
    row = Measured.objects.filter(dataset=dataset).order_by("-measured_at", "-id").first()
    return (row, parse(json.loads(row.figures))) if row else None


def index(dataset: str) -> None:
    """Write a dataset's row; a dataset that nobody described has none."""
    row = latest(dataset)
    if row is None:
        return
    described = read(row.document.encode())
    measured = figures(dataset)
    Entry.objects.update_or_create(dataset=dataset, defaults=columns(dataset, described, row, measured))
    made = postings(dataset, described, measured[1] if measured else None)
    old = {each.word: each for each in Posting.objects.filter(dataset=dataset)}
    gone = [each.pk for word, each in old.items() if word not in made or made[word].weight != each.weight]
    for start in range(0, len(gone), BATCH):
        Posting.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    kept = {word for word, each in old.items() if word in made and made[word].weight == each.weight}
    Posting.objects.bulk_create([each for word, each in made.items() if word not in kept], batch_size=BATCH)


def postings(dataset: str, described: Description, held: Figures | None) -> dict[str, Posting]:
    """Return the words that a dataset is found by, the weightiest where there are too many."""
    found = weighed((*told(dataset, described), *(measured_texts(held) if held else ())))
    most = sorted(found.items(), key=lambda each: (-each[1], each[0]))[:WORDS]
    return {word: Posting(word=word, dataset=dataset, weight=weight) for word, weight in most}


def told(dataset: str, described: Description) -> Iterator[tuple[str, int]]:
    """Yield what a steward said of a dataset, each text with its weight."""
    yield dataset, NAMES
    for each in {described.holder.name, described.publishes.name}:
        yield each, 4
    known = law.categories()
    for letter in described.categories:
        for label in known[letter].label.values():
            yield label, 2
    for theme in described.health_themes:
        for language in LANGUAGES:
            yield vocabulary.label("health_themes", theme, language), 3
    for word in described.keywords:
        for _, text in word.spoken():
            yield text, 5
    for part, weight in ((described.title, NAMES), (described.description, 1), (described.purpose, 1)):
        for _, text in part.spoken():
            yield text, weight
    for _, text in described.population.spoken() if described.population else ():
        yield text, 1


def measured_texts(held: Figures) -> Iterator[tuple[str, int]]:
    """Yield what was measured: names, what the filled variables mean, codes and labels that enough persons share."""
    for variable in held.variables:
        yield f"{variable.table} {variable.name}", 1
        for language in LANGUAGES if variable.filled else ():
            yield meanings.of_variable(variable, language), 1
        if variable.kind == "category":
            for value in variable.values:
                if not value.code.isdigit():
                    yield value.code, CODES
                yield value.label, CODES - 1
                for language in LANGUAGES:
                    yield meanings.of_value(variable.table, variable.name, value.code, language), 1


def checked_on(dataset: str, described: Description) -> date:
    """Return the day of the last yearly check: the description's own, or one that a steward recorded since."""
    row = DescriptionCheck.objects.filter(dataset=dataset).order_by("-checked_on").first()
    return max(described.checked_on, row.checked_on) if row else described.checked_on


def columns(
    dataset: str, described: Description, row: Described, measured: tuple[Measured, Figures] | None
) -> dict[str, object]:
    """Return a row's columns."""
    found: dict[str, object] = {
        "categories": "".join(sorted(described.categories)),
        "holder": described.holder.name,
        "country": described.holder.country,
        "standard": NOT_HELD,
        "synthetic": "unknown",
        "checked_on": checked_on(dataset, described),
        "trusted_until": trusted_until(described.holder.name),
        "described_at": row.described_at,
    }
    for language in LANGUAGES:
        title = described.title.said(language).replace("\n", " ")[:300]
        found |= {
            f"title_{language}": title,
            f"sort_{language}": plain(title)[:300],
            f"summary_{language}": short(described.description.said(language)),
        }
    if measured is not None:
        taken, body = measured
        period = body.period or (None, None)
        found |= {
            "standard": body.standard,
            "synthetic": "synthetic" if body.synthetic else "real",
            "persons": body.persons,
            "below": body.below,
            "base": body.base,
            "first_year": period[0],
            "last_year": period[1],
            "measured_at": taken.measured_at,
        }
    return found


def short(text: str) -> str:
    """Return the beginning of a text, cut between words.

    Example
    -------
    >>> short("one two")
    'one two'
    """
    if len(text) <= SUMMARY:
        return text
    return text[:SUMMARY].rsplit(" ", 1)[0] + " …"
