"""A placement file in, questions out: every mistake collected with its path, nothing guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.base.law import countries
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.loading import nearest
from hygie.commons.sovereignty.knowledge.nodes import Law, Node, Service
from hygie.commons.sovereignty.rules.frameworks import frameworks
from hygie.commons.sovereignty.rules.questions import Data, Placement

SCHEMA = "hygie-placement/1"
LARGEST = 1_048_576
PLACES = frozenset({"country", "staff"})
TOP = ("schema", "declared", "data", "dataset", "placement")


@dataclass(frozen=True)
class Declaration:
    """What a placement file declares: the data, the places that hold or process them, and what differs for a dataset.

    Parameters
    ----------
    data : Data                    of every dataset that is not named
    placements : tuple[Placement, ...]
    datasets : tuple[Data, ...]    those of which something else is true
    """

    data: Data
    placements: tuple[Placement, ...]
    datasets: tuple[Data, ...] = ()

    def of(self, dataset: str) -> Data:
        """Return what is declared of a dataset, under its name."""
        return next((each for each in self.datasets if each.id == dataset), replace(self.data, id=dataset))


class Reading:
    """One file being read: what is wrong with it so far."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def blame(self, code: str, path: str, **facts: str) -> None:
        """Note a mistake at a path."""
        self.reasons.append(Reason(code, facts, path))

    def value(self, kind: Any, row: object, path: str) -> Any:
        """Return a frozen value of a table, or None after noting what is wrong with it."""
        if not isinstance(row, Mapping):
            self.blame("SOV-208", path, found=str(row)[:64], accepted="[…]")
            return None
        known = {item.name: item for item in fields(kind)}
        for name in row:
            if name not in known:
                self.blame("SOV-207", f"{path}.{name}", found=str(name)[:64], accepted=", ".join(known))
        given = {}
        for name, item in known.items():
            if name in row:
                given[name] = self.field(hints(kind)[name], row[name], f"{path}.{name}", places=name in PLACES)
            elif item.default is MISSING and item.default_factory is MISSING:
                self.blame("SOV-209", f"{path}.{name}", found=name)
        return None if self.reasons else kind(**given)

    def field(self, hint: Any, value: object, path: str, *, places: bool) -> Any:
        """Return one field's value in the type its dataclass asks for."""
        if get_origin(hint) is UnionType:
            hint = next(each for each in get_args(hint) if each is not type(None))
        if is_dataclass(hint) and isinstance(hint, type):
            return self.value(hint, value, path)
        if get_origin(hint) is tuple:
            if not isinstance(value, list):
                return self.wrong(path, value, "[…]")
            inner = get_args(hint)[0]
            return tuple(self.field(inner, each, f"{path}[{n}]", places=places) for n, each in enumerate(value))
        if get_origin(hint) is Literal:
            return value if value in get_args(hint) else self.wrong(path, value, ", ".join(map(str, get_args(hint))))
        if places and value and value not in countries():
            return self.wrong(path, value, "ISO 3166-1")
        fits = type(value) is hint and not (isinstance(value, str) and len(value) > 400)
        return value if fits else self.wrong(path, value, NAMES[hint])

    def wrong(self, path: str, value: object, accepted: str) -> None:
        """Note that a value is not one the field can have."""
        self.blame("SOV-208", path, found=str(value)[:64], accepted=accepted)


NAMES: Mapping[Any, str] = {str: "text", int: "0, 1, 2 …", bool: "true, false", date: "2026-11-21"}


