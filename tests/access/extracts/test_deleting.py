"""What a permit held is deleted on its day, by the node or before by an officer (68(12), SU-68-12b)."""

from __future__ import annotations

from datetime import UTC, datetime

from hygie.access.extracts import actions, ending, queries
from hygie.access.extracts.models import Extract
from hygie.access.permits import actions as permits
from hygie.base.ledger import queries as ledger
from hygie.commons.web import tasks
from hygie.node.site import worker
from tests.access.extracts.conftest import draft, granted


def test_the_node_deletes_on_the_last_day_and_not_before(lake_of, clock):
    node = lake_of(chu=range(1, 61))
    permit, other = granted(node, "chu"), granted(node, "chu")
    made = actions.extract(node, permit, actor="steward")
    actions.extract(node, other, actor="steward")
    worker.rooms()
    function = next(each for _, each in tasks.PERIODIC if each.__name__ == "deletions")
    permits.revoke(node, permit, "a test", published="a test", confirmed=True, actor="officer")
    assert ending.due_on(node, permit).isoformat() == "2027-05-21"
    clock.time = datetime(2027, 5, 20, 9, tzinfo=UTC)
    function(node)
    assert queries.find(permit) is not None
    clock.time = datetime(2027, 5, 21, 9, tzinfo=UTC)
    function(node)
    function(node)
    assert queries.find(permit) is None and queries.find(other) is not None
    assert not node.keys.exists(made.key_id)
    (index,) = ledger.indexes(permit, "extract.deleted")
    fact = ledger.event(index)
    assert (fact.actor, fact.body["rule"], fact.body["due"]) == ("node", "SU-68-12b", "2027-05-21")


def test_the_data_of_an_earlier_version_stay_while_the_later_holds_and_one_broken_permit_stops_none(lake_of, clock):
    node = lake_of(chu=range(1, 61))
    first, over = granted(node, "chu"), granted(node, "chu")
    for each in (first, over):
        actions.extract(node, each, actor="steward")
    Extract.objects.filter(permit=over).update(permit="permit-00000000000000000000")
    body = draft(node, "chu")
    body["data"]["reasons"] = dict.fromkeys(body["data"]["tables"], "needed (test)")
    body["amends"] = first
    later = permits.grant(node, body, actor="officer").id
    permits.revoke(node, later, "a test", published="a test", confirmed=True, actor="officer")
    assert ending.due_on(node, first).isoformat() == "2027-05-21"
    clock.time = datetime(2027, 5, 22, 9, tzinfo=UTC)
    assert ending.delete_due(node) == 1
    assert queries.find(first) is None


def test_an_officer_deletes_from_the_permits_page_and_a_program_may_too(lake_of, site):
    node = lake_of(chu=range(1, 61))
    permit, other = granted(node, "chu"), granted(node, "chu")
    here = f"/extracts/{permit}/delete/"
    for each in (permit, other):
        actions.extract(node, each, actor="steward")
    assert "in force" in site.text(site.get(here, as_="officer"))
    assert site.post(here, as_="officer").status_code == 409
    for each in (permit, other):
        permits.revoke(node, each, "a test", published="a test", confirmed=True, actor="officer")
    assert here in site.get(f"/permits/{permit}/", as_="officer").content.decode()
    assert here not in site.get(f"/permits/{permit}/", as_="steward").content.decode()
    assert "Extracts, each with its map of pseudonyms 1" in site.text(site.get(here, as_="officer"))
    assert "Extraits, chacun avec sa table de pseudonymes 1" in site.text(site.get(here, as_="officer", language="fr"))
    assert site.get(f"/api/v1/extracts/{permit}/deletion").json()["code"] == "EXT-115"
    assert site.post(here, as_="steward").status_code == site.get(here, as_="user").status_code == 403
    assert site.post(here, as_="officer").url == f"/permits/{permit}/"
    assert "Nothing is held" in site.text(site.get(here, as_="officer"))
    assert "Plus rien" in site.text(site.get(here, as_="officer", language="fr"))
    answer = site.client("officer").post(f"/api/v1/extracts/{other}/delete")
    assert answer.json() == {"deleted": 1}
    assert queries.find(permit) is None and queries.find(other) is None
    told = site.get(f"/api/v1/extracts/{permit}/deletion").json()
    numbers = {each["kind"]: each["number"] for each in told["destroyed"] if each["number"]}
    assert (numbers, told["due"], told["rule"]) == ({"extracts": 1, "keys": 1}, None, "")
    assert told["event"] == ledger.indexes(permit, "extract.deleted")[0]


def test_a_deletion_of_extracts_alone_as_it_was_before_is_made_whole(lake_of):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    made = actions.extract(node, permit, actor="steward")
    permits.revoke(node, permit, "a test", published="a test", confirmed=True, actor="officer")
    assert ending.due(node) == []
    Extract.objects.filter(id=made.id).update(state="deleted")
    assert ending.delete_due(node) == 1 and ending.delete_due(node) == 0
    assert queries.certified(permit).destroyed["keys"] == 1 and not node.keys.bound(f"permit:{permit}")
