"""A question with all that follows from the facts for it, worked out once and read by every rule."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Generic, TypeVar

from hygie.commons.sovereignty.knowledge.edges import Access, HostedAt, KeyedBy, OperatedBy, RunsOn, SubcontractsTo, Use
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Instrument, Law, Provision, Readers, Service
from hygie.commons.sovereignty.knowledge.values import Certainty, Strength
from hygie.commons.sovereignty.reach.derived import Path, Step, Subjection
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.reach.paths import RANK, gravest, joined, reach, readers
from hygie.commons.sovereignty.rules.chain import Touch, chains
from hygie.commons.sovereignty.rules.outcomes import RuleSet, Slot
from hygie.commons.sovereignty.rules.questions import Question

STORES = ("storage", "backup")  # uses of a place at which data lie
T = TypeVar("T")
DECLARED = "placement"  # stands for the fact behind a step that only the declaration makes


@dataclass(frozen=True)
class Place:
    """A country in which data lie, or from which somebody reaches them.

    Parameters
    ----------
    country : str
    use : str                  storage, backup, administration, support or processing
    access : str               what can be reached from there
    steps : tuple[Step, ...]   the chain to it
    who : str                  id of the entity that is there, or empty
    sure : Certainty           that somebody is there, or that the data are
    """

    country: str
    use: Use
    access: Access
    steps: tuple[Step, ...]
    who: str
    sure: Certainty

    @property
    def direct(self) -> bool:
        """Whether a fact says of the service itself that it stores there: what a declaration can choose among."""
        return len(self.steps) == 2 and self.use == "storage" and self.steps[-1].kind == "hosted_at"

    @property
    def site(self) -> str:
        """Id of the location that a fact names, or empty."""
        return self.steps[-1].target if self.steps[-1].kind == "hosted_at" else ""


@dataclass(frozen=True)
class Basis:
    """What a transfer to a country can rest on.

    Parameters
    ----------
    kind : str            `adequacy`, `agreement` (what goes there is no transfer), `listed` (adequacy for those on a
                          list), `clause` or empty
    instrument : str      its id, or empty
    sure : Certainty
    """

    kind: str = ""
    instrument: str = ""
    sure: Certainty = Certainty.YES


class Shared(Generic[T]):
    """A property that is worked out once for all cases whose data come within the same reach: see `Case.kept`."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, case: Case, owner: type[Case]) -> T:
        """Return what was worked out, and leave it with the case."""
        if self.name not in case.kept:
            case.kept[self.name] = self.work(case)
        found: T = case.kept[self.name]
        case.__dict__[self.name] = found
        return found


