"""What an operator declares of the node's places, and the act that lets data stay for a time where they should not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.utils import timezone

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Reason, Refusal, Verdict, canonical, digest, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import configuration
from hygie.commons.people.policy import check
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.loading import check as check_packs
from hygie.commons.sovereignty.knowledge.loading import own_facts, own_packs
from hygie.commons.sovereignty.rules.declarations import Declaration, declaration, known
from hygie.commons.sovereignty.rules.placements import Judged, evaluate
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.commons.sovereignty.rules.scope import longest
from hygie.intake.placing import changing, files, judging, queries
from hygie.intake.placing.evidence import Contradiction
from hygie.intake.placing.observing import TLS, Sources, machine, observe
from hygie.intake.placing.standing import DEROGATED, current, told
from hygie.intake.placing.values import Standing

DECLARED = "sovereignty.declared"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.ya?ml")
TEXT = 2000
POSTGRES = 5432
A_DAY = timedelta(days=1)  # a recorder's clock may be ahead of the node's


@dataclass(frozen=True)
class Derogation:
    """An act that lets data stay at a place for a time.

    Parameters
    ----------
    place : str        id of a declared place
    author : str       the office that answers for it, never a person's name
    reason : str       published with it
    exit_plan : str    how the data leave before it ends
    ends : date        the last day it holds; it ends by itself
    offer_since : date | None   since when an acceptable offer exists (SREN law art. 31: eighteen months at most)
    """

    place: str
    author: str
    reason: str
    exit_plan: str
    ends: date
    offer_since: date | None = None


def declare(node: Node, *, placement: bytes | None = None, packs: Sequence[Path] | None = None, actor: str) -> Standing:
    """Declare where the node's data lie and are processed, or further facts; return the verdicts from then on.

    What is refused changes nothing: the last good declaration and facts stay in force.

    Parameters
    ----------
    placement : bytes   a placement file; None leaves what was declared
    packs : Sequence    the operator's packs of facts, in place of the former ones; None leaves these

    Errors      PPL-101; PPL-112; SOV-2xx the file; SOV-1xx the packs; PLC-101 no lake store; PLC-102 a derogation in
                the file; PLC-103 a pack's name; PLC-104 data called synthetic or anonymous; PLC-105 a fact that was
                written down in the future
    Source      design, placement
    """
    check(actor, "placement.declare", {})
    declared = check_file(placement) if placement is not None else None
    check_names(packs or ())
    facts = facts_with(node, packs) if packs or declared else None
    if declared and facts:
        known(declared, facts).check()
    given = {path.name: path.read_bytes() for path in packs} if packs is not None else None
    with changing.alone(node):
        held = files.read(node.home)
        before = dict(held.packs)
        after = before if given is None else given
        file = held.placement if placement is None else placement
        places = declared or judging.declared_of(held, node.country)
        body = {
            "sha256": "" if file is None else digest(file),
            "places": [{"id": each.id, "what": each.what, "service": each.service} for each in places.placements],
            "packs": {name: digest(content) for name, content in after.items()},
        }
        changed: dict[str, bytes | None] = {f"{files.PACKS}/{name}": after.get(name) for name in before | after}
        if placement is not None:
            changed[files.PLACEMENT] = placement
        changing.change(node, Fact(DECLARED, node.id, actor, node.clock(), body), changed)
    return current(queries.whose(node))


def trial(node: Node, placement: bytes, *, actor: str, view: View | None = None) -> tuple[Judged, ...]:
    """Return the rulings on what a placement file would declare; nothing is changed.

    Parameters
    ----------
    placement : bytes
    view : View         of the day and knowledge that are asked for; of today, as known now, if none

    Errors      PPL-101; SOV-2xx the file; PLC-101 no lake store; PLC-102 a derogation in the file
    """
    check(actor, "node.operate", {})
    declared, held = check_file(placement), files.read(node.home)
    known(declared, facts_with(node, None)).check()
    view = view or judging.view_of(queries.whose(node), held, node.clock())
    acts = judging.acting(held, told(held))
    return evaluate(judging.with_acts(declared.placements, acts), declared.data, view, ruleset())


def probe(node: Node, *, actor: str, sources: Sources | None = None) -> tuple[Contradiction, ...]:
    """Look at what the node can see of where it is, keep it, and return what contradicts the declaration.

    Parameters
    ----------
    sources : Sources   where the probes ask; this machine's own if None

    Errors      PPL-101; SOV-2xx what is declared cannot be read
    """
    check(actor, "node.operate", {})
    found = observe(queries.declared(node).placements, sources or replace(machine(), own=own_endpoints(node)))
    at = node.clock()
    body = {"at": at.isoformat(), "seen": [asdict(each) for each in found]}
    node.store.write(files.SEEN, canonical(body), files.CONTROL)
    against = queries.contradictions(node)
    counted = {"probes": len(found), "contradictions": [[each.says, each.seen.probe, each.place] for each in against]}
    with transaction.atomic():
        ledger.append([Fact("sovereignty.probed", node.id, actor, at, counted)])
    return against


def own_endpoints(node: Node) -> tuple[tuple[str, str], ...]:
    """Return what the node reaches outside its folder whatever is declared: its control database, its sign-in.

    Parameters
    ----------
    node : Node
    """
    found = []
    if connection.vendor != "sqlite":
        host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"] or POSTGRES
        found += [("database", f"{host}:{port}")] if host and not str(host).startswith("/") else []
    issuer = urlsplit(str(configuration.read(node.home).get("issuer", "")))
    if issuer.hostname:
        found.append(("sign-in", f"{issuer.hostname}:{issuer.port or TLS}"))
    return tuple(found)


def check_file(content: bytes) -> Declaration:
    """Return what a placement file declares of a node.

    Errors      SOV-2xx; PLC-101 no lake store; PLC-102 a derogation, which is an act of its own; PLC-104 data called
                synthetic or anonymous, which a lake cannot promise
    """
    declared = declaration(content)
    if not any(each.what == "lake store" for each in declared.placements):
        raise refuse("PLC-101", path="$.placement", found=", ".join(each.what for each in declared.placements)[:120])
    acts = [
        Reason("PLC-102", {"found": each.id[:64]}, f"$.placement.{each.id[:64]}.derogation")
        for each in declared.placements
        if each.derogation is not None
    ]
    acts += [
        Reason("PLC-104", {"found": word, "place": each.id[:64]}, f"$.data.{each.id[:64]}")
        for each in (declared.data, *declared.datasets)
        for word, said in (("synthetic", each.synthetic), ("anonymous", each.identifiability == "anonymous"))
        if said
    ]
    if acts:
        raise Refusal(Verdict(tuple(acts)))
    return declared


def facts_with(node: Node, packs: Sequence[Path] | None) -> Facts:
    """Return the facts a declaration is read with: Hygie's own and some packs; without any, the node's present ones.

    Errors      SOV-1xx a pack; PLC-105 a fact that was written down in the future
    """
    if packs is None:
        return judging.facts_of(queries.whose(node), files.read(node.home))
    checked = check_packs([*own_packs(), *packs])
    checked.verdict.check()
    too_new(checked.facts, node).check()
    return checked.facts


def too_new(facts: Facts, node: Node) -> Verdict:
    """Return which of the operator's facts say that they were written down after the node's now, and this machine's."""
    ours, now = {*own_facts().lines}, max(node.clock(), timezone.now())
    lines = zip(facts.lines, facts.records, strict=True)
    found = [each for line, each in lines if each.recorded_at > now + A_DAY and line not in ours]
    return Verdict(
        tuple(Reason("PLC-105", {"found": each.recorded_at.isoformat(), "fact": each.id[:64]}) for each in found[:5])
    )


