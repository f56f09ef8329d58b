"""hygie sovereignty declare, derogate: where this node's data are, and the act that lets them stay for a time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.base.kernel.catalogue import explain
from hygie.commons.sovereignty.knowledge.times import day
from hygie.intake.placing import actions
from hygie.intake.placing.values import Standing
from hygie.intake.placing.words import refused_facts
from hygie.node.cli.context import Desk, desk
from hygie.node.cli.sovereignty import app
from hygie.node.cli.sovereignty_statement import file_of

WORDS = {
    "en": {
        "yes": "personal data may be written; declared, not verified",
        "no": "personal data are refused; synthetic data pass, marked",
        "derived": "goes with the lake store",
        "derogation": "by derogation {x}",
    },
    "fr": {
        "yes": "les données personnelles peuvent être écrites ; déclaré, non vérifié",
        "no": "les données personnelles sont refusées ; les données synthétiques passent, marquées",
        "derived": "suit le lac",
        "derogation": "par dérogation {x}",
    },
}


@app.command("declare")
def declare(
    ctx: typer.Context,
    placement: Annotated[Path | None, typer.Option(help="A placement file (TOML) with the node's places.")] = None,
    pack: Annotated[list[Path] | None, typer.Option("--pack", help="Your own facts, in place of the former.")] = None,
    *,
    no_packs: Annotated[bool, typer.Option("--no-packs", help="Take your own facts away.")] = False,
) -> None:
    """Declare where this node's data lie and are processed; from then on its Gate goes by the verdicts on it."""
    at = desk(ctx)
    places = file_of(placement) if placement else None
    found = actions.declare(
        at.node,
        placement=places,
        packs=[] if no_packs else pack,
        actor=at.actor("placement.declare"),
    )
    show(at, found)


@app.command("derogate")
def derogate(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(help="The id of a declared place.")],
    author: Annotated[str, typer.Option(help="The office that answers for it, never a person's name.")],
    reason: Annotated[str, typer.Option(help="Published with it.")],
    until: Annotated[str, typer.Option(help="The last day it holds, such as 2027-06-30; it ends by itself.")],
    exit_plan: Annotated[str, typer.Option("--exit-plan", help="How the data leave before it ends.")],
    offer_since: Annotated[
        str | None, typer.Option("--offer-since", help="Since when an acceptable offer exists.")
    ] = None,
) -> None:
    """Let data stay at a place for a time by derogation: published, in the ledger, ending by itself."""
    at = desk(ctx)
    act = actions.Derogation(place, author, reason, exit_plan, day(until), day(offer_since) if offer_since else None)
    show(at, actions.derogate(at.node, act, actor=at.actor("placement.declare")))


def show(at: Desk, found: Standing) -> None:
    """Print the verdicts in force."""
    at.show(found.document(), lines(found, at.language))


def lines(found: Standing, language: str) -> list[str]:
    """Return the verdicts in force as lines."""
    words = WORDS[language]
    said = []
    for each in found.places:
        notes = [words["derived"]] if each.derived else []
        notes += [words["derogation"].format(x=each.derogation)] if each.derogation else []
        said.append("; ".join([f"{each.id} ({each.what}): {each.outcome}", *notes]))
        for reason in each.reasons(found.day):
            told = explain(reason, language)
            said.append(f"  {told.code}  {told.found}")
    for name, _ in found.datasets:
        own = found.verdict("lake", [name])
        said.append(f"{name}: {words['yes' if own.allowed else 'no']}")
        said += [f"  {told.code}  {told.found}" for told in (explain(each, language) for each in own.reasons)]
    for reason in found.fault:
        told = explain(reason, language)
        said.append(f"{told.code}  {told.found}")
    verdict = words["yes"] if found.allowed else words["no"]
    said += refused_facts(found, language)
    return [*said, verdict, f"rules {found.version} {found.rules}", f"facts {found.facts}"]
