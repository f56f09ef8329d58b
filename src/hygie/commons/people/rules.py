"""Who may do what, decided by the Cedar policies of `roles.cedar`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

import cedarpy

from hygie.base.kernel import Reason, Verdict
from hygie.commons.people.values import Person

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
    context = {
        key: list(value) if isinstance(value, set | frozenset | tuple) else value for key, value in about.items()
    }
    speaks = {"holder": person.holder} if person.holder else {}
    entity = {
        "uid": {"type": "Account", "id": person.name},
        "attrs": {"name": person.name, "roles": list(person.roles), **speaks},
        "parents": [],
    }
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Account", "id": person.name},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Thing", "id": "thing"},
            "context": context,
        },
        policies(),
        [entity, THING],
    )
    if answer.allowed:
        return Verdict()
    prohibitions = sorted({names()[reason] for reason in answer.diagnostics.reasons})
    facts = {"action": action, "name": person.name, "roles": ", ".join(person.roles) or "–"}
    return Verdict(tuple(Reason(code, facts) for code in prohibitions or ["PPL-101"]))


def text(name: str) -> str:
    """Return a policy file's text."""
    return (resources.files("hygie.commons.people") / name).read_text("utf-8")


@cache
def policies() -> cedarpy.PolicySet:
    """Return the policies, read once."""
    return cedarpy.PolicySet.from_str(text("roles.cedar"))


@cache
def names() -> Mapping[str, str]:
    """Return each policy's `@id` by the name Cedar gives it."""
    parsed = json.loads(cedarpy.policies_to_json_str(text("roles.cedar")))["staticPolicies"]
    return {key: policy["annotations"]["id"] for key, policy in parsed.items()}
