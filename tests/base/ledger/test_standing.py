"""What the node remembers of its own signing and verifying, which stands at every page's foot."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from hygie.base.kernel import Refusal
from hygie.base.ledger import actions, values
from tests.base.ledger.conftest import AT, ORIGIN

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_signed_and_followed_is_remembered_in_one_query(node, grow, django_assert_num_queries):
    assert actions.standing() == values.Standing(None, None)
    grow(3)
    note = actions.checkpoint(node.keys, origin=ORIGIN, at=AT)
    size = actions.head().size
    actions.verify(node.keys, origin=ORIGIN)
    assert actions.standing() == values.Standing(values.Signed(size, AT), None)
    later = AT + timedelta(hours=5)
    actions.verify(node.keys, origin=ORIGIN, at=later, against=note)
    with django_assert_num_queries(1):
        assert actions.standing().followed == values.Followed(size, later, holds=True)


def test_a_ledger_that_does_not_hold_is_remembered_as_such_and_a_wrong_checkpoint_is_not(node, grow, owner):
    grow(3)
    with pytest.raises(Refusal):
        actions.verify(node.keys, origin=ORIGIN, at=AT, against="no checkpoint\n")
    assert actions.standing().followed is None
    size = actions.head().size
    owner(f"UPDATE ledger_event SET record = replace(record, 'alice', 'mallo') WHERE idx = {size - 2}")
    with pytest.raises(Refusal):
        actions.verify(node.keys, origin=ORIGIN, at=AT)
    assert actions.standing().followed == values.Followed(size, AT, holds=False)


def test_nobody_rewrites_what_was_found(node, grow):
    grow(1)
    actions.verify(node.keys, origin=ORIGIN, at=AT)
    for statement in ("UPDATE ledger_verification SET holds = 0", "DELETE FROM ledger_verification"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
