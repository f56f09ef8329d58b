"""The permit: the contents of art. 68(10) as one frozen, signed JSON object."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from hygie.access.cohorts.values import Closed, Criterion, Day
from hygie.base.kernel import canonical, digest

FORMAT, SEEING = "hygie-permit/1", "hygie-permit/2"
Form = Literal["hygie-permit/1", "hygie-permit/2"]
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE")


def read_instant(value: object) -> datetime:
    """Return a UTC time written as `2026-11-21T10:00:00Z`; ValueError otherwise."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError("a time is written YYYY-MM-DDTHH:MM:SSZ, in UTC")
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def write_instant(value: datetime) -> str:
    """Return a UTC time as permits write it.

    Example
    -------
    >>> write_instant(datetime(2026, 11, 21, 10, tzinfo=UTC))
    '2026-11-21T10:00:00Z'
    """
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain_text(value: str) -> str:
    """Return a text that shows what it holds; ValueError for invisible signs, loose accents or mixed alphabets.

    Example
    -------
    >>> plain_text("Université de Lille")
    'Université de Lille'
    """
    if any(unicodedata.category(sign) in INVISIBLE and sign != "\n" for sign in value):
        raise ValueError("the text has a sign that does not show")
    if unicodedata.normalize("NFC", value) != value or value != value.strip():
        raise ValueError("the text is in Unicode normal form C, without blanks at its ends")
    for word in re.findall(r"[^\W\d_]+", value):
        if len({script for sign in word for script in SCRIPTS if unicodedata.name(sign, "").startswith(script)}) > 1:
            raise ValueError("a word mixes alphabets")
    return value


Instant = Annotated[
    datetime, BeforeValidator(read_instant), PlainSerializer(write_instant, return_type=str, when_used="json")
]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\n]+$"), AfterValidator(plain_text)]
Text = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(plain_text)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
PermitId = Annotated[str, Field(pattern=r"^permit-[0-9a-f]{20}$")]
SnapshotId = Annotated[str, Field(pattern=r"^snapshot-[0-9a-f]{1,40}$")]
NodeId = Annotated[str, Field(pattern=r"^node-[a-z0-9-]{1,64}$")]
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+=*$", max_length=200)]
Rule = Literal["show", "review", "hide"]


class Span(Closed):
    """Days from one to another, both included."""

    start: Day = Field(alias="from")
    end: Day = Field(alias="to")

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """Refuse a span that ends before it starts."""
        if self.end < self.start:
            raise ValueError("it ends before it starts")
        return self

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


class User(Closed):
    """The health data user.

    Parameters
    ----------
    kind : str         one of `law.applicants()`
    country : str      ISO 3166-1 alpha-2
    mandate : str      the document by which a public body has someone act for it (53(2))
    laboratory : str   the independent laboratory or consultancy, or the proof, of CSP L1461-3 II
    """

    name: Line
    kind: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    mandate: Line | None = None
    laboratory: Line | None = None


class Purpose(Closed):
    """Why, and the prohibited uses that the user attested not to pursue (`law.prohibitions()`)."""

    basis: Annotated[str, Field(pattern=r"^53\(1\)\([a-f]\)(\(i{1,2}\))?$")]
    title: Line
    text: Text
    attested: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class Data(Closed):
    """Which data: sources, categories, tables and columns, period, cohort, format, and a reason for each.

    Parameters
    ----------
    tables : Mapping    table -> columns of the CDM
    reasons : Mapping   `table` or `table.column` -> why the purpose needs it (66(1))
    """

    datasets: Annotated[tuple[Name, ...], Field(min_length=1, max_length=50)]
    categories: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-q]$")], ...], Field(min_length=1, max_length=17)]
    tables: Annotated[
        dict[Column, Annotated[tuple[Column, ...], Field(min_length=1, max_length=100)]],
        Field(min_length=1, max_length=60),
    ]
    period: Span
    cohort: Criterion
    format: Literal["pseudonymised", "anonymised"] = "anonymised"
    format_reason: Text | None = None
    reasons: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$")], Text],
        Field(max_length=2000),
    ]


class Snapshots(Closed):
    """Which snapshots of its datasets a permit sees.

    Parameters
    ----------
    see : str        `each`: the current ones at every preparation, so that each delivery gives an extract; `first`:
                     those that were current at the first preparation; `pinned`: those named
    pinned : Mapping dataset -> snapshot, for `pinned`; every dataset of the permit
    """

    see: Literal["each", "first", "pinned"]
    pinned: Annotated[dict[Name, SnapshotId], Field(max_length=50)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def names_what_is_pinned(self) -> Self:
        """Refuse names without pinning, and pinning without names."""
        if (self.see == "pinned") is not bool(self.pinned):
            raise ValueError("snapshots are named when they are pinned, and only then")
        return self


class Minimisation(Closed):
    """How coarse values are made before anybody sees them."""

    birth: Literal["year", "month", "day"] = "year"
    dates: Literal["day", "month", "year"] = "month"
    location: Literal["none", "region", "full"] = "none"
    codes: Literal["full", "3-characters"] = "full"


class OptOutException(Closed):
    """The national law under which opted-out persons stay in (71(4)), and why nothing else would do."""

    law: Line
    reason: Text


class People(Closed):
    """The natural persons who may work under the permit, by account (68(10)(d), 73(1)(a))."""

    principal_investigator: Name
    authorised: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]


