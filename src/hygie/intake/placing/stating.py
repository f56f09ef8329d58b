"""The statement on a dataset, made: judged, signed by the node's key, in the ledger, with the proof beside it.

What it says is built in `sovereignty`, pure.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, canonical, check_name, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger.standalone_verifier import verifier_key
from hygie.commons.people.policy import check
from hygie.commons.sovereignty.answers import standalone_verifier as verifier
from hygie.commons.sovereignty.answers.statement import Issued, statement
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.loading import load, own_packs
from hygie.commons.sovereignty.rules.declarations import Declaration, declaration
from hygie.commons.sovereignty.rules.placements import evaluate
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.lake import queries as lake
from hygie.intake.placing import files, judging, queries

PUBLIC = Placement("register")


@dataclass(frozen=True)
class Stated:
    """A signed statement: its document, the canonical bytes that are published, and its place in the ledger."""

    document: dict[str, object]
    index: int

    @property
    def statement(self) -> dict[str, object]:
        """What is stated, without signature and proof."""
        held = self.document["statement"]
        assert isinstance(held, dict)
        return held

    @property
    def bytes(self) -> bytes:
        """The file as it is published."""
        return canonical(self.document) + b"\n"


def declared_for(node: Node, dataset: str) -> Declaration:
    """Return what the node declares of its places, for one of its datasets, acts of derogation included.

    Errors      LAK-101 the node has no such dataset; SOV-2xx what is declared cannot be read
    """
    held = lake.manifest(dataset)
    made = queries.declared(node)
    data = made.of(dataset)
    return Declaration(replace(data, synthetic=data.synthetic or held.synthetic), made.placements)


def facts_of(node: Node, packs: Sequence[Path]) -> Facts:
    """Return facts: Hygie's, the node's own, and further packs."""
    found = judging.in_force(queries.whose(node), files.read(node.home))
    return load([*own_packs(), *found.packs, *packs]) if packs else found.facts


def state(
    node: Node,
    dataset: str,
    *,
    actor: str,
    placement: bytes | None = None,
    packs: Sequence[Path] = (),
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Stated:
    """State where a dataset is and who can reach it: sign it, and append it to the ledger.

    Parameters
    ----------
    dataset : str
    actor : str          an account that may operate the node
    placement : bytes    a placement file about that dataset; without one, what the node declares
    packs : Sequence     further packs of facts, beside the node's own
    as_of : date         the day in the world; today if none
    known_at : datetime  what was known then, UTC; now if none

    Errors      PPL-101; LAK-101; SOV-1xx packs; SOV-2xx the placement file; SOV-303 it is about other data
    Source      reference, citizen statement
    """
    check(actor, "node.operate", {})
    if placement is None and as_of is None and known_at is None and not packs:
        return issue(node, dataset, actor=actor)
    declared = declaration(placement) if placement is not None else declared_for(node, dataset)
    if declared.data.id != dataset:
        raise refuse("SOV-303", found=dataset[:64], other=declared.data.id[:64])
    at = node.clock()
    facts = facts_of(node, packs)
    view = facts.at(as_of or node.today(), known_at or judging.known_now(facts, at))
    return written(node, dataset, declared, view, actor, at)


def issue(node: Node, dataset: str, *, actor: str) -> Stated:
    """State where a dataset is as the node declares it today: signed, in the ledger, and kept for its page.

    Errors      LAK-101; SOV-1xx, SOV-2xx what is declared cannot be read
    """
    at = node.clock()
    view = judging.view_of(queries.whose(node), files.read(node.home), at)
    made = written(node, dataset, declared_for(node, dataset), view, actor, at)
    node.store.write(file_of(dataset), made.bytes, PUBLIC)
    return made


def written(node: Node, dataset: str, declared: Declaration, view: View, actor: str, at: datetime) -> Stated:
    """Judge, sign, and append to the ledger."""
    judged = evaluate(declared.placements, declared.data, view, ruleset())
    said = statement(declared.data, judged, view, ruleset(), Issued(node.id, at))
    body = {
        "sha256": digest(canonical(said)),
        "day": view.as_of.isoformat(),
        "rules": ruleset().hash,
        "facts": view.hash,
        "verdicts": {each.placement.id: each.ruling.outcome.name for each in judged},
    }
    with transaction.atomic():
        index = ledger.append([Fact("sovereignty.stated", dataset, actor, at, body)])[0]
    return Stated(signed(node, said, index, at), index)


def up_to_date(node: Node, dataset: str) -> bool:
    """Return whether a dataset's last signed statement says what one of now would, but for its day."""
    found = last(node, dataset)
    return found is not None and essence(found.statement) == essence(current_of(node, dataset))