@cache
def hints(kind: Any) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields."""
    return get_type_hints(kind)


def declaration(content: bytes) -> Declaration:
    """Return what a placement file declares.

    Parameters
    ----------
    content : bytes   TOML, at most 1 MiB

    Errors   SOV-203 no TOML, or too large; SOV-206 another schema; SOV-207 a field that nothing has; SOV-208 a value
             that its field cannot have; SOV-209 a field that is missing; SOV-210 an id given twice; all of them at once
    """
    if len(content) > LARGEST:
        raise refuse("SOV-203", cause=f"> {LARGEST} bytes")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise refuse("SOV-203", cause=str(error)[:120]) from None
    return declared(table)


def declared(table: Mapping[str, Any]) -> Declaration:
    """Return the declaration of a table, such as TOML or JSON gives; errors as those of `declaration`."""
    if table.get("schema") != SCHEMA:
        raise refuse("SOV-206", found=str(table.get("schema"))[:64], accepted=SCHEMA)
    reading = Reading()
    for name in table:
        if name not in TOP:
            reading.blame("SOV-207", f"$.{name}", found=str(name)[:64], accepted=", ".join(TOP))
    by = table.get("declared", {})
    rows = table.get("placement", [])
    if not isinstance(by, Mapping) or not isinstance(rows, list) or not rows:
        reading.blame("SOV-209", "$.placement", found="placement")
        rows, by = [], {}
    data = reading.value(Data, table.get("data", {}), "$.data")
    datasets = own_datasets(reading, table)
    names = {"by": "declared_by", "on": "declared_on"}
    header = {names.get(str(key), str(key)): each for key, each in by.items()}
    made = [
        reading.value(Placement, {**header, **row} if isinstance(row, Mapping) else row, f"$.placement[{number}]")
        for number, row in enumerate(rows)
    ]
    seen: set[str] = set()
    for number, each in enumerate(made):
        if each is not None and each.id in seen:
            reading.blame("SOV-210", f"$.placement[{number}].id", found=each.id[:64])
        if each is not None:
            seen.add(each.id)
            measured(reading, each, f"$.placement[{number}]")
    if reading.reasons:
        raise Refusal(Verdict(tuple(reading.reasons)))
    return Declaration(data, tuple(made), datasets)


def known(declared: Declaration, facts: Facts) -> Verdict:
    """Return what a declaration names that no fact knows: a law, or a service so called but for a slip of the pen.

    Errors (as reasons)   SOV-213, with the ids that come nearest

    A service that is like none of the facts is no mistake: rule R26 says of it that nothing is known.
    """
    kinds: tuple[type[Node], ...] = (Law, Service)
    ids = {kind.KIND: {record.id for record in facts.records if isinstance(record, kind)} for kind in kinds}
    reasons = []
    for number, place in enumerate(declared.placements):
        path = f"$.placement[{number}]"
        likely = nearest(place.service, ids["service"]) if place.service not in ids["service"] else ()
        if likely:
            told = {"found": place.service[:64], "field": "service", "accepted": ", ".join(likely)}
            reasons.append(Reason("SOV-213", told, f"{path}.service"))
        for law in place.contract.laws or () if place.contract else ():
            if law not in ids["law"]:
                accepted = ", ".join(nearest(law, ids["law"]) or sorted(ids["law"]))
                told = {"found": law[:64], "field": "laws", "accepted": accepted}
                reasons.append(Reason("SOV-213", told, f"{path}.contract.laws"))
    return Verdict(tuple(reasons))


def own_datasets(reading: Reading, table: Mapping[str, Any]) -> tuple[Data, ...]:
    """Return the datasets of which something else is declared; what a row does not say is as of all the data."""
    rows, usual = table.get("dataset", []), table.get("data", {})
    if not isinstance(rows, list) or not isinstance(usual, Mapping):
        reading.wrong("$.dataset", rows, "[[dataset]]")
        return ()
    made: list[Data] = []
    for number, row in enumerate(rows):
        path = f"$.dataset[{number}]"
        if isinstance(row, Mapping) and "id" not in row:
            reading.blame("SOV-209", f"{path}.id", found="id")
            continue
        data = reading.value(Data, {**usual, **row} if isinstance(row, Mapping) else row, path)
        if data is not None and data.id in {each.id for each in made}:
            reading.blame("SOV-210", f"{path}.id", found=data.id[:64])
        if data is not None:
            made.append(data)
    return tuple(made)


def measured(reading: Reading, placement: Placement, path: str) -> None:
    """Note figures that cannot be: a framework nobody published, a level out of range, an end before its start."""
    least = placement.minimum
    if least is not None and (least.document, least.date) not in frameworks():
        accepted = "; ".join(", ".join(each) for each in frameworks())
        reading.blame("SOV-204", f"{path}.minimum", found=f"{least.document}, {least.date}"[:80], accepted=accepted)
    if least is not None and not 0 <= least.seal <= 4:
        reading.wrong(f"{path}.minimum.seal", least.seal, "0 – 4")
    act = placement.derogation
    if act is not None and act.ends < act.granted:
        reading.wrong(f"{path}.derogation.ends", act.ends, f"≥ {act.granted}")
    terms = placement.contract.exit if placement.contract else None
    for name in ("notice_months", "transition_days", "retrieval_days") if terms else ():
        figure = getattr(terms, name)
        if figure is not None and not 0 <= figure <= 3660:
            reading.wrong(f"{path}.contract.exit.{name}", figure, "0 – 3660")
