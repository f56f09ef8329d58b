"""Who may do what, decided by the Cedar policies of `roles.cedar`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import cedarpy

from hygie.base.kernel import Reason, Verdict
from hygie.commons.people.values import ACTIONS, Person

THING = {"uid": {"type": "Thing", "id": "thing"}, "attrs": {}, "parents": []}


def decide(person: Person, action: str, about: Mapping[str, object]) -> Verdict:
    """Return whether a person may do an action on a thing.

    Parameters
    ----------
    person : Person    the account and its roles
    action : str       one of `people.values.ACTIONS`
    about : Mapping    of the thing: `decided_by`, `prepared_by`, `author` (account names), `assessed_by`,
                       `advised_by`, `named`, `team` (sets or lists of account names), `holders` (set or list: whose
                       data it is about, as descriptions name them, an empty name for data that no description gives
                       to a holder); of the account: `trained`
                       (bool); of the sign-in: `assurance` (of `people.values.LEVELS`), `stepped_up` (bool). What is
                       not said forbids nothing, except where a policy asks for it (`named` for a study, `author` or
                       `team` for an application)

    Errors      PPL-101 no role allows it; PPL-105, 106, 107, 109, 111 to 117, 134 a prohibition
    Source      Reg. (EU) 2025/327 art. 55(3), 73(1)(a); policies in `roles.cedar`

    Example
    -------
    >>> decide(Person("bo", ("officer",)), "permit.grant", {}).allowed
    True
    >>> decide(Person("bo", ("auditor",)), "permit.grant", {}).reasons[0].code
    'PPL-101'
    """
    return answers(person, action, [about])[0]


def answers(person: Person, action: str, things: Sequence[Mapping[str, object]]) -> list[Verdict]:
    """Return for each of some things whether a person may do an action on it, in their order.

    Parameters
    ----------
    things : Sequence   each as `decide` takes it

    Errors      as `decide`

    Example
    -------
    >>> [each.allowed for each in answers(Person("bo", ("user",)), "study.run", [{"named": ["bo"]}, {"named": []}])]
    [True, False]
    """
    speaks = {"holder": person.holder} if person.holder else {}
    entity = {
        "uid": {"type": "Account", "id": person.name},
        "attrs": {"name": person.name, "roles": list(person.roles), **speaks},
        "parents": [],
    }
    asked = {
        "principal": {"type": "Account", "id": person.name},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Thing", "id": "thing"},
    }
    chosen, ids = concerning(action)
    given = cedarpy.is_authorized_batch(
        [asked | {"context": known(about)} for about in things], chosen, [entity, THING]
    )
    facts = {"action": action, "name": person.name, "roles": ", ".join(person.roles) or "–"}
    found = []
    for answer in given:
        codes = [] if answer.allowed else sorted({ids[reason] for reason in answer.diagnostics.reasons})
        said = () if answer.allowed else tuple(Reason(code, facts) for code in codes or ["PPL-101"])
        found.append(Verdict(said))
    return found


def known(about: Mapping[str, object]) -> dict[str, object]:
    """Return what is known of a thing as policies read it: sets as lists."""
    return {key: list(value) if isinstance(value, set | frozenset | tuple) else value for key, value in about.items()}


def text(name: str) -> str:
    """Return a policy file's text."""
    return (resources.files("hygie.commons.people") / name).read_text("utf-8")


@cache
def concerning(action: str) -> tuple[cedarpy.PolicySet, Mapping[str, str]]:
    """Return the policies that speak of an action, read once, with each one's `@id` by the name Cedar gives it.

    A policy that names no action, or one that nobody declares and that may be a group, speaks of every action.
    """
    parsed = json.loads(cedarpy.policies_to_json_str(text("roles.cedar")))
    kept = {key: each for key, each in parsed["staticPolicies"].items() if speaks_of(each["action"], action)}
    chosen = cedarpy.policies_from_json_str(json.dumps({**parsed, "staticPolicies": kept}))
    return cedarpy.PolicySet.from_str(chosen), called(chosen)


def speaks_of(scope: Mapping[str, Any], action: str) -> bool:
    """Return whether a policy's scope covers an action.

    Example
    -------
    >>> speaks_of({"op": "==", "entity": {"type": "Action", "id": "study.run"}}, "permit.grant")
    False
    """
    named = {each["id"] for each in scope.get("entities", [scope["entity"]] if "entity" in scope else [])}
    return not named or action in named or bool(named - set(ACTIONS))


def called(policies: str) -> Mapping[str, str]:
    """Return each policy's `@id` by the name Cedar gives it."""
    parsed = json.loads(cedarpy.policies_to_json_str(policies))["staticPolicies"]
    return {key: policy["annotations"]["id"] for key, policy in parsed.items()}


@cache
def names() -> Mapping[str, str]:
    """Return each policy's `@id` by the name Cedar gives it."""
    return called(text("roles.cedar"))
