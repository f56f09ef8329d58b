"""Facts, all of them with both their times, and the View of one day as it was known at one time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar, cast

from hygie.base.kernel import canonical, digest
from hygie.base.law import countries
from hygie.commons.sovereignty.knowledge.edges import Covers, Edge, MemberOf, Owns
from hygie.commons.sovereignty.knowledge.nodes import Certificate, Instrument, Location, Node
from hygie.commons.sovereignty.knowledge.values import CONFIDENCES, Certainty, Record

R = TypeVar("R", bound=Record)
E = TypeVar("E", bound=Edge)
K = TypeVar("K", bound=Hashable)
STANDING = ("verified", "asserted", "disputed", "retracted")


@dataclass(frozen=True)
class Conflict:
    """Claims about one thing that differ on the day of the View; all of them are kept.

    Parameters
    ----------
    subject : str                 what they are about: an id, `owns FROM TO`, or `SCHEME SERVICE` for certificates
    records : tuple[Record, ...]  two or more, the best founded first
    """

    subject: str
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Facts:
    """An immutable collection of records, in a fixed order, whatever order they were read in."""

    records: tuple[Record, ...] = ()
    lines: tuple[bytes, ...] = field(default=(), repr=False, compare=False)

    @staticmethod
    def of(records: Iterable[Record]) -> Facts:
        """Return the facts of some records: sorted by their canonical JSON, each only once though two packs hold it."""
        keyed = {canonical(record.contents()): record for record in records}
        lines = sorted(keyed)
        return Facts(tuple(keyed[line] for line in lines), tuple(lines))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of every record's canonical JSON, in order and joined by newlines: same facts, same hash."""
        return digest(b"\n".join(self.lines))

    def at(self, as_of: date, known_at: datetime) -> View:
        """Return what held on a day, as it was known at a time.

        Parameters
        ----------
        as_of : date          the day in the world
        known_at : datetime   the time of knowledge, UTC
        """
        return View(as_of, known_at, self.hash, self._index)

    @cached_property
    def _index(self) -> Index:
        return Index(self.records)

    def __add__(self, other: Facts) -> Facts:
        return Facts.of((*self.records, *other.records))


