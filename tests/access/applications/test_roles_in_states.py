"""Who may take which step in which state: policy and machine together against a table, over all roles and states."""

from __future__ import annotations

from itertools import chain, combinations, product

from hygie.access.applications import machine
from hygie.commons.people.rules import decide
from hygie.commons.people.values import ROLES, Person

WRITING = {
    "draft": "submit",
    "submitted": "withdraw",
    "pre-screening": "accept-fees withdraw",
    "awaiting": "supply accept-fees withdraw",
    "processing": "accept-fees consent withdraw",
    "paused": "resume accept-fees withdraw",
    "decided": "agree-fees end report ask-longer",
    "answered": "report ask-longer",
}
JUDGING = {
    "submitted": "take",
    "pre-screening": "ask complete reroute estimate",
    "processing": "pause reroute assess extend estimate convert ask-proposal record decide",
    "paused": "go-on extend",
    "decided": "set-fees answer extend-results keep-results lengthen",
    "answered": "extend-results keep-results",
}
PREPARING = {"decided": "prepare drop"}
PUBLISHING = {"decided": "publish", "answered": "publish"}
ADVISING = {"pre-screening": "state-costs", "processing": "propose state-costs", "paused": "propose state-costs"}
DELIVERING = {"decided": "deliver extend-delivery"}
RELATIONS: dict[str, dict[str, object]] = {
    "stranger": {"author": "you", "team": ["you"]},
    "author": {"author": "me"},
    "team": {"author": "you", "team": ["me"]},
    "assessor": {"author": "you", "assessed_by": ["me"]},
    "decider": {"author": "you", "decided_by": "me"},
    "adviser": {"author": "you", "advised_by": ["me"]},
    "preparer": {"author": "you", "prepared_by": "me"},
}


def oracle(roles: tuple[str, ...], relation: str, state: str) -> set[str]:
    """The steps that a person may take."""
    mine, judged = relation in ("author", "team"), relation in ("assessor", "decider")
    served = relation in ("adviser", "preparer")
    tables = [
        (WRITING, "user" in roles and mine),
        (JUDGING, "officer" in roles and not mine and not served),
        (PUBLISHING, "officer" in roles and not mine),
        (PREPARING, bool({"officer", "operator"} & set(roles)) and not mine),
        (ADVISING, "steward" in roles and not mine and not judged),
        (DELIVERING, "steward" in roles and not judged),
    ]
    return {step for table, allowed in tables if allowed for step in table.get(state, "").split()}


def test_every_set_of_roles_in_every_state_may_do_what_the_table_says() -> None:
    sets = list(chain.from_iterable(combinations(ROLES, size) for size in range(len(ROLES) + 1)))
    asked = sorted({move.by for move in machine.MOVES.values() if move.by})
    for roles, (relation, about) in product(sets, RELATIONS.items()):
        person = Person("me", roles)
        open_to = {action for action in asked if decide(person, action, about).allowed}
        for state in machine.STATES:
            found = {
                name for name, move in machine.MOVES.items() if move.by in open_to and machine.go(state, name).allowed
            }
            assert found == oracle(roles, relation, state), (roles, relation, state)
