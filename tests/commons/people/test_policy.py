"""The Cedar policies against an independent oracle, over every role set, action and thing of a small world."""

from itertools import chain, combinations, product

import cedarpy
import pytest

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, queries
from hygie.commons.people.models import Account
from hygie.commons.people.policy import check
from hygie.commons.people.rules import decide, text
from hygie.commons.people.values import ACTIONS, ROLES, Person

NEEDED = {
    "node.operate": {"operator"},
    "account.add": {"operator"},
    "dataset.ingest": {"steward", "operator"},
    "dataset.verify": {"steward", "operator", "auditor"},
    "dataset.erase": {"steward", "operator"},
    "optout.record": {"officer", "steward", "operator"},
    "permit.grant": {"officer"},
    "permit.revoke": {"officer"},
    "extract.prepare": {"steward", "operator"},
    "study.run": {"user"},
    "airlock.request": {"user"},
    "airlock.review": {"checker"},
    "airlock.release": {"checker"},
}
THINGS = [
    {},
    {"decided_by": "me"},
    {"decided_by": "you"},
    {"author": "me"},
    {"author": "you"},
    {"named": ["me"]},
    {"named": ["you"]},
    {"named": ["me"], "author": "you", "decided_by": "you"},
    {"named": ["you"], "author": "me", "decided_by": "me"},
    {"named": [], "author": "you", "decided_by": "me"},
    {"named": ["me", "you"], "decided_by": "me"},
]


def oracle(roles, action, thing):
    """The policy as a few plain sentences."""
    if action == "ledger.read":
        return True
    if action == "extract.explain":
        return bool({"officer", "steward", "operator", "auditor"} & set(roles)) or "me" in thing.get("named", [])
    if not NEEDED[action] & set(roles):
        return False
    named, author, decided_by = thing.get("named", []), thing.get("author"), thing.get("decided_by")
    if action == "extract.prepare":
        return decided_by != "me"
    if action in ("study.run", "airlock.request"):
        return "me" in named and decided_by != "me"
    if action in ("airlock.review", "airlock.release"):
        return author != "me" and "me" not in named
    return True


def role_sets():
    return chain.from_iterable(combinations(ROLES, size) for size in range(len(ROLES) + 1))


def test_every_decision_of_the_small_world_is_the_oracle_s():
    differing = [
        (roles, action, thing)
        for roles, action, thing in product(role_sets(), ACTIONS, THINGS)
        if decide(Person("me", roles), action, thing).allowed != oracle(roles, action, thing)
    ]
    assert not differing


def test_policies_fit_their_schema():
    assert cedarpy.validate_policies(text("roles.cedar"), text("roles.cedarschema")).validation_passed


def test_a_misspelt_word_does_not_fit_the_schema():
    wrong = text("roles.cedar").replace("context.author", "context.autor")
    assert not cedarpy.validate_policies(wrong, text("roles.cedarschema")).validation_passed


@pytest.mark.parametrize(
    ("roles", "action", "thing", "code"),
    [
        (("auditor",), "permit.grant", {}, "PPL-101"),
        (("steward", "officer"), "extract.prepare", {"decided_by": "me"}, "PPL-105"),
        (("user",), "study.run", {"named": ["you"]}, "PPL-106"),
        (("checker",), "airlock.review", {"author": "me"}, "PPL-107"),
        (("officer", "user"), "study.run", {"named": ["me"], "decided_by": "me"}, "PPL-109"),
        (("officer", "user"), "airlock.request", {"named": ["me"], "decided_by": "me"}, "PPL-109"),
    ],
)
def test_a_refusal_names_its_rule(roles, action, thing, code):
    assert decide(Person("me", roles), action, thing).reasons[0].code == code


def test_an_unknown_account_is_refused(node):
    with pytest.raises(Refusal, match="PPL-102"):
        check("nobody", "ledger.read", {})


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
