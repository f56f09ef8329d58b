"""The question every action asks first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from hygie.commons.people import presence
from hygie.commons.people.queries import person, trained
from hygie.commons.people.rules import decide
from hygie.commons.people.values import Person

NOBODY = frozenset({""})
_holders: list[Callable[[Collection[str]], frozenset[str]]] = []


def check(actor: str, action: str, attributes: Mapping[str, object]) -> None:
    """Raise a Refusal unless the account may do the action.

    Parameters
    ----------
    actor : str             an account's name
    action : str            one of `people.values.ACTIONS`
    attributes : Mapping    of the thing, as `people.rules.decide` reads them; `dataset` (str) or `datasets` (names)
                            stand for the holders of these data; what concerns the account (`trained`) and its
                            sign-in (`assurance`, `stepped_up`) is added here

    Errors      PPL-101, PPL-102, PPL-119, PPL-105, 106, 107, 109, 111 to 117, 134
    """
    someone = person(actor)
    decide(someone, action, {**about(someone, attributes), **standing(actor)}).check()


def check_role(actor: str, action: str) -> None:
    """Raise a Refusal unless the account's roles allow an action: for pages that lead to it and change nothing.

    Parameters
    ----------
    actor : str    an account's name
    action : str   one of `people.values.ACTIONS`

    Errors      PPL-101, PPL-102, PPL-119
    """
    decide(person(actor), action, {}).check()


def may(actor: str, action: str, attributes: Mapping[str, object] = MappingProxyType({})) -> bool:
    """Return whether an account may do an action: for what offers it or lists its things; the action asks `check`.

    Parameters
    ----------
    actor : str             an account's name
    action : str            one of `people.values.ACTIONS`
    attributes : Mapping    of the thing, as for `check`; without them, the account's roles alone are asked
    """
    someone = person(actor)
    return decide(someone, action, about(someone, attributes)).allowed


def holders_by(lookup: Callable[[Collection[str]], frozenset[str]]) -> None:
    """Learn, from the room that knows it, whose datasets are: of their names, the holders' names, or an empty one."""
    _holders[:] = [lookup]


def about(someone: Person, attributes: Mapping[str, object]) -> dict[str, object]:
    """Return what policies may know of a thing: its datasets' holders, looked up where they matter to the person."""
    said = {name: value for name, value in attributes.items() if name not in ("dataset", "datasets")}
    named = attributes.get("datasets", (attributes["dataset"],) if "dataset" in attributes else None)
    if someone.holder and isinstance(named, Collection):
        said["holders"] = (_holders[0](named) or NOBODY) if _holders else NOBODY
    return said


def standing(actor: str) -> dict[str, object]:
    """Return what policies may know of the account and of its sign-in."""
    known: dict[str, object] = {"trained": trained(actor, presence.now())}
    found = presence.presence()
    if found is not None:
        known["stepped_up"] = found.stepped_up
        if found.assurance:
            known["assurance"] = found.assurance
    return known
