"""An extract from a real lake under a real permit: what it holds, who may make it, and how it ends."""

from __future__ import annotations

import json

import pytest

from hygie.access.catalogue import actions as catalogue
from hygie.access.extracts import actions, queries
from hygie.access.extracts.models import Extract
from hygie.access.permits import actions as permits
from hygie.base.kernel import Refusal, hash_file
from hygie.base.ledger import queries as ledger
from hygie.intake.optouts import actions as optouts
from tests.access.catalogue.descriptions import body
from tests.access.extracts.conftest import SYSTEM, granted

DIABETES = {
    "codes": {"table": "condition_occurrence", "concept_ids": [201826], "from": None, "to": None, "at_least": 1}
}


def rows(node, permit, table):
    with queries.read(node, permit, table) as reader:
        return reader.read_all().to_pylist()


def test_an_extract_holds_the_cohort_under_new_numbers(lake_of):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu", cohort=DIABETES)
    manifest = actions.extract(node, permit, actor="steward")
    assert (manifest.persons.delivered, manifest.persons.opted_out, manifest.persons.cohort) == (60, 0, 20)
    person, condition = rows(node, permit, "person"), rows(node, permit, "condition_occurrence")
    visits = rows(node, permit, "visit_occurrence")
    assert len(person) == 20
    assert sorted(row["year_of_birth"] for row in person) == sorted(1940 + one % 60 for one in range(3, 61, 3))
    ids = {row["person_id"] for row in person}
    assert len(ids) == 20
    assert not ids & set(range(1000))
    assert {row["person_id"] for row in condition} == ids
    assert {row["visit_occurrence_id"] for row in condition} == {row["visit_occurrence_id"] for row in visits}
    assert not {row["visit_occurrence_id"] for row in visits} & set(range(10_000))
    assert [row["condition_occurrence_id"] for row in condition] == list(range(1, len(condition) + 1))
    for table in (person, condition, visits):
        assert [row["person_id"] for row in table] == sorted(row["person_id"] for row in table)


def test_the_manifest_and_the_ledger_say_what_was_made(lake_of):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    manifest = actions.extract(node, permit, actor="steward")
    assert manifest == queries.latest(permit)
    folder = node.home / "extracts" / permit / manifest.id
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *(table.file for table in manifest.tables)}
    assert json.loads((folder / "manifest.json").read_text()) == json.loads(json.dumps(manifest.as_json()))
    for table in manifest.tables:
        assert hash_file(folder / table.file) == table.sha256
        assert len(rows(node, permit, table.name)) == table.rows
    [index] = ledger.indexes(manifest.id, "extract.prepared")
    assert ledger.event(index).body["files"] == {table.name: table.sha256 for table in manifest.tables}


def test_the_same_permit_twice_is_recognised_until_something_changes(lake_of):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    one = actions.extract(node, permit, actor="steward")
    assert actions.extract(node, permit, actor="steward") == one
    optouts.record(node, actor="officer", system=SYSTEM, value="PLANTED-00003")
    two = actions.extract(node, permit, actor="steward")
    assert two.id != one.id
    assert two.persons == one.persons
    assert two.opt_out_list != one.opt_out_list
    assert {row["person_id"] for row in rows(node, permit, "person")} == pseudonyms_of(node, permit, one.id)


def pseudonyms_of(node, permit, extract_id):
    with queries.read(node, permit, "person", extract_id=extract_id) as reader:
        return set(reader.read_all()["person_id"].to_pylist())


def test_the_officer_who_decided_does_not_prepare(lake_of):
    from hygie.commons.people.models import Account

    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    Account.objects.filter(name="officer").update(roles=["officer", "steward"])
    with pytest.raises(Refusal) as caught:
        actions.extract(node, permit, actor="officer")
    assert caught.value.code == "PPL-105"
    assert not Extract.objects.exists()


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_no_extract_without_a_permit_in_force(lake_of, clock, state):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    if state == "revoked":
        permits.revoke(node, permit, "a test", published="a test", confirmed=True, actor="officer")
    else:
        clock.advance(days=4000)
    with pytest.raises(Refusal) as caught:
        actions.extract(node, permit, actor="steward")
    assert caught.value.code == {"revoked": "PMT-206", "expired": "PMT-204"}[state]
    with pytest.raises(Refusal):
        actions.explain(node, permit, actor="steward")


