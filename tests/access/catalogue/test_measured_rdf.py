"""A record says what was measured, guarded as everywhere, and the steward is asked the rest in the shapes' words."""

from dataclasses import replace

import pytest
import rdflib

from hygie.access.catalogue import actions, asking, assessed, assessing, bulk, dcat, feed, parsing, queries, shaping
from hygie.access.catalogue.describing import WORDS, DescriptionForm
from hygie.access.catalogue.figures import TableFigures, Value, Variable, parse
from hygie.access.catalogue.graphs import Record, term, write
from hygie.access.catalogue.measured_rdf import MOST_VARIABLES, typical_ages
from tests.access.catalogue.descriptions import body
from tests.access.catalogue.test_dcat import BASE, ONE, TODAY
from tests.access.catalogue.test_shaping import EUROPE, HUB, RANGES, shapes

ICD, SCT = "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
__all__ = ["shapes"]


def variable(name, kind, *values, of="condition_occurrence"):
    return Variable(of, name, kind, "text", 100, len(values), "category", values)


CODED = (
    variable("source_system", "VARCHAR", Value(ICD, "", 40), Value("SNOMED", "", 30), Value("local words", "", 20)),
    variable(
        "source_code", "VARCHAR", Value(f"{ICD} I21.9", "Acute infarction", 40), Value(f"{SCT} 22298006", "", 30),
        Value("local words X 1", "", 20), Value("– Y2", "", 20),
    ),
    variable("condition_start_datetime", "TIMESTAMP WITH TIME ZONE"),
    replace(variable("stade", "VARCHAR", of="register_case"), about="Stade au diagnostic"),
)  # fmt: skip


def coded(node):
    """The measured dataset with codes of three systems."""
    found = queries.dataset("chu", on=TODAY)
    tables = tuple(each for each in found.figures.tables if each.name != "condition_occurrence")
    told = (*tables, TableFigures("condition_occurrence", 90, 90, CODED))
    return replace(found, figures=replace(found.figures, tables=told, ages=(21, 84)))


def graph_of(found, *, variables=True, profile=dcat.PROFILES[0]):
    record = Record()
    dcat.describe(found, BASE, record, profile, variables=variables)
    return parsing.read(write(record, "turtle").encode(), "chu.ttl")


def of(graph, name):
    return sorted(str(each) for each in graph.objects(ONE, term(name)))


def test_systems_and_codes_that_have_an_address_are_said_and_others_left_out(described):
    graph = graph_of(coded(described))
    assert of(graph, "healthdcatap:hasCodingSystem") == [ICD, SCT]
    told = {}
    for each in graph.objects(ONE, term("healthdcatap:hasCodeValues")):
        scheme, label = graph.value(each, term("skos:inScheme")), graph.value(each, term("skos:prefLabel"))
        told[str(graph.value(each, term("dct:identifier")))] = (str(scheme), label and str(label))
    assert told == {
        f"{ICD}/I21.9": (ICD, "Acute infarction"),
        "http://snomed.info/id/22298006": (SCT, None),
    }


def test_each_variable_has_its_name_meaning_and_type_in_the_record_and_not_in_the_feed(described):
    found = coded(described)
    graph = graph_of(found)
    columns = set(graph.subjects(rdflib.RDF.type, term("csvw:Column")))
    assert len(columns) == len(found.figures.variables) > 80
    (at,) = graph.subjects(term("csvw:name"), rdflib.Literal("condition_start_datetime", datatype=rdflib.XSD.string))
    assert str(graph.value(at, term("csvw:datatype"))) == "dateTime"
    assert {each.language for each in graph.objects(at, term("csvw:titles"))} == {"en", "fr"}
    tables = {str(graph.value(each, term("csvw:name"))) for each in graph.objects(None, term("csvw:table"))}
    assert tables == {each.name for each in found.figures.tables}
    page = feed.everything(described, "turtle", base=BASE, on=TODAY)
    assert "csvw:Column" not in page and f"{BASE}catalogue/chu/variables/" in page
    many = TableFigures("note", 9, 9, (CODED[2],) * (MOST_VARIABLES + 1))
    wide = replace(found, figures=replace(found.figures, tables=(many,)))
    assert not set(graph_of(wide).subjects(rdflib.RDF.type, term("csvw:Table")))


