"""The question every action asks first."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide


def check(actor: str, action: str, attributes: Mapping[str, object]) -> None:
    """Raise a Refusal unless the account may do the action.

    Parameters
    ----------
    actor : str             an account's name
    action : str            one of `people.values.ACTIONS`
    attributes : Mapping    as `people.rules.decide` reads them

    Errors      PPL-101, PPL-102, PPL-105, 106, 107, 109, 111 to 117
    """
    decide(person(actor), action, attributes).check()