def check_names(packs: Sequence[Path]) -> None:
    """Refuse packs of names that a folder could not keep apart; PLC-103."""
    seen: set[str] = set()
    for path in packs:
        if not NAME.fullmatch(path.name) or path.name in seen or not path.name.endswith(".yaml"):
            raise refuse("PLC-103", found=path.name[:80])
        seen.add(path.name)


def derogate(node: Node, act: Derogation, *, actor: str) -> Standing:
    """Let data stay at a place by derogation: published with its reason, ending by itself; return the verdicts then.

    It is in force from its fact in the ledger on: an act that the ledger lacks does not count. It counts where the
    rules know derogations (R09), from today to its last day. A later act on the same place takes its place.

    Parameters
    ----------
    act : Derogation

    Errors      PPL-101; PPL-112; PLC-201 no such place; PLC-202 it ends before it begins; PLC-203 author, reason or
                exit plan missing, or longer than 2,000 characters; PLC-204 longer than the law lets it; PLC-205 an
                offer in the future
    Source      SREN law art. 31 (II)
    """
    check(actor, "placement.declare", {})
    held, at = files.read(node.home), node.clock()
    places = [each.id for each in judging.declared_of(held, node.country).placements]
    if act.place not in places:
        raise refuse("PLC-201", path="$.place", found=act.place[:64], accepted=", ".join(places)[:200])
    if act.ends < node.today():
        raise refuse("PLC-202", path="$.ends", found=act.ends.isoformat(), accepted=node.today().isoformat())
    if act.offer_since and act.offer_since > node.today():
        raise refuse(
            "PLC-205", path="$.offer_since", found=act.offer_since.isoformat(), accepted=node.today().isoformat()
        )
    if act.ends > (last := longest(act.offer_since or node.today(), ruleset())):
        raise refuse("PLC-204", path="$.ends", found=act.ends.isoformat(), accepted=last.isoformat())
    texts = {"author": act.author, "reason": act.reason, "exit_plan": act.exit_plan}
    wrong = [name for name, value in texts.items() if not value.strip() or len(value) > TEXT]
    if wrong:
        raise Refusal(Verdict(tuple(Reason("PLC-203", {"found": name}, f"$.{name}") for name in wrong)))
    body = {
        "id": new_id("derogation"),
        "place": act.place,
        **{name: value.strip() for name, value in texts.items()},
        "granted": node.today().isoformat(),
        "ends": act.ends.isoformat(),
        "offer_since": act.offer_since.isoformat() if act.offer_since else "",
    }
    with changing.alone(node):
        acts = [*files.acts_of(files.read(node.home).acts), body]
        changing.change(node, Fact(DEROGATED, body["id"], actor, at, body), {files.ACTS: canonical(acts)})
    return current(queries.whose(node))
