"""Questions written as tables, asked of test packs beside those that come with Hygie."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from hygie.commons.sovereignty.knowledge.loading import load, own_packs
from hygie.commons.sovereignty.rules.declarations import SCHEMA, declared
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.questions import Question
from hygie.commons.sovereignty.rules.ruleset import ruleset

HERE = Path(__file__).parent
KNOWN = datetime(2026, 11, 22, tzinfo=UTC)
DATA = {
    "id": "data", "category": "health", "identifiability": "pseudonymised", "controller": "hospital",
    "classes": ["hospital"], "sensitivity": "ordinary", "country": "FR",
}  # fmt: skip
CONTRACT = {
    "processing": True, "subprocessors": [], "laws": [], "informed": True, "jurisdictions": True, "measures": True,
    "exit": {"notice_months": 2, "transition_days": 30, "retrieval_days": 30, "charge": "cost"},
}  # fmt: skip
PLACEMENT = {"id": "place", "what": "lake store", "keys": {"reads": "client"}}


@cache
def facts(*packs):
    """The facts of our packs and of some test packs."""
    return load([*own_packs(), *(HERE / f"{name}.yaml" for name in packs)])


@cache
def view(day, *packs, known=KNOWN):
    """The View of a day."""
    return facts(*packs).at(date.fromisoformat(str(day)), known)


def question(data=None, placement=None, contract=None):
    """A question: a hospital's health data, a full contract, unless a table says other."""
    place = {**PLACEMENT, **(placement or {})}
    if place.get("service") and contract is not False:
        place["contract"] = {**CONTRACT, **(contract or {})}
    made = declared({"schema": SCHEMA, "data": {**DATA, **(data or {})}, "placement": [place]})
    return Question(made.data, made.placements[0])


def ruling(day="2026-11-21", packs=("world",), **asked):
    """The ruling on a question of one day."""
    return judge(question(**asked), view(day, *packs), ruleset())


def said(made):
    """What a ruling's findings say, as `R02 short DENY`."""
    return [f"{f.rule} {f.situation} {f.outcome.name}" for f in made.findings]
