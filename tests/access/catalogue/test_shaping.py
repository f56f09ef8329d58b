"""Published shapes, kept outside the project, find no violation in what the catalogue writes; faults are named."""

import pytest
import rdflib

from hygie.access.catalogue import actions, feed, parsing, shaping
from hygie.base.kernel import Refusal
from hygie.node.demo.described import descriptions
from tests.access.catalogue.test_dcat import BASE, TODAY

HUB = "hdap-validator-sensitivity-shape.ttl"
EUROPE = [f"dcat-ap-3.0.0/{name}.ttl" for name in ("shapes", "mdr-vocabularies.shape", "deprecateduris")]
RANGES = "dcat-ap-3.0.0/range.ttl"
XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://www.w3.org/ns/dcat#">'


@pytest.fixture
def shapes(testdata):
    """The published shapes by name, as an operator would load them."""

    def load(*names):
        for name in names:
            if not (testdata / "healthdcat" / name).is_file():
                pytest.skip("the shapes are not in the shared data")
        return {name: (testdata / "healthdcat" / name).read_bytes() for name in names}

    return load


@pytest.fixture
def shown(described):
    """The measured dataset, and every dataset of the demonstration."""
    for name, told in descriptions("demo", described.today()):
        actions.describe(described, name, told, actor="steward")
    return described


def test_every_record_and_the_catalogue_satisfy_the_french_hubs_and_europes_shapes(shown, shapes):
    text = feed.everything(shown, "turtle", base=BASE, on=TODAY).encode()
    found = shaping.check(text, "all.ttl", shapes(HUB, *EUROPE))
    assert [(each.facts["found"], each.path) for each in found.verdict.reasons] == []
    assert found.datasets > 5 and found.shapes == 4


def test_in_dcat_ap_the_classes_of_all_values_are_right_too(shown, shapes):
    text = feed.everything(shown, "rdfxml", base=BASE, on=TODAY, profile="dcat-ap").encode()
    found = shaping.check(text, "all.rdf", shapes(*EUROPE, RANGES))
    assert [(each.facts["found"], each.path) for each in found.verdict.reasons] == []


def test_only_a_distribution_without_a_class_satisfies_both_published_shapes(described, shapes):
    both, size = shapes(HUB, EUROPE[0]), "$.byteSize"
    text = feed.everything(described, "turtle", base=BASE, on=TODAY)
    graph = parsing.read(text.encode(), "x.ttl")
    held = {name: shaping.shapes_in(data, name) for name, data in both.items()}
    part = rdflib.URIRef(f"{BASE}catalogue/chu/#distribution-1")
    graph.add((part, rdflib.RDF.type, rdflib.URIRef("http://www.w3.org/ns/dcat#Distribution")))
    reasons = shaping.judge(graph, "x.ttl", held).verdict.reasons
    assert [(each.code, each.facts["shapes"], each.path) for each in reasons] == [("CAT-410", EUROPE[0], size)]
    graph.set(
        (part, rdflib.URIRef("http://www.w3.org/ns/dcat#byteSize"), rdflib.Literal("1.0", datatype=rdflib.XSD.decimal))
    )
    reasons = shaping.judge(graph, "x.ttl", held).verdict.reasons
    assert {each.facts["shapes"] for each in reasons} == {HUB} and size in {each.path for each in reasons}


def test_a_record_that_lacks_something_is_refused_by_the_shape_that_asks_for_it(described, shapes):
    graph = parsing.read(feed.everything(described, "turtle", base=BASE, on=TODAY).encode(), "x.ttl")
    graph.remove((None, rdflib.URIRef("http://purl.org/dc/terms/provenance"), None))
    held = {name: shaping.shapes_in(data, name) for name, data in shapes(HUB).items()}
    codes = [(each.code, each.path) for each in shaping.judge(graph, "x.ttl", held).verdict.reasons]
    assert codes == [("CAT-403", "$.provenance"), ("CAT-410", "$.provenance")]


@pytest.mark.parametrize(
    ("data", "name", "at"),
    [
        (b"<urn:x> <urn:y> <urn:z> .\n<urn:x> <urn:y> oh no .\n", "x.ttl", "line 2, column 16"),
        (b'{"@id": "urn:x",\n "urn:p": }', "x.jsonld", "line 2, column 11"),
        (b"<urn:x> <urn:y> '\xff' .", "x.ttl", "line 1: not UTF-8"),
        (f"{XML}\n<d:Dataset></rdf:RDF>".encode(), "x.rdf", "line 2, column 14"),
        (b'<!DOCTYPE a [\n<!ENTITY b "c">]><a>&b;</a>', "x.rdf", "line 2, column 12: an entity"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "x.rdf", "an entity"),
        (b'<!DOCTYPE a SYSTEM "https://remote.example/a.dtd"><a/>', "x.rdf", "an outer document type"),
        (b"[" * 200_000, "x.jsonld", "RecursionError"),
        (b'{"@context": "https://remote.example/c", "@id": "urn:x"}', "x.json", "a remote context"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(data, name, at):
    with pytest.raises(Refusal) as refused:
        parsing.read(data, name)
    assert refused.value.code == "CAT-402" and at in refused.value.verdict.reasons[0].facts["why"]


def test_an_entity_that_grows_is_refused_before_it_grows():
    bomb = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    with pytest.raises(Refusal):
        parsing.read(f'<!DOCTYPE a [<!ENTITY a0 "lol">{bomb}]><a>&a9;</a>'.encode(), "x.rdf")


def test_values_that_are_not_of_their_type_and_addresses_that_are_none_are_named(described):
    graph = parsing.read(feed.everything(described, "turtle", base=BASE, on=TODAY).encode(), "x.ttl")
    one = rdflib.URIRef(f"{BASE}catalogue/chu/")
    graph.set((one, rdflib.DCTERMS.modified, rdflib.Literal("2026-13-45", datatype=rdflib.XSD.date)))
    graph.add((one, rdflib.RDFS.seeAlso, rdflib.URIRef("no scheme")))
    reasons = shaping.judge(graph, "x.ttl").verdict.reasons
    assert [(each.code, each.path) for each in reasons] == [("CAT-409", "$.modified"), ("CAT-409", "$.seeAlso")]


def test_a_file_without_shapes_checks_nothing_and_says_so():
    with pytest.raises(Refusal) as refused:
        shaping.check(b"", "x.ttl", {"none.ttl": b"<urn:x> <urn:y> <urn:z> ."})
    assert refused.value.code == "CAT-411"
