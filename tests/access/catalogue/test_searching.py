"""Search and facets: what is found, in which order, and fast with ten thousand datasets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from hygie.access.catalogue import actions, indexing, queries, rules, searching, trusting, wording
from hygie.access.catalogue.figures import Figures, TableFigures, Value, Variable
from hygie.access.catalogue.models import Entry, Posting
from hygie.access.catalogue.rules import plain
from hygie.base.kernel import Refusal
from tests.access.catalogue.descriptions import HOLDER, body

TODAY = date(2026, 11, 21)
SEEDED = 1_000
FIGURES = Figures(
    "stays", "e", "s", 1, "2026-01-01T00:00:00+00:00", "OMOP CDM 5.4", True, "p", "opensafely-7-5", 8, 5, 90,
    None, None, 0, (), 0.0, (), (),
)  # fmt: skip


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


def test_codes_labels_beginnings_and_synonyms_are_found(three):
    held = queries.dataset("stays", on=TODAY).description
    values = (Value("I21.9", "Acute myocardial infarction", 40), Value("B01AC06", "", 30), Value("8507", "", 50))
    variable = Variable("condition_occurrence", "condition_source_value", "text", "text", 100, 3, "category", values)
    held_figures = replace(FIGURES, tables=(TableFigures("condition_occurrence", 90, 90, (variable,)),))
    Posting.objects.filter(dataset="stays").delete()
    Posting.objects.bulk_create(indexing.postings("stays", held, held_figures).values())
    for asked in (
        "I21.9", "i219", "I21", "B01AC06", "b01ac", "myocardial", "infarct", "heart attack", "Crise cardiaque",
        "infarctus du myocarde", "aspirine", "heart attack hospital", "condition_source_value",
    ):  # fmt: skip
        assert names(queries.datasets(asked, on=TODAY)) == ["stays"], asked
    for asked in ("I22", "8507", "heart attack cancer", "I21.8", "21", "warfarin"):
        assert names(queries.datasets(asked, on=TODAY)) == [], asked


def test_a_word_itself_comes_before_one_that_begins_so_and_a_synonym_after_both(node):
    told = {"one": "Asthma", "two": "Asthmatics", "three": "Infarctus", "four": "Heart attack"}
    for name, title in told.items():
        actions.describe(node, name, body(title={"en": title}, keywords=[{"en": "x"}]), actor="steward")
    assert names(queries.datasets("asthma", on=TODAY)) == ["one", "two"]
    assert names(queries.datasets("heart attack", on=TODAY)) == ["four", "three"]


def test_a_new_description_changes_what_finds_a_dataset(three):
    held = Posting.objects.filter(dataset="survey")
    before = {row.word: row.pk for row in held}
    actions.describe(three, "survey", body(title={"en": "Vaccines"}, categories=["p"]), actor="steward")
    assert names(queries.datasets("vaccin", on=TODAY)) == ["survey"]
    assert names(queries.datasets("depistage", on=TODAY)) == []
    kept = {row.word: row.pk for row in held}
    assert any(before.get(word) == key for word, key in kept.items())  # what stays is not written again
    assert actions.rebuild(actor="operator") == 3 and {row.word: row.pk for row in held} == kept


def test_the_index_is_made_anew_from_what_is_kept(three):
    before = sorted(Posting.objects.values_list("word", "dataset", "weight"))
    Posting.objects.filter(dataset="cancer").delete()
    Posting.objects.filter(dataset="stays").update(weight=1)
    Posting.objects.create(word="ghost", dataset="nobody", weight=8)
    Entry.objects.filter(dataset="survey").delete()
    Entry.objects.filter(dataset="stays").update(title_en="wrong")
    assert names(queries.datasets("cancer", on=TODAY)) == []
    with pytest.raises(Refusal) as refused:
        actions.rebuild(actor="steward")
    assert refused.value.code.startswith("PPL") and not Entry.objects.filter(dataset="survey").exists()
    assert actions.rebuild(actor="operator") == 3
    assert sorted(Posting.objects.values_list("word", "dataset", "weight")) == before
    assert names(queries.datasets("cancer", on=TODAY)) == ["cancer", "survey"]
    assert names(queries.datasets("nobody", on=TODAY)) == [] == names(queries.datasets("ghost", on=TODAY))
    assert Entry.objects.get(dataset="stays").title_en == "Hospital stays (synthetic)"


def test_the_beginning_of_a_word_is_looked_up_in_an_index_and_takes_every_sign_as_itself(three):
    words = ["abc", "abcd", "abd", "ab%", "ab_c", "ab\\c", "abcé", "abc\U0010fffe", "ABCD"]
    Posting.objects.bulk_create([Posting(word=word, dataset="stays", weight=1) for word in words])
    for asked, found in (
        ("abc", {"abc", "abcd", "abcé", "abc\U0010fffe"}), ("ab%", {"ab%"}), ("ab_", {"ab_c"}), ("ab\\", {"ab\\c"}),
    ):  # fmt: skip
        assert set(searching.beginning(asked).values_list("word", flat=True)) == found, asked
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "postings" in searching.beginning("abc").values("dataset").explain()


@given(st.text(max_size=80))
def test_any_question_has_an_answer_and_any_text_is_found_by_its_words(text):
    found = wording.words(text)
    assert all(word and len(word) <= wording.LONGEST and word == rules.plain(word) for word in found)
    asked = wording.units(text)
    assert len(asked) <= wording.UNITS and all(words for unit in asked for words in unit)


def seeded(number):
    topic = ("cancer", "diabète", "asthme", "séjours", "vaccination", "imagerie", "urgences", "génome")[number % 8]
    title = f"{topic.title()} {number:05} (synthetic)"
    text = f"{topic} registry of a region that does not exist, number {number}. " * 12
    code = f"{'ABCDEFGHIJ'[number % 10]}{number % 90 + 10}.{number % 10}"
    entry = Entry(
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
        standard="OMOP CDM 5.4",
        synthetic="synthetic",
        checked_on=date(2025, 6 + number % 6, 1),
        persons=number * 5,
        base=5,
        measured_at=datetime(2026, 1, 1, tzinfo=UTC),
        described_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = wording.weighed([(title, 8), (text, 1), (code, 4), (entry.dataset, 8)])
    return entry, [Posting(word=word, dataset=entry.dataset, weight=weight) for word, weight in found.items()]


def test_a_search_takes_few_queries_however_many_datasets_there_are(node):
    made = [seeded(number) for number in range(SEEDED)]
    Entry.objects.bulk_create([entry for entry, _ in made], batch_size=500)
    Posting.objects.bulk_create([row for _, rows in made for row in rows], batch_size=500)
    asked = [
        ({}, 2),
        ({"search": "diabete registry"}, 40),
        ({"search": "00999"}, 4),
        ({"search": "A10.0"}, 4),
        ({"search": "region", "facets": {"category": ["c"], "country": ["FR", "BE"]}, "page": 3}, 4),
        ({"facets": {"check": ["stale"]}, "language": "fr"}, 2),
    ]
    for question, most in asked:
        with CaptureQueriesContext(connection) as queried:
            found = queries.datasets(**question, on=TODAY)
        assert len(queried) <= most, (question, len(queried))
        assert found.total, question
