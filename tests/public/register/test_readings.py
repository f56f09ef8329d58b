"""Who saw what: every reading of the ledger, chosen by account, kind, thing and day, as page, table and JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries, readings
from hygie.base.ledger.values import Asked

PAGE, API = "/ledger/seen/", "/api/v1/ledger/readings"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PERMIT, REQUEST = "permit-00000000000000000001", "request-00000000000000000001"
UNDER = {"permit": PERMIT, "datasets": ["chu-demo"]}


@pytest.fixture
def shown(site):
    """The site of a ledger with readings of three days and accounts among what are none."""
    facts = [
        Fact("session.began", "ses-1", "user", AT, {}),
        Fact("extract.prepared", "extract-1", "operator", AT, {"permit": PERMIT, "snapshots": {"chu-demo": "snap-1"}}),
        Fact("catalogue.counted", "chu-other", "user", AT, {"criteria": "0" * 64}),
        Fact("dummy.taken", PERMIT, "user", AT + timedelta(days=1), {**UNDER, "dummy": True}),
        Fact("airlock.shown", REQUEST, "checker", AT + timedelta(days=2), UNDER),
        Fact("airlock.read", REQUEST, "checker", AT + timedelta(days=2), {**UNDER, "file": "=small.csv"}),
        Fact("airlock.released", "release-1", "checker", AT + timedelta(days=2), {**UNDER, "request": REQUEST}),
        Fact("airlock.voted", REQUEST, "checker", AT + timedelta(days=2), {}),
    ]
    with transaction.atomic():
        site.first = ledger.append(facts)[0]
    return site


def told(site, **asked: str) -> list[str]:
    """The kinds that a program is told, the last first."""
    return [each["kind"] for each in site.get(API, asked, as_="auditor").json()["readings"]]


def test_all_readings_and_no_other_event_are_listed_and_chosen(shown):
    last = ["airlock.released", "airlock.read", "airlock.shown"]
    assert told(shown) == [*last, "dummy.taken", "catalogue.counted", "extract.prepared"]
    assert told(shown, who="checker") == last
    assert told(shown, who="operator", about="chu-demo") == ["extract.prepared"]
    assert told(shown, about=REQUEST) == last
    assert told(shown, about=PERMIT, kind="dummy.taken") == ["dummy.taken"]
    assert told(shown, about="chu-other") == ["catalogue.counted"]
    assert told(shown, since="2026-11-21", until="2026-11-21") == ["dummy.taken"]
    assert told(shown, until="2026-11-20", who="user") == ["catalogue.counted"]
    assert told(shown, before=str(shown.first + 4)) == ["dummy.taken", "catalogue.counted", "extract.prepared"]
    assert shown.get(API, {"kind": "airlock.voted"}, as_="auditor").json()["code"] == "WEB-108"
    assert shown.get(API, as_="user").status_code == 403


def test_the_page_says_it_in_both_languages_and_refuses_what_is_no_choice(shown):
    page = shown.get(PAGE, {"about": PERMIT}, as_="auditor")
    text = shown.text(page)
    assert (
        "Output read by a checker" in text and "=small.csv" in text and "Persons counted" not in text.split("When")[1]
    )
    assert f'href="/permits/{PERMIT}/"' in page.content.decode()
    assert "Sortie lue par un vérificateur" in shown.text(shown.get(PAGE, as_="auditor", language="fr"))
    for wrong in ({"kind": "airlock.voted"}, {"since": "today"}, {"before": "x"}, {"who": "x" * 201}, {"about": "\0"}):
        assert shown.get(PAGE, wrong, as_="auditor").status_code == 400
    assert shown.get(PAGE, as_="user").status_code == 403


def test_the_same_choice_leaves_as_csv_and_json(shown):
    csv_file = shown.get(PAGE, {"who": "checker", "format": "csv"}, as_="auditor").getvalue().decode()
    names, *rows = list(csv.reader(io.StringIO(csv_file)))
    assert names[:4] == ["event", "when", "who", "kind"] and len(rows) == 3
    assert [row[-1] for row in rows] == ["", "'=small.csv", ""] and {row[2] for row in rows} == {"checker"}
    whole = json.loads(shown.get(PAGE, {"format": "json", "about": "chu-demo"}, as_="auditor").getvalue())
    assert [each["event"] for each in whole] == [shown.first + at for at in (6, 5, 4, 3, 1)]
    assert json.loads(shown.get(PAGE, {"format": "json", "who": "nobody"}, as_="auditor").getvalue()) == []


def test_pages_go_on_where_the_last_ended_and_cost_the_same_however_long_the_ledger(shown):
    def cost() -> int:
        with CaptureQueriesContext(connection) as held:
            assert shown.get(PAGE, {"who": "user"}, as_="auditor").status_code == 200
        return len(held)

    before = cost()
    with transaction.atomic():
        ledger.append([Fact("dummy.taken", f"permit-{n:020}", "user", AT, {}) for n in range(120)])
    assert cost() <= before <= 40
    places, first = [], True
    answer = shown.get(API, {"who": "user"}, as_="auditor").json()
    while first or answer["next"] is not None:
        if not first:
            answer = shown.get(API, {"who": "user", "before": answer["next"]}, as_="auditor").json()
        first = False
        places += [each["event"] for each in answer["readings"]]
    assert len(places) == len(set(places)) == 122 and places[0] == shown.first + 3
    page = shown.get(PAGE, {"who": "user"}, as_="auditor").content.decode()
    assert f"before={places[49]}" in page


def test_the_index_is_made_again_from_the_events_and_follows_a_destroyed_salt(shown):
    def rows() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM ledger_reading ORDER BY thing, idx")
            return list(cursor.fetchall())

    before = rows()
    assert {row[0] for row in before} >= {"", PERMIT, REQUEST, "chu-demo", "chu-other", "release-1"}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_reading WHERE kind = 'airlock.read'")
    assert ledger.index_readings() == 6 and rows() == before
    event = queries.event(shown.first + 6)
    with transaction.atomic():
        assert ledger.forget(json.loads(event.record)["actor"])
    assert told(shown, who="checker") == ["airlock.read", "airlock.shown"]
    assert "checker" not in {row[3] for row in rows() if row[1] == event.index}
    assert ledger.index_readings() == 6 and told(shown, who="checker") == ["airlock.read", "airlock.shown"]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Asked(), "day"),
        (Asked(who="user", before=1), "actor"),
        (Asked(kind="dummy.taken", since=AT.date()), "kind"),
        (Asked(about=PERMIT, until=AT.date()), "day"),
    ],
)
def test_a_query_reads_along_an_index_and_sorts_nothing(shown, asked, index):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's plan")
    with CaptureQueriesContext(connection) as held:
        readings.found(asked, 50)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {held[0]['sql']}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert f"ledger_reading_{index}" in plan and "TEMP B-TREE" not in plan and "SCAN" not in plan
