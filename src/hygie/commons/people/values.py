"""Roles and accounts as values."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("operator", "steward", "officer", "user", "checker", "auditor")
ACTIONS = (
    "node.operate",
    "account.add",
    "dataset.ingest",
    "dataset.verify",
    "dataset.erase",
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
    "application.write",
    "application.read",
    "application.assess",
    "application.decide",
    "application.deliver",
    "case.read",
    "exclusion.record",
    "register.publish",
    "training.attest",
    "account.manage",
    "session.end",
    "node.watch",
)
LEVELS = ("low", "substantial", "high")


@dataclass(frozen=True)
class Person:
    """A named account of this node's staff or users.

    Parameters
    ----------
    name : str               1 to 64 of a-z, 0-9, dot, dash, underscore
    roles : tuple[str, ...]  of `ROLES`
    """

    name: str
    roles: tuple[str, ...]
