"""RDF that others wrote, read without fetching or expanding anything that it names, and refused with the place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from hygie.base.kernel import Refusal, refuse, visible

if TYPE_CHECKING:
    from rdflib import Graph

MOST = 16 << 20
ENDINGS = {".ttl": "turtle", ".jsonld": "json-ld", ".json": "json-ld", ".rdf": "xml", ".xml": "xml", ".owl": "xml"}
MEDIA = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
# what a whole address looks like (RFC 3987, loosely): a scheme, then no sign that RDF forbids in addresses
WHOLE = re.compile(r'^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]+$')
NOWHERE = "http://no-base.invalid/"


def read(data: bytes, name: str, form: str = "", base: str = NOWHERE) -> Graph:
    """Return a file's statements.

    Parameters
    ----------
    data : bytes   at most 16 MiB
    name : str     the file's name, whose ending says what it is
    form : str     what it is, as rdflib calls it, when the name does not say so
    base : str     what relative addresses begin with

    Errors      CAT-402 with the line and column
    """
    from pyparsing import ParseException
    from rdflib import Graph
    from rdflib.exceptions import Error
    from rdflib.plugins.parsers.notation3 import BadSyntax

    ending = "." + name.rpartition(".")[2].lower()
    kind = form or ENDINGS.get(ending, "")
    if not kind or len(data) > MOST:
        raise fault(name, f"{visible(ending, 10)}, {len(data)} bytes")
    graph = Graph(bind_namespaces="none")
    try:
        if kind == "xml":
            harmless(data, name)
        text = data.decode("utf-8-sig") if kind != "xml" else data
        if kind == "json-ld":
            own_contexts(json.loads(text))
        graph.parse(data=text, format=kind, publicID=base)
    except UnicodeDecodeError as error:
        raise fault(name, "not UTF-8", data[: error.start].count(b"\n") + 1) from None
    except json.JSONDecodeError as error:
        raise fault(name, error.msg, error.lineno, error.colno) from None
    except BadSyntax as error:
        raise fault(name, visible(str(error._why), 160), *place(error)) from None
    except (ParseException, Error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = type(error).__name__ if not isinstance(error, ValueError) else visible(str(error), 160)
        raise fault(name, why) from None
    return graph


def fault(name: str, why: str, line: int = 0, column: int = 0) -> Refusal:
    """Return the refusal of a file, with the place where that is known."""
    at = f"line {line}, column {column}: " if column else f"line {line}: " if line else ""
    return refuse("CAT-402", found=visible(name, 80), why=at + why)


def place(error: Any) -> tuple[int, int]:
    """Return the line and column of a fault in Turtle."""
    text, at = error._str, error._i
    text = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def harmless(data: bytes, name: str) -> None:
    """Refuse XML that declares entities or an outer document type: CAT-402; so nothing grows and nothing is fetched."""
    parser = expat.ParserCreate()

    def declared(*_: Any) -> None:
        raise fault(name, "an entity is declared", parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def typed(_: str, system: str | None, public: str | None, __: bool) -> None:
        if system or public:
            raise fault(name, "an outer document type", parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    parser.EntityDeclHandler = declared
    parser.StartDoctypeDeclHandler = typed
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise fault(name, expat.ErrorString(error.code), error.lineno, error.offset + 1) from None


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


def faults(graph: Graph) -> Iterator[tuple[str, str, str]]:
    """Yield what no shape looks at: values that are not of their type, and addresses that are none.

    Yields   the subject, the property and what is wrong
    """
    from rdflib import Literal, URIRef

    for subject, name, value in graph:
        if isinstance(value, Literal) and value.ill_typed:
            yield str(subject), str(name), f"“{visible(str(value), 60)}” is no {local(str(value.datatype))}"
        kinds = [value.datatype] if isinstance(value, Literal) else []
        for each in (subject, name, value, *kinds):
            if isinstance(each, URIRef) and (not WHOLE.match(each) or each.startswith(NOWHERE)):
                yield str(subject), str(name), f"“{visible(str(each).removeprefix(NOWHERE), 80)}” is no whole address"


def local(address: str) -> str:
    """Return the last part of an address.

    Example
    -------
    >>> local("http://purl.org/dc/terms/title")
    'title'
    """
    return address.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
