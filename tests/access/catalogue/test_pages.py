"""The catalogue's pages: in both languages, within their budget of queries, open to all but for what is a steward's."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.catalogue import actions, meanings, pages, queries
from hygie.access.catalogue.describing import initial
from hygie.access.catalogue.models import CountAnswer, CountAsking, Described, Measured
from hygie.access.permits import actions as permits
from hygie.access.permits import queries as permit_queries
from hygie.access.permits.data_rules import GRANTABLE
from hygie.commons.web import tasks
from hygie.commons.web.models import Task
from hygie.intake.sources.cdm import TABLES
from tests.access.catalogue.descriptions import body

ICD = "http://hl7.org/fhir/sid/icd-10"
TABS = {
    "": (["CHU de Synthèse", "about 90 persons", "2014–2016", "What it costs", "May be asked for"],
         ["environ 90 personnes", "Ce que cela coûte", "Peut être demandé", "Finalité"]),
    "variables/": (["person.year_of_birth", "Year of birth", "1960–1969"], ["Année de naissance", "masqués"]),
    "quality/": (["Delivery by delivery", "0.0 %", "Read"], ["Livraison par livraison", "quarantaine"]),
    "uses/": (["No permit has allowed these data yet"], ["Aucune autorisation n'a encore porté sur ces données"]),
    "place/": (["declared, not verified", "AES-256"], ["déclaré, non vérifié"]),
    "data/": (["HealthDCAT-AP in Turtle", "Release 5"], ["HealthDCAT-AP en Turtle"]),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_tab_in_both_languages_within_forty_queries(site, described, language):
    for tab, words in TABS.items():
        with CaptureQueriesContext(connection) as made:
            page = site.get(f"/catalogue/chu/{tab}", language=language)
        assert (page.status_code, len(made) <= 40) == (200, True), (tab, len(made))
        text = site.text(page)
        assert [word for word in words[language == "fr"] if word not in text] == [], tab
        assert ' style="' not in page.content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Data catalogue", "1 dataset", "Hospital stays (synthetic)", "about 90", "Yearly check", "France (1)"]),
        ("fr", ["Catalogue des données", "1 jeu de données", "Séjours hospitaliers", "environ 90", "Vérification"]),
    ],
)
def test_the_list_in_both_languages(site, described, language, words):
    with CaptureQueriesContext(connection) as made:
        page = site.get("/catalogue/", language=language)
    assert page.status_code == 200 and len(made) <= 40
    assert [word for word in words if word not in site.text(page)] == []


def test_a_search_narrows_and_keeps_its_facets(site, described):
    actions.describe(described, "other", body(title={"en": "Cancer registry"}, categories=["l"]), actor="steward")
    text = site.text(site.get("/catalogue/", {"words": "cancer", "category": "l"}))
    assert "1 dataset" in text and "Hospital stays" not in text and "remove" in text
    assert "No dataset fits this" in site.text(site.get("/catalogue/", {"words": "nowhere"}))
    assert site.get("/catalogue/", {"page": "x", "words": "a\0b", "unknown": "1"}).status_code == 200


def test_a_dataset_without_figures_says_so(site, listed):
    text = site.text(site.get("/catalogue/chu/"))
    assert "not measured" in text and "count people" not in text
    assert site.get("/catalogue/chu/variables/").status_code == 200
    assert "not evaluated" in site.text(site.get("/catalogue/chu/place/"))


def test_where_a_dataset_lies_is_told_of_any_day(site, described):
    page = site.get("/catalogue/chu/place/", {"as_of": "2020-07-01", "known_at": "2026-10-31"}).content.decode()
    assert 'name="as_of" value="2020-07-01"' in page and 'name="known_at" value="2026-10-31"' in page
    assert "/sovereignty/statements/chu/?as_of=2020-07-01&amp;known_at=2026-10-31" in page
    for bad in ({"as_of": "soon"}, {"known_at": "2026-11-21T10"}):
        answer = site.get("/catalogue/chu/place/", bad)
        assert (answer.status_code, "SOV-211" in answer.content.decode()) == (422, True)


def test_who_used_it_names_permits(site, described):
    draft = permit_queries.example(described, "chu")
    permit = permits.grant(described, draft, actor="officer")
    page = site.get("/catalogue/chu/uses/")
    assert "1 permit" in site.text(page) and f"/permits/{permit.id}/" in page.content.decode()
    assert permit.purpose.title in site.text(page)


def test_what_is_not_in_the_catalogue(site, ingested):
    ingested("chu", range(1, 20))
    for tab in [*TABS, "record.ttl", "coverage.csv", "variables.csv"]:
        assert site.get(f"/catalogue/chu/{tab}").status_code == 404
    assert site.get("/catalogue/chu/count/", as_="user").status_code == 404
    assert site.get("/api/v1/catalogue/chu").status_code == 404


def test_the_record_is_served_and_stands_in_the_page(site, listed):
    told = site.get("/catalogue/chu/record.ttl")
    assert told["Content-Type"] == "text/turtle; charset=utf-8" and b"dcat:Dataset" in told.content
    page = site.get("/catalogue/chu/").content.decode()
    inside = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert inside and json.loads(inside[1]) == json.loads(site.get("/catalogue/chu/record.jsonld").content)
    assert site.get("/catalogue/chu/record.xml").status_code == 422


def test_a_stewards_words_cannot_act_in_a_page(site, node):
    evil = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
    actions.describe(node, "chu", body(title={"en": evil}, description={"en": evil}), actor="steward")
    for url in ("/catalogue/", "/catalogue/chu/"):
        page = site.get(url).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page


def test_tables_for_spreadsheets_hold_no_formula(site, described):
    text = site.get("/catalogue/chu/coverage.csv").content.decode()
    assert text.splitlines()[0] == "sex,ages,persons" and len(text.splitlines()) > 5
    listed = site.get("/catalogue/chu/variables.csv").content.decode()
    assert "person,year_of_birth" in listed
    from hygie.commons.web.sheets import written

    assert written([("=1+1", 3)]) == "'=1+1,3\r\n"


def test_a_visitor_is_led_to_sign_in_before_counting(site, described):
    page = site.get("/catalogue/chu/").content.decode()
    assert 'href="/catalogue/chu/count/"' not in page and "next=/catalogue/chu/count/" in page
    assert 'href="/catalogue/chu/count/"' in site.get("/catalogue/chu/", as_="user").content.decode()


def test_counting_needs_an_account_and_answers_after_a_redirect(site, described, unblurred):
    url = "/catalogue/chu/count/"
    assert site.get(url).status_code == 401 and site.post(url, {}).status_code == 401
    form = {"sexes": "female"}
    sent = site.post(url, form, as_="user")
    assert sent.status_code == 302 and CountAsking.objects.count() == 1
    text = site.text(site.get(sent["Location"], as_="user"))
    assert re.search(r"about 45 persons", text) and "9.9 left" in text
    assert "persons" not in site.text(site.get(url, {"sexes": "male"}, as_="user")).split("How many people fit")[2][:60]


@pytest.mark.parametrize(
    "form",
    [
        {"table0": "condition_occurrence", "system0": ICD},
        {"code0": "E11", "table0": "condition_occurrence"},
        {
            "table0": "condition_occurrence",
            "system0": ICD,
            "code0": "E11",
            "start0": "2016-02-01",
            "end0": "2016-01-01",
        },
        {"table0": "condition_occurrence", "system0": ICD, "code0": "E11", "start0": "soon"},
        {"table0": "condition_occurrence", "system0": ICD, "code0": "BANANA"},
        {"table0": "person", "code0": "12"},
        {"age_low": "18"},
        {"age_low": "40", "age_high": "18", "age_at": "2016-01-01"},
        {"way": "json", "criteria": "{"},
        {"way": "json", "criteria": "[]"},
        {"way": "json", "criteria": '{"sex": {"in": ["whoever"]}}'},
    ],
)
def test_half_a_question_is_not_asked(site, listed, form):
    assert site.post("/catalogue/chu/count/", form, as_="user").status_code == 422
    assert not CountAsking.objects.exists()


@pytest.mark.parametrize(
    ("low", "high", "day", "code", "said"),
    [
        ("abc", "", "2016-01-01", "COH-106", "« abc » n'est pas un nombre entier de 0 à 150."),
        ("-5", "", "2016-01-01", "COH-106", "L'âge minimal des personnes."),
        ("80", "20", "2016-01-01", "COH-107", "par exemple de 20 à 80 ans."),
        ("18", "", "", "COH-108", "le jour indiqué est : aucun."),
    ],
)
def test_a_wrong_age_is_told_and_what_was_typed_is_kept(site, listed, low, high, day, code, said):
    form = {"age_low": low, "age_high": high, "age_at": day, **line(0, "all", "E11", under="1")}
    sent = site.post("/catalogue/chu/count/", form, as_="user", language="fr")
    told = site.text(sent).replace("’", "'")
    assert sent.status_code == 422 and code in told and said in told
    page = sent.content.decode()
    for name, value in {"age_low": low, "age_high": high, "age_at": day, "code0": "E11"}.items():
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page)


def line(at, way, code, table="condition_occurrence", **more):
    """One line of the cohort builder as the page sends it."""
    named = {"way": way, "table": table, "system": ICD, "code": code, **more}
    return {f"{name}{at}": value for name, value in named.items()}


ASKED = [
    ({}, {"everyone": {}}),
    ({"sexes": ["female", "unknown"]}, {"sex": {"in": ["female", "unknown"]}}),
    (line(0, "all", "E11", start="2014-01-01", end="2015-12-31", least="2", under="1"),
     {"codes": {"table": "condition_occurrence", "codes": [{"system": ICD, "code": "E11", "descendants": True}],
                "from": "2014-01-01", "to": "2015-12-31", "at_least": 2}}),
    ({**line(0, "any", "E11"), **line(1, "any", "E10"), **line(5, "none", "C50"), "age_low": "18",
      "age_at": "2016-01-01"},
     {"all": [{"age": {"at": "2016-01-01", "min": 18}},
              {"any": [{"codes": {"table": "condition_occurrence", "codes": [{"system": ICD, "code": code}]}}
                       for code in ("E11", "E10")]},
              {"none": [{"codes": {"table": "condition_occurrence", "codes": [{"system": ICD, "code": "C50"}]}}]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("form", "criteria"), ASKED)
def test_what_the_command_can_ask_the_boxes_can(site, described, unblurred, form, criteria):
    url = "/catalogue/chu/count/"
    sent = site.post(url, form, as_="user")
    assert sent.status_code == 302, site.text(sent)
    kept = queries.answered("chu", criteria)
    assert kept is not None and CountAnswer.objects.count() == 1
    shown = site.get(sent["Location"], as_="user")
    assert pages.said(kept.count) in site.text(shown) and CountAsking.objects.count() == 1
    assert site.post(url, {"way": "json", "criteria": json.dumps(criteria)}, as_="user").status_code == 302
    assert CountAsking.objects.count() == 1  # the same question, however it was written


def test_a_category_without_the_codes_under_it_gets_a_hint(site, described):
    url, bare = "/catalogue/chu/count/", line(0, "all", "E11")
    sent = site.post(url, bare, as_="user")
    assert "By its form, E11 (ICD-10) is a category." in site.text(site.get(sent["Location"], as_="user"))
    french = site.text(site.get(sent["Location"], as_="user", language="fr")).replace("’", "'")
    assert "Par sa forme, E11 (CIM-10) est une catégorie." in french
    sent = site.post(url, {**bare, "under0": "1"}, as_="user")
    assert "By its form" not in site.text(site.get(sent["Location"], as_="user"))


def test_what_is_seldom_asked_is_folded_unless_it_says_something(site, described):
    url = "/catalogue/chu/count/"

    def folds(address):
        page = site.get(address, as_="user").content.decode()
        rows = page.split('<fieldset class="field sheet">')[1:]
        more = page.index("<summary>More lines</summary>")
        return ["<details open><summary>Period, how often" in row for row in rows], page[:more].count("<legend>Line ")

    assert folds(url) == ([False] * 8, 1)
    sent = site.post(url, {**line(0, "all", "E11", least="2"), **line(1, "all", "E12")}, as_="user")
    assert folds(sent["Location"]) == ([True] + [False] * 7, 2)


def test_what_was_counted_is_a_list_of_lists_without_dashes(site, described):
    sent = site.post("/catalogue/chu/count/", {"sexes": "female", **line(0, "all", "E11")}, as_="user")
    page = site.get(sent["Location"], as_="user").content.decode()
    inner = page.split('class="verdict allowed"')[1].split("</p>")[1].split("<p>")[0]
    assert inner.count("<ul>") == 3 and "–" not in inner and "E11 (ICD-10)" in inner


def test_an_answer_without_a_number_names_no_distance_from_one(site, described, unblurred):
    url, some, few = "/catalogue/chu/count/", {"sexes": "female"}, line(0, "all", "E11")
    for form, language, said, unsaid in (
        (some, "en", "In 95 of 100 answers the true number lies within 32", "No number is shown"),
        (few, "en", "No number is shown, and so no distance from one. What was compared with 40", "In 95 of 100"),
        (few, "fr", "C'est le nombre bruité qui a été comparé à 40", "95 réponses sur 100"),
    ):
        sent = site.post(url, form, as_="user")
        told = site.text(site.get(sent["Location"], as_="user", language=language)).replace("’", "'")
        assert said in told and unsaid not in told


def test_criteria_finer_than_the_boxes_are_asked_as_json(site, described):
    finer = {"all": [{"any": [{"sex": {"in": ["female"]}}, {"none": [{"sex": {"in": ["male"]}}]}]}]}
    url = "/catalogue/chu/count/"
    sent = site.post(url, {"way": "json", "criteria": json.dumps(finer)}, as_="user")
    page = site.get(sent["Location"], as_="user")
    assert queries.answered("chu", finer) is not None and "finer than the boxes show" in site.text(page)
    assert "plus fins" in site.text(site.get(sent["Location"], as_="user", language="fr"))
    long = {"any": [{"codes": {"table": "condition_occurrence", "codes": [{"system": ICD, "code": f"E{at:03}"}
                                                                           for at in range(100)]}}]}  # fmt: skip
    shown = site.post(url, {"way": "json", "criteria": json.dumps(long)}, as_="user")
    assert shown.status_code == 200 and "with noise drawn once" in site.text(shown)  # too long for an address


def test_too_many_questions_are_refused_in_the_page(site, listed):
    at = listed.clock()
    CountAsking.objects.bulk_create([CountAsking(account="user", asked_at=at)] * 0)
    for _ in range(30):
        CountAsking.objects.create(account="user", asked_at=at)
    sent = site.post("/catalogue/chu/count/", {"sexes": "female"}, as_="user")
    assert sent.status_code == 429 and "CAT-301" in site.text(sent)


STEWARDS = [("get", "_steward/"), ("get", "chu/describe/"), ("post", "chu/describe/"), ("post", "chu/measure/")]


@pytest.mark.parametrize(("verb", "url"), STEWARDS)
def test_a_stewards_pages_are_closed_to_others(site, listed, verb, url):
    ask = getattr(site, verb)
    assert ask(f"/catalogue/{url}", {}).status_code == 401
    for other in ("user", "officer", "checker", "auditor"):
        assert ask(f"/catalogue/{url}", {}, as_=other).status_code == 403
    assert not Task.objects.exists() and Described.objects.count() == 1


def filled(version=0, **changes):
    given = {**initial(body(), version), **changes}
    return {name: value for name, value in given.items() if value is not None and value is not False}


def test_a_steward_describes_in_the_browser(site, ingested):
    node = ingested("chu", range(1, 20))
    assert "chu" in site.text(site.get("/catalogue/_steward/", as_="steward"))
    assert site.get("/catalogue/chu/describe/", as_="steward", language="fr").status_code == 200
    sent = site.post("/catalogue/chu/describe/", filled(), as_="steward")
    assert sent.status_code == 302, site.text(sent)
    told = json.loads(Described.objects.get().document)
    actions.describe(node, "twin", body(), actor="steward")
    twin = json.loads(Described.objects.get(dataset="twin").document)
    for document in (told, twin):
        for name in ("holder", "access_body"):
            document[name].pop("note")  # not in the form
    assert told == twin


def test_faults_and_older_versions_are_told_in_the_form(site, listed):
    future = site.post("/catalogue/chu/describe/", filled(1, checked_on="2027-01-01"), as_="steward")
    assert future.status_code == 422 and "CAT-106" in site.text(future)
    older = site.post("/catalogue/chu/describe/", filled(0, frequency="DAILY"), as_="steward")
    assert older.status_code == 409 and "CAT-111" in site.text(older)
    empty = site.post("/catalogue/chu/describe/", {}, as_="steward")
    assert empty.status_code == 422 and Described.objects.count() == 1


def test_measuring_is_a_task(site, listed):
    sent = site.post("/catalogue/chu/measure/", {}, as_="steward")
    task = Task.objects.get()
    assert sent.status_code == 302 and task.id in sent["Location"]
    tasks.perform(listed, task.id)
    assert Measured.objects.get().dataset == "chu"
    assert tasks.find(task.id, actor="steward").page == "/catalogue/chu/"
    assert site.post("/catalogue/elsewhere/measure/", {}, as_="steward").status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_only_described_says_so_at_once(site, described, language):
    actions.describe(described, "later", body(title={"en": "Later"}), actor="steward")
    holder = {**body()["holder"], "country": "BE"}
    actions.describe(described, "abroad", body(title={"en": "Abroad"}, holder=holder), actor="steward")
    words = {
        "later": {"en": ("only described", "can name it yet"), "fr": ("seulement décrit", "aucune demande")},
        "abroad": {"en": ("data of another country", "Another"), "fr": ("données d'un autre pays", "Un autre")},
    }  # fmt: skip
    listed = site.text(site.get("/catalogue/", language=language)).replace("’", "'")
    for name, said in words.items():
        told = site.text(site.get(f"/catalogue/{name}/", language=language)).replace("’", "'")
        assert said[language][0] in listed and all(each in told for each in said[language])
        assert {"en": "May be asked for", "fr": "Peut être demandé"}[language] not in told
    places = {name: site.get(f"/api/v1/catalogue/{name}").json()["lies"] for name in ("chu", "later", "abroad")}
    assert places == {"chu": "here", "later": "undelivered", "abroad": "abroad"}


def test_what_an_omop_column_means_is_said_in_words():
    columns, stems, ends = (meanings.texts()[name] for name in ("columns", "stems", "ends"))
    for table in GRANTABLE & TABLES.keys():
        for name in [field.name for field in TABLES[table].fields]:
            end = next((each for each in ends if name.endswith(each["end"])), None)
            if end and "{what}" in end["fr"] and name not in columns and f"{table}.{name}" not in columns:
                assert name.removesuffix(end["end"]) in stems, f"{table}.{name}"
