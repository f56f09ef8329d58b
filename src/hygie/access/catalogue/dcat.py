"""A dataset as a HealthDCAT-AP record: the steward's words and the measured figures, as RDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from hygie.access.catalogue import data_use, vocabulary
from hygie.access.catalogue.graphs import PREFIXES, TABLES, Record, term, write
from hygie.access.catalogue.measured_rdf import measured
from hygie.access.catalogue.values import LANGUAGES, Body, Description, Words
from hygie.base.kernel import refuse

if TYPE_CHECKING:
    from rdflib import URIRef

    from hygie.access.catalogue.queries import Dataset

PROFILE = "https://healthdataeu.pages.code.europa.eu/healthdcat-ap/releases/release-5/"
# Two profiles of one record. Their published shapes contradict each other on the datatype of `dcat:byteSize`
# (xsd:nonNegativeInteger, xsd:decimal), so that a typed distribution cannot satisfy both.
PROFILES = ("healthdcat-ap", "dcat-ap")
SIZES = {"healthdcat-ap": "xsd:nonNegativeInteger", "dcat-ap": "xsd:decimal"}
HEALTH = Words(en="Health", fr="Santé")
KINDS = {
    "PERSONAL_DATA": Words(en="Personal data", fr="Données à caractère personnel"),
    "STATISTICAL": Words(en="Statistics", fr="Statistiques"),
}


def export(
    found: Dataset, form: str, *, base: str, profile: str = PROFILES[0], variables: bool = True, site: str = ""
) -> str:
    """Return a dataset's record as text.

    Parameters
    ----------
    found : Dataset
    form : str        `turtle`, `jsonld` or `rdfxml`
    base : str        what the node's names begin with, `https://…/` or `urn:…:`
    profile : str     one of `PROFILES`
    variables : bool  also each variable
    site : str        what the addresses of its pages begin with, where they are not its names

    Errors      CAT-401 another format; CAT-407 another profile
    Source      HealthDCAT-AP Release 5; mandatory elements of non-public datasets: TEHDAS2 D5.1 (July 2025);
                DCAT-AP 3.0.0
    """
    record = Record()
    describe(found, base, record, profile, variables=variables, site=site)
    return write(record, form)


def describe(
    found: Dataset, base: str, record: Record, profile: str = PROFILES[0], *, variables: bool = False, site: str = ""
) -> URIRef:
    """Add a dataset's record to a graph, with or without its variables, and return the dataset's name."""
    from rdflib import Literal, URIRef

    if profile not in PROFILES:
        raise refuse("CAT-407", found=profile[:40], accepted=", ".join(PROFILES))
    told = found.description
    page = f"{site or base}catalogue/{found.id}/"
    one = URIRef(f"{base}catalogue/{found.id}/")
    record.add(one, "rdf:type", term("dcat:Dataset"))
    record.value(one, "dct:identifier", str(one), "xsd:anyURI")
    record.words(one, "dct:title", told.title)
    record.words(one, "dct:description", told.description)
    for keyword in told.keywords:
        record.words(one, "dcat:keyword", keyword)
    record.words(record.node(one, "dpv:hasPurpose", "dpv:Purpose"), "dct:description", told.purpose)
    record.words(record.node(one, "dct:provenance", "dct:ProvenanceStatement"), "rdfs:label", told.provenance)
    record.words(one, "healthdcatap:populationCoverage", told.population)
    record.add(one, "dcat:version", Literal(str(found.version)))
    record.value(one, "dct:modified", localdate(found.described_at).isoformat(), "xsd:date")
    record.known(one, "dcat:landingPage", f"{page}?format=html", "foaf:Document")
    terms(record, one, found)
    data_uses(record, one, told)
    bodies(record, one, found, told)
    distributions(record, one, found, page, profile)
    measured(record, one, found, variables=variables)
    certificate(record, one, found)
    catalogue_record(record, one, found)
    return one


def terms(record: Record, one: URIRef, found: Dataset) -> None:
    """Add what is said in terms of published tables and laws, each with its class, as a harvester may ask for it."""
    told = found.description
    record.known(one, "dcat:theme", f"{TABLES}data-theme/HEAL", "skos:Concept", HEALTH)
    for theme in told.health_themes:
        record.link(one, "healthdcatap:healthTheme", vocabulary.address("health_theme", theme))
    for letter in told.categories:
        record.link(one, "healthdcatap:healthCategory", vocabulary.address("health_category", letter))
    for country in told.countries:
        record.known(one, "dct:spatial", vocabulary.address("country", country), "dct:Location")
    for language in told.languages:
        record.known(one, "dct:language", vocabulary.address("language", language), "dct:LinguisticSystem")
    record.known(one, "dct:accrualPeriodicity", vocabulary.address("frequency", told.frequency), "dct:Frequency")
    legislation(record, one, told)
    for basis in told.legal_basis:
        record.words(record.node(one, "dpv:hasLegalBasis", "dpv:LegalBasis"), "rdfs:label", Words(en=basis))
    access = "NON_PUBLIC" if told.personal else "PUBLIC"
    record.known(one, "dct:accessRights", f"{TABLES}access-right/{access}", "dct:RightsStatement")
    kind = dataset_type(found)
    record.known(one, "dct:type", f"{TABLES}dataset-type/{kind}", "skos:Concept", KINDS[kind])


def data_uses(record: Record, one: URIRef, told: Description) -> None:
    """Add the holder's terms of use as a policy: one permission for each term that permits, under all that modify.

    Source   ODRL Information Model 2.2; GA4GH Data Use Ontology
    """
    if not told.data_uses:
        return
    policy = record.node(one, "odrl:hasPolicy", "odrl:Set")
    record.link(policy, "odrl:uid", str(policy))
    known = data_use.known()
    nodes: dict[str, list[Any]] = {"permission": [], "modifier": []}
    for each in told.data_uses:
        term_of = known.get(each.term)
        made = record.made_node(one, "constraint", "odrl:Constraint")
        record.link(made, "odrl:leftOperand", PREFIXES["odrl"] + "purpose")
        record.link(made, "odrl:operator", PREFIXES["odrl"] + "isA")
        record.link(made, "odrl:rightOperand", PREFIXES["obo"] + each.term.replace(":", "_"))
        if each.parameter:
            record.value(made, "rdf:value", each.parameter, "xsd:string")
        if term_of:
            record.words(made, "rdfs:label", Words(en=term_of.en, fr=term_of.fr))
        nodes["permission" if term_of and term_of.kind == "permission" else "modifier"].append(made)
    for permits in [[each] for each in nodes["permission"]] or [[]]:
        rule = record.node(policy, "odrl:permission", "odrl:Permission")
        record.add(rule, "odrl:target", one)
        record.link(rule, "odrl:action", PREFIXES["odrl"] + "use")
        for constraint in (*permits, *nodes["modifier"]):
            record.add(rule, "odrl:constraint", constraint)


def legislation(record: Record, subject: Any, told: Description) -> None:
    """Add the law that applies."""
    for address in told.legislation:
        record.known(subject, "dcatap:applicableLegislation", address, "eli:LegalResource")


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


def distributions(record: Record, one: URIRef, found: Dataset, page: str, profile: str) -> None:
    """Add how the data are had, and the dictionary that stands for a sample.

    In HealthDCAT-AP the distribution's class is left to the range of `dcat:distribution`: the French hub's shape wants
    a size as xsd:nonNegativeInteger there, DCAT-AP 3.0.0's wants xsd:decimal of what is typed `dcat:Distribution`.
    """
    from rdflib import RDF

    told = found.description
    for name, address, title, form in (
        ("dcat:distribution", told.open_url or page, told.apply, "PARQUET"),
        ("adms:sample", f"{page}variables/", None, "HTML"),
    ):
        part = record.node(one, name, "dcat:Distribution")
        record.link(part, "dcat:accessURL", address)
        record.words(part, "dct:title", title or Words(en="Dictionary of variables", fr="Dictionnaire des variables"))
        record.known(part, "dct:format", f"{TABLES}file-type/{form}", "dct:MediaTypeOrExtent")
        legislation(record, part, told)
        if name == "dcat:distribution":
            record.words(record.node(part, "dct:rights", "dct:RightsStatement"), "rdfs:label", told.conditions)
            record.words(part, "dct:description", told.fee)
            size = found.figures.bytes if found.figures else 0
            record.value(part, "dcat:byteSize", size, SIZES[profile])
            if profile == PROFILES[0]:
                record.graph.remove((part, RDF.type, term("dcat:Distribution")))


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
    record.known(own, "dct:conformsTo", PROFILE, "dct:Standard")
    written = {language for language in LANGUAGES if getattr(found.description.title, language)}
    for language in sorted(written):
        record.known(own, "dct:language", vocabulary.address("language", language), "dct:LinguisticSystem")
