"""The Cedar policies against an independent oracle, over every role set, action and thing of a small world."""

import json
from itertools import chain, combinations, product

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hygie.base.kernel import Refusal
from hygie.commons.people.policy import check
from hygie.commons.people.rules import answers, decide, names, speaks_of, text
from hygie.commons.people.values import ACTIONS, ROLES, Person

NEEDED = {
    "node.operate": {"operator"},
    "node.watch": {"operator", "auditor"},
    "account.add": {"operator"},
    "placement.declare": {"operator"},
    "account.manage": {"operator"},
    "dataset.ingest": {"steward", "operator"},
    "dataset.verify": {"steward", "operator", "auditor"},
    "dataset.erase": {"steward", "operator"},
    "catalogue.describe": {"steward", "operator"},
    "catalogue.assess": {"steward", "operator"},
    "linkage.change": {"steward", "operator"},
    "catalogue.harvest": {"operator"},
    "optout.record": {"officer", "steward", "operator"},
    "application.write": {"user"},
    "application.assess": {"officer"},
    "application.decide": {"officer"},
    "application.deliver": {"steward"},
    "application.advise": {"steward"},
    "answer.prepare": {"officer", "operator"},
    "case.read": {"officer", "auditor"},
    "exclusion.record": {"officer"},
    "register.publish": {"officer"},
    "holder.trust": {"officer"},
    "enforcement.conduct": {"officer"},
    "enforcement.decide": {"officer"},
    "permit.grant": {"officer"},
    "permit.revoke": {"officer"},
    "extract.prepare": {"steward", "operator"},
    "study.run": {"user"},
    "airlock.request": {"user"},
    "airlock.review": {"checker"},
    "airlock.release": {"checker"},
    "ledger.explore": {"auditor", "officer", "operator"},
    "ledger.read": set(ROLES) | {"nobody"},
    "training.attest": set(ROLES) | {"nobody"},
    "catalogue.count": set(ROLES) | {"nobody"},
}
FINAL = {
    "application.decide",
    "permit.grant",
    "permit.revoke",
    "airlock.release",
    "exclusion.record",
    "holder.trust",
    "enforcement.decide",
    "account.manage",
    "account.add",
    "placement.declare",
    "register.publish",
}
WORLD = {
    "decided_by": ["me", "you"],
    "prepared_by": ["me", "you"],
    "assessed_by": [["me", "you"], ["you"]],
    "advised_by": [["me", "you"], ["you"]],
    "author": ["me", "you"],
    "team": [["me", "you"], ["you"]],
    "named": [["me", "you"], ["you"]],
    "holders": [["mine"], ["mine", "theirs"], ["theirs"], [""]],
    "trained": [True, False],
    "stepped_up": [True, False],
    "assurance": ["low", "substantial", "high"],
}


OF_OTHERS = {
    "case.read",
    "register.publish",
    "answer.prepare",
    "permit.revoke",
    "exclusion.record",
    "holder.trust",
    "enforcement.conduct",
    "enforcement.decide",
}
HOLDERS = ("", "mine")
SPEAKS = {
    "dataset.ingest",
    "dataset.verify",
    "dataset.erase",
    "linkage.change",
    "catalogue.describe",
    "catalogue.assess",
    "extract.prepare",
    "extract.explain",
}


def speaks(holder, action, holders):
    """Whether a steward of a holder, or of none, speaks for these holders."""
    if not holder or holders is None:
        return True
    return holder in holders if action == "application.advise" else set(holders) == {holder}


def oracle(roles, action, thing, holder=""):
    """The policy as a few plain sentences."""
    if thing.get("trained") is False:
        roles = set(roles) - {"steward", "checker"}
    about_data = SPEAKS | {"application.deliver", "application.advise"}
    if action in about_data and not speaks(holder, action, thing.get("holders")):
        roles = set(roles) - {"steward"}
    mine = thing.get("author") == "me" or "me" in thing.get("team", [])
    named, decided, prepared = (
        "me" in thing.get("named", []),
        thing.get("decided_by") == "me",
        thing.get("prepared_by") == "me",
    )
    judged = decided or "me" in thing.get("assessed_by", [])
    served = prepared or "me" in thing.get("advised_by", [])
    if thing.get("assurance") == "low" or (action in FINAL and thing.get("stepped_up") is False):
        return False
    if action == "extract.explain":
        return bool({"officer", "steward", "operator", "auditor"} & set(roles)) or named
    if action == "application.read":
        return bool({"officer", "auditor"} & set(roles)) or mine
    if action == "answer.take":
        return mine
    if action == "session.end":
        return "operator" in roles or thing.get("author") == "me"
    if not NEEDED[action] & {*roles, "nobody"}:
        return False
    touches_data = action.startswith(("airlock.", "study.", "extract.")) or action in (
        "application.deliver",
        "application.advise",
    )
    if touches_data and thing.get("trained") is False:
        return False
    if action in ("extract.prepare", "application.deliver"):
        return not judged
    if action == "application.write":
        return mine
    if action in OF_OTHERS:
        return not mine
    if action == "application.advise":
        return not mine and not judged
    if action in ("application.assess", "application.decide"):
        return not mine and not served
    if action in ("study.run", "airlock.request"):
        return named and not judged
    if action in ("airlock.review", "airlock.release"):
        return thing.get("author") != "me" and not named and not judged and not prepared
    return True


