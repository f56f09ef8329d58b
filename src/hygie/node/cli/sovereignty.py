"""hygie sovereignty: judge declared places on a day, say what changed, check the facts behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hygie.base.engine.node import Node
from hygie.base.kernel import Verdict, refuse
from hygie.base.kernel.catalogue import explain
from hygie.base.law.days import zone
from hygie.commons.sovereignty.answers.changes import Change, changes, told_to
from hygie.commons.sovereignty.answers.explanation import Voice, condition, sentence, told, turned
from hygie.commons.sovereignty.answers.flipping import MOST, Flip, helpful
from hygie.commons.sovereignty.answers.refusing import refused
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.loading import check, load, own_packs
from hygie.commons.sovereignty.knowledge.times import day, moment
from hygie.commons.sovereignty.rules import declarations
from hygie.commons.sovereignty.rules.declarations import LARGEST, Declaration, declaration
from hygie.commons.sovereignty.rules.judging import unborn
from hygie.commons.sovereignty.rules.placements import Judged, evaluate
from hygie.commons.sovereignty.rules.questions import Question
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.placing import actions as acts
from hygie.intake.placing import queries as placing
from hygie.intake.placing import stating
from hygie.intake.placing.evidence import Contradiction, known
from hygie.intake.placing.judging import known_now
from hygie.intake.placing.values import rows_of
from hygie.intake.placing.words import refused_facts
from hygie.node.cli.context import Desk, desk

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Where data may be, under whose laws: check places and facts."
)
facts_app = typer.Typer(add_completion=False, no_args_is_help=True, help="The packs of facts.")
app.add_typer(facts_app, name="facts")

Flips = dict[str, Flip]  # by the columns looked at
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day in the world, such as 2026-11-21; today if none.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="What was known then: a day's end, or a UTC time.")]
PlacementFile = Annotated[
    Path | None, typer.Option("--placement", help="A placement file (TOML); what the node declares, without.")
]
Packs = Annotated[list[Path] | None, typer.Option("--pack", help="A pack of your own beside ours; can be repeated.")]


@dataclass(frozen=True)
class Asked:
    """What a command asks: declared places, facts and a View of them."""

    declared: Declaration
    facts: Facts
    view: View

    def judged(self, view: View) -> tuple[Judged, ...]:
        """Return the rulings on the places on the day of a View."""
        return evaluate(self.declared.placements, self.declared.data, view, ruleset())


def of_node(node: Node, as_of: str | None, known_at: str | None, packs: Sequence[Path] | None) -> Asked:
    """Return what the node itself declares, with its own packs."""
    now = node.clock()
    facts = stating.facts_of(node, packs or ())
    at = moment(known_at, zone(node.country)) if known_at else known_now(facts, now)
    view = facts.at(day(as_of) if as_of else node.today(), at)
    return Asked(placing.declared(node), facts, view)


def asked(placement: Path, as_of: str | None, known_at: str | None, packs: Sequence[Path] | None) -> Asked:
    """Return what is asked, read and checked."""
    now = datetime.now().astimezone()
    try:
        with placement.open("rb") as handle:
            content = handle.read(LARGEST + 1)
    except OSError as error:
        raise refuse("SOV-203", cause=error.strerror or "–") from None
    facts = load([*own_packs(), *(packs or ())])
    view = facts.at(day(as_of) if as_of else now.date(), moment(known_at) if known_at else now)
    found = declaration(content)
    declarations.known(found, facts).check()
    return Asked(found, facts, view)


@app.command("check")
def check_placement(
    ctx: typer.Context,
    placement: PlacementFile = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    pack: Packs = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="For one dataset, of which the file may declare something else.")
    ] = None,
    *,
    helping: Annotated[bool, typer.Option("--turns/--no-turns", help="Look for the smallest helpful change.")] = True,
    probing: Annotated[
        bool, typer.Option("--probes/--no-probes", help="Look where this machine is; else what was last seen.")
    ] = True,
) -> None:
    """Judge declared places by every rule: lawful and exposed apart, why, and the smallest change that would help.

    Without a file: what the node declares, held against what it can see of where it is.
    """
    at = desk(ctx)
    question = asked(placement, as_of, known_at, pack) if placement else of_node(at.node, as_of, known_at, pack)
    if dataset is not None:
        question = replace(question, declared=replace(question.declared, data=question.declared.of(dataset)))
    against: tuple[Contradiction, ...] = ()
    if placement is None:
        actor = at.actor("node.operate")
        against = acts.probe(at.node, actor=actor) if probing else placing.contradictions(at.node)
    judged = question.judged(question.view)
    flips = [turns(each, question) if helping else {} for each in judged]
    voice = Voice(ruleset(), question.view, at.language)
    verdict = refused(judged, question.view, ruleset())
    lines = [line for each, turn in zip(judged, flips, strict=True) for line in spoken(each, turn, voice)]
    if later := unborn(question.declared.data, question.view, ruleset()):
        words = ruleset().words["said.unborn"].of(at.language)
        lines.insert(0, words.format(t=question.view.as_of, x=", ".join(later)))
    held = placing.standing(at.node) if placement is None else None
    lines = [*(refused_facts(held, at.language) if held else ()), *lines]
    lines.append(f"rules {ruleset().version} {ruleset().hash}")
    lines.append(f"facts {question.facts.hash}")
    told = [each.told(at.language) for each in against]
    lines += told if placement else told or [str(known()["says"]["none"][at.language])]
    body = document(question, judged, flips, verdict)
    body["refused_facts"] = rows_of(held.refused) if held else []
    at.show(body | {"contradictions": [asdict(each) for each in against]}, lines)
    leave(at, verdict)


def turns(judged: Judged, question: Asked) -> Flips:
    """Return, for each column that refuses, the smallest change that would turn it; for neither, what both hang on."""
    wanted = Question(question.declared.data, judged.placement)
    return helpful(wanted, question.view, ruleset(), judged.ruling)


def spoken(judged: Judged, turn: Flips, voice: Voice) -> list[str]:
    """Return one place as lines."""
    place, ruling = judged.placement, judged.ruling
    standing = {"en": "declared, not verified", "fr": "déclaré, non vérifié"}[voice.language]
    named = voice.word(place.service) if place.service else standing
    head = f"{place.id} ({place.what}, {named}) {ruling.as_of}: {ruling.outcome.name}"
    ends = [f"  {column}: {turned(each, voice, MOST)}" for column, each in turn.items()]
    return [head, *(f"  {line}" for line in told(ruling, voice)), *ends, ""]


def document(question: Asked, judged: Sequence[Judged], flips: Sequence[Flips], verdict: Verdict) -> dict[str, object]:
    """Return every ruling as JSON values, each finding with its sentence in both languages."""
    voices = {language: Voice(ruleset(), question.view, language) for language in ("en", "fr")}
    return {
        "as_of": question.view.as_of.isoformat(),
        "known_at": question.view.known_at.isoformat(),
        "rules": {"version": ruleset().version, "sha256": ruleset().hash},
        "facts": question.facts.hash,
        "not_in_force_yet": list(unborn(question.declared.data, question.view, ruleset())),
        "allowed": verdict.allowed,
        "placements": [told_of(each, turn, voices) for each, turn in zip(judged, flips, strict=True)],
        "refused": [asdict(explain(reason, "en")) for reason in verdict.reasons],
    }


def told_of(judged: Judged, turn: Flips, voices: dict[str, Voice]) -> dict[str, object]:
    """Return one ruling as JSON values."""
    ruling = judged.ruling
    return {
        "id": judged.placement.id,
        "declared_only": judged.declared,
        "verdict": ruling.outcome.name,
        "columns": ruling.columns,
        "sha256": ruling.hash,
        "findings": [
            {
                **finding.document(),
                "said": {language: sentence(finding, voice) for language, voice in voices.items()},
                "condition": {language: condition(finding, voice) for language, voice in voices.items()},
            }
            for finding in ruling.findings
        ],
        "turns": {
            column: {
                "changes": list(each.changes),
                "verdict": each.outcome.name,
                "complete": each.complete,
                "said": {language: turned(each, voice, MOST) for language, voice in voices.items()},
            }
            for column, each in turn.items()
        },
    }


def leave(at: Desk, verdict: Verdict) -> None:
    """End with the refusal's exit code when a place is refused; the reasons on standard error."""
    if verdict.allowed:
        return
    if not at.as_json:
        for reason in verdict.reasons:
            words = explain(reason, at.language)
            at.note(f"{words.code}  {words.path}  {words.found}")
    raise typer.Exit(explain(verdict.reasons[0]).exit)


