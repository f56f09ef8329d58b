"""A dataset is delivered again: what a permit sees of it, and that each person keeps their number."""

from __future__ import annotations

import json

import pytest

from hygie.access.extracts import actions, queries
from hygie.access.permits import actions as permits
from hygie.access.permits.queries import require
from hygie.access.permits.signing import open_signed
from hygie.base.kernel import Refusal, hash_file
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as held
from tests.access.extracts.conftest import SYSTEM, draft, hospital


def deliver(node, tmp_path, persons):
    """Deliver `chu` whole, again: persons of the range, with their visits and diagnoses."""
    folder = hospital(tmp_path / "again" / f"{persons.start}-{persons.stop}", persons)
    how = {"actor": "steward", "synthetic": True, "identifier_system": SYSTEM}
    return lake.ingest_omop(node, folder, dataset="chu", **how).manifest


def grant(node, see=None, **pinned):
    """Grant a permit on `chu` that sees some snapshots."""
    body = draft(node, "chu")
    body["data"]["reasons"] = dict.fromkeys(body["data"]["tables"], "needed (test)")
    if see:
        body["snapshots"] = {"see": see, **({"pinned": pinned} if pinned else {})}
    return permits.grant(node, body, actor="officer").id


def numbers(node, manifest):
    """Person by person of the dataset, the number in an extract, from its sealed map."""
    with node.engine() as engine:
        names = queries.attach_maps(engine, node, manifest.permit)
        place = [each.id for each, _ in reversed(queries.of(manifest.permit))].index(manifest.id)
        return dict(engine.rows(f"SELECT person_id, pseudonym FROM {names[place]}"))


def files(node, manifest):
    """The hashes of an extract's files as they lie."""
    folder = node.home / "extracts" / manifest.permit / manifest.id
    return {path.name: hash_file(path) for path in folder.iterdir()}


def test_each_delivery_gives_an_extract_in_which_everybody_keeps_their_number(lake_of, tmp_path):
    node = lake_of(chu=range(1, 31))
    permit = grant(node, "each")
    first = actions.extract(node, permit, actor="steward")
    before, lying = numbers(node, first), files(node, first)
    node.clock.advance(days=30)
    again = deliver(node, tmp_path, range(11, 46))
    second = actions.extract(node, permit, actor="steward")
    after = numbers(node, second)
    assert second.snapshots == {"chu": again.snapshot} and second.id != first.id
    assert len(after) == len(set(after.values())) == 35
    assert (
        all(after[one] == before[one] for one in before.keys() & after.keys())
        and len(before.keys() & after.keys()) == 20
    )
    assert not {after[one] for one in after.keys() - before.keys()} & set(before.values())
    assert files(node, first) == lying, "what was prepared before is as it was"
    node.clock.advance(days=30)
    lake.erase(node, "chu", person="12", actor="steward", holding=None)
    third = numbers(node, actions.extract(node, permit, actor="steward"))
    gone = after.keys() - third.keys()
    assert len(gone) == 1 and third == {one: number for one, number in after.items() if one not in gone}


def test_a_permit_without_the_field_sees_each_delivery_and_reads_as_before(lake_of, tmp_path):
    node = lake_of(chu=range(1, 31))
    permit = grant(node)
    text = require(permit, at=node.clock(), public_key=node.keys.public_key(), node_id=node.id)
    assert text.form == "hygie-permit/1" and "snapshots" not in text.document()
    assert actions.extract(node, permit, actor="steward").persons.delivered == 30
    deliver(node, tmp_path, range(1, 36))
    assert actions.extract(node, permit, actor="steward").persons.delivered == 35


@pytest.mark.parametrize("see", ["first", "pinned"])
def test_later_deliveries_reach_no_permit_that_does_not_see_them(lake_of, tmp_path, see):
    node = lake_of(chu=range(1, 31))
    old = held.manifest("chu").snapshot
    permit = grant(node, see, **({"chu": old} if see == "pinned" else {}))
    if see == "first":
        actions.extract(node, permit, actor="steward")
    deliver(node, tmp_path, range(1, 36))
    made = actions.extract(node, permit, actor="steward")
    assert made.snapshots == {"chu": old} and made.persons.delivered == 30
    words = {"first": "as they were at the first preparation", "pinned": "the snapshots that the permit names"}
    assert any(words[see] in line for line in made.plan["en"]) and any(
        "quoi qu'on livre" in line for line in made.plan["fr"]
    )


def test_a_pinned_snapshot_that_was_erased_is_refused_and_nothing_else_taken(lake_of):
    node = lake_of(chu=range(1, 31))
    permit = grant(node, "pinned", chu=held.manifest("chu").snapshot)
    lake.erase(node, "chu", person="3", actor="steward", holding=None)
    with pytest.raises(Refusal) as refused:
        actions.extract(node, permit, actor="steward")
    assert refused.value.code == "LAK-103"


@pytest.mark.parametrize(
    ("snapshots", "code"),
    [
        ({"see": "pinned"}, "PMT-104"),
        ({"see": "each", "pinned": {"chu": "snapshot-00"}}, "PMT-104"),
        ({"see": "whatever"}, "PMT-104"),
        ({"see": "pinned", "pinned": {"chu": "../chu"}}, "PMT-104"),
        ({"see": "pinned", "pinned": {"other": "snapshot-00"}}, "PMT-138"),
        ({"see": "pinned", "pinned": {"chu": "snapshot-00"}}, "LAK-102"),
    ],
)
def test_a_permit_that_sees_nothing_sound_is_not_granted(lake_of, snapshots, code):
    node = lake_of(chu=range(1, 31))
    body = {**draft(node, "chu"), "snapshots": snapshots}
    body["data"]["reasons"] = dict.fromkeys(body["data"]["tables"], "needed (test)")
    with pytest.raises(Refusal) as refused:
        permits.grant(node, body, actor="officer")
    assert refused.value.code == code


def test_what_a_permit_sees_is_signed(lake_of):
    node = lake_of(chu=range(1, 31))
    at = {"at": node.clock(), "public_key": node.keys.public_key(), "node_id": node.id}
    permit = require(grant(node, "first"), **at)
    assert permit.form == "hygie-permit/2" and permit.signed_part().startswith(b"hygie-permit/2\n")
    assert open_signed(permit.text, name="it", public_key=permit.key) == permit
    document = permit.document()
    other = {**document, "snapshots": {"see": "each", "pinned": {}}}
    without = {name: value for name, value in document.items() if name != "snapshots"}
    for body in (other, without, {**without, "schema": "hygie-permit/1"}):
        with pytest.raises(Refusal) as refused:
            open_signed(json.dumps(body).encode(), name="it", public_key=permit.key)
        assert refused.value.code == "PMT-202"
