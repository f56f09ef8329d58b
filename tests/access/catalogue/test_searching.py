"""Search and facets: what is found, in which order, and fast with ten thousand datasets."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.catalogue import actions, queries, trusting
from hygie.access.catalogue.models import Entry
from hygie.access.catalogue.rules import plain
from hygie.base.kernel import Refusal
from tests.access.catalogue.descriptions import HOLDER, body

TODAY = date(2026, 11, 21)
SEEDED = 10_000


def names(found):
    return [entry.dataset for entry in found.entries]


@pytest.fixture
def three(node):
    """Three descriptions that differ."""
    told = {
        "stays": {},
        "cancer": {
            "title": {"en": "Cancer registry", "fr": "Registre des cancers"},
            "categories": ["l", "a"],
            "holder": {**HOLDER, "name": "Registre (synthetic)", "country": "BE"},
            "checked_on": "2025-11-01",
        },
        "survey": {
            "title": {"en": "A survey", "fr": "Une enquête"},
            "description": {"en": "Questions on cancer screening.", "fr": "Questions sur le dépistage du cancer."},
            "categories": ["p"],
            "holder": {**HOLDER, "name": "Institute (synthetic)"},
        },
    }
    for name, changes in told.items():
        actions.describe(node, name, body(**changes), actor="steward")
    trusting.trust(
        node,
        "Institute (synthetic)",
        review_on=TODAY + timedelta(days=30),
        published="Fit.",
        confirmed=True,
        actor="officer",
    )
    return node


def test_words_are_found_without_case_and_accents(three):
    assert names(queries.datasets("DEPISTAGE cancer", on=TODAY)) == ["survey"]
    assert names(queries.datasets("séjours hospitaliers", on=TODAY)) == ["stays"]
    assert names(queries.datasets("nowhere", on=TODAY)) == []


def test_a_title_that_has_the_words_comes_first(three):
    assert names(queries.datasets("cancer", on=TODAY)) == ["cancer", "survey"]


def test_a_search_is_no_pattern(three):
    assert names(queries.datasets("%", on=TODAY)) == []
    assert names(queries.datasets("_", on=TODAY)) == []
    assert names(queries.datasets("' OR 1=1 --", on=TODAY)) == []


def test_titles_are_sorted_in_the_readers_language(three):
    assert names(queries.datasets(on=TODAY)) == ["survey", "cancer", "stays"]
    assert names(queries.datasets(on=TODAY, language="fr")) == ["cancer", "stays", "survey"]


def test_facets_count_and_narrow(three):
    found = queries.datasets(on=TODAY, facets={"category": ["a", "p"], "country": ["FR"]})
    assert set(names(found)) == {"stays", "survey"}
    countries = {each.value: (each.count, each.chosen) for each in found.facets["country"]}
    assert countries == {"FR": (2, True), "BE": (1, False)}
    assert {each.value: each.count for each in found.facets["category"]} == {"a": 1, "p": 1}
    assert queries.datasets(on=TODAY, facets={"check": ["stale"]}).entries[0].dataset == "cancer"
    assert queries.datasets(on=TODAY, facets={"unknown": ["x"]}).total == 3


def test_stale_and_trusted_are_marked(three):
    marks = {entry.dataset: (entry.stale, entry.trusted) for entry in queries.datasets(on=TODAY).entries}
    assert marks == {"stays": (False, False), "cancer": (True, False), "survey": (False, True)}
    assert queries.overdue(on=TODAY) == ["cancer"]


def test_a_datasets_page_has_words_figures_and_verdict(described):
    found = queries.dataset("chu", on=TODAY)
    assert found.description.title.said("fr") == "Séjours hospitaliers (synthétiques)"
    assert str(found.persons) == "about 90" and found.requestable.allowed and found.version == 1
    with pytest.raises(Refusal) as refused:
        queries.dataset("elsewhere", on=TODAY)
    assert refused.value.code == "CAT-110"


def test_variables_are_searched_with_their_meaning(described):
    found = queries.variables("chu", "naissance année", language="fr")
    assert [(each.variable.table, each.variable.name) for each in found.entries] == [("person", "year_of_birth")]
    assert {each.variable.table for each in queries.variables("chu", table="measurement").entries} == {"measurement"}
    first, last = queries.variables("chu", page=1), queries.variables("chu", page=99)
    assert first.pages > 1 and last.page == first.pages and len(first.entries) == queries.PAGE
    assert queries.dictionary("chu")["person"][0].variable.name == "person_id"


def test_history_has_one_row_an_edition(described, ingested):
    ingested("chu", range(1, 121))
    actions.measure(described, "chu", actor="steward")
    assert [figures.persons for _, figures in queries.history("chu")] == [120, 90]
    assert [version for version, _, _ in queries.versions("chu")] == [1]


def test_what_is_not_described_is_named(ingested):
    node = ingested("chu", range(1, 20))
    assert queries.undescribed() == ["chu"]
    actions.describe(node, "chu", body(), actor="steward")
    assert queries.undescribed() == []


def seeded(number):
    topic = ("cancer", "diabète", "asthme", "séjours", "vaccination", "imagerie", "urgences", "génome")[number % 8]
    title = f"{topic.title()} {number:05} (synthetic)"
    text = f"{topic} registry of a region that does not exist, number {number}. " * 12
    return Entry(
        dataset=f"seed-{number:05}",
        sort_en=plain(title),
        sort_fr=plain(title),
        title_en=title,
        title_fr=title,
        summary_en=text[:300],
        summary_fr=text[:300],
        categories="".join(sorted({"abcdefghijklmnopq"[number % 17], "a"})),
        holder=f"Holder {number % 400}",
        country=("FR", "BE", "DE", "ES")[number % 4],
        standard="OMOP CDM 5.4 CSV",
        synthetic="synthetic",
        checked_on=date(2025, 6 + number % 6, 1),
        persons=number * 5,
        base=5,
        measured_at=datetime(2026, 1, 1, tzinfo=UTC),
        described_at=datetime(2026, 1, 1, tzinfo=UTC),
        search=plain(f"{title} {text}"),
    )


def test_ten_thousand_datasets_are_searched_by_two_queries(node):
    Entry.objects.bulk_create([seeded(number) for number in range(SEEDED)], batch_size=1000)
    asked = [
        {},
        {"search": "diabete registry"},
        {"search": "09999"},
        {"search": "region", "facets": {"category": ["c"], "country": ["FR", "BE"]}, "page": 3},
        {"facets": {"check": ["stale"]}, "language": "fr"},
    ]
    for question in asked:
        with CaptureQueriesContext(connection) as made:
            found = queries.datasets(**question, on=TODAY)
        assert len(made) == 2
        assert found.total