class Index:
    """Records by what they are asked by, whatever their dates; made once and shared by every View of some Facts."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        edges = [record for record in records if isinstance(record, Edge)]
        self.records = records
        self.kinds: Mapping[type[Record], tuple[Record, ...]] = grouped(records, type)
        self.out: Mapping[tuple[type[Edge], str], tuple[Edge, ...]] = grouped(edges, lambda e: (type(e), e.origin))
        self.into: Mapping[tuple[type[Edge], str], tuple[Edge, ...]] = grouped(edges, lambda e: (type(e), e.target))
        self.ids: dict[str, tuple[Record, ...]] = grouped(records, lambda record: record.id)
        for name, group in self.ids.items():
            if len(group) > 1:
                self.ids[name] = tuple(sorted(group, key=founded))
        same = grouped(edges, lambda e: (e.id, getattr(e, "use", "")))
        self.contested = {key: group for key, group in same.items() if len({lets(edge) for edge in group}) > 1}


@dataclass(frozen=True, eq=False)
class View:
    """The facts of one day; nothing in it is retracted, superseded or over. Made by `Facts.at`.

    Parameters
    ----------
    as_of : date
    known_at : datetime
    hash : str     of the whole Facts it was taken from
    """

    as_of: date
    known_at: datetime
    hash: str
    _index: Index = field(repr=False)
    _keep: Callable[[Record], bool] | None = field(default=None, repr=False)
    _sure: dict[int, Certainty] = field(default_factory=dict, init=False, repr=False)
    _all: dict[type[Record], tuple[Record, ...]] = field(default_factory=dict, init=False, repr=False)
    _got: dict[tuple[str, type[Record]], Record | None] = field(default_factory=dict, init=False, repr=False)
    _out: dict[tuple[type[Edge], str], tuple[Edge, ...]] = field(default_factory=dict, init=False, repr=False)
    _into: dict[tuple[type[Edge], str], tuple[Edge, ...]] = field(default_factory=dict, init=False, repr=False)
    _belong: dict[tuple[str, str], Certainty] = field(default_factory=dict, init=False, repr=False)
    _instruments: dict[tuple[str, str], tuple[Instrument, ...]] = field(default_factory=dict, init=False, repr=False)

    def sure(self, record: Record) -> Certainty:
        """Return how certain it is that a record holds: YES, MAYBE (vague dates, disputed), NO (not in this View)."""
        found = self._sure.get(id(record))
        if found is None:
            here = self._here(record)
            found = record.certainty(self.as_of) if here else Certainty.NO
            if found and isinstance(record, Edge) and self._contested(record):
                found = Certainty.MAYBE
            self._sure[id(record)] = found
        return found

    def _here(self, record: Record) -> bool:
        return record.known(self.known_at) and (self._keep is None or self._keep(record))

    def _contested(self, edge: Edge) -> bool:
        """Return whether a claim at least as well founded says otherwise what the same relation lets through."""
        return any(
            isinstance(other, Edge)
            and rank(other) <= rank(edge)
            and lets(other) != lets(edge)
            and self._here(other)
            and other.certainty(self.as_of)
            for other in self._index.contested.get((edge.id, getattr(edge, "use", "")), ())
        )

    def only(self, keep: Callable[[Record], bool]) -> View:
        """Return this View with some of its records alone: what would hold if the others did not; the hash stays."""
        before = self._keep
        both = keep if before is None else lambda record: before(record) and keep(record)
        return View(self.as_of, self.known_at, self.hash, self._index, both)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """Every record that holds, or may hold, on the day."""
        return self._held(self._index.records)

    def _held(self, group: tuple[R, ...]) -> tuple[R, ...]:
        return tuple(record for record in group if self.sure(record))

    def claims(self, name: str) -> tuple[Record, ...]:
        """Return every record of an id, the best founded first: more than one when packs or sources differ."""
        return self._held(self._index.ids.get(name, ()))

    def get(self, name: str, kind: type[R]) -> R | None:
        """Return the best founded record of an id and kind, or None: verified first, H first."""
        asked = (name, kind)
        if asked not in self._got:
            self._got[asked] = next((record for record in self.claims(name) if isinstance(record, kind)), None)
        return cast("R | None", self._got[asked])

    def equal(self, name: str, kind: type[R]) -> tuple[R, ...]:
        """Return every record of an id and kind than which none is better founded: none of several can be preferred."""
        found = [record for record in self.claims(name) if isinstance(record, kind)]
        return tuple(record for record in found if rank(record) == rank(found[0]))

    def countries(self, location: str) -> dict[str, Certainty]:
        """Return the country of a location; MAYBE for each of several that equally founded claims name."""
        found = self.equal(location, Location)
        sure = [self.sure(claim) for claim in found]
        named = sorted({claim.country for claim in found})
        return {each: min(sure) if len(named) == 1 else Certainty.MAYBE for each in named}

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Return every record of a kind, such as `Service`, claims that differ included."""
        if kind not in self._all:
            self._all[kind] = self._held(self._index.kinds.get(kind, ()))
        return cast("tuple[R, ...]", self._all[kind])

    def out(self, kind: type[E], origin: str) -> tuple[E, ...]:
        """Return the relations of a kind that begin at an id."""
        asked = (kind, origin)
        if asked not in self._out:
            self._out[asked] = self._held(self._index.out.get(asked, ()))
        return cast("tuple[E, ...]", self._out[asked])

    def into(self, kind: type[E], target: str) -> tuple[E, ...]:
        """Return the relations of a kind that end at an id."""
        asked = (kind, target)
        if asked not in self._into:
            self._into[asked] = self._held(self._index.into.get(asked, ()))
        return cast("tuple[E, ...]", self._into[asked])

    def name(self, thing: str, language: str) -> str:
        """Return what a thing is called in `en` or `fr`, or its id when nothing names it; every country has a name."""
        node = self.get(thing, Node)
        if node is None and thing in countries():
            from babel import Locale

            return str(Locale(language).territories.get(thing, thing))
        return node.name.of(language) if node else thing

    def belongs(self, country: str, zone: str) -> Certainty:
        """Return whether a country belongs to `EU` or `EEA` on the day."""
        asked = (country, zone)
        if asked not in self._belong:
            found = (self.sure(edge) for edge in self.out(MemberOf, country) if edge.target == zone)
            self._belong[asked] = max(found, default=Certainty.NO)
        return self._belong[asked]

    def instruments(self, country: str, kind: str) -> tuple[Instrument, ...]:
        """Return the instruments of a kind for a country that hold, or may hold: ask `sure` of each."""
        asked = (country, kind)
        if asked not in self._instruments:
            found = (i for i in self.all(Instrument) if i.instrument == kind and country in i.countries)
            self._instruments[asked] = tuple(found)
        return self._instruments[asked]

    def certificates(self, service: str, scheme: str) -> tuple[Certificate, ...]:
        """Return every claim about a scheme's certificate for exactly this service, absent and candidate ones too."""
        found = (self.claims(edge.origin) for edge in self.into(Covers, service))
        return tuple(c for group in found for c in group if isinstance(c, Certificate) and c.scheme == scheme)

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Every set of differing claims about one thing, by subject."""
        return conflicts(self.records)


def grouped(records: Iterable[R], key: Callable[[R], K]) -> dict[K, tuple[R, ...]]:
    """Return records by a key, each group in the order they came."""
    groups: dict[K, list[R]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return {name: tuple(group) for name, group in groups.items()}


def rank(record: Record) -> tuple[int, int]:
    """Return how well a record is founded, the least the best: its status, then its confidence."""
    return STANDING.index(record.status), CONFIDENCES.index(record.confidence)


def lets(edge: Edge) -> str:
    """Return what a relation lets through, or nothing for one that has no access."""
    return str(getattr(edge, "access", ""))


def founded(record: Record) -> tuple[int, int, float, bytes]:
    """Return the key that sorts the best founded record first."""
    return (
        *rank(record),
        -record.recorded_at.timestamp(),
        canonical(record.contents()),
    )


def conflicts(records: Iterable[Record]) -> tuple[Conflict, ...]:
    """Return every set of claims on one thing that differ though they may hold on the same day and time of knowledge.

    The same thing: the same id; the same holder and entity for `owns`; the same scheme and service for certificates.
    """
    groups: dict[str, list[Record]] = defaultdict(list)
    certificates: dict[str, list[Certificate]] = defaultdict(list)
    covers: list[Covers] = []
    for record in records:
        if record.status != "retracted":
            groups[record.id].append(record)
        if isinstance(record, Owns):
            groups[f"owns {record.origin} {record.target}"].append(record)
        elif isinstance(record, Certificate):
            certificates[record.id].append(record)
        elif isinstance(record, Covers):
            covers.append(record)
    for edge in covers:
        for claim in certificates[edge.origin]:
            groups[f"{claim.scheme} {edge.target}"].append(claim)
    found = []
    for subject, group in sorted(groups.items()):
        clashing = [each for each in group if any(clash(each, other) for other in group)] if len(group) > 1 else []
        if clashing:
            found.append(Conflict(subject, tuple(sorted(clashing, key=founded))))
    return tuple(found)


def clash(one: Record, other: Record) -> bool:
    """Return whether two claims on one thing differ while both may hold."""
    return one.meets(other) and said(one) != said(other)


def said(record: Record) -> object:
    """Return what a record says, for comparison with another on the same thing."""
    if isinstance(record, Certificate):
        return record.state
    if isinstance(record, Owns):
        return [str(record.capital), str(record.votes), record.counts]
    return [each for name, each in sorted(record.claim().items()) if name not in ("id", "valid")]
