"""The public pages on where the data are: places and verdicts, the chain, what-if, hosts compared, the statement."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hygie.base.ledger import queries as ledger
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.commons.sovereignty.answers.changes import told_to
from hygie.commons.sovereignty.answers.explanation import Voice, condition, sentence, turned
from hygie.commons.sovereignty.answers.flipping import MOST
from hygie.commons.sovereignty.answers.telling import first_line, text
from hygie.commons.sovereignty.knowledge.nodes import Entity, Service
from hygie.commons.sovereignty.rules.outcomes import Finding
from hygie.commons.sovereignty.rules.placements import Judged
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.commons.web import current
from hygie.commons.web.pieces import Proof
from hygie.intake.placing import queries, showing, stating, supposing, words
from hygie.intake.placing.asking import when_of
from hygie.intake.placing.graphing import graph
from hygie.intake.placing.showing import Found
from hygie.intake.placing.sliding import slider
from hygie.intake.placing.standing import JUDGED
from hygie.intake.placing.supposing import Asked, Supposed
from hygie.intake.placing.values import Held

TABS = (
    ("placing:where", "where"),
    ("placing:changes", "changes"),
    ("placing:what-if", "what-if"),
    ("placing:hosts", "hosts"),
)


def said(finding: Finding, voice: Voice) -> Found:
    """Return a finding in the reader's words."""
    told = condition(finding, voice) if finding.outcome.name == "ALLOW_IF" else ""
    layer, outcome = words.layer(finding.layer), words.outcome(finding.outcome.name)
    return Found(finding.rule, layer, *outcome, sentence(finding, voice), told)


def verdicts(judged: Judged, asked: Asked, voice: Voice) -> dict[str, Any]:
    """Return a ruling in the reader's words: lawful and exposed apart, every finding, what would turn it."""
    found = [said(each, voice) for each in judged.ruling.findings]
    return {
        "lawful": words.outcome(judged.ruling.legality.name),
        "exposed": words.exposure(judged.ruling.exposure.name),
        "against": [each for each in found if each.tone in ("stop", "doubt")],
        "others": [each for each in found if each.tone not in ("stop", "doubt")],
        "turning": [
            (_(words.TURNING[columns]), turned(each, voice, MOST))
            for columns, each in supposing.flips(asked, judged).items()
        ],
    }


def asked_of(request: HttpRequest) -> Asked:
    """Return what a page is asked: the day, and what was known."""
    when = when_of(request)
    return supposing.asked(current.node(), when.as_of, when.known_at)


def frame(request: HttpRequest, found: Asked, here: str) -> dict[str, Any]:
    """Return what each page shows: tabs, the verdicts in force, the day, rules and facts."""
    labels = {
        "where": _("Where the data are"),
        "changes": _("What changed"),
        "what-if": _("What if"),
        "hosts": _("Hosts compared"),
    }
    standing = queries.standing(current.node())
    judged = ledger.last_of([current.node().id], JUDGED)
    index = judged.get(current.node().id)
    return {
        "tabs": [(reverse(name), labels[tab], tab == here) for name, tab in TABS],
        "standing": standing,
        "state": words.state(standing),
        "refused": words.refused_facts(standing, current.language()),
        "proof": Proof(index, f"/ledger/{index}/") if index is not None else None,
        "when": when_of(request),
        "as_of": found.view.as_of.isoformat(),
        "known_at": when_of(request).known_at,
        "day": found.view.as_of,
        "known": found.view.known_at,
        "rules": ruleset(),
        "facts": found.facts.hash,
    }


def picture(judged: Judged, found: Asked, language: str) -> dict[str, Any]:
    """Return a place's graph and its table, in the reader's words."""
    drawn = graph(judged, found.declared.data, found.view, ruleset(), language)
    return {
        "graph": drawn,
        "heads": [(x, _(words.COLUMNS[column])) for column, x in drawn.heads],
        "relations": [(each, words.relation(each.kind)) for each in drawn.lines],
    }


def operates(request: HttpRequest) -> bool:
    """Return whether the reader may operate the node."""
    if not request.user.is_authenticated:
        return False
    return decide(person(current.actor(request)), "node.operate", {}).allowed


@require_GET
def where(request: HttpRequest) -> HttpResponse:
    """Show the node's places with their verdicts, the chain of one of them on any day, and what was seen."""
    found, language, node = asked_of(request), current.language(), current.node()
    voice = Voice(ruleset(), found.view, language)
    place = supposing.place_of(found, request.GET.get("place", ""))
    every = found.judged()
    chosen = next(each for each in every if each.placement.id == place.id)
    seen_at, seen = queries.observed(node)
    now = queries.standing_on(node, found.view)
    turns = supposing.turns(found, place)
    line = slider(turns, found.view.as_of, node.today())
    context = {
        **frame(request, found, "where"),
        **picture(chosen, found, language),
        **verdicts(chosen, found, voice),
        "place": place,
        "places": [row(each, voice) for each in every],
        "own": [
            (
                name,
                now.verdict("lake", [name]).allowed,
                [(each, word(each)) for each in held if not each.derived],
            )
            for name, held in now.datasets
        ],
        "derived": [(each, _(words.WHATS[each.what])) for each in now.places if each.derived],
        "slider": line,
        "turns": [(each, words.outcome(each.turn.legality), words.exposure(each.turn.exposure)) for each in line.marks],
        "derogations": queries.derogations(node),
        "operates": operates(request),
        "seen_at": seen_at[:10],
        "seen": len(seen),
        "contradictions": [each.told(language) for each in queries.contradictions(node)],
    }
    return render(request, "placing/where.html", context)


