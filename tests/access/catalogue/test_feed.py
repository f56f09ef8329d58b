"""One address, several forms: what Accept and `format` choose, and the feed that harvesters read page by page."""

from datetime import timedelta

import pytest
import rdflib
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rdflib.compare import isomorphic

from hygie.access.catalogue import actions, feed, parsing, trusting
from hygie.access.catalogue.graphs import FORMATS, term
from tests.access.catalogue.descriptions import HOLDER, body
from tests.access.catalogue.test_dcat import TODAY

BASE = "http://testserver/"
MEDIA = {media: name for name, (_, media, _) in FORMATS.items()}


def told(response):
    """Return an answer's statements."""
    media = response.headers["Content-Type"].partition(";")[0]
    return parsing.read(response.content, "x", form=parsing.MEDIA[media])


@pytest.fixture
def several(node):
    """Seven described datasets."""
    for number in range(7):
        actions.describe(node, f"set-{number}", body(), actor="steward")
    return node


@pytest.mark.parametrize("media", MEDIA)
def test_a_datasets_address_answers_in_the_form_that_is_accepted(site, several, media):
    client = site.client()
    found = client.get("/catalogue/set-1/", headers={"accept": f"{media}, text/html;q=0.5"})
    assert found.status_code == 200 and found.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert "Accept" in found.headers["Vary"]
    assert found.headers["Content-Location"].endswith(f"set-1/record.{FORMATS[MEDIA[media]][2]}")
    asked = client.get("/catalogue/set-1/", {"format": MEDIA[media]})
    ended = client.get(f"/catalogue/set-1/record.{FORMATS[MEDIA[media]][2]}")
    assert found.content == asked.content == ended.content
    assert (rdflib.URIRef(f"{BASE}catalogue/set-1/"), term("dct:identifier"), None) in told(found)


@pytest.mark.parametrize(
    "accept", ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*", "text/*;q=0.1", None]
)
def test_browsers_get_the_page(site, several, accept):
    for path in ("/catalogue/", "/catalogue/set-1/"):
        found = site.client().get(path, headers={"accept": accept} if accept else {})
        assert found.headers["Content-Type"].startswith("text/html") and "Accept" in found.headers["Vary"]


def test_what_is_not_spoken_is_refused_with_what_is(site, several):
    for path in ("/catalogue/", "/catalogue/set-1/"):
        found = site.client().get(path, headers={"accept": "image/png, application/n-quads"})
        assert found.status_code == 406
        assert all(media in site.text(found) for media in MEDIA)
    for path in ("/catalogue/?format=pdf", "/catalogue/set-1/?format=pdf", "/catalogue/catalogue.pdf"):
        assert site.get(path).status_code == 422


def test_the_feed_is_read_by_its_links_in_one_order_and_whole(site, several):
    at, pages, seen = "/catalogue/catalogue.ttl?size=3", [], []
    while at:
        graph = told(site.get(at))
        here = graph.value(None, rdflib.RDF.type, term("hydra:PagedCollection"))
        assert {int(graph.value(here, term(f"hydra:{name}"))) for name in ("totalItems", "itemsPerPage")} == {7, 3}
        assert graph.value(here, term("hydra:next")) == graph.value(here, term("hydra:nextPage"))
        seen.append(sorted(str(each)[-6:-1] for each in graph.objects(None, term("dcat:dataset"))))
        at = str(graph.value(here, term("hydra:next")) or "").removeprefix(BASE.rstrip("/"))
        for triple in [*graph.triples((here, None, None))]:
            graph.remove(triple)
        pages.append(graph)
    assert seen == [["set-0", "set-1", "set-2"], ["set-3", "set-4", "set-5"], ["set-6"]]
    whole = parsing.read(feed.everything(several, "turtle", base=BASE, on=TODAY).encode(), "x.ttl")
    together = rdflib.Graph()
    for graph in pages:
        together += graph
    assert isomorphic(together, whole)
    assert len(told(site.get("/catalogue/", {"format": "ttl"})) - whole) == 8  # the page's own links


@pytest.mark.parametrize("query", ["page=0", "page=4", "page=x", "size=0", "size=101", "size=-1", "profile=other"])
def test_a_page_that_is_none_is_refused(site, several, query):
    assert site.get(f"/catalogue/catalogue.ttl?size=3&{query}").status_code == 422


def test_who_has_it_already_is_told_so_without_writing_it(site, several, clock):
    client, at = site.client(), "/catalogue/catalogue.ttl"
    first = client.get(at)
    etag, day = first.headers["ETag"], first.headers["Last-Modified"]
    assert etag.startswith('W/"') and "no-cache" in first.headers["Cache-Control"]
    for headers in ({"if-none-match": etag}, {"if-modified-since": day}):
        again = client.get(at, headers=headers)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert client.get("/catalogue/catalogue.jsonld", headers={"if-none-match": etag}).status_code == 200
    tomorrow = several.today() + timedelta(days=1)
    trusting.trust(several, HOLDER["name"], review_on=tomorrow, published="Fit.", confirmed=True, actor="officer")
    trusted = client.get(at, headers={"if-none-match": etag})
    assert trusted.status_code == client.get(at, headers={"if-modified-since": day}).status_code == 200
    clock.advance(days=3)
    lapsed = client.get(at, headers={"if-none-match": trusted.headers["ETag"]})
    assert lapsed.status_code == 200 and lapsed.headers["Last-Modified"] != day
    actions.describe(several, "set-3", body(frequency="DAILY"), actor="steward")
    assert client.get(at, headers={"if-none-match": lapsed.headers["ETag"]}).status_code == 200


def test_a_page_of_many_takes_no_more_queries_than_a_page_of_one(site, several):
    counts = []
    for size in (1, 7):
        with CaptureQueriesContext(connection) as made:
            site.get(f"/catalogue/catalogue.ttl?size={size}")
        counts.append(len(made))
    assert counts[0] == counts[1] <= 25


def test_the_catalogue_says_who_publishes_it(site, several):
    graph = told(site.get("/catalogue/catalogue.ttl"))
    one = rdflib.URIRef(f"{BASE}catalogue/")
    assert str(graph.value(graph.value(one, term("dct:publisher")), term("foaf:name"))) == several.id
    assert len(set(graph.objects(one, term("dcat:record")))) == 7
