"""Checking a catalogue record by SHACL: the 18 mandatory elements, and shapes that an operator loads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from hygie.access.catalogue.parsing import MOST as MOST
from hygie.access.catalogue.parsing import faults, local, read
from hygie.base.kernel import Reason, Verdict, refuse, visible

if TYPE_CHECKING:
    from rdflib import Graph

ELEMENTS = 18
SHACL = "http://www.w3.org/ns/shacl#"


@dataclass(frozen=True)
class Checked:
    """What a check looked at: datasets in the file, elements of the profile, files of shapes, and the verdict.

    Parameters
    ----------
    warnings : int   findings of the shapes that are no violations
    """

    datasets: int
    elements: int
    verdict: Verdict
    shapes: int = 0
    warnings: int = 0


@dataclass(frozen=True)
class Finding:
    """One result of a shape.

    Parameters
    ----------
    shapes : str     the file of the shapes, empty for our own
    focus : str      the node that was looked at
    path : str       the property, or empty
    value : str      what stands there, or empty
    """

    shapes: str
    focus: str
    path: str
    value: str
    message: str
    violation: bool

    @property
    def reason(self) -> Reason:
        """The finding as a reason."""
        found, name, told = visible(self.focus, 200), local(self.path) or "–", self.message[:300]
        where = f"$.{local(self.path)}"
        if not self.shapes:
            return Reason("CAT-403", {"found": found, "message": name, "element": told}, where)
        value = visible(self.value, 80) or "–"
        facts = {"found": found, "message": name, "shapes": self.shapes, "value": value, "element": told}
        return Reason("CAT-410", facts, where)


def check(data: bytes, name: str, further: Mapping[str, bytes] | None = None) -> Checked:
    """Return whether every dataset of a file has the mandatory elements, with each that is missing or wrong.

    Parameters
    ----------
    data : bytes       Turtle, JSON-LD or RDF/XML, at most 16 MiB; nothing is fetched that it names
    name : str         the file's name, whose ending says what it is
    further : Mapping  files of SHACL shapes by name, such as DCAT-AP's, each judged by itself

    Errors      CAT-402 no RDF; CAT-404 no dataset; CAT-411 no shapes; CAT-403, CAT-409 and CAT-410 in the verdict
    Source      HealthDCAT-AP Release 5; TEHDAS2 D5.1
    """
    loaded = {file: shapes_in(held, file) for file, held in (further or {}).items()}
    return judge(read(data, name), name, loaded)


def own(name: str) -> Graph:
    """Return shapes of ours: `shapes`, the 18 elements; `harvest`, what a record of another catalogue must have."""
    file = f"{name}.ttl"
    return read((resources.files(__package__) / file).read_bytes(), file)


def shapes_in(data: bytes, name: str) -> Graph:
    """Return the shapes of a file; CAT-402 no RDF, CAT-411 none in it."""
    from rdflib import RDF, URIRef

    graph = read(data, name)
    if not any((None, RDF.type, URIRef(SHACL + kind)) in graph for kind in ("NodeShape", "PropertyShape")):
        raise refuse("CAT-411", found=visible(name, 80))
    return graph


def findings(graph: Graph, by: Graph, file: str = "") -> Iterator[Finding]:
    """Yield what shapes find in a graph, in one order."""
    from pyshacl import validate
    from rdflib import Graph as Made
    from rdflib import URIRef

    _, report, _ = validate(graph, shacl_graph=by, inference="none", advanced=False, do_owl_imports=False)
    if not isinstance(report, Made):
        raise refuse("CAT-411", found=visible(file, 80))
    found = set()
    for result in report.objects(None, URIRef(SHACL + "result")):
        focus, path, value, message, severity = (
            str(report.value(result, URIRef(SHACL + part)) or "")
            for part in ("focusNode", "resultPath", "value", "resultMessage", "resultSeverity")
        )
        found.add((focus, path, value, message, local(severity) == "Violation"))
    for one in sorted(found):
        yield Finding(file, *one)


def judge(graph: Graph, name: str, further: Mapping[str, Graph] | None = None) -> Checked:
    """Return what our shapes, and an operator's, find in a graph."""
    from rdflib import RDF, URIRef

    datasets = len(set(graph.subjects(RDF.type, URIRef("http://www.w3.org/ns/dcat#Dataset"))))
    if not datasets:
        raise refuse("CAT-404", found=visible(name, 80))
    held: list[Finding] = list(findings(graph, own("shapes")))
    for file, by in (further or {}).items():
        held += findings(graph, by, file)
    wrong: Sequence[Reason] = [reason_of(*each) for each in sorted(set(faults(graph)))]
    reasons = (*wrong, *(each.reason for each in held if each.violation))
    warnings = sum(not each.violation for each in held)
    return Checked(datasets, ELEMENTS, Verdict(reasons), len(further or {}), warnings)


def reason_of(subject: str, name: str, why: str) -> Reason:
    """Return a fault that no shape looks at as a reason."""
    facts = {"found": visible(subject, 200), "message": local(name), "element": why}
    return Reason("CAT-409", facts, f"$.{local(name)}")
