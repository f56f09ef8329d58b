"""What the API on places takes and gives, as JSON."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema

from hygie.commons.web.schema import Body


class RuleFindingOut(Schema):
    """What a rule found: its outcome, in both languages, and the facts along the path."""

    rule: str
    layer: str
    column: str
    outcome: str
    en: str
    fr: str
    path: list[str]
    facts: list[str]


class TurningOut(Schema):
    """The smallest change that would turn a refusal: facts that no longer hold, open points that are settled."""

    columns: str
    changes: list[str]
    outcome: str
    complete: bool
    en: str
    fr: str


class DeclaredPlaceOut(Schema):
    """A place with its verdicts, lawful and exposed apart."""

    id: str
    what: str
    service: str
    country: str
    legality: str
    exposure: str
    outcome: str
    ruling: str
    derogation_until: str
    findings: list[RuleFindingOut]
    turning: list[TurningOut]


class LevelOut(Schema):
    """A service's level under a sovereignty framework, and its score in percent from the least to the most."""

    seal: int
    score: list[float]
    framework: str
    computed: bool


class HostOut(DeclaredPlaceOut):
    """A service as a place, with its verdicts and its level where somebody assessed it."""

    level: LevelOut | None


class RestsOnOut(Schema):
    """The day and the time of knowledge of verdicts, and the rules and facts that they rest on."""

    as_of: str
    known_at: str
    version: str
    rules: str
    facts: str


class JudgedOut(RestsOnOut):
    """Verdicts on one day, with rules and facts named."""

    places: list[DeclaredPlaceOut]


class HostsOut(RestsOnOut):
    """Services compared, the best first: by verdict, then by level, then by score."""

    places: list[HostOut]


class OwnVerdictOut(Schema):
    """A dataset of which something else is declared: whether its personal data may be written; each place."""

    dataset: str
    allowed: bool
    places: dict[str, str]


class RefusedFactsOut(Schema):
    """A mistake for which the operator's own packs of facts are refused: where it is, in both languages."""

    code: str
    path: str
    en: str
    fr: str


class NodePlacesOut(JudgedOut):
    """The node's declared places, whether personal data may be written, and what contradicts the declaration.

    While the operator's packs are refused (`refused_facts`), the last good ones hold, those since `facts_since`.
    """

    allowed: bool
    declared_only: bool
    contradictions: list[dict[str, str]]
    datasets: list[OwnVerdictOut]
    refused_facts: list[RefusedFactsOut]
    facts_since: str


class VerdictTurnOut(Schema):
    """A place whose verdict turned, or is worse founded than before, with the rules that are why."""

    place: str
    column: str
    before: str
    after: str
    rules: list[str]


class PlaceDueOut(Schema):
    """What is due after a change: by when, and who is told. `at` is the moment for what is counted in hours."""

    duty: str
    place: str
    since: date
    by: date
    at: datetime | None
    whom: list[str]
    source: str
    en: str
    fr: str


class EventReviewOut(Schema):
    """An event that touches places: `late` when a host told of a change of control or supplier after a month."""

    event: str
    kind: str
    places: list[str]
    late: bool
    en: str
    fr: str


class PlacesChangedOut(Schema):
    """What happened between two days at the node's places."""

    since: date
    as_of: date
    known_at: datetime
    events: list[str]
    reviews: list[EventReviewOut]
    turns: list[VerdictTurnOut]
    due: list[PlaceDueOut]


class DerogationOut(Schema):
    """An act of derogation and where the ledger has it."""

    id: str
    place: str
    author: str
    reason: str
    exit_plan: str
    granted: str
    ends: str
    event: int


class DeclarationIn(Body):
    """A placement file (TOML)."""

    placement: str


class DerogationIn(Body):
    """An act of derogation."""

    place: str
    author: str
    reason: str
    exit_plan: str
    ends: date
    offer_since: date | None = None


class VerdictOut(Schema):
    """Whether personal data may be written from now on."""

    allowed: bool
    day: str
    signature: str


class ProbeTaskOut(Schema):
    """The task that looks."""

    task: str


class StatedOut(Schema):
    """Where the ledger has a statement."""

    dataset: str
    event: int
