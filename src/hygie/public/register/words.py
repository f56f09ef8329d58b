"""The register's words: states, outcomes, kinds and legs in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.access.applications import words as happenings
from hygie.access.applications.values import Entry
from hygie.access.permits.words import basis as basis
from hygie.access.permits.words import kind as kind
from hygie.access.permits.words import state as permit  # noqa: F401
from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.pieces import StateLine

STATES = {name: word for name, word in happenings.STATES.items() if name != "draft"}
OUTCOMES = happenings.OUTCOMES
EVENTS = {
    "airlock.released": gettext_noop("Outputs released"),
    "application.answered": gettext_noop("Application answered"),
    "application.closed": gettext_noop("Application closed, not completed"),
    "application.complete": gettext_noop("Application found complete"),
    "application.decided": gettext_noop("Application decided"),
    "application.submitted": gettext_noop("Application received"),
    "application.withdrawn": gettext_noop("Application withdrawn"),
    "catalogue.described": gettext_noop("Dataset described"),
    "decision.published": gettext_noop("Reasons of a decision published"),
    "enforcement.decided": gettext_noop("Measures decided after a hearing"),
    "exclusion.lifted": gettext_noop("Exclusion lifted"),
    "exclusion.recorded": gettext_noop("Organisation excluded from applying"),
    "extract.deleted": gettext_noop("A permit's data deleted"),
    "extract.prepared": gettext_noop("Data prepared under a permit"),
    "fees.agreed": gettext_noop("Fees agreed on between user and holder"),
    "fees.set": gettext_noop("Fees set by the access body"),
    "holder.distrusted": gettext_noop("A holder is no longer trusted"),
    "holder.trusted": gettext_noop("A holder is trusted with a first assessment"),
    "label.revoked": gettext_noop("Quality label revoked"),
    "node.initialised": gettext_noop("Node set up"),
    "permit.amended": gettext_noop("Permit replaced by a later version"),
    "permit.closed": gettext_noop("Processing under a permit ended"),
    "permit.granted": gettext_noop("Permit granted"),
    "permit.revoked": gettext_noop("Permit revoked"),
    "results.published": gettext_noop("Results published"),
    "run.ended": gettext_noop("A study's run ended"),
    "sovereignty.declared": gettext_noop("Where the data are declared"),
    "sovereignty.derogated": gettext_noop("Derogation on where the data are"),
    "sovereignty.judged": gettext_noop("Verdict on where the data are"),
    "sovereignty.probed": gettext_noop("Declarations of places held against what the node sees"),
    "sovereignty.stated": gettext_noop("Statement on where a dataset is"),
}
# what the ledger holds besides, which only those see who explore it
INNER = {
    "account.added": gettext_noop("Account added"),
    "account.disabled": gettext_noop("Account disabled"),
    "account.enabled": gettext_noop("Account enabled again"),
    "account.holder-changed": gettext_noop("Holder of an account changed"),
    "account.linked": gettext_noop("Identity bound to an account"),
    "account.placed": gettext_noop("Account placed with an organisation"),
    "account.roles-changed": gettext_noop("Roles of an account changed"),
    "airlock.requested": gettext_noop("Outputs asked to leave"),
    "airlock.changed": gettext_noop("Outputs of a request changed"),
    "airlock.voted": gettext_noop("Vote on outputs"),
    "airlock.decided": gettext_noop("Votes on outputs counted"),
    "airlock.voided": gettext_noop("Votes void: a file had changed"),
    "catalogue.assessed": gettext_noop("Quality checks run on a dataset"),
    "catalogue.checked": gettext_noop("Description of a dataset checked"),
    "catalogue.harvested": gettext_noop("Records of another catalogue taken"),
    "catalogue.measured": gettext_noop("Dataset measured"),
    "copy.erased": gettext_noop("Copy at a place that was left erased"),
    "dataset.ingested": gettext_noop("Data delivered and kept"),
    "dataset.moved": gettext_noop("Data arrived from another node"),
    "dataset.withdrawn": gettext_noop("Data that had arrived taken back"),
    "dataset.erased": gettext_noop("A person erased from data"),
    "dataset.verified": gettext_noop("Files of a dataset verified"),
    "decision.appealed": gettext_noop("Decision appealed"),
    "formula.kept": gettext_noop("Files of a study kept on request"),
    "hearing.opened": gettext_noop("Hearing opened"),
    "hearing.closed": gettext_noop("Hearing closed"),
    "keys.root-rotated": gettext_noop("Root key replaced"),
    "message.drafted": gettext_noop("Message to another body drafted"),
    "message.sent": gettext_noop("Message to another body sent"),
    "move.planned": gettext_noop("Move to another host planned"),
    "move.proven": gettext_noop("Move to another host proven"),
    "move.received": gettext_noop("Objects arrived from another host"),
    "node.left": gettext_noop("Node left for another"),
    "node.took-over": gettext_noop("Node took over from another"),
    "linkage.identifiers-taken": gettext_noop("Identifiers taken in, hashed by their holder"),
    "linkage.traits-taken": gettext_noop("Traits of persons taken in"),
    "linkage.proposed": gettext_noop("Links between records proposed"),
    "linkage.decided": gettext_noop("Link between records decided"),
    "linkage.set-apart": gettext_noop("Record set apart from its identifiers"),
    "linkage.share-given": gettext_noop("Key to hash identifiers handed to a holder"),
    "optout.recorded": gettext_noop("Refusal of a person recorded"),
    "optout.withdrawn": gettext_noop("Refusal of a person withdrawn"),
    "optouts.imported": gettext_noop("Refusals of persons taken in"),
    "passkey.added": gettext_noop("Passkey added"),
    "passkey.removed": gettext_noop("Passkey removed"),
    "publication.overruled": gettext_noop("Name in a text to be published overruled"),
    "session.began": gettext_noop("Session begun"),
    "session.ended": gettext_noop("Session ended"),
    "session.all-ended": gettext_noop("All sessions of an account ended"),
    "training.attested": gettext_noop("Training attested"),
    "study.sent": gettext_noop("Study sent to the workspace"),
}
READINGS = {
    "airlock.read": gettext_noop("Output read by a checker"),
    "airlock.released": gettext_noop("Outputs released"),
    "airlock.shown": gettext_noop("Checks of a request shown to a checker"),
    "airlock.taken": gettext_noop("Released file taken by the team"),
    "answer.table-kept": gettext_noop("Table of an answer prepared"),
    "answer.taken": gettext_noop("Table of an answer taken by the team"),
    "catalogue.counted": gettext_noop("Persons counted for a question"),
    "catalogue.singled": gettext_noop("Told how many would be alone"),
    "dummy.taken": gettext_noop("Dummy data taken"),
    "extract.prepared": gettext_noop("Data prepared under a permit"),
    "proposal.received": gettext_noop("Case read, and a decision proposed, by a trusted holder"),
    "run.started": gettext_noop("Study begun to run on a permit's data"),
    "study.begun": gettext_noop("Study begun from the template"),
}
LEGS = {
    "pre-screening": gettext_noop("from reception to a complete application"),
    "waiting": gettext_noop("waiting for the applicant"),
    "decision": gettext_noop("from a complete application to the decision"),
    "delivery": gettext_noop("delivery by the holder"),
    "opening": gettext_noop("from delivery to open data"),
    "publication": gettext_noop("from the decision to its publication"),
    "answer": gettext_noop("from the decision to the statistical answer"),
    "access": gettext_noop("in all, from reception to open data"),
    "cesrees": gettext_noop("opinion of the ethics and science committee (CESREES)"),
    "cnil": gettext_noop("authorisation of the data protection authority (CNIL)"),
}


def event(kind: str) -> str:
    """Return a kind of event in the reader's language; of what is not public, as the ledger writes it."""
    return _(EVENTS[kind]) if kind in EVENTS else kind


def explored(kind: str) -> str:
    """Return any kind of event in the words of those who explore the ledger; empty for one without words."""
    known = next((words[kind] for words in (EVENTS, READINGS, INNER, happenings.EVENTS) if kind in words), "")
    return _(known) if known else ""


def reading(kind: str) -> str:
    """Return a kind of reading in the reader's language."""
    return _(READINGS[kind])


def ground(name: str) -> str:
    """Return what a refusal rests on, in the reader's language."""
    known = law.grounds().get(name)
    return known.label[current.language()] if known else name


def state(entry: Entry) -> StateLine:
    """Return where an application stands, as everyone may know it."""
    word, tone = OUTCOMES[entry.outcome] if entry.outcome else STATES[entry.state]
    waiting = entry.state in ("processing", "pre-screening", "submitted", "paused", "awaiting")
    today = current.node().today()
    due = entry.due_on if waiting else None
    return StateLine(
        _(word),
        "stop" if due and due < today else tone,
        entry.changed_on,
        next=_("next day set by the law") if due else "",
        due=due,
        days_left=(due - today).days if due else None,
    )
