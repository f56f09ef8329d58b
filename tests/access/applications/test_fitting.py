"""An application held against the terms of use of the datasets it asks for: told to applicant and officer, no more."""

import pytest

from hygie.access.applications import actions
from hygie.access.applications.form.fitting import asked, diseases, months
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue.data_use import Asked
from hygie.base.engine.node import Node
from tests.access.applications.story import drafted, judged_by_law, submitted
from tests.access.catalogue.descriptions import body
from tests.conftest import Site

ICD = "http://hl7.org/fhir/sid/icd-10"
CIM = "https://smt.esante.gouv.fr/terminologie-cim-10"


def having(*codes: str, system: str = ICD, table: str = "condition_occurrence") -> dict[str, object]:
    return {"codes": {"table": table, "codes": [{"system": system, "code": code} for code in codes]}}


def cohort(criteria: object) -> dict[str, object]:
    return {"data": {"cohort": criteria}}


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({}, Asked("")),
        ({"purpose": {"basis": "53(1)(c)"}, "applicant": {"kind": "company"}}, Asked("53(1)(c)", profit=True)),
        ({"applicant": {"kind": "university"}}, Asked("", profit=False)),
        ({"applicant": {"kind": "university"}, "purpose": {"product": "A test kit."}}, Asked("")),
        ({"applicant": {"kind": "hospital"}}, Asked("")),  # it may be either
        ({"applicant": {"country": "FR"}, "public": {"country": "BE"}}, Asked("", countries=("FR", "BE"))),
        ({"applicant": {"country": "FR"}, "processing": {"transfer": True}}, Asked("")),  # from a country not said
        ({"processing": {"from": "2027-01-01", "to": "2027-12-31"}}, Asked("", months=12)),
        (cohort(having("I21.9")), Asked("", codes=("I21.9",))),
        ({"purpose": [], "applicant": "x", "data": 3, "processing": {"from": 1, "to": None}}, Asked("")),
    ],
)
def test_what_an_application_says_of_its_use(said, known):
    assert asked(said) == known


@pytest.mark.parametrize(
    ("criteria", "codes"),
    [
        ({"everyone": {}}, []),
        ({"all": [having("I21"), having("C09A", system="http://www.whocc.no/atc", table="drug_exposure")]}, ["I21"]),
        ({"any": [having("I21", system=CIM), having("I22")]}, ["I21", "I22"]),
        ({"all": [having("I21"), {"none": [having("E11")]}]}, ["I21"]),  # whom it leaves out is not studied
        (having("38341003", system="http://snomed.info/sct"), []),
        ({"no": "criterion"}, []), (None, []), ("I21", []),
    ],
)  # fmt: skip
def test_the_diseases_of_a_cohort(criteria, codes):
    assert list(diseases(cohort(criteria))) == codes


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [("2027-01-15", "2027-01-15", 1), ("2027-01-15", "2027-02-14", 1), ("2027-01-15", "2027-02-15", 2),
     ("2027-01-01", "2028-01-01", 13), ("2027-02-01", "2027-01-01", None), ("soon", "2027-01-01", None)],
)  # fmt: skip
def test_months_of_access(start, end, count):
    assert months({"processing": {"from": start, "to": end}}) == count


USES = [{"term": "DUO:0000042"}, {"term": "DUO:0000025", "parameter": "6"}, {"term": "DUO:0000021"}]
STATES = {"DUO:0000042": "fits", "DUO:0000025": "does-not-fit", "DUO:0000021": "fits-if"}


def test_the_letter_the_case_and_the_api_say_how_it_stands_and_nothing_is_refused(stocked: Node) -> None:
    site = Site(stocked)
    plain = drafted(stocked)
    assert "Terms of use of the datasets" not in site.text(site.get(f"/applications/{plain}/letter/", as_="user"))
    catalogue.describe(stocked, "chu-demo", body(data_uses=USES), actor="steward")
    made = drafted(stocked)
    said = {
        "en": ("Terms of use of the datasets asked for", "time limit on use (6) · DUO:0000025: does not fit",
               "fits, on conditions (an ethics approval is shown)", "The law decides"),
        "fr": ("Conditions d'utilisation des jeux de données", "durée limitée (6) · DUO:0000025 : ne convient pas",
               "convient sous conditions (un avis éthique est produit)", "La loi décide"),
    }  # fmt: skip
    for page in (f"/applications/{made}/letter/", f"/applications/{made}/"):
        for language, words in said.items():
            shown = site.text(site.get(page, as_="user", language=language))
            assert all(each in shown for each in words), (page, language)
    uses = site.get(f"/api/v1/applications/{made}/outlook", as_="user").json()["uses"]
    assert [(each["dataset"], each["state"]) for each in uses] == [("chu-demo", "does-not-fit")]
    assert {each["term"]: each["state"] for each in uses[0]["terms"]} == STATES
    assert uses[0]["terms"][1] == {"term": "DUO:0000025", "parameter": "6", "state": "does-not-fit"}
    actions.submit(stocked, made, actor="user")
    for language, words in said.items():
        shown = site.text(site.get(f"/applications/{made}/case/", as_="officer", language=language))
        assert all(each in shown for each in words), language
    assert site.get(f"/api/v1/applications/{made}/case", as_="officer").json()["uses"] == uses
    assert judged_by_law(stocked, made).outcome == "granted"  # a term decides nothing


def test_a_dataset_without_terms_and_an_unknown_one_say_nothing(stocked: Node) -> None:
    made = submitted(stocked)
    assert Site(stocked).get(f"/api/v1/applications/{made}/case", as_="officer").json()["uses"] == []
    draft = drafted(stocked, sources__datasets=["nobody-has-this"])
    assert Site(stocked).get(f"/api/v1/applications/{draft}/outlook", as_="user").json()["uses"] == []
