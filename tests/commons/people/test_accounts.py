"""Accounts: named, with roles, each change a fact."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, queries
from hygie.commons.people.models import Account
from hygie.commons.people.policy import check
from hygie.commons.people.presence import present
from hygie.commons.people.values import ROLES, Presence


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


def facts(kind):
    from hygie.base.ledger import queries as ledger

    return [ledger.event(index) for name in ROLES for index in ledger.indexes(name, kind)]


def session_of(node, name):
    return actions.begin_session(node, name, means="local")


def test_a_change_of_roles_ends_every_session_of_the_account_and_no_other(node):
    mine, other = [session_of(node, "checker"), session_of(node, "checker")], session_of(node, "auditor")
    person = actions.set_roles(node, "checker", ["user"], actor="operator")
    assert person.roles == ("user",)
    assert not any(actions.see_session(node, each) for each in mine)
    assert actions.see_session(node, other)
    assert [view.id for view in queries.sessions()] == [other]


def test_roles_that_stay_the_same_end_nothing(node):
    mine = session_of(node, "checker")
    actions.set_roles(node, "checker", ["checker"], actor="operator")
    assert actions.see_session(node, mine)


def test_a_disabled_account_neither_acts_nor_signs_in_and_can_come_back(node):
    mine = session_of(node, "officer")
    actions.set_active(node, "officer", False, actor="operator")
    assert not actions.see_session(node, mine)
    assert "officer" not in {person.name for person in queries.everyone()}
    for refused in (
        lambda: check("officer", "permit.grant", {}),
        lambda: actions.begin_session(node, "officer", means="local"),
    ):
        with pytest.raises(Refusal, match="PPL-119"):
            refused()
    actions.set_active(node, "officer", True, actor="operator")
    check("officer", "permit.grant", {})


def test_the_last_operator_stays(node):
    for refused in (
        lambda: actions.set_active(node, "operator", False, actor="operator"),
        lambda: actions.set_roles(node, "operator", ["user"], actor="operator"),
    ):
        with pytest.raises(Refusal, match="PPL-118"):
            refused()
    actions.add_account(node, "second", ["operator"], actor="operator")
    actions.set_active(node, "operator", False, actor="second")


@pytest.mark.parametrize("role", ["steward", "officer", "user", "checker", "auditor"])
def test_only_the_operator_manages_accounts(node, role):
    for refused in (
        lambda: actions.set_roles(node, "checker2", ["officer"], actor=role),
        lambda: actions.set_active(node, "checker2", False, actor=role),
        lambda: actions.link(node, "checker2", "https://issuer", "x", actor=role),
        lambda: actions.end_sessions(node, "checker2", actor=role),
    ):
        with pytest.raises(Refusal, match="PPL-101"):
            refused()


def test_one_ends_one_s_own_session_and_the_operator_anyone_s(node):
    first, second = session_of(node, "user"), session_of(node, "user")
    with pytest.raises(Refusal, match="PPL-101"):
        actions.end_session(node, first, actor="checker")
    with pytest.raises(Refusal, match="PPL-101"):
        actions.end_session(node, "ses-none", actor="checker")
    actions.end_session(node, first, actor="user")
    actions.end_session(node, second, actor="operator")
    with pytest.raises(Refusal, match="PPL-123"):
        actions.end_session(node, second, actor="operator")
    assert queries.sessions("user") == []


def test_an_identity_belongs_to_one_account(node):
    actions.link(node, "user", "https://issuer", "sub-1", actor="operator")
    with pytest.raises(Refusal, match="PPL-122"):
        actions.link(node, "checker", "https://issuer", "sub-1", actor="operator")
    actions.link(node, "user", "https://issuer", "", actor="operator")
    actions.link(node, "checker", "https://issuer", "sub-1", actor="operator")
    assert {view.name for view in queries.accounts(node.clock()) if view.linked} == {"checker"}


def test_a_session_of_low_assurance_is_not_begun(node):
    with pytest.raises(Refusal, match="PPL-113"):
        actions.begin_session(node, "user", means="openid", assurance="low")
    assert not queries.sessions()


def test_a_decision_asks_for_a_recent_proof_of_who_is_there(node):
    stale, fresh = Presence("ses-1", "openid", "high", False), Presence("ses-1", "openid", "high", True)
    with present(stale), pytest.raises(Refusal, match="PPL-112"):
        check("officer", "permit.grant", {})
    with present(stale):
        check("officer", "case.read", {})
    with present(fresh):
        check("officer", "permit.grant", {})
    check("officer", "permit.grant", {})


def test_each_change_is_a_fact_without_the_identity(node):
    actions.link(node, "user", "https://issuer", "secret-subject", actor="operator")
    actions.set_roles(node, "user", ["user", "auditor"], actor="operator")
    assert len(facts("account.linked")) == len(facts("account.roles-changed")) == 1
    assert not any("secret-subject" in str(event) for event in facts("account.linked"))


@pytest.mark.parametrize(
    ("more", "code"), [({"organisation": "club"}, "PPL-121"), ({"language": "de"}, "PPL-121"), ({}, None)]
)
def test_an_account_s_words_are_checked(node, more, code):
    if code is None:
        actions.add_account(node, "new", ["user"], actor="operator", organisation="university", language="fr")
        view = queries.account("new", node.clock())
        assert (view.organisation, view.language, view.active) == ("university", "fr", True)
        return
    with pytest.raises(Refusal, match=code):
        actions.add_account(node, "new", ["user"], actor="operator", **more)


def test_a_session_ends_by_itself_after_eight_hours_however_busy(node, clock):
    mine = session_of(node, "user")
    for _ in range(7):
        clock.advance(hours=1)
        assert actions.see_session(node, mine)
    [view] = queries.sessions("user")
    assert view.seen_at > view.began_at
    clock.advance(hours=1)
    assert queries.sessions("user") == []
    assert not actions.see_session(node, mine)


def test_a_page_of_accounts_reads_no_more_than_it_shows(node):
    names = sorted(Account.objects.values_list("name", flat=True))
    found = queries.accounts(node.clock())
    with CaptureQueriesContext(connection) as counted:
        assert [view.name for view in found[0:2]] == names[:2]
        assert found[2].name == names[2]
        assert len(found) == len(names)
    assert [each["sql"].rpartition(" LIMIT ")[2] for each in counted][:2] == ["2", "1 OFFSET 2"]
    assert "attestation" not in counted[2]["sql"]
    assert [view.name for view in found] == names
