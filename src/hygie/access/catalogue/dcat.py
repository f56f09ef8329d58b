"""A dataset as a HealthDCAT-AP record: the steward's words and the measured figures, as RDF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from hygie.access.catalogue import vocabulary
from hygie.access.catalogue.values import LANGUAGES, Body, Description, Words
from hygie.base.kernel import refuse

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

    from hygie.access.catalogue.queries import Dataset

PROFILE = "https://healthdataeu.pages.code.europa.eu/healthdcat-ap/releases/release-5/"
FORMATS = {"turtle": ("turtle", "text/turtle"), "jsonld": ("json-ld", "application/ld+json")}
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "healthdcatap": "http://healthdataportal.eu/ns/health#",
    "oa": "http://www.w3.org/ns/oa#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
AUTHORITY = "http://publications.europa.eu/resource/authority/"
STANDARDS = {
    "OMOP CDM 5.4 CSV": "https://ohdsi.github.io/CommonDataModel/cdm54.html",
    "FHIR R4 bulk NDJSON": "http://hl7.org/fhir/R4/",
}


def term(name: str) -> URIRef:
    """Return a prefixed name as an address.

    Example
    -------
    >>> str(term("dct:title"))
    'http://purl.org/dc/terms/title'
    """
    from rdflib import URIRef

    prefix, _, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local)


class Record:
    """An RDF graph that is filled with words, addresses and figures."""

    def __init__(self) -> None:
        from rdflib import Graph

        self.graph: Graph = Graph(bind_namespaces="none")
        self.made: dict[str, int] = {}
        for prefix, address in PREFIXES.items():
            self.graph.bind(prefix, address)

    def add(self, subject: Any, name: str, value: Any) -> None:
        """Add one statement."""
        self.graph.add((subject, term(name), value))

    def words(self, subject: Any, name: str, words: Words | None) -> None:
        """Add a text in each language it is written in."""
        from rdflib import Literal

        for language, text in words.spoken() if words else ():
            self.add(subject, name, Literal(text, lang=language))

    def link(self, subject: Any, name: str, address: str) -> None:
        """Add an address."""
        from rdflib import URIRef

        self.add(subject, name, URIRef(address))

    def value(self, subject: Any, name: str, value: object, kind: str) -> None:
        """Add a typed value, such as `xsd:date`."""
        from rdflib import Literal

        self.add(subject, name, Literal(str(value), datatype=term(kind)))

    def node(self, subject: Any, name: str, kind: str) -> Any:
        """Add a node of a class under an address of its own, the same on every export, and return it."""
        from rdflib import URIRef

        local = name.partition(":")[2]
        self.made[local] = self.made.get(local, 0) + 1
        page = str(subject).partition("#")[0]
        made = URIRef(f"{page}#{local}-{self.made[local]}")
        self.add(subject, name, made)
        self.add(made, "rdf:type", term(kind))
        return made


def export(found: Dataset, form: str, *, base: str) -> str:
    """Return a dataset's record as text.

    Parameters
    ----------
    found : Dataset
    form : str        `turtle` or `jsonld`
    base : str        what the node's addresses begin with, `https://…/` or `urn:…:`

    Errors      CAT-401 another format
    Source      HealthDCAT-AP Release 5; mandatory elements of non-public datasets: TEHDAS2 D5.1 (July 2025)
    """
    if form not in FORMATS:
        raise refuse("CAT-401", found=form[:40], accepted=", ".join(FORMATS))
    graph = describe(found, base).graph
    if form == "jsonld":
        text = graph.serialize(format="json-ld", context=PREFIXES, auto_compact=True, sort_keys=True)
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return str(graph.serialize(format="turtle"))


def describe(found: Dataset, base: str) -> Record:
    """Return a dataset's record as a graph."""
    from rdflib import Literal, URIRef

    told, record = found.description, Record()
    page = f"{base}catalogue/{found.id}/"
    one = URIRef(page)
    record.add(one, "rdf:type", term("dcat:Dataset"))
    record.value(one, "dct:identifier", page, "xsd:anyURI")
    record.words(one, "dct:title", told.title)
    record.words(one, "dct:description", told.description)
    for keyword in told.keywords:
        record.words(one, "dcat:keyword", keyword)
    record.words(record.node(one, "dpv:hasPurpose", "dpv:Purpose"), "dct:description", told.purpose)
    record.words(record.node(one, "dct:provenance", "dct:ProvenanceStatement"), "rdfs:label", told.provenance)
    record.words(one, "healthdcatap:populationCoverage", told.population)
    record.link(one, "dcat:theme", f"{AUTHORITY}data-theme/HEAL")
    for theme in told.health_themes:
        record.link(one, "healthdcatap:healthTheme", vocabulary.address("health_theme", theme))
    for letter in told.categories:
        record.link(one, "healthdcatap:healthCategory", vocabulary.address("health_category", letter))
    for country in told.countries:
        record.link(one, "dct:spatial", vocabulary.address("country", country))
    for language in told.languages:
        record.link(one, "dct:language", vocabulary.address("language", language))
    record.link(one, "dct:accrualPeriodicity", vocabulary.address("frequency", told.frequency))
    for address in told.legislation:
        record.link(one, "dcatap:applicableLegislation", address)
    for basis in told.legal_basis:
        record.words(record.node(one, "dpv:hasLegalBasis", "dpv:LegalBasis"), "rdfs:label", Words(en=basis))
    record.link(one, "dct:accessRights", f"{AUTHORITY}access-right/{'NON_PUBLIC' if told.personal else 'PUBLIC'}")
    record.link(one, "dct:type", f"{AUTHORITY}dataset-type/{dataset_type(found)}")
    record.add(one, "dcat:version", Literal(str(found.version)))
    record.value(one, "dct:modified", localdate(found.described_at).isoformat(), "xsd:date")
    record.link(one, "dcat:landingPage", page)
    bodies(record, one, found, told)
    distributions(record, one, found, base)
    figures(record, one, found)
    certificate(record, one, found)
    catalogue_record(record, one, found)
    return record