def role_sets(sizes):
    return chain.from_iterable(combinations(ROLES, size) for size in sizes)


def things(size):
    """Every thing of which exactly so many attributes are known."""
    for known in combinations(WORLD, size):
        yield from (dict(zip(known, values, strict=True)) for values in product(*(WORLD[name] for name in known)))


def differing(roles, things):
    things = list(things)
    return [
        (some_roles, action, thing)
        for some_roles, action in product(list(roles), ACTIONS)
        for holder in HOLDERS[: 2 if "steward" in some_roles else 1]
        for thing, found in zip(things, answers(Person("me", some_roles, holder), action, things), strict=True)
        if found.allowed != oracle(some_roles, action, thing, holder)
    ]


def test_every_set_of_roles_with_one_attribute_known_is_decided_as_the_oracle_does():
    assert not differing(role_sets(range(len(ROLES) + 1)), chain(things(0), things(1)))


def test_every_role_with_two_attributes_known_is_decided_as_the_oracle_does():
    assert not differing([*role_sets([1]), ROLES], things(2))


whole = some.fixed_dictionaries({}, optional={name: some.sampled_from(values) for name, values in WORLD.items()})


@settings(max_examples=600, deadline=None)
@given(
    roles=some.sets(some.sampled_from(ROLES)),
    action=some.sampled_from(ACTIONS),
    thing=whole,
    holder=some.sampled_from(HOLDERS),
)
def test_whatever_is_known_the_oracle_agrees(roles, action, thing, holder):
    person = Person("me", tuple(sorted(roles)), holder)
    assert decide(person, action, thing).allowed == oracle(roles, action, thing, holder)


def test_the_oracle_and_the_schema_know_every_action():
    assert {*NEEDED, "extract.explain", "application.read", "answer.take", "session.end"} == set(ACTIONS)
    assert all(f'"{action}"' in text("roles.cedarschema") for action in ACTIONS)


def test_the_policies_of_an_action_are_all_that_speak_of_it():
    every = json.loads(cedarpy.policies_to_json_str(text("roles.cedar")))["staticPolicies"].values()
    named = {each["id"] for policy in every for each in policy["action"].get("entities", [])}
    assert named <= set(ACTIONS)
    assert speaks_of({"op": "All"}, "study.run")
    group = {"op": "in", "entity": {"type": "Action", "id": "a-group"}}
    assert speaks_of(group, "study.run")


def test_policies_fit_their_schema():
    assert cedarpy.validate_policies(text("roles.cedar"), text("roles.cedarschema")).validation_passed


@pytest.mark.parametrize(
    "word", ["context.author", "context.holders", "context.trained", "context.stepped_up", "context.team"]
)
def test_a_misspelt_word_does_not_fit_the_schema(word):
    wrong = text("roles.cedar").replace(word, word + "x")
    assert wrong != text("roles.cedar")
    assert not cedarpy.validate_policies(wrong, text("roles.cedarschema")).validation_passed


