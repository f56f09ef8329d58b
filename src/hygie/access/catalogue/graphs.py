"""RDF graphs: how they are filled, under which names, and how they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hygie.access.catalogue.values import Words
from hygie.base.kernel import refuse

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

# name -> (what rdflib calls it, its media type, how an address ends)
FORMATS = {
    "turtle": ("turtle", "text/turtle", "ttl"),
    "jsonld": ("json-ld", "application/ld+json", "jsonld"),
    "rdfxml": ("xml", "application/rdf+xml", "rdf"),
}
TABLES = "http://publications.europa.eu/resource/authority/"
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "healthdcatap": "http://healthdataportal.eu/ns/health#",
    "obo": "http://purl.obolibrary.org/obo/",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "oa": "http://www.w3.org/ns/oa#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
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
        self.made: dict[tuple[str, str], int] = {}
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
        made = self.made_node(subject, name.partition(":")[2], kind)
        self.add(subject, name, made)
        return made

    def made_node(self, subject: Any, local: str, kind: str) -> Any:
        """Return a new node of a class on a subject's page, to which nothing leads yet."""
        from rdflib import URIRef

        page = str(subject).partition("#")[0]
        number = self.made[page, local] = self.made.get((page, local), 0) + 1
        made = URIRef(f"{page}#{local}-{number}")
        self.add(made, "rdf:type", term(kind))
        return made

    def known(self, subject: Any, name: str, address: str, kind: str, label: Words | None = None) -> None:
        """Add the address of something that is known elsewhere, with its class, label and table."""
        from rdflib import URIRef

        self.link(subject, name, address)
        one = URIRef(address)
        self.add(one, "rdf:type", term(kind))
        self.words(one, "skos:prefLabel", label)
        if address.startswith(TABLES):
            self.link(one, "skos:inScheme", address.rpartition("/")[0])


def write(record: Record, form: str) -> str:
    """Return a graph as text; the same graph is the same text.

    Parameters
    ----------
    form : str   `turtle`, `jsonld` or `rdfxml`

    Errors      CAT-401 another format
    """
    if form not in FORMATS:
        raise refuse("CAT-401", found=form[:40], accepted=", ".join(FORMATS))
    if form == "jsonld":
        text = record.graph.serialize(format="json-ld", context=PREFIXES, auto_compact=True, sort_keys=True)
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if form == "rdfxml":
        return str(in_order(record.graph).serialize(format="xml"))
    return str(record.graph.serialize(format="turtle"))


def in_order(graph: Graph) -> Graph:
    """Return a graph whose statements are read in one order, for writers that write them as they come."""
    from rdflib import Graph
    from rdflib.plugins.stores.memory import SimpleMemory

    class Ordered(SimpleMemory):
        def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
            found = super().triples(triple_pattern, context)
            return iter(sorted(found, key=lambda each: tuple(part.n3() for part in each[0])))

    made = Graph(Ordered(), bind_namespaces="none")
    made += graph
    for prefix, address in graph.namespaces():
        made.bind(prefix, address)
    return made
