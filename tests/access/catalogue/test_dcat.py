"""HealthDCAT-AP: every mandatory element is exported, and each that is missing is named."""

from datetime import date, timedelta

import pytest
import rdflib
from rdflib.compare import isomorphic

from hygie.access.catalogue import actions, feed, parsing, queries, shaping, trusting
from hygie.access.catalogue.dcat import PROFILE
from hygie.access.catalogue.graphs import PREFIXES, term
from hygie.base.kernel import Refusal
from tests.access.catalogue.descriptions import HOLDER, body

TODAY = date(2026, 11, 21)
BASE = "https://node.example/"
ONE = rdflib.URIRef(f"{BASE}catalogue/chu/")
MANDATORY = [
    "dct:title", "dct:description", "dct:identifier", "dpv:hasPurpose", "dct:provenance", "dcat:keyword", "dct:spatial",
    "dcat:contactPoint", "dct:publisher", "healthdcatap:hdab", "adms:sample", "dcat:distribution",
    "dcatap:applicableLegislation", "dct:accessRights", "dct:type", "healthdcatap:healthCategory", "dcat:theme",
    "healthdcatap:healthTheme",
]  # fmt: skip


@pytest.fixture
def graph(listed):
    return parsing.read(queries.export("chu", "turtle", on=TODAY, base=BASE).encode(), "chu.ttl")


def test_the_eighteen_elements_are_there(graph):
    assert len(MANDATORY) == shaping.ELEMENTS == 18
    assert all((ONE, term(name), None) in graph for name in MANDATORY)
    found = shaping.judge(graph, "chu.ttl")
    assert found.datasets == 1 and found.verdict.allowed


@pytest.mark.parametrize("name", MANDATORY)
def test_each_element_that_is_missing_is_named(graph, name):
    graph.remove((ONE, term(name), None))
    reasons = shaping.judge(graph, "chu.ttl").verdict.reasons
    assert {(reason.code, reason.path) for reason in reasons} == {("CAT-403", f"$.{name.partition(':')[2]}")}
    assert name in str(reasons[0].facts["element"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dct:title", rdflib.Literal("no language")),  # SU-77-1: a title without a language tag
        ("dct:accessRights", rdflib.URIRef("http://publications.europa.eu/resource/authority/access-right/PUBLIC")),
        ("dct:type", rdflib.URIRef("http://publications.europa.eu/resource/authority/dataset-type/STATISTICAL")),
        ("healthdcatap:healthCategory", rdflib.URIRef("http://healthdataportal.eu/resource/authority/other/a")),
        ("dcatap:applicableLegislation", rdflib.URIRef("http://data.europa.eu/eli/reg/2016/679/oj")),
        ("dct:publisher", rdflib.URIRef("https://nobody.example/")),
        ("dcat:contactPoint", rdflib.URIRef("https://nobody.example/")),
    ],
)
def test_each_element_that_is_wrong_is_named(graph, name, value):
    graph.set((ONE, term(name), value))
    paths = {reason.path for reason in shaping.judge(graph, "chu.ttl").verdict.reasons}
    assert paths == {f"$.{name.partition(':')[2]}"}


def test_the_three_formats_say_the_same(listed):
    turtle, jsonld, xml = (
        parsing.read(queries.export("chu", form, on=TODAY, base=BASE).encode(), f"chu.{ending}")
        for form, ending in (("turtle", "ttl"), ("jsonld", "jsonld"), ("rdfxml", "rdf"))
    )
    assert isomorphic(turtle, jsonld) and isomorphic(turtle, xml)
    for form in ("turtle", "jsonld", "rdfxml"):
        assert queries.export("chu", form, on=TODAY, base="urn:test:") == queries.export(
            "chu", form, on=TODAY, base="urn:test:"
        )
    assert (rdflib.URIRef(f"{ONE}#record"), term("dct:conformsTo"), rdflib.URIRef(PROFILE)) in turtle


def test_figures_are_guarded_and_texts_have_their_language(described):
    graph = parsing.read(queries.export("chu", "turtle", on=TODAY, base=BASE).encode(), "chu.ttl")
    assert str(graph.value(ONE, term("healthdcatap:numberOfUniqueIndividuals"))) == "90"
    period = graph.value(ONE, term("dct:temporal"))
    assert str(graph.value(period, term("dcat:startDate"))) == "2014-01-01"
    assert {title.language for title in graph.objects(ONE, term("dct:title"))} == {"en", "fr"}
    assert shaping.judge(graph, "chu.ttl").verdict.allowed


def test_a_holder_apart_from_the_publisher_and_a_trusted_one(node):
    publisher = {**HOLDER, "name": "Region (synthetic)", "kind": "govHealth"}
    actions.describe(node, "chu", body(publisher=publisher), actor="steward")
    trusting.trust(
        node, HOLDER["name"], review_on=TODAY + timedelta(days=30), published="Fit.", confirmed=True, actor="officer"
    )
    graph = parsing.read(queries.export("chu", "turtle", on=TODAY, base=BASE).encode(), "chu.ttl")
    names = {str(each) for agent in graph.objects(ONE, term("dct:rightsHolder")) for each in graph.objects(agent)}
    assert HOLDER["name"] in names
    one = graph.value(ONE, term("dct:publisher"))
    assert graph.value(one, term("healthdcatap:trustedDataHolder")).toPython() is True
    assert shaping.judge(graph, "chu.ttl").verdict.allowed


def test_markup_in_words_stays_text(node):
    evil = 'A "title" \\ with <script>alert(1)</script> @en . <urn:x> a <urn:y>'
    actions.describe(node, "chu", body(title={"en": evil}), actor="steward")
    for form, name in (("turtle", "x.ttl"), ("jsonld", "x.jsonld"), ("rdfxml", "x.rdf")):
        graph = parsing.read(queries.export("chu", form, on=TODAY, base=BASE).encode(), name)
        assert str(graph.value(ONE, term("dct:title"))) == evil
        assert (rdflib.URIRef("urn:x"), None, None) not in graph


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"this is no turtle", "x.ttl", "CAT-402"),
        (b"{", "x.jsonld", "CAT-402"),
        (b"\xff\xfe", "x.ttl", "CAT-402"),
        (b"<a/>", "x.exe", "CAT-402"),
        (b"<a", "x.rdf", "CAT-402"),
        (b'{"@context": "https://remote.example/context.jsonld", "@id": "urn:x"}', "x.jsonld", "CAT-402"),
        (b'[{"@id": "urn:x", "urn:p": {"@context": ["https://remote.example/c"]}}]', "x.json", "CAT-402"),
        (b'{"@context": {"@import": "https://remote.example/c"}, "@id": "urn:x"}', "x.json", "CAT-402"),
        (b"<urn:x> <urn:y> <urn:z> .", "x.ttl", "CAT-404"),
    ],
)
def test_what_is_no_record_is_refused_and_nothing_is_fetched(data, name, code):
    with pytest.raises(Refusal) as refused:
        shaping.check(data, name)
    assert refused.value.code == code


def test_another_format_is_refused(listed):
    with pytest.raises(Refusal) as refused:
        queries.export("chu", "xml", on=TODAY, base="urn:test:")
    assert refused.value.code == "CAT-401"
    with pytest.raises(Refusal) as refused:
        feed.everything(listed, "turtle", base=BASE, on=TODAY, profile="other")
    assert refused.value.code == "CAT-407"
    assert set(PREFIXES) >= {"dcat", "healthdcatap"}
