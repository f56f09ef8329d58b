"""Terms of the Data Use Ontology: each held against uses that fit, fit if, do not, or cannot be judged."""

import csv

import pytest

from hygie.access.catalogue import actions, elsewhere, harvesting, parsing, queries, shaping
from hygie.access.catalogue.data_use import ORDER, Asked, fit, known
from hygie.access.catalogue.graphs import PREFIXES, term
from hygie.access.catalogue.models import HarvestedRecord
from hygie.base.kernel import Refusal
from tests.access.catalogue.descriptions import body
from tests.access.catalogue.test_dcat import BASE, TODAY

R = "53(1)(e)"
OBO = PREFIXES["obo"]
FITS, IF, OPEN, NOT = ORDER
TABLE = [  # term, parameter, use, how it stands
    ("NRES", "", Asked("53(1)(b)", profit=True), FITS),
    ("GRU", "", Asked(R), FITS), ("GRU", "", Asked("53(1)(e)(ii)"), FITS), ("GRU", "", Asked("53(1)(c)"), NOT),
    ("GRU", "", Asked(""), OPEN), ("HMB", "", Asked(""), OPEN), ("NMDS", "", Asked(""), OPEN),
    ("HMB", "", Asked(R), FITS), ("HMB", "", Asked("53(1)(a)"), FITS), ("HMB", "", Asked("53(1)(c)"), OPEN),
    ("DS", "I21", Asked(R, codes=("I21.9",)), FITS), ("DS", "I20, I21", Asked(R, codes=("E11",)), NOT),
    ("DS", "I20, I21", Asked(R, codes=("I21", "E11")), OPEN),
    ("DS", "I21", Asked(R), OPEN), ("DS", "", Asked(R, codes=("I21",)), OPEN),
    ("POA", "", Asked(R, ancestry=True), FITS), ("POA", "", Asked(R, ancestry=False), NOT),
    ("POA", "", Asked(R), OPEN),
    ("CC", "", Asked("53(1)(f)"), FITS),
    ("NPOA", "", Asked(R, ancestry=True), NOT), ("NPOA", "", Asked(R, ancestry=False), FITS),
    ("NPOA", "", Asked(R), OPEN),
    ("NCU", "", Asked(R, profit=True), NOT), ("NCU", "", Asked(R, profit=False), FITS), ("NCU", "", Asked(R), OPEN),
    ("NPU", "", Asked(R, profit=True), NOT), ("NPU", "", Asked(R, profit=False), FITS),
    ("NPUNCU", "", Asked(R, profit=True), NOT), ("NPUNCU", "", Asked(R, profit=False), FITS),
    ("GSO", "", Asked(R, genetic=True), FITS), ("GSO", "", Asked(R, genetic=False), NOT), ("GSO", "", Asked(R), OPEN),
    ("NMDS", "", Asked("53(1)(e)(ii)"), NOT), ("NMDS", "", Asked(R, methods=False), FITS),
    ("NMDS", "", Asked(R), OPEN), ("NMDS", "", Asked(R, methods=True), NOT),
    ("IRB", "", Asked(R, ethics=True), FITS), ("IRB", "", Asked(R), IF), ("IRB", "", Asked(R, ethics=False), IF),
    ("PUB", "", Asked(R), IF), ("COL", "", Asked(R), IF), ("RTN", "", Asked(R), IF),
    ("MOR", "2027-01-01", Asked(R), IF),
    ("TS", "12", Asked(R, months=12), FITS), ("TS", "12", Asked(R, months=13), NOT), ("TS", "12", Asked(R), IF),
    ("TS", "long", Asked(R, months=1), IF),
    ("US", "x", Asked(R), IF), ("PS", "x", Asked(R), IF), ("IS", "x", Asked(R), IF), ("RS", "x", Asked(R), IF),
    ("GS", "FR, BE", Asked(R, countries=("FR",)), FITS), ("GS", "FR", Asked(R, countries=("US",)), NOT),
    ("GS", "FR", Asked(R), OPEN), ("GS", "", Asked(R, countries=("FR",)), OPEN),
]  # fmt: skip
IDS = {term.shorthand: term.id for term in known().values()}


@pytest.mark.parametrize(("short", "parameter", "asked", "state"), TABLE)
def test_each_term_by_the_table(short, parameter, asked, state):
    told = fit([(IDS[short], parameter)], asked)
    assert told.terms == ((IDS[short], state),)
    kind = known()[IDS[short]].kind
    assert told.state == (state if kind == "permission" else max(state, OPEN, key=ORDER.index))


def test_every_term_is_in_the_table_and_its_labels_are_the_ontologys(testdata):
    judged = {short for short, *_ in TABLE}
    assert {term.shorthand for term in known().values()} - judged == {""}
    path = testdata / "healthdcat" / "duo" / "duo.csv"
    if not path.is_file():
        pytest.skip("the ontology is not in the shared data")
    with path.open(encoding="utf-8") as file:
        rows = {row["id"]: (row["shorthand"], row["label"]) for row in csv.DictReader(file)}
    assert {term.id: (term.shorthand, term.en) for term in known().values()} == rows