def word(held: Held) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return a place's verdicts in the reader's words: lawful, and exposed."""
    return words.outcome(held.legality), words.exposure(held.exposure)


def row(judged: Judged, voice: Voice) -> dict[str, Any]:
    """Return a place as a row of the list."""
    placement = judged.placement
    return {
        "id": placement.id,
        "what": _(words.WHATS[placement.what]),
        "service": voice.word(placement.service) if placement.service else "",
        "country": voice.word(placement.country) if placement.country else "",
        "keys": _(words.READS[placement.keys.reads]),
        "lawful": words.outcome(judged.ruling.legality.name),
        "exposed": words.exposure(judged.ruling.exposure.name),
        "derogation": placement.derogation,
    }


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """Show what turned between two days: which events, which places and why, what is due by when, whom to tell."""
    when = when_of(request)
    since, told = (request.GET.get(name, "")[:40] for name in ("since", "told"))
    found, change = supposing.changed(current.node(), since, when.as_of, when.known_at, told)
    voice = Voice(ruleset(), found.view, current.language())
    shown = {"legality": words.outcome, "exposure": words.exposure}
    context = {
        **frame(request, found, "changes"),
        "since": change.since,
        "told": told,
        "events": [(voice.word(review.event.id), review.told(voice)) for review in change.review],
        "changed": [
            (turn.placement, shown[turn.column](turn.before.name), shown[turn.column](turn.after.name), turn.column,
             [said(each, voice) for each in turn.because])
            for turn in change.turns if turn.column in shown
        ],
        "dues": [(due, due.duty.text.of(voice.language), told_to(due, voice)) for due in change.dues],
    }  # fmt: skip
    return render(request, "placing/changes.html", context)


@require_GET
def what_if(request: HttpRequest) -> HttpResponse:
    """Show what the verdicts would be at another host, with other keys, or with one more subcontractor."""
    found, language = asked_of(request), current.language()
    base = supposing.place_of(found, request.GET.get("place", ""))
    given = {name: request.GET.get(name, "")[:100] for name in ("host", "keys", "supplier")}
    changed, place = supposing.supposed(found, base, Supposed(**given))
    voice = Voice(ruleset(), changed.view, language)
    before, after = found.judged([base])[0], changed.judged([place])[0]
    context = {
        **frame(request, found, "what-if"),
        **picture(after, changed, language),
        **verdicts(after, changed, voice),
        "given": given,
        "before": (words.outcome(before.ruling.legality.name), words.exposure(before.ruling.exposure.name)),
        "base": row(before, voice),
        "place": base,
        "hosts": sorted({(voice.word(each.id), each.id) for each in found.view.all(Service)}),
        "suppliers": sorted({(voice.word(each.id), each.id) for each in found.view.all(Entity)}),
        "reads": [(name, _(word)) for name, word in words.READS.items()],
    }
    return render(request, "placing/what_if.html", context)


@require_GET
def hosts(request: HttpRequest) -> HttpResponse:
    """Compare every host of the facts for the node's data, each under a contract that says all it must."""
    found, language = asked_of(request), current.language()
    base = supposing.place_of(found, "")
    voice = Voice(ruleset(), found.view, language)
    rows, grounds = [], Counter[str]()
    for each, worth in supposing.hosts(found, base):
        blocking = each.ruling.blocking if not each.ruling.outcome.writes else ()
        told = sentence(blocking[0], voice) if blocking else ""
        rule = blocking[0].rule if blocking else ""
        grounds[rule] += 1
        rows.append((voice.word(each.placement.id), row(each, voice), rule, told, worth))
    why = [(rule, ruleset().rule(rule).title.of(language), count) for rule, count in grounds.most_common() if rule]
    context = {**frame(request, found, "hosts"), "rows": rows, "lawful": grounds[""], "why": why}
    return render(request, "placing/hosts.html", context)


@require_GET
def statement(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show what is stated on a dataset: the last signed statement, or what one would say now or on another day."""
    node, language, when = current.node(), current.language(), when_of(request)
    signed = None if when.query() else stating.last(node, dataset_id)
    told = signed.statement if signed else supposing.stated(node, dataset_id, when.as_of, when.known_at)
    context = {
        "dataset": dataset_id,
        "when": when,
        "as_of": told["day"],
        "known_at": when.known_at,
        "first": first_line(told, language),
        "head": showing.head(told, language),
        "places": showing.places(told, language),
        "text": text(told, language).split("\n", 2)[2],
        "signed": signed,
        "proof": Proof(signed.index, f"/ledger/{signed.index}/") if signed else None,
    }
    return render(request, "placing/statement.html", context)


@require_GET
def signed(request: HttpRequest, dataset_id: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the last signed statement on a dataset, as it was published."""
    found = stating.published(current.node(), dataset_id)
    return file_of(found.bytes, "application/json", f"{dataset_id}-statement.json")


@require_GET
def credential(request: HttpRequest, dataset_id: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the last signed statement on a dataset as a W3C Verifiable Credential."""
    node = current.node()
    made = stating.credential(node, stating.published(node, dataset_id))
    return file_of(made, "application/vc", f"{dataset_id}-credential.json")


def file_of(content: bytes, form: str, name: str) -> HttpResponse:
    """Return a file to be kept."""
    answer = HttpResponse(content, content_type=form)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
