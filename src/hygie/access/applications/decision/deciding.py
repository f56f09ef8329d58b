"""What access officers decide: grant, refuse, convert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import localdate

from hygie.access.applications.decision.assessing import reasoned
from hygie.access.applications.decision.draft import changed, compile_draft, no_more, whole
from hygie.access.applications.decision.judging import judged
from hygie.access.applications.forwarding import abroad
from hygie.access.applications.holders.advising import heeded
from hygie.access.applications.holders.delivering import ask_holders
from hygie.access.applications.naming import of_document
from hygie.access.applications.reading import amended, circumstances, view
from hygie.access.applications.recording import Step, moving
from hygie.access.applications.rules import check_datasets, check_renewal, datasets, over
from hygie.access.applications.values import OUTCOMES, Application
from hygie.access.catalogue import queries as catalogue
from hygie.access.permits import actions as permits
from hygie.access.permits.rules import is_pilot
from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, Verdict, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.queries import trained
from hygie.commons.web.publishing import named


def decide(
    node: Node,
    application_id: str,
    outcome: str,
    *,
    reasons: str,
    grounds: tuple[str, ...] = (),
    changes: Mapping[str, Any] | None = None,
    differing: str = "",
    actor: str,
) -> Application:
    """Decide an application; granting issues and signs the permit in the same transaction.

    Parameters
    ----------
    outcome : str      `granted`, `partly` (with changes), `refused`, or `converted` into statistics
    reasons : str      1 to 5,000 characters, for the applicant; what is published is confirmed apart
    grounds : tuple    on which a refusal rests: of `law.refusal_grounds()`, `68(1)(b)`, `52(5)`, `CNIL`
    changes : Mapping  RFC 7386 changes to the permit asked for, never beyond it; its rules for outputs may be stricter
    differing : str    why the decision differs from the trusted holder's proposal, where it does

    Errors     APP-101; PPL codes; APP-121 it amends a permit that is revoked or amended, APP-124, APP-126, APP-127 it
               extends one too far, too late or again; APP-137 the access asked for is over; APP-201; APP-202 another
               officer decided meanwhile; APP-204; APP-207 no accepted estimate; APP-208 no agreement to statistics;
               APP-210 no such outcome; APP-212 a French opinion lacks; APP-265 the organisation is excluded; APP-119,
               CAT-109 data not to be applied for any more; APP-214 a criterion is not met or not assessed; APP-215 a
               risk stands; APP-216 more than was asked; APP-218 partly without changes, or a refusal without grounds;
               APP-232 a proposal is awaited; APP-233 no reason to differ from it; APP-251 a person named was not
               trained; APP-252 a ground that the file does not find to fail; APP-260 an opinion of another text;
               APP-263 a ground that the file does not show; APP-264 CNIL's refusal is not cited; CAT-116 a protected
               column without a measure; APP-145 a special condition, which everyone reads on the permit, names a person
               of the application; PMT codes, COH-105
    Source     Reg. (EU) 2025/327 arts 52(5), 62(5), 68(1)-(4), 68(10), 69, 72(5)
    """
    with moving(node, application_id, "decide", actor=actor) as step:
        reasoned(step, reasons)
        if outcome not in OUTCOMES:
            raise refuse("APP-210", found=outcome[:40], accepted=", ".join(OUTCOMES))
        heeded(step, outcome, differing)
        judged(step, outcome, grounds, changes)
        row = step.row
        row.outcome, row.reasons, row.grounds = outcome, step.reason, list(grounds)
        row.decided_by, row.decided_at = actor, step.at
        if outcome in ("granted", "partly") and row.kind == "permit":
            issue(step, changes or {})
        step.body |= {"outcome": outcome, "grounds": list(grounds), "permit": row.permit or None}
        step.body["reasons"] = ledger.committed(step.reason)
    return view(step.row)


def presets(node: Node, before: Permit | None) -> tuple[law.Preset, ...]:
    """Return the rules for outputs that a decision may give, those without its word first: no looser than before."""
    kept = before.output_policy.preset if before else ""
    return law.presets_within(node.output_preset, on=node.today(), kept=kept)


def issue(step: Step, changes: Mapping[str, Any]) -> None:
    """Issue the permit that an application asks for, and ask the holders for the data.

    Whoever it names has a valid attestation of the training; an officer may grant in part without those who have none.

    An amendment is held once more against the permit that it amends: another may have been decided, or revoked it. So
    are the data against the catalogue.

    Errors     as `decide`; APP-137 the access asked for is over meanwhile; APP-121 what it amends does not stand any
               more; APP-251 who has still to be trained
    Source     Reg. (EU) 2025/327 arts 68(10), 68(12), 68(13), 73(1)(a); FR-11
    """
    row = step.row
    before = amended(step.node, row.amends)
    if row.amends and before is None:
        raise refuse("APP-121", found=row.amends)
    fees = {"amount": row.fees["amount"], "currency": row.fees["currency"]} if row.fees else {}
    Verdict(tuple(over(row.document, localdate(step.at)))).check()
    asked = compile_draft(
        row.document,
        today=localdate(step.at),
        pilot=is_pilot(localdate(step.at)),
        fees=fees,
        preset=presets(step.node, before)[0].id,
        amended=before,
        abroad=frozenset(abroad(datasets(row.document), step.node.country)),
    )
    wanted = changed(asked, changes)
    no_more(whole(asked), whole(wanted)).check()
    said = named("\n".join(wanted["special_conditions"]), of_document(row.document))
    Verdict(tuple(Reason("APP-145", each.facts, "$.special_conditions") for each in said.reasons)).check()
    case = circumstances(step.node, row, step.at)
    given = {"processing": {"to": wanted["duration"]["to"]}, "sources": {"datasets": wanted["data"]["datasets"]}}
    Verdict((*check_renewal(given, case), *check_datasets(given, case))).check()
    team = dict.fromkeys([wanted["people"]["principal_investigator"], *wanted["people"]["authorised"]])
    untrained = [name for name in team if not trained(name, step.at)]
    if untrained:
        raise refuse("APP-251", path="$.people", found=", ".join(untrained)[:300])
    catalogue.unmeasured(wanted["data"]["datasets"], wanted["data"]["tables"]).check()
    received = localdate(row.submitted_at) if row.submitted_at else None
    permit = permits.grant(step.node, wanted, actor=step.actor, asked_on=received)
    row.permit = permit.id
    ask_holders(step, permit)
