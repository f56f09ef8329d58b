"""The public register as one closed JSON document: things and figures, no natural person."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,15}\.[0-9]{2}$")]


class Closed(BaseModel):
    """A frozen object with no field but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class EventRef(Closed):
    """Where the ledger holds an event about the entry."""

    index: Count
    kind: str
    at: str


class Span(Closed):
    """Days, both included."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")


class User(Closed):
    """Who may use the data: an organisation by name; a natural person only as such."""

    name: str | None
    kind: str
    country: str


class Purpose(Closed):
    """What the data are used for."""

    basis: str
    title: str
    text: str


class Mandate(Closed):
    """A public body's mandate: who gave it, when, under which reference (arts 53(2), 68(6))."""

    issuer: str
    date: str
    reference: str


class Applicant(Closed):
    """Who asks, and who profits: a natural person is told only as such."""

    name: str | None
    kind: str
    country: str
    parent: str | None
    commercial: bool
    mandate: Mandate | None


class ApplicationEntry(Closed):
    """An application or a request, from its reception on: what was asked, what was decided, and why."""

    id: str
    kind: str
    track: str
    state: str
    user: Applicant
    basis: str
    title: str
    lay_summary: str
    project_country: str | None
    objectives: str | None
    area: str | None
    data_description: str | None
    benefit: str
    product: str | None
    datasets: tuple[str, ...]
    fee: str | None
    received_on: str
    complete_on: str | None
    decided_on: str | None
    due_on: str | None
    outcome: str | None
    reasons: str | None
    grounds: tuple[str, ...]
    permit: str | None
    published_on: str | None
    events: tuple[EventRef, ...]

    def public(self) -> dict[str, Any]:
        """Return what the ledger has the digest of, as `applications.values.Entry.public` gives it."""
        return self.model_dump(mode="json", exclude={"due_on", "events"})


class PermitEntry(Closed):
    """A permit: what was allowed, to which organisation, and what became of it; the application that led to it."""

    id: str
    version: Count
    sha256: Sha256
    state: str
    decided_at: str
    pilot: bool
    amends: str | None
    amended_by: str | None
    revoked_on: str | None
    revoked_reason: str | None
    application: str | None
    user: User
    purpose: Purpose
    legal_references: tuple[str, ...]
    datasets: tuple[str, ...]
    categories: tuple[str, ...]
    tables: tuple[str, ...]
    period: Span
    duration: Span
    format: str
    minimisation: dict[str, str]
    opt_out_exception: str | None
    authorised_persons: Count
    output_policy: str
    fees: str
    special_conditions: tuple[str, ...]
    events: tuple[EventRef, ...]

    def public(self) -> dict[str, Any]:
        """Return what the permit itself says, as `permits.queries.public` gives it."""
        since = {"state", "amended_by", "revoked_on", "revoked_reason", "application", "events"}
        return self.model_dump(mode="json", by_alias=True, exclude=since)


class ExtractEntry(Closed):
    """What was prepared under a permit: from which snapshots, with which opt-outs; no count of persons."""

    id: str
    permit: str
    created: str
    manifest: Sha256
    snapshots: dict[str, str]
    opt_out_list: str
    tables: tuple[str, ...]
    synthetic: bool
    events: tuple[EventRef, ...]

    def public(self) -> dict[str, Any]:
        """Return what the extract itself says, as `ExtractManifest.public` gives it."""
        return self.model_dump(mode="json", exclude={"events"})


class RunEntry(Closed):
    """A study that was run under a permit, by its hash."""

    id: str
    permit: str
    study: Sha256
    extract: str
    dummy: bool
    synthetic: bool
    started_at: str
    ended_at: str
    exit: int
    stopped_by: str
    missing_walls: tuple[str, ...]
    record: Sha256
    events: tuple[EventRef, ...]


class OutputEntry(Closed):
    """A file that was let out."""

    file: str
    kind: str
    sha256: Sha256


class ReleaseEntry(Closed):
    """What was let out of a run."""

    id: str
    permit: str
    run: str
    at: str
    synthetic: bool
    policy: str
    outputs: tuple[OutputEntry, ...]
    events: tuple[EventRef, ...]


class ResultEntry(Closed):
    """A result that a user reported as public, the event that says so, and that of the version which it replaces."""

    application: str
    permit: str | None
    title: str
    link: str
    at: str
    event: Count
    version: int = Field(default=1, ge=1)
    replaces: Count | None = None