def test_a_class_or_an_unknown_term_cannot_be_judged():
    for other in ("DUO:0000001", "DUO:0000017", "DUO:9999999", ""):
        assert fit([(other, "")], Asked(R)).state == OPEN
    assert fit([], Asked(R)).state == OPEN


def test_one_permission_is_enough_and_every_modifier_must_be_met():
    general, disease, public, company = IDS["GRU"], IDS["DS"], IDS["PUB"], IDS["NCU"]
    assert fit([(general, ""), (disease, "I21")], Asked(R, codes=("E11",))).state == FITS
    assert fit([(general, ""), (public, "")], Asked(R)).state == IF
    assert fit([(general, ""), (public, ""), (company, "")], Asked(R, profit=True)).state == NOT
    assert fit([(general, ""), (company, "")], Asked(R)).state == OPEN


def test_a_description_carries_terms_and_its_page_says_what_they_mean_and_what_they_do_not(site, node):
    uses = [{"term": IDS["GRU"]}, {"term": IDS["TS"], "parameter": "12"}, {"term": IDS["IRB"]}]
    actions.describe(node, "chu", body(data_uses=uses), actor="steward")
    page = site.text(site.get("/catalogue/chu/"))
    assert "general research use" in page and "time limit on use (12)" in page
    assert "fits, if: it ends within the months named; an ethics approval is shown" in page and "does not fit" in page
    assert "The law decides" in page
    page = site.text(site.get("/catalogue/chu/", language="fr"))
    assert "toute recherche" in page and "un avis éthique est produit" in page and "La loi décide" in page
    assert "general research use" not in site.text(site.get("/catalogue/other/"))
    for wrong in ({"term": "GRU"}, {"term": "DUO:42"}, {"term": IDS["GRU"], "other": 1}):
        with pytest.raises(Refusal):
            actions.describe(node, "other", body(data_uses=[wrong]), actor="steward")


def test_terms_of_use_are_in_the_record_and_come_back_by_harvest(site, node):
    uses = [{"term": IDS["GRU"]}, {"term": IDS["HMB"]}, {"term": IDS["TS"], "parameter": "12"}, {"term": "DUO:9999999"}]
    actions.describe(node, "chu", body(data_uses=uses), actor="steward")
    texts = {form: queries.export("chu", form, on=TODAY, base=BASE) for form in ("turtle", "jsonld", "rdfxml")}
    graph = parsing.read(texts["turtle"].encode(), "chu.ttl")
    assert shaping.judge(graph, "chu.ttl").verdict.allowed
    permissions = set(graph.objects(None, term("odrl:permission")))
    assert len(permissions) == 2  # one for each term that permits, each under all that modify
    for each in permissions:
        targets = {
            str(graph.value(one, term("odrl:rightOperand"))) for one in graph.objects(each, term("odrl:constraint"))
        }
        assert len(targets) == 3 and {f"{OBO}DUO_0000025", f"{OBO}DUO_9999999"} < targets
    told = [(IDS["GRU"], ""), (IDS["HMB"], ""), (IDS["TS"], "12"), ("DUO:9999999", "")]
    for form, ending in (("turtle", "ttl"), ("jsonld", "jsonld"), ("rdfxml", "rdf")):
        harvesting.harvest(node, f"own.{ending}", actor="operator", data=texts[form].encode())
        row = HarvestedRecord.objects.get(source=f"file:own.{ending}")
        assert elsewhere.data_uses(row) == sorted(told)
    page = site.text(site.get(f"/catalogue/_elsewhere/{row.key}/"))
    assert "time limit on use (12) · DUO:0000025" in page and "a term that is not known here · DUO:9999999" in page
    api = site.get(f"/api/v1/catalogue/elsewhere/records/{row.key}").json()
    assert [(each["term"], each["parameter"]) for each in api["data_uses"]] == sorted(told)


def test_a_policy_of_others_that_names_no_term_is_read_past(node):
    text = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix odrl: <http://www.w3.org/ns/odrl/2/> .
    <https://other.example/1> a dcat:Dataset ; dct:title "T"@en ; dct:description "D"@en ; odrl:hasPolicy [
      odrl:permission [ odrl:constraint [ odrl:rightOperand <{OBO}DUO_42> ], [ odrl:rightOperand "DUO:0000042" ]]] ."""
    harvesting.harvest(node, "other.ttl", actor="operator", data=text.encode())
    assert elsewhere.data_uses(HarvestedRecord.objects.get(source="file:other.ttl")) == []
    assert elsewhere.one(HarvestedRecord.objects.get(source="file:other.ttl").key, "en")[2] == []
