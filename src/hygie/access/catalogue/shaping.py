"""Checking a catalogue record against the 18 mandatory elements, by SHACL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from hygie.base.kernel import Reason, Verdict, refuse

if TYPE_CHECKING:
    from rdflib import Graph

MOST = 16 << 20
ELEMENTS = 18
SHACL = "http://www.w3.org/ns/shacl#"
ENDINGS = {".ttl": "turtle", ".jsonld": "json-ld", ".json": "json-ld"}


@dataclass(frozen=True)
class Checked:
    """What a check looked at: datasets in the file, elements of the profile, and the verdict."""

    datasets: int
    elements: int
    verdict: Verdict


def check(data: bytes, name: str) -> Checked:
    """Return whether every dataset of a file has the mandatory elements, with each that is missing or wrong.

    Parameters
    ----------
    data : bytes   Turtle or JSON-LD, at most 16 MiB; nothing is fetched that it names
    name : str     the file's name, whose ending says what it is

    Errors      CAT-402 no RDF; CAT-404 no dataset; CAT-403 in the verdict
    Source      HealthDCAT-AP Release 5; TEHDAS2 D5.1
    """
    graph = read(data, name)
    return judge(graph, name)


def read(data: bytes, name: str) -> Graph:
    """Return a file's statements."""
    from pyparsing import ParseException
    from rdflib import Graph
    from rdflib.exceptions import Error
    from rdflib.plugins.parsers.notation3 import BadSyntax

    ending = "." + name.rpartition(".")[2].lower()
    if ending not in ENDINGS or len(data) > MOST:
        raise refuse("CAT-402", found=name[:80], why=f"{ending[:10]}, {len(data)} bytes")
    graph = Graph()
    try:
        text = data.decode()
        if ENDINGS[ending] == "json-ld":
            own_contexts(json.loads(text))
        graph.parse(data=text, format=ENDINGS[ending])
    except (BadSyntax, ParseException, Error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise refuse("CAT-402", found=name[:80], why=type(error).__name__) from None
    return graph


def own_contexts(value: Any) -> None:
    """Refuse a context that would have to be fetched: ValueError."""
    if isinstance(value, list):
        for inside in value:
            own_contexts(inside)
    elif isinstance(value, dict):
        context = value.get("@context")
        for each in context if isinstance(context, list) else [context]:
            if isinstance(each, str) or (isinstance(each, dict) and "@import" in each):
                raise ValueError("a remote context")
        for inside in value.values():
            own_contexts(inside)


def shapes() -> Graph:
    """Return the shapes of `shapes.ttl`."""
    from rdflib import Graph

    graph = Graph()
    graph.parse(data=(resources.files(__package__) / "shapes.ttl").read_text("utf-8"), format="turtle")
    return graph


def judge(graph: Graph, name: str) -> Checked:
    """Return what the shapes find in a graph."""
    from pyshacl import validate
    from rdflib import RDF, URIRef

    dataset = URIRef("http://www.w3.org/ns/dcat#Dataset")
    found = len(set(graph.subjects(RDF.type, dataset)))
    if not found:
        raise refuse("CAT-404", found=name[:80])
    _, report, _ = validate(graph, shacl_graph=shapes(), inference="none", advanced=False, do_owl_imports=False)
    results = []
    for result in report.objects(None, URIRef(SHACL + "result")):
        focus, path, message = (
            report.value(result, URIRef(SHACL + part)) for part in ("focusNode", "resultPath", "resultMessage")
        )
        results.append((str(focus), str(path), str(message)))
    reasons = [
        Reason("CAT-403", {"found": focus[:200], "message": local(path), "element": message[:300]}, f"$.{local(path)}")
        for focus, path, message in sorted(set(results))
    ]
    return Checked(found, ELEMENTS, Verdict(tuple(reasons)))


def local(address: str) -> str:
    """Return the last part of an address.

    Example
    -------
    >>> local("http://purl.org/dc/terms/title")
    'title'
    """
    return address.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
