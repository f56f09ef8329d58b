"""The bench of the site: pages ask the same queries however much a node holds, and few of them."""

import pytest

from hygie.base.ledger import actions as ledger
from hygie.node.bench import site

MOST_QUERIES = 40


@pytest.fixture
def database(django_db_blocker):
    """Let the bench make control databases of its own."""
    with django_db_blocker.unblock():
        yield


def asked(tmp_path, scale):
    """Seed a node and return the queries that each page asks."""
    with site.throwaway(tmp_path) as node:
        held = site.seed(node, scale)
        found = {name: site.ask(client, url, 1)["queries"] for name, client, url in site.pages(held)}
        report = ledger.verify(node.keys, origin=ledger.origin_of(node.id))
        assert report.size == held.events >= scale * 20
        assert site.counts() == {
            "applications": scale,
            "application events": scale * 20,
            "datasets": max(10, scale // 10),
            "officers": max(5, scale // 200) + 1,
        }
    return found


def test_pages_ask_no_more_when_a_node_holds_more(tmp_path, database):
    small, large = asked(tmp_path / "a", 300), asked(tmp_path / "b", 900)
    more = {name: (each, large[name]) for name, each in small.items() if large[name] > each + 1}
    assert not more, "one more is the ledger's last block, which is not indexed yet"
    assert max(small.values()) <= MOST_QUERIES, {name: each for name, each in small.items() if each > MOST_QUERIES}
    assert len(small) == len(site.PAGES) >= 59


def test_a_page_that_is_refused_is_no_measure(tmp_path, database):
    with site.throwaway(tmp_path) as node:
        node.clock()
        from django.test import Client

        with pytest.raises(AssertionError, match="answers 401"):
            site.ask(Client(SERVER_NAME="localhost"), "/applications/queue/", 1)


def test_what_misses_is_named():
    slow = {"median_ms": 250.0, "p95_ms": 400.0, "queries": 41, "kb": 1}
    found = site.missed({"home": slow}, {"peak_mb": 2000, "verify_seconds_a_million": 19.0})
    assert found == ["home: median_ms 250.0", "home: queries 41", "peak_mb 2000"]
