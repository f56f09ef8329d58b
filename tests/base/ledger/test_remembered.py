"""What a process remembers of the index of subjects is what the index says, whatever happened since."""

from contextlib import nullcontext
from datetime import UTC, datetime
from random import Random

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hygie.base.kernel import Fact
from hygie.base.ledger import actions, places, queries, rows

AT = datetime(2026, 11, 21, tzinfo=UTC)


def add(*subjects):
    """Append an event for each subject."""
    with transaction.atomic():
        return actions.append([Fact("thing.made", subject, "alice", AT) for subject in subjects])


def many(start, count=600):
    """Append events of different things."""
    return add(*(f"thing-{start + number}" for number in range(count)))


def test_later_events_are_found(node):
    first = add("mine")
    many(0)
    assert queries.indexes("mine") == first
    second = add("mine")
    many(1000)
    assert queries.indexes("mine") == [*first, *second]
    assert queries.indexes("thing-1599") == [actions.head().size - 1]


def test_what_was_taken_back_is_forgotten(node):
    many(0)
    assert queries.indexes("never") == []
    try:
        with transaction.atomic():
            actions.append([Fact("thing.made", "never", "alice", AT) for _ in range(600)])
            assert len(queries.indexes("never")) == 600
            raise RuntimeError
    except RuntimeError:
        pass
    assert queries.indexes("never") == []
    kept = many(5000)
    assert queries.indexes("thing-5000") == kept[:1]
    assert queries.indexes("never") == []


def test_another_database_is_read_anew(node):
    kept = many(0)
    assert queries.indexes("thing-3") == [kept[3]]
    name = str(connection.settings_dict["NAME"])
    places._read[name] = places.Known().grown(rows.pack([rows.checksum("thing-9")] * 4096))
    assert queries.indexes("thing-3") == [kept[3]]
    assert queries.indexes("thing-9") == [kept[9]]


def test_one_read_of_the_index_is_enough_in_a_transaction_too(node):
    many(0, 2000)
    queries.indexes("thing-3")
    for around in (nullcontext(), transaction.atomic()):
        with around, CaptureQueriesContext(connection) as counted:
            assert len(queries.indexes("thing-4")) == 1
        asked = [each["sql"] for each in counted if "ledger_subject" in each["sql"]]
        assert len(asked) == 1
        assert "block >= 0" not in asked[0]


def test_runs_in_order_find_what_looking_through_would(monkeypatch):
    monkeypatch.setattr(places, "RUN", 2 * rows.WIDTH)
    random = Random(7)
    marks = [random.randrange(2000) for _ in range(256 * 9)]
    known = places.Known()
    for start, end in ((0, 1), (1, 4), (4, 4), (4, 9)):  # 0 to 4 full runs, the last block in none
        known = known.grown(rows.pack(marks[256 * start : 256 * end]))
        assert len(known.runs) == end // 2
        for wanted in ({3}, {5, 1999, 4000}, set(range(0, 2000, 7))):
            assert known.places(wanted) == [at for at, mark in enumerate(marks[: 256 * end]) if mark in wanted]
    assert known.upto(5 * rows.WIDTH).places({3}) == [at for at in known.places({3}) if at < 5 * 256]


def test_a_view_of_the_database_from_before_is_answered_by_itself(node):
    kept = many(0, 2000)
    assert queries.indexes("thing-3") == [kept[3]]
    held = places.known()
    for ahead in (1, 4, 6):  # what another thread has read since this one's view was taken
        later = rows.pack([rows.checksum("thing-4")] * 256 * ahead)
        places._read[str(connection.settings_dict["NAME"])] = held.grown(later)
        with transaction.atomic():
            assert queries.indexes("thing-4") == [kept[4]]


def test_a_gap_in_the_index_moves_nothing(node, monkeypatch):
    kept = many(0, 2000)
    whole = list(rows.indexed())
    monkeypatch.setattr(rows, "indexed", lambda low=0: (each for each in whole if each[0] not in (0, 512)))
    places._read.clear()
    assert queries.indexes("thing-1500") == [kept[1500]]
