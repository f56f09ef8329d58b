"""What a process remembers of the index of subjects is what the index says, whatever happened since."""

from datetime import UTC, datetime

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hygie.base.kernel import Fact
from hygie.base.ledger import actions, queries, rows

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
    rows._read[name] = rows.pack([rows.checksum("thing-9")] * 512)
    assert queries.indexes("thing-3") == [kept[3]]
    assert queries.indexes("thing-9") == [kept[9]]


def test_one_read_of_the_index_is_enough(node):
    many(0, 2000)
    queries.indexes("thing-3")
    with CaptureQueriesContext(connection) as counted:
        queries.indexes("thing-4")
    asked = [each["sql"] for each in counted if "ledger_subject" in each["sql"]]
    assert len(asked) == 1
    assert "block >= 0" not in asked[0]
