"""What the form offers to choose from: datasets, variables with reasons, a counted cohort; and what it costs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from hygie.access.applications import actions
from hygie.access.applications.form import choosing
from hygie.access.applications.form.costs import cost
from hygie.access.applications.form.criteria import check_cohort
from hygie.access.catalogue import building, bulk
from hygie.access.catalogue.figures import Value, Variable
from hygie.access.catalogue.models import CountAsking
from hygie.access.catalogue.queries import DictionaryEntry
from hygie.base.kernel.catalogue import explain
from tests.access.applications.story import ACT, document, drafted, processing
from tests.access.applications.test_form import begun, held, pages, save
from tests.conftest import START, Site

__all__ = ["pages"]


def test_variables_are_found_in_the_dictionary_and_each_wants_its_reason(pages: Site) -> None:
    made = begun(pages)
    save(pages, made, "sources", {"datasets": ["chu-demo"], "categories": ["a"]})
    url = f"/applications/{made}/form/variables/"
    page = pages.get(url, {"words": "birth year"}, as_="user").content.decode()
    assert 'value="person.year_of_birth"' in page and 'value="visit_occurrence.visit_start_date"' not in page
    assert 'value="person.person_source_value"' not in pages.get(url, as_="user").content.decode()
    save(pages, made, "variables", {"pick": ["person.year_of_birth", "visit_occurrence.visit_start_date"]})
    tables = {name: set(columns) for name, columns in held(made)["data"]["tables"].items()}
    assert tables["person"] == {"person_id", "year_of_birth"}
    assert tables["visit_occurrence"] == {"person_id", "visit_occurrence_id", "visit_start_date"}
    text = pages.text(pages.get(url, as_="user"))
    assert "Why you need person.year_of_birth" in text and "potential identifier" in text
    assert "Why you need person.person_id" not in text
    sent = {"pick": ["person.year_of_birth"], "reason:person.year_of_birth": "Age confounds."}
    save(pages, made, "variables", sent | {"reason:person.gender_concept_id": "not ticked"})
    assert held(made)["data"]["reasons"] == {"person.year_of_birth": "Age confounds."}


def test_coarser_settings_are_shown_with_what_they_leave(pages: Site) -> None:
    made = drafted(pages.node)
    text = pages.text(pages.get(f"/applications/{made}/form/variables/", as_="user"))
    assert "coarser would be: the month: June 2021 · the year: 2021" in text
    fine = {"minimisation_birth": "day", "minimisation_dates": "day"}
    whole = document(pages.node)["data"]
    tables = {**whole["tables"], "person": ["person_id", "month_of_birth"]}
    picked = [f"{table}.{column}" for table, columns in tables.items() for column in columns]
    save(pages, made, "variables", {"pick": picked})
    save(pages, made, "data", fine)
    page = pages.text(pages.get(f"/applications/{made}/form/data/", as_="user"))
    assert "Year and month of birth" in page and "Exact date of care" in page
    save(pages, made, "data", {"minimisation_birth": "year", "minimisation_dates": "month"})
    assert "No potential identifier stays in clear" in pages.text(
        pages.get(f"/applications/{made}/form/data/", as_="user")
    )


CODE = {"table": "condition_occurrence", "codes": [{"system": "http://snomed.info/sct", "code": "44054006"}]}
BUILDS: list[dict[str, Any]] = [
    {"sex": {"in": ["female"]}},
    {"age": {"at": "2020-01-01", "min": 18, "max": 80}},
    {"codes": {"table": "drug_exposure", "concept_ids": [1503297], "from": "2019-01-01", "to": "2019-12-31"}},
    {"all": [{"sex": {"in": ["male"]}}, {"codes": {**CODE, "at_least": 2}}, {"none": [{"codes": CODE}]}]},
    {"all": [{"age": {"at": "2020-01-01", "min": 18}}, {"any": [{"codes": CODE}, {"codes": CODE}]}]},
]


@pytest.mark.parametrize("value", BUILDS)
def test_the_builder_shows_what_it_writes(value: dict[str, Any]) -> None:
    built = building.shown(value)
    assert built.fits and building.criteria(built) == value


@pytest.mark.parametrize(
    "value",
    [
        {"none": [{"all": [{"sex": {"in": ["female"]}}]}]},
        {"codes": {**CODE, "codes": CODE["codes"] * 2}},
        {"everyone": {}},
        {"all": [{"sex": {"in": ["female"]}}] * 2},
        {"wizards": []},
        {"all": 3},
        {"codes": {"table": "x"}},
    ],
)
def test_finer_criteria_are_left_to_json(value: dict[str, Any]) -> None:
    built = building.shown(value)
    assert not built.fits and json.loads(built.text) == value


def test_a_code_is_suggested_as_it_is_written_in_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    values = (Value("urn:hygie:snds:ccam DEQP003", "Electrocardiogram", 20), Value("–", "", 20))
    held = Variable("procedure_occurrence", "source_code", "text", "text", 100, 2, "category", values)
    shown = {"chu": {"procedure_occurrence": [DictionaryEntry(held, "")]}}
    monkeypatch.setattr(bulk, "dictionaries", lambda names, *, language: shown)
    assert choosing.suggested({}, "fr")[0] == [("DEQP003", "CCAM Electrocardiogram")]


def test_criteria_are_counted_guarded_and_kept_as_json_too(pages: Site) -> None:
    made = begun(pages)
    save(pages, made, "sources", {"datasets": ["chu-demo"]})
    url = f"/applications/{made}/form/cohort/"
    text = json.dumps({"everyone": {}})
    assert save(pages, made, "cohort", {"way": "json", "criteria": text, "stay": "1"})["Location"] == url
    assert held(made)["data"]["cohort"] == {"everyone": {}}
    sent = pages.post(f"/applications/{made}/count/", {"dataset": "chu-demo"}, as_="user")
    assert sent.status_code == 302 and CountAsking.objects.filter(account="user").count() == 1
    told = pages.text(pages.get(url, as_="user")).split("How many persons")[1]
    assert re.search(r"chu-demo – (fewer than 40 persons Of|about \d+ persons, within 32 in)", told)
    elsewhere = pages.post(f"/applications/{made}/count/", {"dataset": "other"}, as_="user")
    assert elsewhere.status_code == 422 and "APP-119" in pages.text(elsewhere)


def test_a_code_that_no_data_can_hold_is_told_where_the_criteria_are(pages: Site) -> None:
    made = begun(pages)
    asked = {"codes": {"table": "condition_occurrence", "codes": [{"system": "ICD10", "code": "i50"}]}}
    save(pages, made, "cohort", {"way": "json", "criteria": json.dumps(asked)})
    told = pages.text(pages.get(f"/applications/{made}/form/cohort/", as_="user"))
    assert told.count("No code of ICD-10 is written so: no data can hold it.") == 1


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"a": NaN}', "[" * 100_000])
def test_a_text_that_is_no_json_is_kept_to_be_put_right(pages: Site, text: str) -> None:
    made = begun(pages)
    answer = save(pages, made, "cohort", {"way": "json", "criteria": text})
    assert answer.status_code == 422 and "APP-125" in pages.text(answer)
    assert text[:50] in pages.text(answer)
    assert "data" not in held(made)


def test_the_estimate_is_computed_from_the_tariff_before_submission(pages: Site) -> None:
    whole = document(pages.node)
    assert cost("permit", {}, on=START.date()).estimate is None
    found = cost("permit", whole, on=START.date())
    assert found.estimate is not None
    tables = len(whole["data"]["tables"])
    assert (found.hours, found.months) == (8 + 2 * tables, 12)
    body = (900 + 250 + 85 * found.hours + 120 * 12) * 60 // 100
    assert (int(found.estimate.body), int(found.estimate.holder)) == (body, 400)
    made = drafted(pages.node)
    text = pages.text(pages.get(f"/applications/{made}/form/confirmation/", as_="user"))
    assert f"{found.estimate.total:,}" in text and "How long like cases take" in text
    named = "Tariff applied: Public tariff of this node, 2026"
    assert text.index(named) < text.index("What for") and "in force since 25 March 2025" in text
    french = pages.text(pages.get(f"/applications/{made}/form/confirmation/", as_="user", language="fr"))
    assert "Source : Politique de ce nœud" in french
    told = processing(pages.node)
    officer = pages.text(pages.get(f"/applications/{told}/case/estimate/", as_="officer"))
    assert officer.index(named) < officer.index("What for") < officer.index("Costs of the access body")
    lines = [{"label": "access body", "amount": "900.00", "payee": "body"}]
    actions.estimate(pages.node, told, amount="900.00", lines=lines, actor="officer")
    own = pages.text(pages.get(f"/applications/{told}/", as_="user"))
    assert own.index(named) < own.index("Estimate of fees")


def test_a_public_health_body_is_told_of_the_fast_track(pages: Site) -> None:
    kind = {"applicant__kind": "public-body", "applicant__health_mandate": True, "purpose__basis": "53(1)(a)"}
    kind["applicant__mandate"] = ACT
    made = drafted(pages.node, **kind)
    text = pages.text(pages.get(f"/applications/{made}/form/confirmation/", as_="user"))
    assert "Accelerated" in text


def test_a_code_system_is_chosen_or_written_by_its_name(pages: Site) -> None:
    made = begun(pages)
    save(pages, made, "sources", {"datasets": ["chu-demo"]})
    url, snomed = f"/applications/{made}/form/cohort/", "http://snomed.info/sct"
    page = pages.get(url, as_="user", language="fr").content.decode()
    assert f'<option value="{snomed}">SNOMED CT</option>' in page and ">CIM-10</option>" in page
    assert "un autre, écrit plus bas" in page
    lines = (
        {"system0": snomed, "code0": "44054006"},
        {"system1": "other", "other1": "cim 10", "code1": "E11"},
        {"other2": "urn:oid:1.2.3", "code2": "x"},
    )
    sent = {f"table{at}": "condition_occurrence" for at in range(3)} | {
        key: value for line in lines for key, value in line.items()
    }
    save(pages, made, "cohort", {**sent, "stay": "1"})
    codes = [each["codes"]["codes"][0] for each in held(made)["data"]["cohort"]["all"]]
    assert [each["system"] for each in codes] == [snomed, "http://hl7.org/fhir/sid/icd-10", "urn:oid:1.2.3"]
    page = pages.get(url, as_="user", language="fr").content.decode()
    assert "E11 (CIM-10)" in page and 'id="other2" maxlength="200" value="urn:oid:1.2.3"' in page
    save(pages, made, "cohort", {"table0": "condition_occurrence", "code0": "E11", "stay": "1"})
    refused = pages.text(pages.get(url, as_="user", language="fr"))
    assert "SNOMED CT, CIM-10, LOINC, RxNorm, ATC, CCAM ou un autre" in refused


def test_a_wrong_criterion_is_named_beside_its_boxes(pages: Site) -> None:
    made = begun(pages)
    sent = {"age_low": "18", "age_at": "", "way0": "none", "table0": "measurement", "system0": "LOINC", "code0": "",
            "way1": "all", "table1": "condition_occurrence", "code1": "E11", "least1": "0",
            "way2": "all", "table2": "drug_exposure", "start2": "2020-01-01"}  # fmt: skip
    url = f"/applications/{made}/form/cohort/"
    seen = pages.get(url, as_="user").content.decode().split('name="revision" id="revision" value="')[1].split('"')[0]
    answer = pages.client("user").post(
        url, {**sent, "revision": seen}, headers={"HX-Request": "true", "HX-Trigger-Name": "code1"}
    )
    parts = re.sub(r"\s+", " ", answer.content.decode()).split('<div id="why-')[1:]
    zones = {part.partition('"')[0]: part for part in parts}
    assert "age: on the day. It says nothing." in zones["age"] and "YYYY-MM-DD" in zones["age"]
    assert "It says “E11”." in zones["1"] and "from 1 to 1000" in zones["1"]
    assert "line 2: how many times, at least. It says “0”." in re.sub(r"<[^>]+>", "", zones["1"])
    assert "concept number. It says nothing." in zones["2"]
    assert "code. It says nothing." in zones["0"] and "1 to 200 signs" in zones["0"]
    page = pages.get(url, as_="user", language="fr")
    text = pages.text(page)
    for words in (
        "La cohorte, âge : au jour.",
        "La cohorte, ligne 1 : code ou numéro de concept.",
        "Il y est écrit : “E11”.",
    ):
        assert words in text
    assert text.count("APP-138") == 5
    assert "APP-125" not in text
    save(pages, made, "sources", {"datasets": ["chu-demo"]})
    counted = pages.post(f"/applications/{made}/count/", {"dataset": "chu-demo"}, as_="user")
    assert counted.status_code == 422 and "The cohort, age: on the day." in pages.text(counted)


@pytest.mark.parametrize(
    ("value", "code", "path", "words"),
    [
        (
            {"all": [{"age": {"at": "2020-01-01", "min": 80, "max": 2}}]},
            "APP-146",
            "all[0].age",
            "not above the greatest",
        ),
        ({"sex": {"in": ["woman"]}}, "APP-138", "sex.in[0]", "female, male, other, unknown"),
        (
            {"none": [{"codes": {"table": "person", "concept_ids": [1]}}]},
            "APP-138",
            "none[0].codes.table",
            "measurement",
        ),
        ({"age": {"min": 3, "birthday": 1}}, "APP-138", "age.at", "a value"),
        (
            {"all": [{"codes": {"table": "condition_occurrence", "codes": [{"system": "ICD10", "code": "i50"}]}}]},
            "COH-105",
            "all[0].codes.codes[0].code",
            "I50",
        ),
        ({"all": []}, "APP-125", "all", "one key"),
        ({"all": [{"sexe": {}}]}, "APP-125", "all[0]", "one key"),
    ],
)
def test_what_a_criterion_may_say_is_told_in_both_languages(value: Any, code: str, path: str, words: str) -> None:
    found = check_cohort({"data": {"cohort": value}}, None)
    assert (found[0].code, found[0].path) == (code, f"$.data.cohort.{path}")
    english, french = (explain(found[0], language) for language in ("en", "fr"))
    assert words in english.accepted and "criterion." not in english.asked + french.asked
    assert "part." not in english.asked + french.asked + english.found + french.found
