"""Which kinds of events everyone may see with their proof, and what their records hold in place of names. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hygie.base.kernel import Fact

NODE = "node"
# What the public register rests on. A kind stands here when all that its body says is for everyone.
PUBLIC = frozenset(
    {
        "airlock.released",
        "application.answered",
        "application.closed",
        "application.complete",
        "application.decided",
        "application.submitted",
        "application.withdrawn",
        "catalogue.described",
        "decision.published",
        "enforcement.decided",
        "exclusion.lifted",
        "exclusion.recorded",
        "extract.deleted",
        "extract.prepared",
        "fees.agreed",
        "fees.set",
        "holder.distrusted",
        "holder.trusted",
        "label.revoked",
        "node.initialised",
        "permit.amended",
        "permit.closed",
        "permit.granted",
        "permit.revoked",
        "results.published",
        "run.ended",
        "sovereignty.declared",
        "sovereignty.derogated",
        "sovereignty.judged",
        "sovereignty.probed",
        "sovereignty.stated",
    }
)
# Told in the register by kind and time alone: its figures count the days between them, a run has its begin, a measure
# the day on which redress was sought.
TIMED = frozenset(
    {
        "application.resumed",
        "application.waiting",
        "cesrees.opinion",
        "cesrees.received",
        "cnil.decided",
        "cnil.received",
        "data.opened",
        "decision.appealed",
        "delivery.asked",
        "delivery.received",
        "run.started",
    }
)
TOLD = PUBLIC | TIMED
# What says that somebody, or a study for somebody, was shown data, figures made of them, or outputs, and what a holder
# proposed on a case; what officers and holders read on their desks is none. Each is listed under "who saw what"; the
# body names the permit and the datasets where there are any.
READINGS = frozenset(
    {
        "airlock.read",
        "airlock.released",
        "airlock.shown",
        "airlock.taken",
        "answer.taken",
        "answer.table-kept",
        "catalogue.counted",
        "catalogue.singled",
        "dummy.taken",
        "extract.prepared",
        "proposal.received",
        "run.started",
        "study.begun",
    }
)
# What says that something was done and nobody was shown anything, and is not told in the register.
DONE = frozenset(
    {
        "account.added",
        "account.disabled",
        "account.enabled",
        "account.holder-changed",
        "account.linked",
        "account.placed",
        "account.roles-changed",
        "airlock.changed",
        "airlock.decided",
        "airlock.requested",
        "airlock.voided",
        "airlock.voted",
        "answer.table-dropped",
        "application.assessed",
        "application.completed",
        "application.completion-asked",
        "application.conversion-agreed",
        "application.conversion-proposed",
        "application.estimated",
        "application.extended",
        "application.fees-accepted",
        "application.forwarded",
        "application.leg",
        "application.overdue",
        "application.published",
        "application.rerouted",
        "application.taken",
        "catalogue.assessed",
        "catalogue.checked",
        "catalogue.harvested",
        "catalogue.measured",
        "cnil.extended",
        "copy.erased",
        "costs.stated",
        "data.deleted",
        "data.longer",
        "dataset.erasure_decided",
        "dataset.ingested",
        "dataset.moved",
        "dataset.person_erased",
        "dataset.verified",
        "dataset.withdrawn",
        "delivery.extended",
        "delivery.kept",
        "delivery.part-received",
        "formula.kept",
        "hearing.closed",
        "hearing.opened",
        "keys.root-rotated",
        "linkage.decided",
        "linkage.identifiers-taken",
        "linkage.proposed",
        "linkage.set-apart",
        "linkage.share-given",
        "linkage.traits-taken",
        "message.drafted",
        "message.sent",
        "move.planned",
        "move.proven",
        "move.received",
        "node.left",
        "node.took-over",
        "optout.recorded",
        "optout.withdrawn",
        "optouts.imported",
        "passkey.added",
        "passkey.removed",
        "permit.ended",
        "proposal.asked",
        "proposal.departed",
        "proposal.lapsed",
        "publication.overruled",
        "results.extended",
        "results.extension-asked",
        "results.extension-refused",
        "session.all-ended",
        "session.began",
        "session.ended",
        "study.uploaded",
        "training.attested",
    }
)
# Published later than the event: until then the record has the commitment, afterwards the register has the value.
LATER = {"application.decided": ("grounds",)}
COMMITMENT = re.compile(r"[0-9a-f]{64}\Z")


def veiled(fact: Fact, commit: Callable[[object], Any]) -> Fact:
    """Return a fact of a public kind with commitments in place of the account and of what is published later.

    Parameters
    ----------
    commit : Callable   gives the commitment to a value

    Example
    -------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> veiled(Fact("permit.revoked", "permit-1", "alice", at, {}), lambda value: "c0").actor
    'c0'
    >>> veiled(Fact("session.began", "ses-1", "alice", at, {}), lambda value: "c0").actor
    'alice'
    """
    if fact.kind not in PUBLIC:
        return fact
    body = fact.body
    later = [name for name in LATER.get(fact.kind, ()) if body.get(name)]
    if later:
        body = {**body, **{name: commit(body[name]) for name in later}}
    actor = fact.actor if fact.actor == NODE else commit(fact.actor)
    return replace(fact, actor=actor, body=body)


def nameless(kind: str, actor: str, body: Any) -> bool:
    """Return whether a record may be handed to everyone: of a public kind, without an account or a ground.

    Parameters
    ----------
    actor : str   as the record itself has it

    Example
    -------
    >>> nameless("permit.granted", "node", {}), nameless("permit.granted", "alice", {})
    (True, False)
    """
    if kind not in PUBLIC or not (actor == NODE or COMMITMENT.match(actor)):
        return False
    return not any(isinstance(body.get(name), list) and body[name] for name in LATER.get(kind, ()))
