"""What the rules are asked: these data, in that place, under those keys and that contract, as somebody declares."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Literal

from hygie.base import law
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Dataset, Entity, Identifiability, Readers, Sensitivity
from hygie.commons.sovereignty.knowledge.values import plain

What = Literal["lake store", "backup target", "key custody", "enclave host", "peer", "support access", "log sink"]
Processing = Literal["clear", "storage"]
WHATS: tuple[What, ...] = (
    "lake store", "backup target", "key custody", "enclave host", "peer", "support access", "log sink",
)  # fmt: skip


@dataclass(frozen=True)
class Data:
    """The data a verdict is asked for: what they are, not what they hold.

    Parameters
    ----------
    id : str             a name; that of a dataset of the facts when there is one
    category : str       what R01 asks for, such as `health`; empty is "not classified"
    identifiability : str  personal, pseudonymised, anonymous or unknown
    controller : str     id of an entity, or empty
    classes : tuple[str, ...]   of the controller: `hospital`, `state`, `state-operator`, `public-interest-group`,
                         `hdh`, `health-insurance`, `access-body`, `trusted-holder`, `union-service`, `company`
    sensitivity : str    in the sense of art. 31 of the SREN law
    country : str        whose law the controller is under
    national : bool      they cover a whole country, or a risk that policy treats like that
    secondary : bool     processed for secondary use (EHDS chapter IV)
    synthetic : bool     no real person is behind them
    """

    id: str
    category: str = ""
    identifiability: Identifiability = "unknown"
    controller: str = ""
    classes: tuple[str, ...] = ()
    sensitivity: Sensitivity = "unknown"
    country: str = "FR"
    national: bool = False
    secondary: bool = False
    synthetic: bool = False

    @property
    def state(self) -> str:
        """The State whose law the controller is under: that of a territory which has a code of its own."""
        return law.state(self.country)

    @property
    def personal(self) -> bool:
        """Whether they are about people, or might be."""
        return not self.synthetic and self.identifiability != "anonymous"


@dataclass(frozen=True)
class Keys:
    """Who holds the keys: an entity's id or words, the place, and who can read in clear."""

    reads: Readers = "unknown"
    holder: str = ""
    country: str = ""
    custody: str = ""


@dataclass(frozen=True)
class Exit:
    """How a contract ends: notice, transition and retrieval, and what leaving costs.

    Parameters
    ----------
    notice_months, transition_days, retrieval_days : int | None   None: the contract does not say
    justified : bool   the provider has justified a transition longer than the usual one
    charge : str       none, cost (no more than the provider's cost), above or unknown
    """

    notice_months: int | None = None
    transition_days: int | None = None
    retrieval_days: int | None = None
    justified: bool = False
    charge: Literal["none", "cost", "above", "unknown"] = "unknown"


@dataclass(frozen=True)
class Contract:
    """What a contract with a host says; a field that is None was not looked at.

    Parameters
    ----------
    processing : bool | None       it has the clauses of GDPR art. 28(3)
    subprocessors : tuple[str, ...] | None   ids of the entities it authorises, to the last level
    laws : tuple[str, ...] | None  ids of the laws its annex lists (HDS requirement 30)
    informed : bool | None         the client was told of remote access and the measures are on file (requirement 29)
    notice : str                   the public form of requirement 31 the host uses: a, b, c or empty
    jurisdictions : bool | None    the provider publishes the jurisdictions it is under (SREN art. 33)
    measures : bool | None         supplementary measures for transfers are on file
    supervised : bool | None       support from outside the Union is listed and supervised from within it
    separation : bool | None       proof that an establishment abroad cannot reach the data
    controls : bool | None         the customer's own controls of a C5 report are done
    exit : Exit | None
    """

    processing: bool | None = None
    subprocessors: tuple[str, ...] | None = None
    laws: tuple[str, ...] | None = None
    informed: bool | None = None
    notice: Literal["", "a", "b", "c"] = ""
    jurisdictions: bool | None = None
    measures: bool | None = None
    supervised: bool | None = None
    separation: bool | None = None
    controls: bool | None = None
    exit: Exit | None = None


@dataclass(frozen=True)
class Derogation:
    """An act that lets data stay for a time (SREN art. 31): who, why, until when, and how they leave.

    Parameters
    ----------
    author, reason, exit_plan : str   none of them empty
    granted, ends : date       it holds from the first to the second, both included, and ends by itself
    published : date | None    when its reason was published
    offer_since : date | None  since when an acceptable offer exists
    """

    author: str
    reason: str
    exit_plan: str
    granted: date
    ends: date
    published: date | None = None
    offer_since: date | None = None


