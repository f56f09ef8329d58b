"""Harvesting another catalogue: its records are taken, kept apart with their source and day, renewed and withdrawn."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import transaction

from hygie.access.catalogue import fetching, parsing, shaping, splitting
from hygie.access.catalogue.graphs import term
from hygie.access.catalogue.models import Harvest, HarvestedRecord
from hygie.access.catalogue.rules import plain
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, Refusal, canonical, digest, refuse, silent, visible
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check

if TYPE_CHECKING:
    from rdflib import Graph

    from hygie.access.catalogue.splitting import Part

PAGES = 5_000
RECORDS = 100_000
BYTES = 512 << 20
RECORD_BYTES = 1 << 20
SECONDS = 3600.0
TOLD = 200
FAULTS = 20
LONGEST = 500
STANDING = ("key", "address", "sha256", "first_at", "changed_at", "withdrawn_at")


@dataclass(frozen=True)
class Fault:
    """Why a page or a record was not taken.

    Parameters
    ----------
    record : str   its address, or the page's
    path : str     the property, or the line and column
    """

    record: str
    path: str
    why: str


@dataclass
class Report:
    """What a harvest did.

    Parameters
    ----------
    complete : bool   every page was read: what was not seen is withdrawn
    taken : int       records that stand now; of them `added` new, `changed`, the others as they were
    refused : list    what was not taken, with place and reason
    """

    source: str
    title: str = ""
    pages: int = 0
    complete: bool = False
    taken: int = 0
    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    refused: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Taken:
    """A record as it will be written: its text, packed, its hash, and what lists show; its graph is let go."""

    packed: bytes
    sha256: str
    shown: dict[str, str]

    @property
    def text(self) -> str:
        """The record's statements."""
        return zlib.decompress(self.packed).decode()


@dataclass
class Read:
    """What was read of a catalogue so far."""

    report: Report
    records: dict[str, Taken] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    about: Part | None = None
    bytes: int = 0


def harvest(
    node: Node,
    source: str,
    *,
    actor: str,
    data: bytes | None = None,
    shapes: Mapping[str, bytes] | None = None,
    private: bool = False,
    progress: Progress = silent,
) -> Report:
    """Take the records of another catalogue and keep them apart; those that it no longer has are withdrawn.

    Parameters
    ----------
    source : str           an https address, whose links to further pages of its host are followed; or a file's name
    data : bytes or None   the file's content
    shapes : Mapping       files of SHACL shapes by name that every record must satisfy as well
    private : bool         also ask addresses that are not public

    Errors      PPL codes; CAT-501, CAT-502 the first page; CAT-402 a file, CAT-404 no dataset in it; CAT-411
    Source      Reg. (EU) 2025/327 art. 79 (SU-79)
    """
    check(actor, "catalogue.harvest", {})
    loaded = {file: shaping.shapes_in(held, file) for file, held in (shapes or {}).items()}
    own = shaping.own("harvest")
    held = Read(Report(f"file:{source[:400]}" if data is not None else source[:500]))
    for name, graph in pages(source, data, held.report, private=private):
        held.report.pages += 1
        taken(held, graph, {"": own, **loaded}, name)
        progress("harvested", len(held.records))
        if len(held.records) > RECORDS or held.bytes > BYTES:
            held.report.complete = False
            held.report.refused.append(Fault(name, "", f"more than {RECORDS} records or {BYTES} bytes"))
            break
    if not held.records and not held.kept:
        raise refuse("CAT-404", found=visible(source, 80))
    return keep(node, held, actor)


def pages(source: str, data: bytes | None, report: Report, *, private: bool) -> Iterator[tuple[str, Graph]]:
    """Yield the pages of a catalogue; a later one that cannot be had is told in the report and ends it."""
    if data is not None:
        graph = parsing.read(data, source)
        report.complete = not following(graph)
        yield source, graph
        return
    ends, at, seen = time.monotonic() + SECONDS, source, {source}
    host = urlsplit(source).netloc
    while at:
        try:
            found = fetching.fetch(at, private=private)
            graph = parsing.read(found.data, urlsplit(found.address).path, found.form, found.address)
        except Refusal as refusal:
            if at == source:
                raise
            report.refused.append(Fault(at, "", told(refusal)))
            return
        host = host if at != source else urlsplit(found.address).netloc
        yield at, graph
        at = following(graph)
        if not at:
            report.complete = True
        elif at in seen or len(seen) >= PAGES or time.monotonic() > ends or urlsplit(at).netloc != host:
            report.refused.append(Fault(visible(at, 200), "hydra:next", "a page again, on another host, or too many"))
            return
        seen.add(at)


def following(graph: Graph) -> str:
    """Return the address of the page that follows, empty at the end."""
    for name in ("hydra:next", "hydra:nextPage"):
        for each in graph.objects(None, term(name)):
            return str(each)
    return ""


def told(refusal: Refusal) -> str:
    """Return why something was refused, in one English sentence."""
    return explain(refusal.verdict.reasons[0], "en").found


