"""Facts made by hand, for the tests of this room."""

from datetime import UTC, date, datetime
from fractions import Fraction

from hygie.commons.sovereignty.knowledge.edges import Controls, MemberOf, Owns
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.nodes import Country, Entity, Zone
from hygie.commons.sovereignty.knowledge.values import Interval, Share, Text, bound

DAY = date(2026, 11, 21)
RECORDED = datetime(2026, 11, 21, tzinfo=UTC)
KNOWN = datetime(2026, 11, 22, tzinfo=UTC)


def header(start="by 2000-01-01", end=None, **more):
    """What every record carries."""
    return {
        "valid": Interval(bound(start), bound(end) if end else None), "recorded_at": RECORDED, "sources": ("said",),
        "confidence": "M", "status": "asserted", "asserted_by": "test", **more,
    }  # fmt: skip


def entity(name, seat="FR", remainder="union", kind="company", **more):
    """A company; what no holder is named for is held from within the Union unless the test says other."""
    return Entity(id=name, name=Text(name, name), entity=kind, seat=seat, remainder=remainder, **header(**more))


def share(value):
    """A share from one figure in percent, or from two."""
    low, high = value if isinstance(value, tuple) else (value, value)
    return Share(Fraction(low) / 100, Fraction(high) / 100)


def owns(holder, target, capital, votes=None, listed=False, declared=False, name=None, **more):
    """A stake, in percent."""
    votes = capital if votes is None else votes
    return Owns(
        id=name or f"owns/{holder}/{target}", origin=holder, target=target, capital=share(capital), votes=share(votes),
        listed=listed, declared=declared, **header(**more),
    )  # fmt: skip


def controls(holder, target, ground="contract", **more):
    """Control that no share shows."""
    return Controls(id=f"controls/{holder}/{target}", origin=holder, target=target, ground=ground, **header(**more))


def union(*countries):
    """The Union as a zone, and its members."""
    yield Zone(id="EU", name=Text("EU", "UE"), **header())
    for country in countries:
        yield Country(id=country, name=Text(country, country), **header())
        yield MemberOf(id=f"member_of/{country}/EU", origin=country, target="EU", **header())


def view(*records, day=DAY, known=KNOWN):
    """The View of some records, France and Germany being members of the Union."""
    return Facts.of([*union("FR", "DE"), *records]).at(day, known)