class Environment(Closed):
    """The secure environment's tools and bounds.

    Parameters
    ----------
    cpus : int        cores
    memory_mb, scratch_mb, output_mb : int   megabytes of 1,048,576 bytes
    minutes : int     of one run
    processes : int   at the same time
    """

    tools: Annotated[tuple[Literal["python", "r"], ...], Field(min_length=1, max_length=2)]
    cpus: Annotated[int, Field(ge=1, le=64)]
    memory_mb: Annotated[int, Field(ge=128, le=524_288)]
    minutes: Annotated[int, Field(ge=1, le=10_080)]
    scratch_mb: Annotated[int, Field(ge=1, le=524_288)]
    output_mb: Annotated[int, Field(ge=1, le=1024)]
    processes: Annotated[int, Field(ge=1, le=4096)]


class Fees(Closed):
    """What is to be paid (62): an amount with two decimals, as text, and its currency."""

    amount: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,8})\.[0-9]{2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Figures(Closed):
    """The output preset's figures, copied at grant; `law.Preset` says what each is."""

    min_count: Annotated[int, Field(ge=1, le=1000)]
    zero_rule: Rule
    full_rule: Rule
    rounding_base: Annotated[int, Field(ge=1, le=1000)]
    total_rule: Literal["recompute", "suppress"]
    dominance_n: Annotated[int, Field(ge=0, le=100)]
    dominance_percent: Annotated[int, Field(ge=0, le=100)]
    p_percent: Annotated[int, Field(ge=0, le=100)]
    degrees_of_freedom: Annotated[int, Field(ge=0, le=1000)]
    extremes: Rule
    secondary: bool
    figure_data: bool
    file_types: Annotated[tuple[Name, ...], Field(max_length=50)]
    max_bytes: Annotated[int, Field(ge=1)]
    max_files: Annotated[int, Field(ge=1)]
    reviewers: Annotated[int, Field(ge=1, le=10)]


class DraftPolicy(Closed):
    """The output preset; its figures may be left out of a draft."""

    preset: Name
    figures: Figures | None = None


class OutputPolicy(DraftPolicy):
    """The output preset and its figures."""

    figures: Figures


class Signature(Closed):
    """The node's Ed25519 public key, and its signature of the permit without this field."""

    key: Base64
    value: Base64


class Draft(Closed):
    """What an access officer decides; the node adds id, version, time, figures and signature at grant."""

    form: Form = Field(alias="schema")
    amends: PermitId | None = None
    node: NodeId | None = None
    legal_references: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    user: User
    purpose: Purpose
    data: Data
    minimisation: Minimisation
    opt_out_exception: OptOutException | None = None
    people: People
    duration: Span
    environment: Environment
    fees: Fees
    special_conditions: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    output_policy: DraftPolicy
    snapshots: Snapshots | None = None

    @model_serializer(mode="wrap")
    def without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the field that the first form has not: a permit reads as it was signed."""
        body: dict[str, Any] = handler(self)
        if body.get("snapshots") is None:
            body.pop("snapshots", None)
        return body


class Permit(Draft):
    """A granted permit.

    Parameters
    ----------
    version : int           1, or one more than the permit it amends
    decided_at : datetime   UTC; opt-outs are read as of this time (71(3))
    pilot : bool            decided before chapter IV applied: rests on `legal_references`, not on art. 68
    """

    id: PermitId
    version: Annotated[int, Field(ge=1, le=100)]
    node: NodeId
    decided_at: Instant
    pilot: bool
    output_policy: OutputPolicy
    signature: Signature

    @model_validator(mode="after")
    def of_one_form(self) -> Self:
        """Refuse a permit of the second form that does not say what it sees, and one of the first that does."""
        if (self.form == SEEING) is not (self.snapshots is not None):
            raise ValueError("snapshots are of the second form")
        return self

    def document(self) -> dict[str, Any]:
        """Return the permit as JSON values, signature included."""
        return self.model_dump(mode="json")

    def signed_part(self) -> bytes:
        """Return the bytes that the signature is made over: a label, then the canonical JSON without `signature`."""
        return f"{self.form}\n".encode() + canonical(self.model_dump(mode="json", exclude={"signature"}))

    @property
    def text(self) -> bytes:
        """The permit's canonical JSON: what is stored, hashed and handed out."""
        return canonical(self.document())

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, signature included, in hexadecimal."""
        return digest(self.text)

    @property
    def key(self) -> bytes:
        """The public key that the permit says it was signed with."""
        return base64.b64decode(self.signature.key)


SET_AT_GRANT = ("id", "version", "decided_at", "pilot", "signature")


def schema() -> Mapping[str, object]:
    """Return the JSON Schema of a granted permit, as published.

    Source     JSON Schema 2020-12; Reg. (EU) 2025/327 art. 68(10)
    """
    body = Permit.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:hygie:permit:1"}
    return {**head, **body, "title": "Hygie data permit"}
