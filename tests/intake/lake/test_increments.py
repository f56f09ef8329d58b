"""Increments through the lake: a new whole snapshot, the same as delivered whole, and what is refused."""

from __future__ import annotations

import pytest

from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, queries, tables
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text

HOW = {"actor": "steward", "synthetic": True}


def content(node, dataset):
    """Every table's rows of a dataset, and its person index."""
    with node.engine(memory="256MB") as engine:
        views = queries.attach_snapshot(engine, node, dataset)
        return {name: engine.rows(f'SELECT * FROM "{view}" ORDER BY ALL') for name, view in views.items()}


def files(people, events):
    return {
        "person.csv": text(PERSON, *(person(one, source) for one, source in people.items())),
        "condition_occurrence.csv": text(CONDITION, *(condition(each, of) for each, of in events.items())),
    }


def test_increments_come_to_the_whole_and_are_recognised(node, tmp_path):
    whole = delivery(tmp_path / "one", files({1: "a", 2: "b", 3: "c"}, {1: 1, 2: 2, 3: 3}))
    first = actions.ingest_omop(node, whole, dataset="chu", **HOW).manifest
    change = {
        "person.csv": text(PERSON, person(4, "d"), person(2, "bb")),
        "person.deleted.csv": text("person_id", "3"),
        "condition_occurrence.deleted.csv": text("condition_occurrence_id", "3"),
        "condition_occurrence.csv": text(CONDITION, condition(4, 4)),
    }
    part = delivery(tmp_path / "two", change)
    made = actions.ingest_omop(node, part, dataset="chu", increment=True, **HOW).manifest
    assert (made.version, made.persons, made.quarantined) == (2, 3, 0)
    assert [each.name for each in made.sources[: len(first.sources)]] == [each.name for each in first.sources]
    assert queries.manifest("chu", first.snapshot).tables["person"].rows == 3, "what was held stays as it was"
    actions.ingest_omop(
        node, delivery(tmp_path / "three", files({1: "a", 2: "bb", 4: "d"}, {1: 1, 2: 2, 4: 4})), dataset="other", **HOW
    )
    assert content(node, "chu") == content(node, "other")
    assert actions.ingest_omop(node, part, dataset="chu", increment=True, **HOW).recognised
    assert actions.verify(node, "chu", actor="steward").files > 0


def test_who_was_erased_comes_back_by_no_increment(node, tmp_path):
    whole = delivery(tmp_path / "one", files({1: "a", 2: "b"}, {1: 1, 2: 2}))
    actions.ingest_omop(node, whole, dataset="chu", **HOW)
    actions.erase(node, "chu", person="2", actor="steward", holding=None)
    again = delivery(tmp_path / "two", files({2: "b", 5: "e"}, {2: 2, 5: 5}))
    made = actions.ingest_omop(node, again, dataset="chu", increment=True, **HOW).manifest
    assert [row[0] for row in content(node, "chu")["person"]] == [1, 5] and made.erased == 1


TAKE = (actions.ingest_omop, actions.ingest_fhir, actions.ingest_snds, tables.ingest_table, tables.ingest_devices)


@pytest.mark.parametrize("take", TAKE)
def test_who_may_take_nothing_in_learns_no_dataset_by_an_increment(node, tmp_path, take):
    with pytest.raises(Refusal, match="PPL"):
        take(node, tmp_path, dataset="chu", actor="auditor", increment=True)


def test_an_increment_over_nothing_or_of_another_kind_is_refused(node, tmp_path):
    part = delivery(tmp_path / "two", {"person.csv": text(PERSON, person(4, "d"))})
    with pytest.raises(Refusal) as refused:
        actions.ingest_omop(node, part, dataset="chu", increment=True, **HOW)
    assert refused.value.code == "LAK-101"
    actions.ingest_omop(node, delivery(tmp_path / "one", files({1: "a"}, {1: 1})), dataset="chu", **HOW)
    before = queries.manifest("chu").snapshot
    with pytest.raises(Refusal) as refused:
        actions.ingest_omop(node, part, dataset="chu", increment=True, actor="steward")
    assert refused.value.code == "LAK-114" and queries.manifest("chu").snapshot == before