def essence(said: Mapping[str, Any]) -> str:
    """Return what tells statements of different content apart, whatever their day."""
    places = [{name: value for name, value in each.items() if name != "ruling"} for each in said["placements"]]
    kept = {name: said[name] for name in ("basis", "dataset", "facts", "rules")}
    return digest(canonical({**kept, "placements": places}))


def file_of(dataset: str) -> str:
    """Return where a dataset's last signed statement lies; KER-103 for what is no dataset's name."""
    return f"{files.FOLDER}/statements/{check_name(dataset)}.json"


def last(node: Node, dataset: str) -> Stated | None:
    """Return a dataset's last signed statement on what the node declares; None before the first.

    Parameters
    ----------
    dataset : str

    Errors      KER-103 no dataset's name
    """
    content = files.bytes_of(node.home / file_of(dataset))
    if content is None:
        return None
    document = json.loads(content)
    return Stated(document, int(document["proof"]["index"]))


def current_of(
    node: Node, dataset: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> dict[str, object]:
    """Return what a statement on a dataset would say; neither signed nor in the ledger.

    Parameters
    ----------
    dataset : str
    as_of : date         the day in the world; today if none
    known_at : datetime  what was known then, UTC; now if none

    Errors      LAK-101 the node has no such dataset; SOV-1xx, SOV-2xx what is declared cannot be read
    """
    declared, at = declared_for(node, dataset), node.clock()
    facts = facts_of(node, ())
    view = facts.at(as_of or node.today(), known_at or judging.known_now(facts, at))
    judged = evaluate(declared.placements, declared.data, view, ruleset())
    return statement(declared.data, judged, view, ruleset(), Issued(node.id, at))


def signed(node: Node, said: dict[str, object], index: int, at: datetime) -> dict[str, object]:
    """Return a statement with the node's signature and the proof that the ledger holds its hash."""
    origin = ledger.origin_of(node.id)
    value = base64.b64encode(node.keys.sign(verifier.MARK + canonical(said))).decode()
    key = verifier_key(origin, node.keys.public_key())
    return {
        "statement": said,
        "signature": {"algorithm": "Ed25519", "key": key, "value": value},
        "proof": ledger.prove(index, node.keys, origin=origin, at=at),
    }


def credential(node: Node, stated: Stated) -> bytes:
    """Return a signed statement as a W3C Verifiable Credential, secured with eddsa-jcs-2022 by the node's key.

    It follows from the statement alone: the same statement gives the same bytes. One that the node did not sign, or
    that was changed since, gets none.

    Parameters
    ----------
    stated : Stated

    Errors      SOV-304
    Source      W3C Verifiable Credentials Data Model 2.0; W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3
    """
    key = node.keys.public_key()
    verify(stated.bytes, verifier_key(ledger.origin_of(node.id), key))
    unsecured = verifier.credential(stated.document, key)
    proof = verifier.options(unsecured)
    value = verifier.multibase(node.keys.sign(verifier.hashed(unsecured, proof)))
    return canonical({**unsecured, "proof": {**proof, "proofValue": value}}) + b"\n"


def published(node: Node, dataset: str) -> Stated:
    """Return a dataset's last signed statement on what the node declares; parameters as for `last`.

    Errors      KER-103; PLC-303 none was signed yet
    """
    found = last(node, dataset)
    if found is None:
        raise refuse("PLC-303", found=dataset[:64])
    return found


def verify(document: bytes, key: str) -> dict[str, object]:
    """Return what a published statement says, once the one-file verifier finds it whole.

    Parameters
    ----------
    document : bytes   the file: the statement, or its credential
    key : str          the node's public key, `name+id+base64`

    Errors      SOV-304
    """
    try:
        return verifier.verify(document, key)
    except verifier.Invalid as invalid:
        raise refuse("SOV-304", cause=str(invalid)) from None