@app.command("changes")
def what_changed(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(help="The earlier day.")],
    placement: PlacementFile = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    pack: Packs = None,
    told: Annotated[
        str | None, typer.Option("--told", help="The day on which the host told of a change of control or supplier.")
    ] = None,
) -> None:
    """Say which places turned between two days, what is due by when, and whom to tell."""
    at = desk(ctx)
    question = asked(placement, as_of, known_at, pack) if placement else of_node(at.node, as_of, known_at, pack)
    country, said = question.declared.data.country, day(told) if told else None
    first = day(since)
    found = changes(question.judged, question.facts, first, question.view, ruleset(), country=country, told=said)
    at.show(changed(found), list(change_lines(found, Voice(ruleset(), question.view, at.language))))


def changed(found: Change) -> dict[str, object]:
    """Return a change as JSON values."""
    return {
        "since": found.since.isoformat(),
        "as_of": found.on.isoformat(),
        "events": list(found.events),
        "turns": [
            {
                "placement": turn.placement,
                "column": turn.column,
                "before": turn.before.name,
                "after": turn.after.name,
                "because": [finding.document() for finding in turn.because],
            }
            for turn in found.turns
        ],
        "due": [
            {
                "duty": due.duty.id,
                "placement": due.placement,
                "since": due.since.isoformat(),
                "by": due.at.isoformat() if due.at else due.by.isoformat(),
                "whom": list(due.duty.whom),
                "source": due.duty.source,
            }
            for due in found.dues
        ],
    }