def test_a_person_of_two_sources_has_one_pseudonym_and_one_wish(lake_of):
    node = lake_of(chu=range(1, 41), clinic=range(31, 71))
    everyone = {"person": ["person_id", "year_of_birth"], "measurement": ["measurement_id", "person_id"]}
    before = granted(node, "chu", "clinic", tables=everyone)
    manifest = actions.extract(node, before, actor="steward")
    assert manifest.persons.delivered == 70
    chu, clinic = ({row["person_id"] for row in rows(node, before, f"{d}/person")} for d in ("chu", "clinic"))
    assert (len(chu), len(clinic), len(chu & clinic)) == (40, 40, 10)
    optouts.record(node, actor="officer", system=SYSTEM, value="PLANTED-00035")
    after = granted(node, "chu", "clinic", tables=everyone)
    manifest = actions.extract(node, after, actor="steward")
    assert (manifest.persons.opted_out, manifest.persons.remaining) == (1, 69)
    for dataset in ("chu", "clinic"):
        assert len(rows(node, after, f"{dataset}/person")) == 39
        assert len(rows(node, after, f"{dataset}/measurement")) == 39
        assert len(rows(node, before, f"{dataset}/person")) == 40
    assert not chu & {row["person_id"] for row in rows(node, after, "chu/person")}


def test_a_wish_for_a_category_holds_by_what_the_data_are_whatever_the_permit_calls_them(lake_of):
    node = lake_of(chu=range(1, 41), clinic=range(31, 71))
    catalogue.describe(node, "chu", body(categories=["a"]), actor="steward")
    catalogue.describe(node, "clinic", body(categories=["e"]), actor="steward")
    for place, letter in ((35, "a"), (36, "k"), (37, "e")):
        value = f"PLANTED-{place:05}"
        optouts.record(node, actor="officer", system=SYSTEM, value=value, scope="category", detail=letter)
    permit = granted(node, "chu", "clinic", categories=["k"], tables={"person": ["person_id"]})
    manifest = actions.extract(node, permit, actor="steward")
    assert [len(rows(node, permit, f"{dataset}/person")) for dataset in ("chu", "clinic")] == [38, 38]
    assert (manifest.persons.opted_out, manifest.persons.remaining) == (1, 69)
    catalogue.describe(node, "clinic", body(categories=["a", "e"]), actor="steward")
    manifest = actions.extract(node, permit, actor="steward")
    assert manifest.persons.opted_out == 2


@pytest.mark.parametrize(
    ("when", "out"), [("day before", 1), ("same day before", 1), ("same day after", 0), ("day after", 0)]
)
def test_a_wish_reaches_the_permits_decided_after_it(lake_of, clock, when, out):
    node = lake_of(chu=range(1, 61))

    def wish():
        optouts.record(node, actor="officer", system=SYSTEM, value="PLANTED-00009")

    if "before" in when:
        wish()
        clock.advance(days=1) if when == "day before" else clock.advance(minutes=1)
    permit = granted(node, "chu")
    if "after" in when:
        clock.advance(days=1) if when == "day after" else clock.advance(minutes=1)
        wish()
    manifest = actions.extract(node, permit, actor="steward")
    assert (manifest.persons.opted_out, manifest.persons.remaining) == (out, 60 - out)
    assert len(rows(node, permit, "person")) == 60 - out


def test_the_permits_that_hold_a_person_are_found(lake_of):
    from hygie.intake.linkage import queries as linkage

    node = lake_of(chu=range(1, 61))
    all_of_them, some = granted(node, "chu"), granted(node, "chu", cohort=DIABETES)
    for permit in (all_of_them, some):
        actions.extract(node, permit, actor="steward")
    third, fourth = (linkage.find(node, SYSTEM, f"PLANTED-{one:05}") for one in (3, 4))
    assert queries.permits_holding(node, third) == sorted([all_of_them, some])
    assert queries.permits_holding(node, fourth) == [all_of_them]
    assert queries.permits_holding(node, 10**12) == []