@pytest.mark.parametrize(
    ("roles", "action", "thing", "code"),
    [
        (("auditor",), "permit.grant", {}, "PPL-101"),
        (("steward", "officer"), "extract.prepare", {"decided_by": "me"}, "PPL-105"),
        (("steward", "officer"), "application.deliver", {"decided_by": "me"}, "PPL-105"),
        (("user",), "study.run", {"named": ["you"]}, "PPL-106"),
        (("checker",), "airlock.review", {"author": "me"}, "PPL-107"),
        (("officer", "user"), "study.run", {"named": ["me"], "decided_by": "me"}, "PPL-109"),
        (("officer", "user"), "airlock.request", {"named": ["me"], "decided_by": "me"}, "PPL-109"),
        (("user",), "application.write", {"author": "you", "team": ["you"]}, "PPL-111"),
        (("officer",), "application.decide", {"stepped_up": False}, "PPL-112"),
        (("checker",), "airlock.release", {"stepped_up": False}, "PPL-112"),
        (("officer",), "case.read", {"assurance": "low"}, "PPL-113"),
        (("officer", "user"), "application.decide", {"author": "me"}, "PPL-114"),
        (("officer", "user"), "application.assess", {"team": ["me"]}, "PPL-114"),
        (("officer", "user"), "case.read", {"team": ["me"]}, "PPL-114"),
        (("officer", "user"), "register.publish", {"author": "me"}, "PPL-114"),
        (("officer", "user"), "enforcement.decide", {"team": ["me"]}, "PPL-114"),
        (("officer", "user"), "permit.revoke", {"team": ["me"]}, "PPL-114"),
        (("officer",), "holder.trust", {"stepped_up": False}, "PPL-112"),
        (("officer",), "enforcement.decide", {"stepped_up": False}, "PPL-112"),
        (("user",), "catalogue.count", {"assurance": "low"}, "PPL-113"),
        (("user",), "study.run", {"named": ["me"], "trained": False}, "PPL-115"),
        (("steward",), "dataset.ingest", {"trained": False}, "PPL-115"),
        (("steward",), "dataset.verify", {"trained": False}, "PPL-115"),
        (("steward", "user"), "optout.record", {"trained": False}, "PPL-115"),
        (("steward",), "extract.explain", {"trained": False}, "PPL-115"),
        (("officer", "steward"), "application.assess", {"prepared_by": "me"}, "PPL-116"),
        (("officer", "steward"), "application.decide", {"advised_by": ["me"]}, "PPL-116"),
        (("officer", "steward"), "extract.prepare", {"assessed_by": ["me"]}, "PPL-105"),
        (("officer", "steward"), "application.advise", {"assessed_by": ["me"]}, "PPL-105"),
        (("officer", "user"), "airlock.request", {"named": ["me"], "assessed_by": ["me"]}, "PPL-109"),
        (("checker", "officer"), "airlock.review", {"assessed_by": ["me"]}, "PPL-117"),
        (("checker", "steward"), "airlock.review", {"prepared_by": "me"}, "PPL-117"),
        (("checker", "officer"), "airlock.release", {"decided_by": "me"}, "PPL-117"),
    ],
)
def test_a_refusal_names_its_rule(roles, action, thing, code):
    assert decide(Person("me", roles), action, thing).reasons[0].code == code


@pytest.mark.parametrize(
    ("roles", "action", "holders", "code"),
    [
        (("steward",), "application.deliver", ["theirs"], "PPL-134"),
        (("steward",), "application.deliver", ["mine", "theirs"], "PPL-134"),
        (("steward",), "application.advise", ["theirs"], "PPL-134"),
        (("steward",), "catalogue.describe", [""], "PPL-134"),
        (("steward",), "dataset.erase", ["theirs"], "PPL-134"),
        (("steward", "user"), "extract.prepare", ["mine", ""], "PPL-134"),
        (("steward", "checker"), "extract.explain", ["theirs"], "PPL-134"),
        (("steward",), "dataset.verify", ["theirs"], "PPL-134"),
        (("steward",), "application.advise", ["mine", "theirs"], None),
        (("steward",), "application.deliver", ["mine"], None),
        (("steward", "operator"), "dataset.ingest", ["theirs"], None),
        (("steward", "auditor"), "dataset.verify", ["theirs"], None),
    ],
)
def test_a_holder_s_steward_speaks_for_it_alone(roles, action, holders, code):
    thing = {"holders": holders}
    assert [each.code for each in decide(Person("me", roles, "mine"), action, thing).reasons] == (
        [code] if code else []
    )
    assert decide(Person("me", roles), action, thing).allowed


def test_every_prohibition_has_a_code_that_people_can_read():
    from hygie.base.kernel.catalogue import entries

    prohibitions = {name for name in names().values() if name.startswith("PPL-")}
    assert len(prohibitions) == 12
    assert prohibitions <= set(entries())


def test_an_unknown_account_is_refused(node):
    with pytest.raises(Refusal, match="PPL-102"):
        check("nobody", "ledger.read", {})