def change_lines(found: Change, voice: Voice) -> list[str]:
    """Return a change as lines."""
    lines = [f"{found.since} → {found.on}"]
    lines += [f"{voice.word(review.event.id)}: {review.told(voice)}" for review in found.review]
    if not found.turns:
        lines.append(voice.word("change.nothing"))
    for turn in found.turns:
        lines.append(f"{turn.placement}, {turn.column}: {turn.before.name} → {turn.after.name}")
        lines += [f"  {finding.rule}: {sentence(finding, voice)}" for finding in turn.because]
    for due in found.dues:
        by = due.at.isoformat(timespec="minutes") if due.at else due.by.isoformat()
        lines.append(f"{by}  {due.placement}: {due.duty.text.of(voice.language)} ({told_to(due, voice)})")
        lines.append(f"    {due.duty.source}")
    return lines


@facts_app.command("check")
def check_facts(
    ctx: typer.Context,
    packs: Annotated[
        list[Path] | None, typer.Argument(help="Your own packs, checked beside ours; ours alone if none.")
    ] = None,
) -> None:
    """Check packs of facts: schema, references, intervals, shares, a source for everything; and where claims differ."""
    at = desk(ctx)
    found = check([*own_packs(), *(packs or ())])
    found.verdict.check()
    kinds: dict[str, int] = {}
    for record in found.facts.records:
        kinds[record.kind] = kinds.get(record.kind, 0) + 1
    body = {
        "facts": found.facts.hash,
        "records": len(found.facts.records),
        "kinds": kinds,
        "conflicts": [{"subject": c.subject, "records": [r.id for r in c.records]} for c in found.conflicts],
    }
    lines = [f"{len(found.facts.records)} records, SHA-256 {found.facts.hash}"]
    lines += [f"  {kind}: {count}" for kind, count in sorted(kinds.items())]
    lines += [f"claims differ on {each.subject}: {len(each.records)}" for each in found.conflicts]
    at.show(body, lines)