class Case:
    """One question on one View.

    Parameters
    ----------
    question : Question
    view : View
    rules : RuleSet
    """

    def __init__(self, question: Question, view: View, rules: RuleSet) -> None:
        self.question = question
        self.view = view
        self.rules = rules
        self.data = question.data
        self.placement = question.placement
        self.contract = question.placement.contract
        self.standings: dict[str, object] = {}  # what `evidence.standing` has found, by scheme

    @cached_property
    def kept(self) -> dict[Hashable, Any]:
        """What the same data on the same service lead to, by what the service sees and who has the keys, whatever else
        a question says; of own premises, this case's alone."""
        if not self.placement.service:
            return {}
        return chains(self.view).kept(self.placement.service, self.sight, self.keys, self.data.id)

    @cached_property
    def usual(self) -> dict[str, Slot]:
        """The words that every finding has: data, place, operator and day."""
        return {"d": self.data.id, "s": self.place, "o": self.operator, "t": self.day.isoformat()}

    @property
    def day(self) -> date:
        """The day the question is asked for."""
        return self.view.as_of

    @Shared
    def services(self) -> tuple[Service, ...]:
        """The service as each of the best founded claims on it says, which may differ; empty for own premises."""
        return self.view.equal(self.placement.service, Service) if self.placement.service else ()

    @property
    def provision(self) -> Provision:
        """How the service is provided; unknown too where equally founded claims differ."""
        said = {service.provision for service in self.services}
        return said.pop() if len(said) == 1 else "unknown"

    @cached_property
    def service(self) -> Service | None:
        """The service, or None for own premises and for one that no fact describes."""
        return self.services[0] if self.services else None

    @property
    def place(self) -> str:
        """What sentences call the place: the service's id, or the placement's."""
        return self.placement.service or self.placement.id

    @Shared
    def operators(self) -> tuple[str, ...]:
        """Ids of those who run the place."""
        if self.placement.service:
            return tuple(sorted({edge.target for edge in self.view.out(OperatedBy, self.placement.service)}))
        runs = self.placement.operator or self.data.controller
        return (runs,) if runs else ()

    @property
    def operator(self) -> str:
        """What sentences call who runs the place."""
        return self.operators[0] if self.operators else self.place

    @property
    def own(self) -> bool:
        """Whether the controller hosts its own data: own premises, or a service that it runs itself."""
        if not self.placement.service:
            return not self.placement.operator or self.placement.operator == self.data.controller
        return bool(self.operators) and set(self.operators) == {self.data.controller}

    @cached_property
    def keys(self) -> Readers:
        """Who can read ciphertext: as declared, else as the facts of the dataset say."""
        declared = self.placement.keys.reads
        return declared if declared != "unknown" else readers(self.data.id, self.view)

    @property
    def key_facts(self) -> tuple[str, ...]:
        """The facts that say who can read ciphertext, when what the place sees depends on them."""
        if self.placement.keys.reads != "unknown" or self.placement.computes:
            return ()
        return tuple(edge.id for edge in self.view.out(KeyedBy, self.data.id))

    @cached_property
    def sight(self) -> Access:
        """What the place itself can read."""
        return reach("clear", "clear" if self.placement.computes else "ciphertext", self.keys)

    @cached_property
    def placed(self) -> Step:
        """The declared step from the data to the place."""
        return Step(DECLARED, "placed_on", self.data.id, self.place)

    @Shared
    def touches(self) -> tuple[Touch, ...]:
        """Every relation on the way from the service, with what can be reached after it."""
        if not self.placement.service:
            return ()
        return chains(self.view).of(self.placement.service, self.sight, self.keys)

    def whole(self, touch: Touch) -> tuple[Step, ...]:
        """Return a touch's chain from the data on."""
        return (self.placed, *touch.steps)

    @Shared
    def foreign(self) -> tuple[Path, ...]:
        """The minimal paths from the data to laws of States outside the Union that compel or take: what exposure is
        about; by what can be reached, and none where only ciphertext is seen."""
        known, here = chains(self.view), self.placement.service
        if self.sight == "none":
            return ()
        if not here:
            return tuple(path for path in sorted(self._here(), key=gravest) if known.reaches(path.law))
        ways = (way for way in known.ways(here, self.sight, self.keys) if known.reaches(way.law))
        return tuple(way.after(self.data.id, self.placed) for way in ways)

    def _here(self) -> Iterator[Path]:
        """Yield the paths to the laws that reach own premises: through who runs them, and their country."""
        laws, place = nexus(self.view), (self.placed,)
        for name in self.operators:
            runs = Step(f"{DECLARED}/operator", "operated_by", self.place, name)
            yield from (
                joined(self.data.id, (self.placed, runs), self.sight, tie)
                for tie in laws.of(name, declared=not self.own)
            )
        yield from (
            joined(self.data.id, place, self.sight, tie) for tie in laws.within(self.placement.country, self.place)
        )

    @Shared
    def entities(self) -> tuple[tuple[str, Touch], ...]:
        """Operators and subcontractors, to the last level, each with the touch that leads to it; suppliers too."""
        ends = (t for t in self.touches if isinstance(t.edge, OperatedBy | SubcontractsTo))
        best: dict[str, Touch] = {}
        for touch in sorted(ends, key=lambda t: (RANK[t.access], len(t.steps), t.edge.id)):
            best.setdefault(touch.edge.target, touch)
        return tuple(sorted(best.items()))

    @Shared
    def suppliers(self) -> tuple[tuple[str, Touch], ...]:
        """Those of `entities` that do not run the place itself."""
        return tuple((name, touch) for name, touch in self.entities if name not in self.operators)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where data lie and from where they are reached: by the facts for a service, by the declaration otherwise."""
        declared = [
            Place(country, "administration", self.sight, (self.placed,), self.data.controller, Certainty.YES)
            for country in self.placement.staff
        ]
        if not self.placement.service and self.placement.country:
            declared.append(
                Place(self.placement.country, "storage", self.sight, (self.placed,), self.operator, Certainty.YES)
            )
        hosted = self._hosted
        if not any(place.use == "storage" for place in hosted):
            declared += self._region()
        return (*declared, *self._chosen(hosted), *self._worked)

    def _region(self) -> Iterator[Place]:
        """Yield the country chosen in a service whose places no fact names, unless it is none of its regions."""
        country = self.placement.country
        said = {not service.regions or country in service.regions for service in self.services}
        if country and True in said:
            sure = Certainty.MAYBE if False in said else Certainty.YES
            yield Place(country, "storage", self.sight, (self.placed,), self.operator, sure)

    @Shared
    def _hosted(self) -> tuple[Place, ...]:
        found = []
        for touch in self.touches:
            if isinstance(touch.edge, HostedAt):
                runs = self.view.out(OperatedBy, touch.edge.origin)
                who = runs[0].target if runs else ""
                named = self.view.countries(touch.edge.target) or {"": Certainty.YES}
                for country, certain in named.items():
                    sure = min(touch.sure, certain)
                    found.append(Place(country, touch.edge.use, touch.access, self.whole(touch), who, sure))
        return tuple(found)

    def _chosen(self, hosted: tuple[Place, ...]) -> Iterator[Place]:
        """Leave out the storage places of a service that the declaration does not choose."""
        country, site = self.placement.country, self.placement.location
        named = any(place.direct and place.site == site for place in hosted)
        for place in hosted:
            chosen = place.site == site if named else not (country or site) or place.country == country
            if not place.direct or chosen:
                yield place

    @Shared
    def _worked(self) -> tuple[Place, ...]:
        return tuple(
            Place(country, "support", touch.access, self.whole(touch), touch.edge.target, touch.sure)
            for touch in self.touches if isinstance(touch.edge, SubcontractsTo) for country in touch.edge.staff
        )  # fmt: skip

    @cached_property
    def stored(self) -> tuple[Place, ...]:
        """Where data and backups lie."""
        return tuple(place for place in self.places if place.use in STORES)

    @cached_property
    def remote(self) -> tuple[Place, ...]:
        """From where people can reach something of the data."""
        return tuple(p for p in self.places if p.use not in STORES and p.access != "none")

    @cached_property
    def settled(self) -> bool:
        """Whether it is certain of some place that data are stored there."""
        return any(place.sure is Certainty.YES for place in self.stored)

    def belongs(self, country: str, zone: str) -> Certainty:
        """Return whether a country belongs to `EU` or `EEA`; MAYBE when no country is stated."""
        return self.view.belongs(country, zone) if country else Certainty.MAYBE

    def within(self, place: Place, zone: str) -> Certainty:
        """Return whether a place is in a zone; MAYBE too while it is certain of no place that data are stored there."""
        inside = self.belongs(place.country, zone)
        return inside if self.settled or place.use not in STORES else min(inside, Certainty.MAYBE)

    @cached_property
    def transfers(self) -> tuple[Place, ...]:
        """Places outside the Economic Area, or perhaps, to which something readable goes."""
        return tuple(p for p in self.places if p.access != "none" and self.belongs(p.country, "EEA") < Certainty.YES)

    def basis(self, country: str, who: str) -> Basis:
        """Return the best instrument for a transfer to an entity in a country on the day: full adequacy first."""
        asked = f"basis/{country}/{who}"
        if asked not in self.kept:
            self.kept[asked] = self._basis(country, who)
        found: Basis = self.kept[asked]
        return found

    def _basis(self, country: str, who: str) -> Basis:
        found: list[tuple[tuple[int, int, str], Basis]] = []
        for kind, full, part in (("adequacy", 0, 2), ("agreement", 1, 1), ("clause", 3, 3)):
            for each in self.view.instruments(country, kind):
                if each.beneficiaries and not self._helps(each, who):
                    continue
                name = "listed" if each.listed and kind == "adequacy" else kind
                sure = self.view.sure(each)
                rank = part if each.listed else full
                found.append(((-sure, rank, each.id), Basis(name, each.id, sure)))
        return min(found, key=lambda pair: pair[0])[1] if found else Basis()

    def _helps(self, instrument: Instrument, who: str) -> bool:
        allowed = {*instrument.beneficiaries}
        return self.data.id in allowed or bool(allowed & {who, *(nexus(self.view).controllers(who) if who else ())})

    def subjections(self, entity: str, least: Strength) -> tuple[Subjection, ...]:
        """Return the foreign laws that reach an entity at least so hard, by law the strongest."""
        return chains(self.view).subjections(entity, least)

    def issuer(self, law: str) -> str:
        """Return the country or union that made a law."""
        found = self.view.get(law, Law)
        return found.issuer if found else ""

    def abroad(self, entity: str) -> Certainty:
        """Return whether an entity is outside the Union, or controlled by one that is."""
        return chains(self.view).abroad(entity)

    @Shared
    def layers(self) -> dict[str, str]:
        """The layer of each relation by which a service stands on another."""
        return {touch.edge.id: touch.edge.layer for touch in self.touches if isinstance(touch.edge, RunsOn)}