def test_all_of_it_satisfies_both_shapes_and_comes_back(described, shapes):
    found = coded(described)
    held = {name: shaping.shapes_in(data, name) for name, data in shapes(HUB, *EUROPE).items()}
    verdict = shaping.judge(graph_of(found), "x.ttl", held).verdict
    assert [(each.facts["found"], each.path) for each in verdict.reasons] == []
    held = {name: shaping.shapes_in(data, name) for name, data in shapes(*EUROPE, RANGES).items()}
    verdict = shaping.judge(graph_of(found, profile="dcat-ap"), "x.ttl", held).verdict
    assert [(each.facts["found"], each.path) for each in verdict.reasons] == []
    wrong = graph_of(found)
    for each in list(wrong.subjects(term("csvw:datatype")))[:1]:
        wrong.remove((each, term("csvw:datatype"), None))
    reasons = shaping.judge(wrong, "x.ttl", {HUB: shaping.shapes_in(shapes(HUB)[HUB], HUB)}).verdict.reasons
    assert "$.datatype" in {each.path for each in reasons}


def test_typical_ages_are_of_nine_persons_in_ten_or_of_the_bands_shown(described, ingested):
    few = queries.dataset("chu", on=TODAY).figures
    assert few.ages is None and parse(few.as_dict()) == few  # under 8 persons would lie beyond each end
    assert typical_ages(replace(few, coverage=())) == (None, None)
    assert typical_ages(replace(few, ages=(21, 84))) == (21, 84)
    older = few.as_dict()
    del older["ages"]
    assert parse(older) == few
    graph = graph_of(coded(described))
    assert (of(graph, "healthdcatap:minTypicalAge"), of(graph, "healthdcatap:maxTypicalAge")) == (["21"], ["84"])
    ingested("large", range(1, 201))
    low, high = actions.measure(described, "large", actor="steward").ages
    assert 0 <= low < high <= 120


def test_quality_is_measured_in_the_record_as_everyone_may_read_it(described):
    before = feed.stand(described, ["chu"], feed.Asked(), BASE)
    assert len(of(graph_of(queries.dataset("chu", on=TODAY)), "dqv:hasQualityMeasurement")) == 2
    assessing.assess(described, "chu", actor="steward")
    found = queries.dataset("chu", on=TODAY)
    assert found.checked == bulk.datasets(["chu"], on=TODAY)[0].checked
    public = assessed.assessments("chu")[0].public
    passed, ran = (sum(each[at] for each in found.checked.values()) for at in (0, 1))
    assert (passed, ran) == (public.tally["pass"], public.tally["pass"] + public.tally["fail"])
    graph = graph_of(found)
    told = {
        str(graph.value(graph.value(each, term("dqv:isMeasurementOf")), term("skos:definition"), any=True)): each
        for each in graph.objects(ONE, term("dqv:hasQualityMeasurement"))
    }
    assert len(told) == 5
    assert feed.stand(described, ["chu"], feed.Asked(), BASE).etag != before.etag


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_form_asks_in_the_words_of_the_shapes(site, node, language):
    graph = shaping.own("shapes")
    said = {
        str(each)
        for each in graph.objects(None, rdflib.URIRef(shaping.SHACL + "description"))
        if each.language == language
    }
    assert {asking.asked(name, language).rpartition(" (")[0] for name in asking.FIELDS} <= said
    page = site.text(site.get("/catalogue/chu/describe/", as_="steward", language=language))
    for name in asking.FIELDS:
        assert asking.asked(name, language) in page, name
    assert set(asking.FIELDS) <= {*DescriptionForm().fields, *WORDS}


def test_every_element_that_the_steward_says_is_asked_in_both_languages():
    computed = {"dct:identifier", "adms:sample", "dct:type", "dcat:theme"}
    graph = shaping.own("shapes")
    elements = {asking.short(str(graph.value(each, rdflib.URIRef(shaping.SHACL + "path"))))
                for each in graph.subjects(rdflib.URIRef(shaping.SHACL + "order"))}  # fmt: skip
    assert elements - computed <= set(asking.FIELDS.values()) == set(asking.wordings())
    assert all(set(texts) == {"en", "fr"} for texts in asking.wordings().values())


def test_the_form_begins_with_what_the_delivery_tells_and_shows_what_is_measured(site, ingested):
    node = ingested("new", range(1, 91))
    page = site.get("/catalogue/new/describe/", as_="steward")
    assert b'<option value="a" selected>' in page.content and b'<option value="e" selected>' not in page.content
    assert "What is measured" not in site.text(page)
    actions.measure(node, "new", actor="steward")
    assert "What is measured, and asked of nobody" in site.text(site.get("/catalogue/new/describe/", as_="steward"))
    actions.describe(node, "new", body(categories=["e"]), actor="steward")
    page = site.get("/catalogue/new/describe/", as_="steward", language="fr")
    assert b'<option value="e" selected>' in page.content and b'<option value="a" selected>' not in page.content
    assert "Ce qui est mesuré" in site.text(page) and "90" in site.text(page)
