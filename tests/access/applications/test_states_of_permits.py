"""Who may use, prepare, take back and let out, in each state of the permit, of the run and of the request: a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product
from types import SimpleNamespace
from typing import NoReturn

import pytest

from hygie.access.applications.decision.separation import judges
from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permit_actions
from hygie.access.permits import queries as permits
from hygie.access.permits.models import PermitRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.people.models import Account, Attestation
from hygie.commons.people.values import ROLES
from hygie.secure.airlock import actions as airlock
from hygie.secure.airlock import evidence
from hygie.secure.airlock.models import Request
from hygie.secure.airlock.values import STATES
from hygie.secure.enclave import actions as enclave
from hygie.secure.enclave import queries as runs
from hygie.secure.enclave.models import Run
from tests.access.applications.story import granted
from tests.conftest import START, Clock

ACCOUNTS: dict[str, set[str]] = {
    **{role: {role} for role in ROLES},
    "checker2": {"checker"},
    "officer2": {"officer"},
    "named": set(ROLES),
    "stranger": {"user"},
    "preparer": {"checker", "steward"},
    "judge": {"officer", "steward", "checker"},
}
NAMED, JUDGES, PREPARERS, AUTHOR = {"user", "named"}, {"officer", "judge"}, {"preparer"}, "user"
PERMITS = ("granted", "expired", "revoked", "amended")
RUNS = ("running", "ended", "refused", "lost")
VOTING = {"requested", "under review"}
OPEN = {"request": "ended", "review": "under review", "release": "approved"}


class ReachedError(Exception):
    """Everything that asks who and in which state was passed."""


def oracle(name: str, action: str, permit: str, thing: str) -> tuple[bool, bool]:
    """Whether the person may, and whether the states let anybody, in a few plain sentences."""
    roles = ACCOUNTS[name]
    uses = "user" in roles and name in NAMED and name not in JUDGES
    checks = "checker" in roles and name not in NAMED | JUDGES | PREPARERS | {AUTHOR}
    prepares = bool({"steward", "operator"} & roles) and name not in JUDGES
    return {
        "run": (uses, permit == "granted"),
        "extract": (prepares, permit == "granted"),
        "revoke": ("officer" in roles and name not in NAMED, permit not in ("revoked", "amended")),
        "request": (uses, permit == "granted" and thing == "ended"),
        "review": (checks, permit == "granted" and thing in VOTING),
        "release": (checks, permit == "granted" and thing == "approved"),
    }[action]


def reached(*given: object, **named: object) -> NoReturn:
    raise ReachedError


@pytest.fixture
def gates(stocked: Node, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[str], object]]]:
    """A permit with a run and a request, and what is asked of them, up to where the work would begin."""
    for name, roles in ACCOUNTS.items():
        account, _ = Account.objects.get_or_create(
            name=name, defaults={"roles": sorted(roles), "created_at": START, "password": "!"}
        )
        until = START.replace(year=2060)
        Attestation.objects.create(account=account, course="1", right=1, asked=1, at=START, until=until)
    got = granted(stocked, processing__people=["user", "named"])
    at, none = stocked.clock(), {"key_id": "k", "synthetic": True, "outputs": [], "content": "c"}
    Run.objects.create(
        id="run-1", permit=got.permit, actor="user", state="ended", dummy=False, started_at=at, deadline=at
    )
    Request.objects.create(
        id="request-1", run="run-1", permit=got.permit, extract="extract-1", author=AUTHOR, state="requested",
        preset="p", created_at=at, **none,
    )  # fmt: skip
    record = SimpleNamespace(dummy=False, succeeded=True, permit=got.permit, extract="extract-1")
    monkeypatch.setattr(runs.RunRecord, "from_json", lambda _: record)
    monkeypatch.setattr(evidence.extracts, "latest", lambda _: SimpleNamespace(id="extract-1"))
    monkeypatch.setattr(evidence.extracts, "prepared_by", lambda _: "preparer")
    said = judges(got.permit)
    monkeypatch.setattr(
        "hygie.access.applications.decision.separation.judges",
        lambda _: {**said, "assessed_by": [*said.get("assessed_by", []), "judge"]},
    )
    monkeypatch.setattr(extracts.vault, "exclusive", reached)
    monkeypatch.setattr(permit_actions.publishing, "ready", reached)
    monkeypatch.setattr(evidence, "declared", reached)
    monkeypatch.setattr(evidence, "altered", reached)
    told = {"published": "Misuse.", "confirmed": True}
    yield {
        "run": lambda name: (enclave.allowed(stocked, got.permit, name), reached()),
        "extract": lambda name: extracts.extract(stocked, got.permit, actor=name),
        "revoke": lambda name: permit_actions.revoke(stocked, got.permit, "Misuse.", **told, actor=name),
        "request": lambda name: airlock.request(stocked, "run-1", actor=name),
        "review": lambda name: airlock.review(stocked, "request-1", True, actor=name),
        "release": lambda name: airlock.release(stocked, "request-1", actor=name),
    }


def stand(permit: str, clock: Clock, began: datetime) -> None:
    """Put the one permit into a state."""
    clock.time = began.replace(year=2050) if permit == "expired" else began
    PermitRow.objects.update(
        revoked_at=began if permit == "revoked" else None, amended_by="permit-next" if permit == "amended" else ""
    )


def outcome(ask: Callable[[str], object], name: str) -> str:
    """What came of asking: `passed`, `person` for a refusal by the policy, `state` for any other."""
    try:
        ask(name)
    except ReachedError:
        return "passed"
    except Refusal as refusal:
        return "person" if refusal.code.startswith("PPL") else "state"
    return "nothing was asked"


def test_every_account_in_every_state_of_permit_run_and_request(
    stocked: Node, clock: Clock, gates: dict[str, Callable[[str], object]]
) -> None:
    """In a permit that does not hold, only what would be open under one that does is asked."""
    began, wrong = clock.time, []
    things = {"request": RUNS, "review": STATES, "release": STATES}
    assert set(PERMITS) == set(permits.STATES)
    assert set(RUNS) == {name for name, _ in Run._meta.get_field("state").choices}
    for permit in PERMITS:
        stand(permit, clock, began)
        for action, ask in gates.items():
            every = things.get(action, ("",)) if permit == "granted" else (OPEN.get(action, ""),)
            for thing, name in product(every, ACCOUNTS):
                Run.objects.update(state=thing if action == "request" else "ended")
                Request.objects.update(state=thing if action in ("review", "release") else "requested")
                person, state = oracle(name, action, permit, thing)
                against = {kind for kind, may in (("person", person), ("state", state)) if not may}
                if (found := outcome(ask, name)) not in (against or {"passed"}):
                    wrong.append((permit, action, thing, name, found))
    assert wrong == []
