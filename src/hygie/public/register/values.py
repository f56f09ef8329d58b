"""The public register as one closed JSON document: things and figures, no natural person."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


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


class PermitEntry(Closed):
    """A permit: what was allowed, to which organisation, and what became of it."""

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
    events: tuple[EventRef, ...]

    def public(self) -> dict[str, Any]:
        """Return what the permit itself says, as `permits.queries.public` gives it."""
        since = {"state", "amended_by", "revoked_on", "revoked_reason", "events"}
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
    """What this node publishes of permits, extracts, runs and releases."""

    form: Literal["hygie-register/1"] = Field(alias="schema")
    node: str
    country: str
    made_at: str
    ledger: LedgerRef
    permits: tuple[PermitEntry, ...]
    extracts: tuple[ExtractEntry, ...]
    runs: tuple[RunEntry, ...]
    releases: tuple[ReleaseEntry, ...]
    requests: Counts

    def document(self) -> dict[str, Any]:
        """Return the register as JSON values."""
        return self.model_dump(mode="json", by_alias=True)


def schema() -> dict[str, Any]:
    """Return the register's JSON Schema, as it is published.

    Example
    -------
    >>> schema()["$id"]
    'urn:hygie:register:1'
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:hygie:register:1"}
    return {**head, **Register.model_json_schema(by_alias=True), "title": "Hygie public register"}
