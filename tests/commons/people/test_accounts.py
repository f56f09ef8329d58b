"""Accounts: named, with roles, each change a fact."""

import pytest

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, queries
from hygie.commons.people.models import Account


def test_an_account_is_added_with_its_fact(node):
    from hygie.base.ledger import actions as ledger

    before = ledger.head().size
    person = actions.add_account(node, "alice", ["user"], actor="operator")
    assert queries.person("alice") == person
    assert ledger.head().size == before + 1


@pytest.mark.parametrize(
    ("name", "roles", "actor", "code"),
    [
        ("alice", ["user"], "auditor", "PPL-101"),
        ("operator", ["user"], "operator", "PPL-103"),
        ("alice", ["king"], "operator", "PPL-104"),
        ("alice", [], "operator", "PPL-104"),
        ("Alice B", ["user"], "operator", "KER-103"),
        ("alice", ["user"], "node", "PPL-102"),
    ],
)
def test_bad_accounts_are_refused_and_leave_nothing(node, name, roles, actor, code):
    before = Account.objects.count()
    with pytest.raises(Refusal, match=code):
        actions.add_account(node, name, roles, actor=actor)
    assert Account.objects.count() == before
