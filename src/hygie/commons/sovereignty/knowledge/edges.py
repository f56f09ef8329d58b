"""The relations between things; `subject_to` is not among them, because it is derived and never written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from hygie.commons.sovereignty.knowledge.values import Record, Share

Access = Literal["none", "metadata", "ciphertext", "clear", "unknown"]
Layer = Literal["building", "hardware", "virtualisation", "platform", "software", "updates"]
Ground = Literal["majority", "l233-3", "contract", "veto", "board"]
Form = Literal["subsidiary", "branch", "staff", "customers", "unknown"]
Use = Literal["storage", "backup", "administration", "support", "processing"]


@dataclass(frozen=True, kw_only=True)
class Edge(Record):
    """A relation from one thing to another, both by id.

    Parameters
    ----------
    origin : str   `from` in a pack
    target : str   `to` in a pack
    """

    FROM: ClassVar[tuple[str, ...]] = ()
    TO: ClassVar[tuple[str, ...]] = ()
    origin: str
    target: str


@dataclass(frozen=True, kw_only=True)
class PlacedOn(Edge):
    """A dataset lies on a service, which sees of it what `access` says: clear, ciphertext, metadata, none, unknown."""

    KIND: ClassVar[str] = "placed_on"
    FROM: ClassVar[tuple[str, ...]] = ("dataset",)
    TO: ClassVar[tuple[str, ...]] = ("service",)
    purpose: str = ""
    access: Access = "clear"


@dataclass(frozen=True, kw_only=True)
class OperatedBy(Edge):
    """A service is run by an entity."""

    KIND: ClassVar[str] = "operated_by"
    FROM: ClassVar[tuple[str, ...]] = ("service",)
    TO: ClassVar[tuple[str, ...]] = ("entity",)
    access: Access = "clear"


@dataclass(frozen=True, kw_only=True)
class HostedAt(Edge):
    """A service stores, backs up, is administered or supported at a place."""

    KIND: ClassVar[str] = "hosted_at"
    FROM: ClassVar[tuple[str, ...]] = ("service",)
    TO: ClassVar[tuple[str, ...]] = ("location",)
    use: Use = "storage"
    access: Access = "clear"


@dataclass(frozen=True, kw_only=True)
class RunsOn(Edge):
    """A service stands on another; what the other can reach of its data is `access`."""

    KIND: ClassVar[str] = "runs_on"
    FROM: ClassVar[tuple[str, ...]] = ("service",)
    TO: ClassVar[tuple[str, ...]] = ("service",)
    layer: Layer
    access: Access


@dataclass(frozen=True, kw_only=True)
class SubcontractsTo(Edge):
    """An entity gives tasks to another, with the technical access these bring, and where its staff work."""

    KIND: ClassVar[str] = "subcontracts_to"
    FROM: ClassVar[tuple[str, ...]] = ("entity",)
    TO: ClassVar[tuple[str, ...]] = ("entity",)
    access: Access
    tasks: str = ""
    staff: tuple[str, ...] = ()
    authorised: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Owns(Edge):
    """An entity holds a share of another's capital and votes.

    Parameters
    ----------
    capital, votes : Share   a pack that states one of the two says the same of the other
    listed : bool            the shares are listed
    declared : bool          the holding is declared under commercial code L.233-7; asked of listed shares only
    """

    KIND: ClassVar[str] = "owns"
    FROM: ClassVar[tuple[str, ...]] = ("entity",)
    TO: ClassVar[tuple[str, ...]] = ("entity",)
    capital: Share
    votes: Share
    listed: bool = False
    declared: bool = False

    @property
    def counts(self) -> bool:
        """Whether the 24/39 tests look at it (SecNumCloud 19.6.b): every share but a listed one nobody declared."""
        return self.declared or not self.listed


@dataclass(frozen=True, kw_only=True)
class Controls(Edge):
    """An entity controls another for a reason that is not, or not only, a majority of votes."""

    KIND: ClassVar[str] = "controls"
    FROM: ClassVar[tuple[str, ...]] = ("entity",)
    TO: ClassVar[tuple[str, ...]] = ("entity",)
    ground: Ground


@dataclass(frozen=True, kw_only=True)
class HasPresenceIn(Edge):
    """An entity has a subsidiary, a branch, staff, only customers or something unknown in a country."""

    KIND: ClassVar[str] = "has_presence_in"
    FROM: ClassVar[tuple[str, ...]] = ("entity",)
    TO: ClassVar[tuple[str, ...]] = ("country", "location")
    form: Form


@dataclass(frozen=True, kw_only=True)
class Holds(Edge):
    """An entity is the holder a certificate names."""

    KIND: ClassVar[str] = "holds"
    FROM: ClassVar[tuple[str, ...]] = ("entity",)
    TO: ClassVar[tuple[str, ...]] = ("certificate",)


@dataclass(frozen=True, kw_only=True)
class Covers(Edge):
    """A certificate is for a service, and for no other that it does not name."""

    KIND: ClassVar[str] = "covers"
    FROM: ClassVar[tuple[str, ...]] = ("certificate",)
    TO: ClassVar[tuple[str, ...]] = ("service",)


@dataclass(frozen=True, kw_only=True)
class KeyedBy(Edge):
    """A dataset's keys are in a custody."""

    KIND: ClassVar[str] = "keyed_by"
    FROM: ClassVar[tuple[str, ...]] = ("dataset",)
    TO: ClassVar[tuple[str, ...]] = ("custody",)


@dataclass(frozen=True, kw_only=True)
class Allows(Edge):
    """An instrument allows something that the law would else forbid."""

    KIND: ClassVar[str] = "allows"
    FROM: ClassVar[tuple[str, ...]] = ("instrument",)
    TO: ClassVar[tuple[str, ...]] = ("*",)


@dataclass(frozen=True, kw_only=True)
class Blocks(Edge):
    """An instrument forbids something."""

    KIND: ClassVar[str] = "blocks"
    FROM: ClassVar[tuple[str, ...]] = ("instrument",)
    TO: ClassVar[tuple[str, ...]] = ("*",)


@dataclass(frozen=True, kw_only=True)
class MemberOf(Edge):
    """A country belongs to a zone, for an interval."""

    KIND: ClassVar[str] = "member_of"
    FROM: ClassVar[tuple[str, ...]] = ("country",)
    TO: ClassVar[tuple[str, ...]] = ("zone",)


EDGES: Mapping[str, type[Edge]] = MappingProxyType(
    {
        made.KIND: made
        for made in (
            PlacedOn, OperatedBy, HostedAt, RunsOn, SubcontractsTo, Owns, Controls, HasPresenceIn, Holds, Covers,
            KeyedBy, Allows, Blocks, MemberOf,
        )
    }
)  # fmt: skip