def dataset_type(found: Dataset) -> str:
    """Return the kind of data: of persons, even synthetic ones in their place, or statistics."""
    return "PERSONAL_DATA" if found.description.personal else "STATISTICAL"


def bodies(record: Record, one: URIRef, found: Dataset, told: Description) -> None:
    """Add holder, publisher, access body and contact."""
    publisher = agent(record, one, "dct:publisher", told.publishes)
    record.link(publisher, "healthdcatap:publisherType", vocabulary.address("publisher_type", told.publishes.kind))
    record.words(publisher, "healthdcatap:publisherNote", told.publishes.note or Words(en=told.publishes.name))
    record.value(publisher, "healthdcatap:trustedDataHolder", str(found.trusted).lower(), "xsd:boolean")
    if told.publisher is not None:
        agent(record, one, "dct:rightsHolder", told.holder)
    agent(record, one, "healthdcatap:hdab", told.access_body)
    contact = record.node(one, "dcat:contactPoint", "vcard:Kind")
    record.words(contact, "vcard:fn", Words(en=told.answers.name))
    record.link(contact, "vcard:hasEmail", f"mailto:{told.answers.email}")
    record.link(contact, "vcard:hasURL", told.answers.url)


def agent(record: Record, subject: URIRef, name: str, body: Body) -> Any:
    """Add an organisation and return its node."""
    from rdflib import Literal

    made = record.node(subject, name, "foaf:Agent")
    record.add(made, "foaf:name", Literal(body.name))
    record.link(made, "foaf:homepage", body.url)
    record.link(made, "foaf:mbox", f"mailto:{body.email}")
    return made


