"""The datasets of a graph, each with the statements that are about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hygie.access.catalogue.graphs import term
from hygie.access.catalogue.parsing import faults
from hygie.base.kernel import digest

if TYPE_CHECKING:
    from rdflib import Graph

MOST = 20_000
ROUNDS = 4
LINK = re.compile(r'^https?://[A-Za-z0-9][^\s<>"{}|^`\\]*$')


@dataclass(frozen=True)
class Part:
    """A node of a graph with all that is said of it; `whole` is False when that was too much to take."""

    root: Any
    graph: Graph
    whole: bool

    @property
    def nodes(self) -> frozenset[str]:
        """What the part speaks of."""
        return frozenset(str(each) for each in self.graph.subjects())

    @property
    def text(self) -> str:
        """The part's statements in one order, as Turtle without prefixes."""
        return "".join(sorted(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in self.graph))

    @property
    def sha256(self) -> str:
        """What tells this part from another one, whatever its nodes without a name are called."""
        return digest("\n".join(sorted(lines(self.graph))).encode())

    def said(self, name: str, language: str) -> str:
        """Return a text of the root in a language, or in the nearest there is; empty when there is none."""
        texts = sorted(
            ((tongue(each), str(each)) for each in self.graph.objects(self.root, term(name)) if not uri(each)),
            key=lambda each: (not each[0].startswith(language), not each[0].startswith("en"), each),
        )
        return " ".join(texts[0][1].split()) if texts else ""

    def link(self, *names: str) -> str:
        """Return the first address of the root that a browser may open; a script or a file is none."""
        for name in names:
            for each in sorted(str(value) for value in self.graph.objects(self.root, term(name))):
                if LINK.match(each):
                    return each[:500]
        return ""


def uri(value: Any) -> bool:
    """Return whether a value is a node and no text."""
    from rdflib import Literal

    return not isinstance(value, Literal)


def tongue(value: Any) -> str:
    """Return the language that a text is written in, empty where it does not say."""
    return str(getattr(value, "language", None) or "")


def parts(graph: Graph) -> Iterator[Part]:
    """Yield each dataset of a graph, in the order of their addresses."""
    roots = sorted(of_kind(graph, "dcat:Dataset"), key=str)
    stops = {*roots, *of_kind(graph, "dcat:Catalog"), *of_kind(graph, "hydra:PagedCollection")}
    for root in roots:
        own = [*graph.subjects(term("foaf:primaryTopic"), root)]
        yield part(graph, root, own, stops)


def catalogue(graph: Graph) -> Part | None:
    """Return what a graph says of the catalogue itself, without its list of datasets; None when there is none."""
    found = sorted(of_kind(graph, "dcat:Catalog"), key=str)
    if not found:
        return None
    stops = {*of_kind(graph, "dcat:Dataset"), *of_kind(graph, "dcat:CatalogRecord"), *found}
    made = part(graph, found[0], [], stops)
    for name in ("dcat:dataset", "dcat:record"):
        made.graph.remove((found[0], term(name), None))
    for subject, name, _ in {each[:3] for each in faults(made.graph)}:
        for triple in [*made.graph]:
            if (str(triple[0]), str(triple[1])) == (subject, name):
                made.graph.remove(triple)
    return made if made.whole else None


def of_kind(graph: Graph, kind: str) -> set[Any]:
    """Return the nodes of a class."""
    return set(graph.subjects(term("rdf:type"), term(kind)))


def part(graph: Graph, root: Any, own: Iterable[Any], stops: set[Any]) -> Part:
    """Return a node with what is said of it and of the nodes that it leads to, up to other datasets and catalogues."""
    from rdflib import Graph as Made

    made = Made(bind_namespaces="none")
    waiting, seen = [root, *own], {root, *own}
    while waiting:
        node = waiting.pop()
        for triple in graph.triples((node, None, None)):
            made.add(triple)
            value = triple[2]
            if uri(value) and value not in seen and value not in stops:
                seen.add(value)
                waiting.append(value)
        if len(made) > MOST:
            return Part(root, made, whole=False)
    return Part(root, made, whole=True)


def lines(graph: Graph) -> Iterator[str]:
    """Yield the statements with nodes without a name called by what is said of them, a few steps deep."""
    from rdflib import BNode

    colours: Mapping[Any, str] = {each: "_" for each in graph.subjects() if isinstance(each, BNode)}

    def called(node: Any) -> str:
        return colours.get(node, "_") if isinstance(node, BNode) else str(node.n3())

    for _ in range(ROUNDS):
        said = {
            node: sorted(f"{p.n3()} {called(o)}" for _, p, o in graph.triples((node, None, None))) for node in colours
        }
        colours = {node: digest("\n".join(texts).encode()) for node, texts in said.items()}
    for s, p, o in graph:
        yield f"{called(s)} {p.n3()} {called(o)}"