class ExclusionEntry(Closed):
    """Who may not apply, from one day to another, both included: a natural person is told only as such."""

    id: str
    kind: Literal["organisation", "natural-person"]
    organisation: str | None
    country: str | None
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    reason: str
    lifted_on: str | None
    events: tuple[EventRef, ...]

    def public(self) -> dict[str, Any]:
        """Return what the ledger has the digest of, as `applications.values.Exclusion.public` gives it."""
        return self.model_dump(mode="json", by_alias=True, exclude={"lifted_on", "events"})


class MeasureEntry(Closed):
    """What was decided after a hearing, and the penalty it has led to by the day the register was made.

    A delivery that came late was due on `late_from` and came on `delivered_on`; no day is counted after it.
    """

    id: str
    subject: Literal["user", "holder"]
    organisation: str | None
    country: str | None
    permit: str | None
    breach: str
    tier: Count
    decided_on: str
    measures: tuple[str, ...]
    reasons: str
    excluded_until: str | None
    rate: Amount | None
    currency: str | None
    late_from: str | None
    delivered_on: str | None
    penalty: Amount | None
    appealed_on: str | None
    events: tuple[EventRef, ...]

    def public(self) -> dict[str, Any]:
        """Return what the ledger has the digest of, as `applications.sanctions.Measure.public` gives it."""
        since = {"late_from", "delivered_on", "penalty", "appealed_on", "events"}
        return self.model_dump(mode="json", exclude=since)


class LabelEntry(Closed):
    """A quality label that was revoked, and the event that says so."""

    dataset: str
    holder: str
    label: Sha256
    revoked_on: str
    reason: str
    event: Count

    def public(self) -> dict[str, Any]:
        """Return what the ledger has the digest of, as `catalogue.labelling.Withdrawn.public` gives it."""
        return self.model_dump(mode="json", exclude={"event"})


class DerogationEntry(Closed):
    """A derogation by which data stay at a place for a time: the office that answers, why, until when, how they leave.

    It ends by itself after its last day. `offer_since` is the day since which an acceptable offer exists, or empty.
    """

    id: str
    place: str
    author: str
    reason: str
    exit_plan: str
    granted: str
    ends: str
    offer_since: str
    event: Count

    def public(self) -> dict[str, Any]:
        """Return what the ledger has, word for word."""
        return self.model_dump(mode="json", exclude={"event"})


class Procedures(Closed):
    """How many procedures were opened, are under way, and ended with and without a measure."""

    opened: Count = 0
    under_way: Count = 0
    measures: Count = 0
    no_measure: Count = 0


class Leg(Closed):
    """How many calendar days a leg of the way took, over all that ended it."""

    leg: str
    count: Count
    median: float
    mean: float


class Users(Closed):
    """How many belong to companies and insurers, and how many to all others."""

    public: Count
    commercial: Count


class Figures(Closed):
    """The open figures, computed from the events of applications."""

    received: Count
    backlog: Count
    states: dict[str, Count]
    outcomes: dict[str, Count]
    applicants: Users
    permits_in_force: Users
    legs: tuple[Leg, ...]
    refusal_grounds: dict[str, Count]


class Counts(Closed):
    """How many requests to let outputs out there were, by what became of them."""

    requested: Count
    waiting: Count
    refused: Count
    released: Count


class LedgerRef(Closed):
    """The ledger that the entries point into, when the register was made."""

    origin: str
    size: Count
    root: str


class Register(Closed):
    """What this node publishes of applications, permits, extracts, runs, releases, results and enforcement."""

    form: Literal["hygie-register/2"] = Field(alias="schema")
    node: str
    country: str
    made_at: str
    ledger: LedgerRef
    applications: tuple[ApplicationEntry, ...]
    permits: tuple[PermitEntry, ...]
    extracts: tuple[ExtractEntry, ...]
    runs: tuple[RunEntry, ...]
    releases: tuple[ReleaseEntry, ...]
    requests: Counts
    results: tuple[ResultEntry, ...]
    exclusions: tuple[ExclusionEntry, ...]
    measures: tuple[MeasureEntry, ...] = ()
    labels: tuple[LabelEntry, ...] = ()
    derogations: tuple[DerogationEntry, ...] = ()
    procedures: Procedures = Procedures()
    figures: Figures

    def document(self) -> dict[str, Any]:
        """Return the register as JSON values."""
        return self.model_dump(mode="json", by_alias=True)


def schema() -> dict[str, Any]:
    """Return the register's JSON Schema, as it is published.

    Example
    -------
    >>> schema()["$id"]
    'urn:hygie:register:2'
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:hygie:register:2"}
    return {**head, **Register.model_json_schema(by_alias=True), "title": "Hygie public register"}
