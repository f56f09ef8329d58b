"""hygie doctor: looks at what the node stands on, and says what is missing and how to mend it."""

from __future__ import annotations

import os
import sys

from hygie.base.engine.check import check_engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import actions as ledger
from hygie.intake.placing import queries as placing
from hygie.intake.placing.words import fault, refused_facts
from hygie.node.home.tidying import tidy
from hygie.node.home.values import Finding
from hygie.secure.enclave import queries as enclave


def examine(node: Node, language: str = "en") -> list[Finding]:
    """Return one finding for each thing the node stands on, what is missing included; refusals in a language."""
    return [
        python(),
        engine(node, language),
        folder(node),
        leftovers(node),
        signing(node),
        chain(node, language),
        interpreter(node),
        places(node, language),
        *(Finding(wall.name, wall.holds, wall.detail, wall.fix) for wall in enclave.walls_report(node)),
    ]


def python() -> Finding:
    """Look at the running interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or later")


def engine(node: Node, language: str) -> Finding:
    """Run every check the engine asks before it starts."""
    try:
        check_engine(node.home / "spill")
    except Refusal as refusal:
        text = explain(refusal.verdict.reasons[0], language)
        return Finding("engine", False, "%(code)s %(found)s", text.accepted, {"code": text.code, "found": text.found})
    return Finding("engine", True, "encrypted write, filtered read, wrong key refused, walls locked")


def folder(node: Node) -> Finding:
    """Look at who else may read the node's folder."""
    mode = node.home.stat().st_mode & 0o777
    return Finding("node folder", mode & 0o077 == 0, "mode %(mode)s", f"chmod 700 {node.home}", {"mode": f"{mode:o}"})


def leftovers(node: Node) -> Finding:
    """Remove what killed work left behind."""
    gone = tidy(node)
    busy = "an ingest or an extract runs: looked at next time"
    if gone is None:
        return Finding("leftovers", True, busy)
    return Finding("leftovers", True, "%(count)s removed", facts={"count": gone})


def signing(node: Node) -> Finding:
    """Sign and attest with the node's keys."""
    attested = node.keys.attest()
    detail = "%(keys)s wrapped under a " + str(attested["root"]) + ", %(destroyed)s destroyed"
    return Finding("keys", len(node.keys.sign(b"doctor")) == 64, detail, facts=attested)


def chain(node: Node, language: str) -> Finding:
    """Recompute the ledger's tree against its own head."""
    try:
        report = ledger.verify(node.keys, origin=ledger.origin_of(node.id), at=node.clock())
    except Refusal as refusal:
        text = explain(refusal.verdict.reasons[0], language)
        return Finding("ledger", False, "%(code)s %(found)s", text.help, {"code": text.code, "found": text.found})
    return Finding(
        "ledger",
        True,
        "%(size)s events follow from one another; verifying the ledger says what that leaves open",
        facts={"size": report.size},
    )


def places(node: Node, language: str) -> Finding:
    """Look at whether the declared places, and the packs of facts they are judged by, can be read."""
    held = placing.standing(node)
    told = refused_facts(held, language)
    told += [why] if (why := fault(held, language)) else []
    if not told:
        return Finding("placement", True, "the declared places and the packs of facts can be read")
    mend = "mend the file, or declare another"
    return Finding("placement", False, "%(told)s", mend, {"told": " ".join(told)})


def interpreter(node: Node) -> Finding:
    """Look for the interpreter that studies run on."""
    found = node.study_python.exists() and os.access(node.study_python, os.X_OK)
    return Finding("study interpreter", found, "found" if found else "not found", "make setup, or HYGIE_STUDY_PYTHON")
