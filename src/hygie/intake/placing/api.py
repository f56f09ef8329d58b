"""Where the data are, for programs: verdicts, what-if, hosts, statements, derogations. Anyone may read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from hygie.base.kernel.catalogue import explain
from hygie.commons.sovereignty.answers.explanation import Voice, sentence, turned
from hygie.commons.sovereignty.answers.flipping import MOST
from hygie.commons.sovereignty.rules.placements import Judged
from hygie.commons.sovereignty.rules.ranking import Worth
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.commons.web import current
from hygie.intake.placing import actions, queries, stating, supposing, work
from hygie.intake.placing.asking import When
from hygie.intake.placing.shapes import (
    DeclarationIn,
    DeclaredPlaceOut,
    DerogationIn,
    DerogationOut,
    EventReviewOut,
    HostOut,
    HostsOut,
    JudgedOut,
    LevelOut,
    NodePlacesOut,
    OwnVerdictOut,
    PlaceDueOut,
    PlacesChangedOut,
    ProbeTaskOut,
    RefusedFactsOut,
    RuleFindingOut,
    StatedOut,
    TurningOut,
    VerdictOut,
    VerdictTurnOut,
)
from hygie.intake.placing.supposing import Asked, Supposed

router = Router(tags=["sovereignty"])
DAY = Query("", max_length=10, description="The day in the world, such as 2026-11-21; today if empty.")
KNOWN = Query("", max_length=40, description="What was known at the end of that day, or at that time; now if empty.")
TOLD = Query("", max_length=10, description="When the host told of a change of control or supplier, if no fact says.")
SINCE = Query("", max_length=10, description="The earlier day; thirty days before the other if empty.")
NAME = Query("", max_length=100, pattern=r"^[^\x00]*$")


def place_out(judged: Judged, found: Asked, *, turning: bool) -> DeclaredPlaceOut:
    """Return a place with its verdicts; what would turn them only where it is asked for."""
    voices = {language: Voice(ruleset(), found.view, language) for language in ("en", "fr")}
    place, ruling = judged.placement, judged.ruling
    return DeclaredPlaceOut(
        id=place.id,
        what=place.what,
        service=place.service,
        country=place.country,
        legality=ruling.legality.name,
        exposure=ruling.exposure.name,
        outcome=ruling.outcome.name,
        ruling=ruling.hash,
        derogation_until=place.derogation.ends.isoformat() if place.derogation else "",
        findings=[
            RuleFindingOut(
                rule=each.rule,
                layer=each.layer,
                column=each.column,
                outcome=each.outcome.name,
                en=sentence(each, voices["en"]),
                fr=sentence(each, voices["fr"]),
                path=[each.steps[0].origin, *(step.target for step in each.steps)] if each.steps else [],
                facts=list(each.support),
            )
            for each in ruling.findings
        ],
        turning=[
            TurningOut(
                columns=columns,
                changes=list(each.changes),
                outcome=each.outcome.name,
                complete=each.complete,
                **{language: turned(each, voice, MOST) for language, voice in voices.items()},
            )
            for columns, each in (supposing.flips(found, judged) if turning else {}).items()
        ],
    )


def judged_out(judged: list[Judged], found: Asked, *, turning: bool = True) -> dict[str, Any]:
    """Return verdicts with the rules and facts they rest on."""
    return {
        "as_of": found.view.as_of.isoformat(),
        "known_at": found.view.known_at.isoformat(),
        "version": ruleset().version,
        "rules": ruleset().hash,
        "facts": found.facts.hash,
        "places": [place_out(each, found, turning=turning) for each in judged],
    }


@router.get("/", response=NodePlacesOut, operation_id="sovereignty_standing", auth=None)
def standing(request: HttpRequest, as_of: str = DAY, known_at: str = KNOWN) -> dict[str, Any]:  # noqa: ARG001
    """Show the node's declared places with their verdicts on a day, and what contradicts the declaration."""
    node = current.node()
    found = supposing.asked(node, as_of, known_at)
    today = queries.standing(node)
    now = queries.standing_on(node, found.view) if as_of or known_at else today
    return judged_out(list(found.judged()), found) | {
        "allowed": now.allowed,
        "declared_only": not now.declared,
        "contradictions": [
            {"probe": each.seen.probe, "place": each.place, "en": each.told("en"), "fr": each.told("fr")}
            for each in queries.contradictions(node)
        ],
        "datasets": [
            OwnVerdictOut(
                dataset=name,
                allowed=now.verdict("lake", [name]).allowed,
                places={each.id: each.outcome for each in held},
            )
            for name, held in now.datasets
        ],
        "refused_facts": [
            RefusedFactsOut(
                code=each.code,
                path=each.path,
                en=explain(each, "en").found,
                fr=explain(each, "fr").found,
            )
            for each in today.refused
        ],
        "facts_since": today.good.since,
    }