@dataclass(frozen=True)
class Acceptance:
    """A named office that accepts the exposure of some data, with its reason and an end."""

    author: str
    reason: str
    until: date


@dataclass(frozen=True)
class Takeover:
    """How the client could go on without a supplier: skills of its own, and how many others could take over."""

    supplier: str
    own_skills: bool = False
    alternatives: int = 0


@dataclass(frozen=True)
class Order:
    """A demand for the data by an authority of another country, and the ground named for following it, if any."""

    country: str
    ground: str = ""


@dataclass(frozen=True)
class Copy:
    """A copy left behind: how and when it was erased, and until when its backups are kept."""

    id: str
    erased: date | None = None
    method: Literal["", "overwrite", "key erasure", "recycling"] = ""
    signed_by: str = ""
    backups_until: date | None = None


@dataclass(frozen=True)
class Minimum:
    """The sovereignty level asked for: by the framework's document and date, never by its number alone."""

    document: str
    date: str
    seal: int


@dataclass(frozen=True)
class Placement:
    """A declared place that holds or processes bytes; the declarer's own statement until something proves it.

    Parameters
    ----------
    id : str
    what : str             lake store, backup target, key custody, enclave host, peer, support access or log sink
    service : str          id of a service of the facts; empty is own premises
    operator : str         id of who runs own premises, if not the controller
    country : str          of own premises; of the region chosen in a service
    location : str         id of the site, or empty
    staff : tuple[str, ...]  countries from which own staff reach it
    keys : Keys
    processing : str       clear (it computes on the data), or storage (it only ever sees ciphertext)
    contract, derogation, acceptance : | None
    takeovers, orders, copies, minimum    what single rules ask for
    endpoints : tuple[str, ...]   host names by which the node reaches it, `host` or `host:port`; no rule asks for them
    declared_by : str, declared_on : date | None
    """

    id: str
    what: What = "lake store"
    service: str = ""
    operator: str = ""
    country: str = ""
    location: str = ""
    staff: tuple[str, ...] = ()
    keys: Keys = field(default_factory=Keys)
    processing: Processing = "clear"
    contract: Contract | None = None
    derogation: Derogation | None = None
    acceptance: Acceptance | None = None
    takeovers: tuple[Takeover, ...] = ()
    orders: tuple[Order, ...] = ()
    copies: tuple[Copy, ...] = ()
    minimum: Minimum | None = None
    endpoints: tuple[str, ...] = ()
    declared_by: str = ""
    declared_on: date | None = None

    @property
    def computes(self) -> bool:
        """Whether the place sees the data in clear: an enclave host always does, whatever is declared of it."""
        return self.processing == "clear" or self.what == "enclave host"


@dataclass(frozen=True)
class Question:
    """These data in that place; the day and the time of knowledge are the View's.

    Parameters
    ----------
    data : Data
    placement : Placement
    assumed : frozenset[str]   what to take as settled, for a what-if: the `wants` of findings
    """

    data: Data
    placement: Placement
    assumed: frozenset[str] = frozenset()

    def document(self) -> dict[str, object]:
        """Return the question as JSON values, what was not said left out."""
        body = {"data": said(self.data), "placement": said(self.placement)}
        return body | ({"assumed": sorted(self.assumed)} if self.assumed else {})


def said(value: object) -> object:
    """Return a frozen value as JSON values without the fields that are empty.

    Example
    -------
    >>> said(Keys(reads="client"))
    {'reads': 'client'}
    """
    if isinstance(value, str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        found = ((name, getattr(value, name)) for name in names(type(value)))
        return {name: said(each) for name, each in found if each is not None and each != "" and each != ()}
    if isinstance(value, tuple):
        return [said(each) for each in value]
    return plain(value)


@cache
def names(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields."""
    return tuple(item.name for item in fields(kind))


def data_of(dataset: str, view: View, country: str = "FR") -> Data:
    """Return a dataset of the facts as the rules ask for it; unclassified when no fact says more.

    Parameters
    ----------
    dataset : str   id
    view : View
    country : str   whose law, when the controller has no seat in the facts
    """
    found = view.get(dataset, Dataset)
    if found is None:
        return Data(dataset, country=country)
    controller = view.get(found.controller, Entity) if found.controller else None
    return Data(
        dataset,
        found.category,
        found.identifiability,
        found.controller,
        controller.classes if controller else (),
        found.sensitivity,
        (controller.seat if controller else "") or country,
    )