def distributions(record: Record, one: URIRef, found: Dataset, base: str) -> None:
    """Add how the data are had, and the dictionary that stands for a sample."""
    told = found.description
    page = f"{base}catalogue/{found.id}/"
    for name, address, title, form in (
        ("dcat:distribution", told.open_url or page, told.apply, "PARQUET"),
        ("adms:sample", f"{page}variables/", None, "HTML"),
    ):
        part = record.node(one, name, "dcat:Distribution")
        record.link(part, "dcat:accessURL", address)
        record.words(part, "dct:title", title or Words(en="Dictionary of variables", fr="Dictionnaire des variables"))
        record.link(part, "dct:format", f"{AUTHORITY}file-type/{form}")
        for law in told.legislation:
            record.link(part, "dcatap:applicableLegislation", law)
        if name == "dcat:distribution":
            record.words(record.node(part, "dct:rights", "dct:RightsStatement"), "rdfs:label", told.conditions)
            record.words(part, "dct:description", told.fee)
            record.value(part, "dcat:byteSize", (found.figures.bytes if found.figures else 0), "xsd:nonNegativeInteger")


def figures(record: Record, one: URIRef, found: Dataset) -> None:
    """Add what was measured, guarded as everywhere."""
    held = found.figures
    if held is None:
        return
    if held.persons is not None:
        record.value(one, "healthdcatap:numberOfUniqueIndividuals", held.persons, "xsd:nonNegativeInteger")
    record.value(one, "healthdcatap:numberOfRecords", held.rows, "xsd:nonNegativeInteger")
    if held.period:
        period = record.node(one, "dct:temporal", "dct:PeriodOfTime")
        record.value(period, "dcat:startDate", f"{held.period[0]}-01-01", "xsd:date")
        record.value(period, "dcat:endDate", f"{held.period[1]}-12-31", "xsd:date")
    ages = [each.ages for each in held.coverage if each.ages and each.persons and each.ages[0].isdigit()]
    if ages:
        low = min(int(age.rstrip("+").split("-")[0]) for age in ages)
        record.value(one, "healthdcatap:minTypicalAge", low, "xsd:nonNegativeInteger")
        if not any(age.endswith("+") for age in ages):
            high = max(int(age.split("-")[1]) for age in ages)
            record.value(one, "healthdcatap:maxTypicalAge", high, "xsd:nonNegativeInteger")
    if held.standard in STANDARDS:
        record.link(one, "dct:conformsTo", STANDARDS[held.standard])
    note = record.node(one, "dqv:hasQualityAnnotation", "dqv:QualityAnnotation")
    said = f"{held.quarantine} % of the delivered lines are in quarantine; counts under {held.below} are hidden"
    dit = f"{held.quarantine} % des lignes livrées sont en quarantaine ; les effectifs sous {held.below} sont masqués"
    record.words(record.node(note, "oa:hasBody", "oa:TextualBody"), "rdf:value", Words(en=said, fr=dit))


def certificate(record: Record, one: URIRef, found: Dataset) -> None:
    """Add the quality label as a certificate with a document for each block; one that was revoked is left out."""
    label = found.label.label
    if label is None or found.label.state != "stands":
        return
    note = record.node(one, "dqv:hasQualityAnnotation", "dqv:QualityCertificate")
    record.add(note, "oa:hasTarget", one)
    record.value(note, "dct:issued", label.issued_on.isoformat(), "xsd:date")
    for block in label.blocks.values():
        if block is not None:
            said = record.node(note, "oa:hasBody", "oa:TextualBody")
            record.words(said, "rdf:value", block.says)
            if block.link:
                record.link(said, "dct:source", block.link)
            if block.sha256:
                record.value(said, "dct:identifier", f"urn:sha256:{block.sha256}", "xsd:anyURI")


def catalogue_record(record: Record, one: URIRef, found: Dataset) -> None:
    """Add the record about the description itself, which names the profile and its version."""
    from rdflib import URIRef

    own = URIRef(f"{one}#record")
    record.add(own, "rdf:type", term("dcat:CatalogRecord"))
    record.add(own, "foaf:primaryTopic", one)
    record.value(own, "dct:modified", localdate(found.described_at).isoformat(), "xsd:date")
    record.link(own, "dct:conformsTo", PROFILE)
    written = {language for language in LANGUAGES if getattr(found.description.title, language)}
    for language in sorted(written):
        record.link(own, "dct:language", vocabulary.address("language", language))