@router.get("/changes", response=PlacesChangedOut, operation_id="sovereignty_changes", auth=None)
def changes(
    request: HttpRequest,  # noqa: ARG001
    since: str = SINCE,
    as_of: str = DAY,
    known_at: str = KNOWN,
    told: str = TOLD,
) -> PlacesChangedOut:
    """Show what turned between two days, thirty days apart if no earlier one is named; what is due, whom to tell."""
    asked, found = supposing.changed(current.node(), since, as_of, known_at, told)
    voices = {language: Voice(ruleset(), asked.view, language) for language in ("en", "fr")}
    return PlacesChangedOut(
        since=found.since,
        as_of=found.on,
        known_at=asked.view.known_at,
        events=list(found.events),
        reviews=[
            EventReviewOut(
                event=each.event.id,
                kind=each.event.event,
                places=list(each.placements),
                late=each.finding is not None and each.finding.situation == "late",
                **{language: each.told(voice) for language, voice in voices.items()},
            )
            for each in found.review
        ],
        turns=[
            VerdictTurnOut(
                place=each.placement,
                column=each.column,
                before=each.before.name,
                after=each.after.name,
                rules=list(dict.fromkeys(finding.rule for finding in each.because)),
            )
            for each in found.turns
        ],
        due=[
            PlaceDueOut(
                duty=each.duty.id,
                place=each.placement,
                since=each.since,
                by=each.by,
                at=each.at,
                whom=list(each.duty.whom),
                source=each.duty.source,
                en=each.duty.text.en,
                fr=each.duty.text.fr,
            )
            for each in found.dues
        ],
    )


@router.get("/what-if", response=JudgedOut, operation_id="sovereignty_what_if", auth=None)
def what_if(
    request: HttpRequest,  # noqa: ARG001
    place: str = NAME,
    host: str = NAME,
    readers: str = NAME,
    supplier: str = NAME,
    as_of: str = DAY,
    known_at: str = KNOWN,
) -> dict[str, Any]:
    """Show what the verdicts on a place would be with another host, other keys, one more subcontractor."""
    found = supposing.asked(current.node(), as_of, known_at)
    changed, supposed = supposing.supposed(found, supposing.place_of(found, place), Supposed(host, readers, supplier))
    return judged_out(list(changed.judged([supposed])), changed)


@router.get("/hosts", response=HostsOut, operation_id="sovereignty_hosts", auth=None)
def hosts(request: HttpRequest, as_of: str = DAY, known_at: str = KNOWN) -> dict[str, Any]:  # noqa: ARG001
    """Compare every host of the facts for the node's data, each under a contract that says all it must."""
    found = supposing.asked(current.node(), as_of, known_at)
    compared = supposing.hosts(found, supposing.place_of(found, ""))
    places = [host_out(place_out(judged, found, turning=False), worth) for judged, worth in compared]
    return judged_out([], found) | {"places": places}


