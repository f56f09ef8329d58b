"""The bench of the site: pages ask the same queries however much a node holds, and few of them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from hygie.base.ledger import actions as ledger
from hygie.node.bench import site
from tests.attacks.site import routes

MOST_QUERIES = 40
SORTED = "USE TEMP B-TREE FOR ORDER BY"  # a walk in the order asked for stops at a page's end
LOOKED_THROUGH = re.compile(r"SCAN (applications_(application|event|member|leg)row|permits_permitrow|ledger_event)$")
ANY = site.Seeded(**dict.fromkeys(site.Seeded.__dataclass_fields__, "x") | {"events": 1})
# what shows things and is not asked for by the bench: why
LEFT_OUT = {
    "people:callback": "a provider of identities leads to it",
    "people:passkeys": "needs a passkey at the browser's side to be of use; one account's own few rows",
    "people:passkey-enter": "a challenge to sign, of no account",
    "people:step-up": "a form of one button",
    "people:training-result": "the outcome of answers just handed in",
    "people:lesson": "a text that is part of the software",
    "catalogue:coverage": "a table that only a measured dataset has",
    "catalogue:variables-table": "a file made of what the page of variables reads",
    "catalogue:variable": "about a delivered dataset; the seeded ones are described alone",
    "catalogue:variable-table": "about a delivered dataset; the seeded ones are described alone",
    "catalogue:checks": "about a delivered dataset; the seeded ones are described alone",
    "catalogue:checks-table": "about a delivered dataset; the seeded ones are described alone",
    "api:catalogue_checks": "about a delivered dataset; the seeded ones are described alone",
    "api:catalogue_exact_checks": "about a delivered dataset; the seeded ones are described alone",
    "catalogue:elsewhere-record": "no other catalogue is harvested by the seeded node",
    "catalogue:elsewhere-rdf": "no other catalogue is harvested by the seeded node",
    "api:catalogue_elsewhere": "no other catalogue is harvested by the seeded node",
    "api:catalogue_elsewhere_show": "no other catalogue is harvested by the seeded node",
    "catalogue:revoke-label": "no seeded dataset has a label",
    "api:catalogue_label_revocation": "no seeded dataset has a label",
    "catalogue:distrust": "no holder of the seeded catalogue is trusted",
    "extracts:delete": "the seeded permits hold no extract to delete",
    "api:extract_deletion": "the data of no seeded permit were deleted",
    "applications:proposal": "no holder of the seeded catalogue is trusted",
    "applications:answer": "no seeded application waits for statistics",
    "enclave:formula": "a sealed file; the seeded permits hold no study",
    "api:formula_take": "a sealed file; the seeded permits hold no study",
    "enclave:study": "opens a sealed file; the seeded permits hold no study",
    "airlock:request": "opens sealed files; the seeded requests have none",
    "airlock:preview": "opens sealed files; the seeded requests have none",
    "airlock:picture": "opens sealed files; the seeded requests have none",
    "home:metrics": "for the machine that watches the node, asked for with its own token",
    "ledger:key": "a file of 32 bytes",
    "ledger:verifier": "a file that is part of the software",
    "placing:declare": "a form",
    "placing:derogate": "a form",
    "placing:statement": "about a delivered dataset; the seeded ones are described alone",
    "placing:signed": "about a delivered dataset; the seeded ones are described alone",
    "placing:credential": "about a delivered dataset; the seeded ones are described alone",
    "api:sovereignty_statement": "about a delivered dataset; the seeded ones are described alone",
    "api:sovereignty_credential": "about a delivered dataset; the seeded ones are described alone",
    "api:sovereignty_standing": "judges as its page does, which is asked for",
    "api:sovereignty_derogations": "on the page of places, which is asked for",
    "api:sovereignty_changes": "judges as its page does, which is asked for",
    "api:sovereignty_what_if": "judges as its page does, which is asked for",
    "api:sovereignty_hosts": "judges as its page does, which is asked for",
    "set_language": "shows nothing",
    "api:people_my_sessions": "one account's own rows, which its page shows as well",
    "api:people_training": "one account's own row",
    "api:people_account": "one row, which its page shows as well",
    "api:catalogue_variables": "of a measured dataset; the page of variables is asked for",
    "api:catalogue_quality": "of a measured dataset; the page of quality is asked for",
    "api:catalogue_record": "the same file as the page's",
    "api:catalogue_trusted": "no holder of the seeded catalogue is trusted; the page is asked for",
    "api:permit_revocation": "the page's permit is not revoked",
    "api:extract_plan": "reads a delivered dataset; the seeded ones are described alone",
    "api:application_tables": "no seeded application waits for statistics",
    "api:application_prepared_answer": "no seeded application waits for statistics",
    "api:application_put_to_holder": "no holder of the seeded catalogue is trusted",
    "api:people_my_passkeys": "needs a passkey to be of use; one account's own few rows",
    "api:airlock_show": "opens sealed files; the seeded requests have none",
    "api:airlock_preview": "opens sealed files; the seeded requests have none",
}


@pytest.fixture
def database(django_db_blocker):
    """Let the bench make control databases of its own."""
    with django_db_blocker.unblock():
        yield


def asked(tmp_path, scale):
    """Seed a node and return the queries that each page asks."""
    with site.throwaway(tmp_path) as node:
        held = site.seed(node, scale)
        found = {name: queries(client, url) for name, client, url in site.pages(held)}
        looked = {name: whole(counted) for name, counted in found.items()}
        assert not any(looked.values()), {name: each for name, each in looked.items() if each}
        report = ledger.verify(node.keys, origin=ledger.origin_of(node.id))
        assert report.size == held.events >= scale * 20
        assert site.counts() == {
            "applications": scale,
            "application events": scale * 20,
            "datasets": max(10, scale // 10),
            "officers": max(5, scale // 200) + 1,
        }
    return {name: len(counted) for name, counted in found.items()}


def whole(counted):
    """Return which queries look through every row of a table that grows, where an index would do."""
    found = []
    with connection.cursor() as cursor:
        for each in counted:
            if each["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {each['sql']}")
                plan = [step[-1] for step in cursor.fetchall()]
                stops = " LIMIT " in each["sql"] and SORTED not in plan
                if not stops and any(map(LOOKED_THROUGH.match, plan)):
                    found.append(each["sql"])
    return found


def queries(client, url):
    """Return the queries that a page asks once it was asked for before."""
    assert client.get(url).status_code in (200, 302), url
    with CaptureQueriesContext(connection) as counted:
        client.get(url)
    return counted.captured_queries


def test_pages_ask_no_more_when_a_node_holds_more(tmp_path, database):
    small, large = asked(tmp_path / "a", 300), asked(tmp_path / "b", 900)
    slack = {name: 2 if "feed" in name else 1 for name in small}  # a feed's two more are not explained yet
    more = {name: (each, large[name]) for name, each in small.items() if large[name] > each + slack[name]}
    assert not more, "one more is the ledger's last block, which is not indexed yet"
    assert max(small.values()) <= MOST_QUERIES, {name: each for name, each in small.items() if each > MOST_QUERIES}
    assert len(small) == len(site.PAGES), "two pages of one name"


def test_each_page_and_reading_operation_is_asked_for_or_left_out_with_a_reason():
    asked = {goal(line.split(" ", 2)[2].partition("?")[0].format(held=ANY)) for line in site.PAGES}
    reading = {route.name for route in (*routes.pages(), *routes.operations()) if "GET" in route.methods}
    assert not (missing := reading - asked - set(LEFT_OUT)), f"neither in PAGES nor left out with a reason: {missing}"
    assert not set(LEFT_OUT) - reading, "reasons for what is gone"
    assert not asked & set(LEFT_OUT), "left out, and asked for"


def goal(path):
    """Return the name of the route, or the operation, that answers to an address: the one of the fewest parameters."""
    found = resolve(path)
    if not path.startswith("/api/v1/"):
        return found.view_name
    fits = [
        route
        for route in routes.operations()
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route.pattern)), path) and route.methods == ("GET",)
    ]
    return min(fits, key=lambda route: len(route.parameters)).name


def test_who_is_asked_for_is_signed_in_by_a_session_that_the_node_keeps(tmp_path, database):
    with site.throwaway(tmp_path) as node:
        from hygie.commons.people.models import Session

        client = site.signed_in("operator")
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/people/").status_code == 200
        held = Session.objects.get()
        assert any("people_session" in query["sql"] and held.id in query["sql"] for query in counted)
        Session.objects.update(ended_at=node.clock())
        assert client.get("/people/").status_code == 401


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