def taken(held: Read, graph: Graph, by: Mapping[str, Graph], name: str) -> None:
    """Add a page's records to what was read, but for those that break a shape or a rule."""
    found = list(splitting.parts(graph))
    of: dict[str, list[Part]] = {}
    for each in found:
        for node in each.nodes:
            of.setdefault(node, []).append(each)
    wrong: dict[int, list[Fault]] = {}
    for at, path, why in faults(graph, by):
        for each in of.get(at, ()):
            fault = Fault(visible(str(each.root), 300), parsing.local(path), visible(why, 300))
            wrong.setdefault(id(each), []).append(fault)
    for each in found:
        address, faulty = str(each.root), id(each) in wrong
        text = each.text if each.whole and not faulty else ""
        if not (faulty or (each.whole and len(address) <= LONGEST and len(text) <= RECORD_BYTES)):
            wrong[id(each)] = [Fault(visible(address, 300), "", "too much is said of it, or its address is too long")]
        if id(each) in wrong:
            held.kept.add(address)
            held.report.refused += list(dict.fromkeys(wrong[id(each)]))[:FAULTS]
        elif address not in held.records:
            held.records[address] = Taken(zlib.compress(text.encode()), each.sha256, shown(each))
            held.bytes += len(text)
    if not found:
        held.report.refused.append(Fault(visible(name, 200), "", "no dataset in it"))
    held.about = held.about or splitting.catalogue(graph)


def faults(graph: Graph, by: Mapping[str, Graph]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong in a page: node, property and reason."""
    yield from sorted(set(parsing.faults(graph)))
    for file, shapes in by.items():
        for each in shaping.findings(graph, shapes, file):
            if each.violation:
                yield each.focus, each.path or term("rdf:type"), f"{each.message} {f'({file})' if file else ''}".strip()


def key_of(source: str, address: str) -> str:
    """Return what a record is called here.

    Example
    -------
    >>> len(key_of("https://other.example/", "https://other.example/1"))
    16
    """
    return digest(canonical([source, address]))[:16]


def keep(node: Node, held: Read, actor: str) -> Report:
    """Write what was read, in one change with its fact."""
    report, at = held.report, node.clock()
    name = report.source
    report.title = held.about.said("dct:title", "en")[:300] if held.about else ""
    with transaction.atomic():
        rows = HarvestedRecord.objects.select_for_update().filter(source=name).only(*STANDING)
        before = {row.key: row for row in rows.iterator()}
        for address, part in sorted(held.records.items()):
            row = before.pop(key_of(name, address), None)
            made = HarvestedRecord(
                key=key_of(name, address), source=name, address=address, first_at=at, changed_at=at, seen_at=at,
                document=part.text, sha256=part.sha256, **part.shown,
            )  # fmt: skip
            if row is not None:
                made.first_at = row.first_at
                made.changed_at = at if row.sha256 != made.sha256 or row.withdrawn_at else row.changed_at
                report.changed += made.changed_at == at
            else:
                report.added += 1
            made.save(force_insert=row is None, force_update=row is not None)
        report.taken = len(held.records)
        gone = [row.key for row in before.values() if row.withdrawn_at is None and row.address not in held.kept]
        if report.complete:
            report.withdrawn = len(gone)
            HarvestedRecord.objects.filter(key__in=gone).update(withdrawn_at=at)
        text = canonical([asdict(each) for each in report.refused[:TOLD]]).decode()
        standing = {"title": report.title, "last_at": at, "complete": report.complete, "refused": text}
        standing |= {"about": held.about.text if held.about else ""}
        Harvest.objects.update_or_create(source=name, defaults=standing, create_defaults={**standing, "first_at": at})
        records = digest(canonical(sorted(part.sha256 for part in held.records.values())))
        body = {"source": name, "records": records, "complete": report.complete, "refused": len(report.refused)}
        body |= {part: getattr(report, part) for part in ("taken", "added", "changed", "withdrawn")}
        ledger.append([Fact("catalogue.harvested", digest(name.encode())[:16], actor, at, body)])
    return report


def shown(part: Part) -> dict[str, str]:
    """Return what lists show of a record."""
    publishers = [str(name) for one in part.graph.objects(part.root, term("dct:publisher"))
                  for name in part.graph.objects(one, term("foaf:name"))]  # fmt: skip
    found = {"publisher": " ".join(min(publishers, default="").split())[:300]}
    found["landing"] = part.link("dcat:landingPage", "foaf:page") or (
        str(part.root) if splitting.LINK.match(str(part.root)) else ""
    )
    texts = [str(part.root), found["publisher"]]
    for language in ("en", "fr"):
        found[f"title_{language}"] = visible(part.said("dct:title", language), 300)
        found[f"summary_{language}"] = visible(part.said("dct:description", language), 1000)
        texts += [found[f"title_{language}"], found[f"summary_{language}"]]
    texts += [str(each) for each in part.graph.objects(part.root, term("dcat:keyword"))]
    found["search"] = plain(" \n ".join(texts))[:20_000]
    return found


def graph_of(source: str) -> Graph:
    """Return the records of a source that stand, with its catalogue's list of them, as they were read."""
    from rdflib import URIRef

    rows = list(HarvestedRecord.objects.filter(source=source, withdrawn_at=None).values_list("address", "document"))
    name = "harvested records"
    about = Harvest.objects.get(source=source).about
    graph = parsing.read("".join([about, *(text for _, text in rows)]).encode(), name, "turtle")
    for one in splitting.of_kind(graph, "dcat:Catalog"):
        for address, _ in rows:
            graph.add((one, term("dcat:dataset"), URIRef(address)))
        for record in splitting.of_kind(graph, "dcat:CatalogRecord"):
            graph.add((one, term("dcat:record"), record))
    return graph
