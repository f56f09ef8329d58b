"""The whole catalogue as RDF for whoever harvests it: a `dcat:Catalog`, page by page, with Hydra's links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.timezone import localdate

from hygie import __version__
from hygie.access.catalogue import bulk, dcat, vocabulary
from hygie.access.catalogue.graphs import FORMATS, TABLES, Record, term, write
from hygie.access.catalogue.models import Assessed, Described, Entry, Measured, RevokedLabel, TrustedHolder
from hygie.access.catalogue.queries import Dataset
from hygie.access.catalogue.values import EHDS, LANGUAGES, Words
from hygie.base.engine.node import Node
from hygie.base.kernel import canonical, digest, refuse

if TYPE_CHECKING:
    from rdflib import URIRef

PAGE = 50
MOST = 100
TITLE = Words(en="Health data catalogue", fr="Catalogue de données de santé")
ABOUT = Words(
    en="The datasets that this node holds or describes, for secondary use under a permit.",
    fr="Les jeux de données que ce nœud détient ou décrit, pour une utilisation secondaire soumise à autorisation.",
)
Namer = Callable[[Node], Words]
_namers: list[Namer] = []


def named_by(namer: Namer) -> Namer:
    """Say what tells a node's name, which publishes the catalogue; without one it is the node's id."""
    _namers[:] = [namer]
    return namer


def publisher(node: Node) -> Words:
    """Return who publishes the catalogue."""
    return _namers[0](node) if _namers else Words(en=node.id)


@dataclass(frozen=True)
class Asked:
    """Which page of the feed is asked for, and how.

    Parameters
    ----------
    form : str       one of `FORMATS`
    profile : str    one of `dcat.PROFILES`
    page : int       from 1
    size : int       datasets a page, 1 to 100
    """

    form: str = "turtle"
    profile: str = dcat.PROFILES[0]
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True)
class Stand:
    """How an answer stands: what tells it from another (weak), and since when it reads like this."""

    etag: str
    changed: datetime


def number(text: str, least: int, most: int, name: str) -> int:
    """Return a number that an address gives; CAT-408 another thing.

    Example
    -------
    >>> number("7", 1, 100, "size")
    7
    """
    if not (text.isascii() and text.isdigit() and len(text) < 8 and least <= int(text) <= most):
        raise refuse("CAT-408", name=name, found=text[:20], accepted=f"{least}–{most}")
    return int(text)


def stand(node: Node, names: list[str], asked: Asked, site: str) -> Stand:
    """Return how some datasets' records stand, reached at a site's addresses, without writing them."""
    told = Described.objects.filter(dataset__in=names).order_by("dataset", "version")
    taken = Measured.objects.filter(dataset__in=names).order_by("dataset", "measured_at", "id")
    looked = Assessed.objects.filter(dataset__in=names).order_by("dataset", "id")
    ended = RevokedLabel.objects.filter(dataset__in=names).order_by("dataset", "label")
    trusts = dict(Entry.objects.filter(dataset__in=names).order_by("dataset").values_list("dataset", "trusted_until"))
    rows = [list(told.values_list("dataset", "sha256", "described_at"))]
    rows.append(list(taken.values_list("dataset", "sha256", "measured_at")))
    rows.append(list(looked.values_list("dataset", "sha256", "assessed_at")))
    rows.append(list(ended.values_list("dataset", "label", "revoked_at")))
    today = node.today()
    lapsed = [until for until in trusts.values() if until is not None and until < today]
    times = [at for each in rows for _, _, at in each]
    times += [at for marks in TrustedHolder.objects.values_list("trusted_at", "ended_at") for at in marks if at]
    times += [datetime.combine(day + timedelta(days=1), time(), UTC) for day in lapsed]
    body = [[[name, told] for name, told, _ in each] for each in rows]
    marks = {name: until is not None and today <= until for name, until in trusts.items()}
    text = canonical([__version__, node.names, site, vars(asked), names, body, marks, publisher(node).model_dump()])
    return Stand(f'W/"{digest(text)[:32]}"', max(times, default=datetime(1970, 1, 1, tzinfo=UTC)))


def listed(asked: Asked) -> tuple[list[str], int]:
    """Return the datasets of a page, in the order of their names, and how many there are in all; CAT-408 no such page.

    A description is never taken away, and a new one moves later ones on: who reads page by page misses none.
    """
    total = Entry.objects.count()
    pages = max(1, -(-total // asked.size))
    if asked.page > pages:
        raise refuse("CAT-408", name="page", found=str(asked.page), accepted=f"1–{pages}")
    start = (asked.page - 1) * asked.size
    return list(Entry.objects.order_by("dataset").values_list("dataset", flat=True)[start : start + asked.size]), total


def page(node: Node, names: list[str], total: int, asked: Asked, *, site: str, on: date) -> Record:
    """Return one page of the catalogue as a graph: named as ever, its further pages where this one was reached.

    Parameters
    ----------
    names : list   the datasets of the page
    total : int    datasets in all
    site : str     what the addresses begin with that the reader reaches

    Source   DCAT-AP 3.0.0; Hydra Core Vocabulary (paging as CKAN's harvester reads it)
    """
    record = Record()
    found = bulk.datasets(names, on=on)
    shown = node.address or site
    one = catalogue(node, record, found, node.names, shown)
    add(record, one, found, node.names, asked.profile, shown)
    paging(record, total, asked, site)
    return record


def everything(node: Node, form: str, *, base: str, on: date, profile: str = dcat.PROFILES[0]) -> str:
    """Return the whole catalogue as text, without pages.

    Errors      CAT-401, CAT-407
    """
    record = Record()
    found = bulk.datasets(list(Entry.objects.order_by("dataset").values_list("dataset", flat=True)), on=on)
    add(record, catalogue(node, record, found, base, base), found, base, profile, base)
    return write(record, form)


def add(record: Record, one: URIRef, found: list[Dataset], base: str, profile: str, site: str) -> None:
    """Add datasets and their records to the catalogue."""
    for each in found:
        record.add(one, "dcat:dataset", dcat.describe(each, base, record, profile, site=site))
        record.link(one, "dcat:record", f"{base}catalogue/{each.id}/#record")


def catalogue(node: Node, record: Record, found: list[Dataset], base: str, site: str) -> URIRef:
    """Add the catalogue itself and return its name."""
    from rdflib import URIRef

    one, name = URIRef(f"{base}catalogue/"), publisher(node)
    record.add(one, "rdf:type", term("dcat:Catalog"))
    record.words(one, "dct:title", TITLE)
    record.words(one, "dct:description", ABOUT)
    made = record.node(one, "dct:publisher", "foaf:Agent")
    record.words(made, "foaf:name", name)
    record.known(one, "foaf:homepage", f"{site}catalogue/?format=html", "foaf:Document")
    record.known(one, "dcatap:applicableLegislation", EHDS, "eli:LegalResource")
    for language in LANGUAGES:
        record.known(one, "dct:language", vocabulary.address("language", language), "dct:LinguisticSystem")
    theme = f"{TABLES}data-theme"
    record.known(one, "dcat:themeTaxonomy", theme, "skos:ConceptScheme")
    record.words(URIRef(theme), "dct:title", Words(en="Data theme", fr="Thème de données"))
    if found:
        last = max(localdate(each.described_at) for each in found)
        record.value(one, "dct:modified", last.isoformat(), "xsd:date")
    return one


def paging(record: Record, total: int, asked: Asked, site: str) -> None:
    """Add where the other pages are, in Hydra's present words and those that CKAN's harvester knew first."""
    from rdflib import URIRef

    pages = max(1, -(-total // asked.size))
    here = URIRef(address(site, asked, asked.page))
    for kind in ("hydra:PagedCollection", "hydra:PartialCollectionView"):
        record.add(here, "rdf:type", term(kind))
    record.value(here, "hydra:totalItems", total, "xsd:integer")
    record.value(here, "hydra:itemsPerPage", asked.size, "xsd:integer")
    others = {("first", "firstPage"): 1, ("last", "lastPage"): pages}
    if asked.page > 1:
        others["previous", "previousPage"] = asked.page - 1
    if asked.page < pages:
        others["next", "nextPage"] = asked.page + 1
    for names, at in others.items():
        for name in names:
            record.link(here, f"hydra:{name}", address(site, asked, at))


def address(site: str, asked: Asked, at: int) -> str:
    """Return the address of a page."""
    query: dict[str, int | str] = {"page": at, **({"size": asked.size} if asked.size != PAGE else {})}
    query |= {"profile": asked.profile} if asked.profile != dcat.PROFILES[0] else {}
    return f"{site}catalogue/catalogue.{FORMATS[asked.form][2]}?{urlencode(query)}"