def host_out(place: DeclaredPlaceOut, worth: Worth | None) -> HostOut:
    """Return a compared service with its level."""
    score = [float(each) for each in worth.score] if worth else []
    known = worth and LevelOut(seal=worth.seal, score=score, framework=worth.source, computed=worth.computed)
    return HostOut(**place.model_dump(), level=known or None)


@router.get("/derogations", response=list[DerogationOut], operation_id="sovereignty_derogations", auth=None)
def derogations(request: HttpRequest) -> list[Any]:  # noqa: ARG001
    """List the acts of derogation, the last first."""
    return list(queries.derogations(current.node()))


@router.get("/statements/{dataset_id}", response=dict[str, Any], operation_id="sovereignty_statement", auth=None)
def statement(
    request: HttpRequest,  # noqa: ARG001
    dataset_id: str,
    as_of: str = DAY,
    known_at: str = KNOWN,
) -> dict[str, object]:
    """Hand out the last signed statement on a dataset; of another day or knowledge, what one would say, unsigned."""
    if as_of or known_at:
        return {"statement": supposing.stated(current.node(), dataset_id, as_of, known_at)}
    return stating.published(current.node(), dataset_id).document


@router.get("/statements/{dataset_id}/credential", operation_id="sovereignty_credential", auth=None)
def credential(request: HttpRequest, dataset_id: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the last signed statement on a dataset as a W3C Verifiable Credential, secured with eddsa-jcs-2022."""
    node = current.node()
    made = stating.credential(node, stating.published(node, dataset_id))
    return HttpResponse(made, content_type="application/vc")


@router.post("/statements/{dataset_id}", response=StatedOut, operation_id="sovereignty_state")
def state(request: HttpRequest, dataset_id: str, as_of: str = DAY, known_at: str = KNOWN) -> StatedOut:
    """State where a dataset is: sign it and write it into the ledger; one of another day is not kept for its page."""
    node, actor = current.node(), current.actor(request)
    day, known = When(as_of, known_at).times(node)
    made = stating.state(node, dataset_id, actor=actor, as_of=day, known_at=known)
    return StatedOut(dataset=dataset_id, event=made.index)


@router.post("/declaration", response=VerdictOut, operation_id="sovereignty_declare")
def declare(request: HttpRequest, body: DeclarationIn) -> VerdictOut:
    """Declare where the node's data lie and are processed."""
    found = actions.declare(current.node(), placement=body.placement.encode(), actor=current.actor(request))
    return VerdictOut(allowed=found.allowed, day=found.day.isoformat(), signature=found.signature)


@router.post("/derogations", response=VerdictOut, operation_id="sovereignty_derogate")
def derogate(request: HttpRequest, body: DerogationIn) -> VerdictOut:
    """Let data stay at a place by derogation: published, ending by itself."""
    act = actions.Derogation(body.place, body.author, body.reason, body.exit_plan, body.ends, body.offer_since)
    found = actions.derogate(current.node(), act, actor=current.actor(request))
    return VerdictOut(allowed=found.allowed, day=found.day.isoformat(), signature=found.signature)


@router.post("/probe", response=ProbeTaskOut, operation_id="sovereignty_probe")
def probe(request: HttpRequest) -> ProbeTaskOut:
    """Begin to look at what the node can see of where it is."""
    return ProbeTaskOut(task=work.begin(current.node(), actor=current.actor(request)))


@router.post("/declaration/trial", response=JudgedOut, operation_id="sovereignty_trial")
def trial(request: HttpRequest, body: DeclarationIn, as_of: str = DAY, known_at: str = KNOWN) -> dict[str, Any]:
    """Judge what a placement file would declare; nothing is changed."""
    node, actor = current.node(), current.actor(request)
    found = supposing.asked(node, as_of, known_at)
    judged = actions.trial(node, body.placement.encode(), actor=actor, view=found.view)
    return judged_out(list(judged), found)
