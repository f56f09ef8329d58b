"""The things facts are about: datasets, services, places, entities, keys, laws, instruments, certificates, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from hygie.commons.sovereignty.knowledge.values import Bound, Interval, Record, Strength, Text

Identifiability = Literal["personal", "pseudonymised", "anonymous", "unknown"]
Sensitivity = Literal["particular", "ordinary", "unknown"]
ServiceKind = Literal["iaas", "paas", "saas", "storage", "maintenance", "ai-inference", "software", "premises"]
Provision = Literal["commercial", "own", "state", "unknown"]
EntityKind = Literal["company", "state", "fund", "person", "hospital", "public-body", "association", "group"]
Remainder = Literal["unknown", "none", "undeclared", "union"]
Readers = Literal["nobody", "client", "provider", "unknown"]
Reach = Literal["access", "collection", "blocking", "localisation", "disclosure", "protection"]
LawStatus = Literal["adopted", "proposed"]
Test = Literal["seat", "controlled", "place", "establishment", "customers"]
InstrumentKind = Literal[
    "adequacy", "agreement", "treaty", "derogation", "clause", "authorisation", "decision", "order", "circular"
]
CertificateState = Literal["held", "candidate", "absent"]
EventKind = Literal["ownership", "supplier", "certificate", "law", "adequacy", "ruling", "other"]
SourceType = Literal["law", "register", "court", "company", "press", "tool", "statement", "knowledge"]


@dataclass(frozen=True, kw_only=True)
class Node(Record):
    """A thing with a name in each language."""

    name: Text


@dataclass(frozen=True, kw_only=True)
class Dataset(Node):
    """Data to be placed.

    Parameters
    ----------
    category : str         what rule R01 asks for, such as `health`; empty is "not classified"
    identifiability : str  personal, pseudonymised, anonymous or unknown
    controller : str       id of an entity, or empty
    sensitivity : str      in the sense of art. 31 of the SREN law: particular, ordinary or unknown
    ehds_category : str    letter of art. 51(1), or empty
    volume : str           in words
    populations : tuple[str, ...]   countries whose people they are about
    """

    KIND: ClassVar[str] = "dataset"
    category: str = ""
    identifiability: Identifiability = "unknown"
    controller: str = ""
    sensitivity: Sensitivity = "unknown"
    ehds_category: str = ""
    volume: str = ""
    populations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Service(Node):
    """What an entity offers and a certificate may cover: the unit to judge, never the brand.

    Parameters
    ----------
    service : str      its kind: iaas, paas, saas, storage, maintenance, ai-inference, software or premises
    provision : str    commercial (a cloud on sale), own (one's own hosting), state, unknown
    regions : tuple[str, ...]   countries in which it can hold data
    scope_key : str    the words by which a certificate names it, or empty
    """

    KIND: ClassVar[str] = "service"
    service: ServiceKind
    provision: Provision = "commercial"
    regions: tuple[str, ...] = ()
    scope_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Location(Node):
    """A place where data lie or people work: a country, and a site when it is known."""

    KIND: ClassVar[str] = "location"
    country: str
    site: str = ""


@dataclass(frozen=True, kw_only=True)
class Country(Node):
    """A country, by its two-letter code; what it belongs to are dated `member_of` facts, never a field."""

    KIND: ClassVar[str] = "country"


@dataclass(frozen=True, kw_only=True)
class Zone(Node):
    """A group of countries: `EU` or `EEA`, which are not the same."""

    KIND: ClassVar[str] = "zone"


@dataclass(frozen=True, kw_only=True)
class Entity(Node):
    """A legal entity or a person.

    Parameters
    ----------
    entity : str       its kind
    seat, head_office, main_establishment : str   countries; empty is "not stated"
    lei, national_id : str    identifiers, or empty
    classes : tuple[str, ...] what a rule may ask of a controller: `state`, `state-operator`, `hospital`, `hdh`, …
    remainder : str    who holds what no `owns` fact names: unknown; none (every holder is named); undeclared (listed
                       shares below the thresholds of declaration); union (said to be held from within the Union)
    """

    KIND: ClassVar[str] = "entity"
    entity: EntityKind
    seat: str = ""
    head_office: str = ""
    main_establishment: str = ""
    lei: str = ""
    national_id: str = ""
    classes: tuple[str, ...] = ()
    remainder: Remainder = "unknown"

    @property
    def places(self) -> tuple[str, ...]:
        """The countries of seat, head office and main establishment, as far as stated."""
        return tuple(place for place in (self.seat, self.head_office, self.main_establishment) if place)


@dataclass(frozen=True, kw_only=True)
class KeyCustody(Node):
    """Who holds the keys of some data, where, and who can read in clear: nobody, client, provider or unknown."""

    KIND: ClassVar[str] = "custody"
    holder: str = ""
    place: str = ""
    controller: str = ""
    reads: Readers = "unknown"
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class Law(Node):
    """A law, with two intervals: the statute may lapse while its powers are still operative.

    Parameters
    ----------
    issuer : str          country, or `EU`
    articles : str
    reach : str           access (compelled), collection (not compelled), blocking, localisation, disclosure, protection
    stage : str           adopted or proposed; a proposal never moves a verdict
    statute : Interval    the text is in force
    operative : Interval  its powers can be used: what counts for exposure
    """

    KIND: ClassVar[str] = "law"
    issuer: str
    articles: str = ""
    reach: Reach
    stage: LawStatus = "adopted"
    statute: Interval
    operative: Interval


@dataclass(frozen=True, kw_only=True)
class NexusRule(Record):
    """By which tie a law reaches an entity, and how hard.

    Parameters
    ----------
    law : str       id of a law
    test : str      seat (it is of that country), controlled (an entity of that country controls it), place (the data
                    lie there), establishment (it or its group has one there), customers (it has only customers there)
    country : str   the country of the tie
    strength : Strength
    providers : bool   the law only reaches who operates a service or has technical access to one
    """

    KIND: ClassVar[str] = "nexus"
    law: str
    test: Test
    country: str
    strength: Strength
    providers: bool = False


@dataclass(frozen=True, kw_only=True)
class Instrument(Node):
    """A decision, treaty, clause, derogation or authorisation; an `agreement` makes what goes there no transfer.

    `valid` is its interval.

    Parameters
    ----------
    instrument : str    its kind
    issuer : str        country, `EU`, or the id of an entity
    countries : tuple[str, ...]    for which countries it holds
    beneficiaries : tuple[str, ...]   ids of entities or datasets; empty is "everybody it speaks of"
    listed : bool       it helps only entities that are on its list (a partial adequacy)
    """

    KIND: ClassVar[str] = "instrument"
    instrument: InstrumentKind
    issuer: str = ""
    countries: tuple[str, ...] = ()
    beneficiaries: tuple[str, ...] = ()
    listed: bool = False


@dataclass(frozen=True, kw_only=True)
class Certificate(Node):
    """A claim about a certificate: that it is held, asked for, or absent; `covers` facts say for which services.

    Parameters
    ----------
    scheme, version : str    `hds` and `2024`, `secnumcloud` and `3.2`, `c5` and `type 2`, …
    state : str              held, candidate or absent
    body, number : str       or empty
    activities : tuple[str, ...]  what it covers, in the scheme's numbering
    sites : tuple[str, ...]  ids of locations
    issued, expires, suspended : Bound | None
    """

    KIND: ClassVar[str] = "certificate"
    scheme: str
    version: str = ""
    state: CertificateState
    body: str = ""
    number: str = ""
    activities: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    issued: Bound | None = None
    expires: Bound | None = None
    suspended: Bound | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        first, last = self.issued and self.issued.earliest, self.expires and self.expires.latest
        if self.issued and self.expires and first and last and last < first:
            raise ValueError(f"{self.issued.text} – {self.expires.text}")


@dataclass(frozen=True, kw_only=True)
class Assessment(Node):
    """A framework's questions answered for a service; the framework is named by document and date, never by number.

    Parameters
    ----------
    framework : str           the document
    subject : str             id of a service
    answers : tuple[str, ...] one `criterion=answer` each, the answer by its rank from 1
    seal : int | None         as published, if it was
    score : str               the same, in percent
    """

    KIND: ClassVar[str] = "assessment"
    framework: str
    document_date: Bound
    subject: str
    answers: tuple[str, ...] = ()
    seal: int | None = None
    score: str = ""


@dataclass(frozen=True, kw_only=True)
class Source(Node):
    """A document that says it, or the plain admission that nothing was checked (`knowledge`)."""

    KIND: ClassVar[str] = "source"
    source: SourceType
    publisher: str = ""
    published: Bound | None = None
    retrieved: Bound | None = None
    hash: str = ""
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Event(Node):
    """Something that happened, from `valid.start` on: of what kind, what it concerns, and when a host told its client.

    Parameters
    ----------
    subjects : tuple[str, ...]   ids of the things it concerns
    event : str                  what kind of event; a change of ownership or of supplier is told within a month (R27)
    told_on : Bound | None       the day on which the host told its client, for these two
    """

    KIND: ClassVar[str] = "event"
    subjects: tuple[str, ...] = ()
    event: EventKind = "other"
    told_on: Bound | None = None


NODES: Mapping[str, type[Record]] = MappingProxyType(
    {
        made.KIND: made
        for made in (
            Dataset, Service, Location, Country, Zone, Entity, KeyCustody, Law, NexusRule, Instrument, Certificate,
            Assessment, Source, Event,
        )
    }
)  # fmt: skip
