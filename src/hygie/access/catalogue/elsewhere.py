"""Records of other catalogues, for pages and programs: found by words, shown with their source and days."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hygie.access.catalogue import parsing
from hygie.access.catalogue.graphs import FORMATS, PREFIXES, term
from hygie.access.catalogue.harvesting import Fault
from hygie.access.catalogue.models import Harvest, HarvestedRecord
from hygie.access.catalogue.rules import words_of
from hygie.access.catalogue.splitting import LINK
from hygie.base.kernel import refuse, visible

PAGE = 50
DATA_USE = re.compile(re.escape(PREFIXES["obo"]) + "DUO_([0-9]{7})")


@dataclass(frozen=True)
class Source:
    """Another catalogue: when it was first and last harvested, how many records of it stand, what was not taken."""

    source: str
    title: str
    link: str
    first_at: datetime
    last_at: datetime
    complete: bool
    records: int
    refused: tuple[Fault, ...]


@dataclass(frozen=True)
class Elsewhere:
    """A record of another catalogue.

    Parameters
    ----------
    landing : str          where its publisher shows it; http or https, or empty
    withdrawn_at           since when its catalogue has it no more, None while it stands
    """

    key: str
    source: str
    address: str
    title: str
    summary: str
    publisher: str
    landing: str
    first_at: datetime
    changed_at: datetime
    seen_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Statement:
    """A property of a record with a value; `link` only where a browser may open it."""

    name: str
    value: str
    link: str
    language: str


def sources() -> list[Source]:
    """Return the catalogues that were harvested, by name."""
    counts: dict[str, int] = {}
    for name in HarvestedRecord.objects.filter(withdrawn_at=None).values_list("source", flat=True):
        counts[name] = counts.get(name, 0) + 1
    return [
        Source(
            row.source,
            row.title,
            row.source if LINK.match(row.source) else "",
            row.first_at,
            row.last_at,
            row.complete,
            counts.get(row.source, 0),
            tuple(Fault(**each) for each in json.loads(row.refused)),
        )
        for row in Harvest.objects.order_by("source")
    ]


def listed(search: str, language: str, page: int) -> tuple[list[Elsewhere], int, int]:
    """Return a page of the records that have every word asked for, how many there are, and the page's number."""
    rows = HarvestedRecord.objects.filter(withdrawn_at=None)
    for word in words_of(search):
        rows = rows.filter(search__contains=word)
    total = rows.count()
    page = min(max(1, page), max(1, -(-total // PAGE)))
    cut = rows.order_by(f"title_{language}", "key").defer("document", "search")[(page - 1) * PAGE : page * PAGE]
    return [shown(row, language) for row in cut], total, page


def row_of(key: str) -> HarvestedRecord:
    """Return a record's row; CAT-505 when there is none."""
    row = HarvestedRecord.objects.filter(key=key[:16]).first()
    if row is None:
        raise refuse("CAT-505", found=visible(key, 20))
    return row


def one(key: str, language: str) -> tuple[Elsewhere, Sequence[Statement], Sequence[tuple[str, str]]]:
    """Return a record with what is said of the dataset itself, and its terms of use.

    Errors   CAT-505
    """
    row = row_of(key)
    return shown(row, language), list(statements(row)), data_uses(row)


def shown(row: HarvestedRecord, language: str) -> Elsewhere:
    """Return a row as pages show it."""
    return Elsewhere(
        row.key,
        row.source,
        row.address,
        getattr(row, f"title_{language}"),
        getattr(row, f"summary_{language}"),
        row.publisher,
        row.landing,
        row.first_at,
        row.changed_at,
        row.seen_at,
        row.withdrawn_at,
    )


def statements(row: HarvestedRecord) -> Sequence[Statement]:
    """Return what is said of a dataset, by property; of a node without an address, its texts."""
    from rdflib import BNode, Literal, URIRef

    graph = parsing.read(row.document.encode(), "x.ttl")
    found = []
    for _, name, value in graph.triples((URIRef(row.address), None, None)):
        values = [value] if not isinstance(value, BNode) else [
            each for each in graph.objects(value, None) if isinstance(each, Literal)
        ]  # fmt: skip
        for each in values:
            text = str(each)
            link = text if isinstance(each, URIRef) and LINK.match(text) and len(text) <= 500 else ""
            tongue = (each.language or "") if isinstance(each, Literal) else ""
            found.append(Statement(short(str(name)), visible(text, 2000), link, tongue))
    return sorted(found, key=lambda each: (each.name, each.language, each.value))


def data_uses(row: HarvestedRecord) -> list[tuple[str, str]]:
    """Return the terms of the Data Use Ontology in a record's policies, each with what it names; in order."""
    graph = parsing.read(row.document.encode(), "x.ttl")
    found = set()
    for node, value in graph.subject_objects(term("odrl:rightOperand")):
        named = DATA_USE.fullmatch(str(value))
        if named:
            parameters = sorted(visible(str(each), 200) for each in graph.objects(node, term("rdf:value")))
            found.add((f"DUO:{named[1]}", parameters[0] if parameters else ""))
    return sorted(found)


def short(address: str) -> str:
    """Return a property with its usual prefix.

    Example
    -------
    >>> short("http://purl.org/dc/terms/title"), short("https://own.example/x")
    ('dct:title', 'https://own.example/x')
    """
    for prefix, base in PREFIXES.items():
        if address.startswith(base):
            return f"{prefix}:{address.removeprefix(base)}"
    return visible(address, 200)


def written(key: str, form: str) -> str:
    """Return a record's statements as they were read.

    Errors   CAT-401, CAT-505
    """
    if form not in FORMATS:
        raise refuse("CAT-401", found=visible(form, 40), accepted=", ".join(FORMATS))
    graph = parsing.read(row_of(key).document.encode(), "x.ttl")
    for prefix, base in PREFIXES.items():
        graph.bind(prefix, base)
    return str(graph.serialize(format=FORMATS[form][0]))
