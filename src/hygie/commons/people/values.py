"""Roles and accounts as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ROLES = ("operator", "steward", "officer", "user", "checker", "auditor")
ACTIONS = (
    "node.operate",
    "account.add",
    "placement.declare",
    "dataset.ingest",
    "dataset.verify",
    "dataset.erase",
    "linkage.change",
    "optout.record",
    "permit.grant",
    "permit.revoke",
    "extract.prepare",
    "extract.explain",
    "study.run",
    "airlock.request",
    "airlock.review",
    "airlock.release",
    "ledger.read",
    "ledger.explore",
    "catalogue.describe",
    "catalogue.assess",
    "catalogue.count",
    "catalogue.harvest",
    "application.write",
    "application.read",
    "application.assess",
    "application.decide",
    "application.deliver",
    "application.advise",
    "answer.prepare",
    "answer.take",
    "case.read",
    "exclusion.record",
    "register.publish",
    "holder.trust",
    "enforcement.conduct",
    "enforcement.decide",
    "training.attest",
    "account.manage",
    "session.end",
    "node.watch",
)
ORGANISATIONS = (
    "public-body",
    "eu-institution",
    "university",
    "hospital",
    "non-profit",
    "natural-person",
    "company",
    "insurer",
)
LANGUAGES = ("en", "fr")
MEANS = ("local", "openid", "passkey")
STEP_UP_MINUTES = 10
SESSION_HOURS = 8
LONGEST_HOLDER = 300
LEVELS = ("low", "substantial", "high")


@dataclass(frozen=True)
class Person:
    """A named account of this node's staff or users.

    Parameters
    ----------
    name : str               1 to 64 of a-z, 0-9, dot, dash, underscore
    roles : tuple[str, ...]  of `ROLES`
    holder : str             the health data holder that a steward speaks for, as descriptions name it; empty for the
                             node's own data office, which speaks for all
    """

    name: str
    roles: tuple[str, ...]
    holder: str = ""


@dataclass(frozen=True)
class AccountView:
    """An account as the operator and its owner see it.

    Parameters
    ----------
    name : str
    roles : tuple[str, ...]       of `ROLES`
    active : bool                 False once disabled
    organisation : str            of `ORGANISATIONS`, or empty
    language : str                of `LANGUAGES`, or empty
    linked : bool                 an identity of the provider is bound to it
    trained_until : datetime      end of the attestation that runs, or None
    holder : str                  whom a steward speaks for; empty: every holder
    """

    name: str
    roles: tuple[str, ...]
    active: bool
    organisation: str
    language: str
    linked: bool
    trained_until: datetime | None
    holder: str = ""


@dataclass(frozen=True)
class SessionView:
    """A session as the operator and its owner see it.

    Parameters
    ----------
    id : str           `ses-…`; not the secret that the browser holds
    account : str
    began_at, seen_at : datetime   in UTC; `seen_at` to the minute
    means : str        of `MEANS`
    assurance : str    of `LEVELS`, or empty for a local sign-in
    """

    id: str
    account: str
    began_at: datetime
    seen_at: datetime
    means: str
    assurance: str


@dataclass(frozen=True)
class Presence:
    """How the acting person is present: by a session of the site, or as they were when they queued a task.

    Parameters
    ----------
    session : str       its id, or empty
    means : str         of `MEANS`
    assurance : str     of `LEVELS`, or empty for a local sign-in
    stepped_up : bool   the person proved themselves in the last `STEP_UP_MINUTES`
    proven_at : float   when they last did, in seconds since 1970; 0 for never
    """

    session: str
    means: str
    assurance: str
    stepped_up: bool
    proven_at: float = 0.0
