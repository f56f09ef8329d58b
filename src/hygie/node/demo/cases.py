"""The cases of the demonstration's desk: who asks for what, and each path's steps in days from its beginning."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

SCREEN = ((0, "submit"), (4, "take"))
COMPLETE = (*SCREEN, (8, "complete"))
ASSESS = (*COMPLETE, (30, "assess"), (36, "costs"), (38, "estimate"), (43, "accept"))
PATHS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "draft": (),
    "received": SCREEN[:1],
    "screening": SCREEN[:2],
    "awaiting": (*SCREEN, (6, "ask")),
    "silent": (*SCREEN, (6, "ask")),
    "processing": (*COMPLETE, (25, "look"), (33, "question")),
    "singled": (*COMPLETE, (12, "look"), (20, "months")),
    "overdue": (*COMPLETE, (30, "look"), (60, "question")),
    "paused": (*COMPLETE, (20, "look"), (35, "pause")),
    "extended": (*ASSESS, (80, "extend")),
    "granted": (*ASSESS, (60, "grant"), (75, "publish"), (80, "deliver"), (86, "open")),
    "expiring": (*ASSESS, (60, "grant"), (70, "publish"), (95, "deliver"), (110, "open"), (355, "hearing")),
    "partly": (*ASSESS, (70, "partly"), (90, "publish"), (130, "deliver"), (150, "open")),
    "refused": (*COMPLETE, (30, "doubt"), (62, "refuse"), (80, "publish")),
    "forbidden": (*COMPLETE, (20, "forbid-look"), (41, "forbid"), (55, "publish"), (60, "exclude")),
    "accelerated": (*COMPLETE, (20, "look")),
    "accelerated-done": (*ASSESS, (48, "grant"), (60, "publish"), (70, "deliver"), (75, "open")),
    "withdrawn": (*SCREEN, (15, "withdraw")),
    "converted": (
        *COMPLETE,
        (27, "assess"),
        (28, "convert"),
        (35, "consent"),
        (40, "estimate"),
        (45, "accept"),
        (50, "turn"),
        (65, "publish"),
        (110, "answer"),
    ),
    "request": (
        *COMPLETE,
        (20, "assess"),
        (22, "estimate"),
        (26, "accept"),
        (40, "grant"),
        (55, "publish"),
        (70, "answer"),
    ),
    "request-open": (*SCREEN, (7, "complete")),
    "french": (
        *COMPLETE,
        (10, "cesrees.received"),
        (36, "cesrees.opinion favourable"),
        (40, "cnil.received"),
        (88, "cnil.decided accepted"),
        (92, "assess"),
        (95, "estimate"),
        (97, "accept"),
        (100, "grant"),
        (112, "publish"),
        (150, "deliver"),
        (170, "open"),
    ),
    "french-waiting": (*COMPLETE, (10, "cesrees.received")),
}
PROCEDURE = {"french": "fr", "french-waiting": "fr"}
REQUESTS = ("request", "request-open")
DOUBTS = ("68(1)(b)", "68(1)(e)")
FORBIDDEN = ("68(1)(a)",)
BANNED = (*FORBIDDEN, "54(b)")
MANDATE = {
    "issuer": "Parliament of Synthia",
    "date": "2019-07-24",
    "reference": "Health Act 2019-14",
}
ORGANISATIONS: Mapping[str, Mapping[str, str]] = {
    "university": {"name": "University of Synthia", "kind": "university", "account": "demo-researcher"},
    "hospital": {"name": "Synthia Teaching Hospital", "kind": "hospital", "account": "demo-researcher"},
    "agency": {"name": "Public Health Agency of Synthia", "kind": "public-body", "account": "demo-agency"},
    "nonprofit": {"name": "Patients of Synthia", "kind": "non-profit", "account": "demo-agency"},
    "company": {
        "name": "Fictipharm SA",
        "kind": "company",
        "account": "demo-company",
        "parent": "Fictipharm Holding, Luxembourg",
        "laboratory": "Independent Laboratory of Synthia",
    },
    "insurer": {
        "name": "Assurance Fictive",
        "kind": "insurer",
        "account": "demo-company",
        "parent": "Groupe Fictif, France",
        "laboratory": "Independent Laboratory of Synthia",
    },
}
REFUSED = (
    "The variables go beyond what the question needs, and what is to be done against re-identification is not said. "
    "A new application with the variables of one question would be looked at first."
)
BARRED = (
    "Tariffs by place of residence are decisions to the detriment of groups of persons in insurance, which "
    "art. 54(b) forbids whatever the safeguards. The Public Health Agency publishes costs by region."
)
PUBLISHED = {
    "granted": "All criteria are met. The birth year is given, not the month, and no place of residence.",
    "expiring": "All criteria are met. One dataset, named persons, one year.",
    "partly": "Granted with the month of each event; the day was not needed.",
    "refused": REFUSED,
    "forbidden": BARRED,
    "accelerated-done": "A public-health body needs these counts for its task; accelerated under art. 68(6).",
    "converted": "Answered by anonymised statistics; no record of a person was needed.",
    "request": "Anonymised statistics were given.",
    "french": "CESREES gave a favourable opinion and the CNIL its authorisation; all criteria are met.",
}


@dataclass(frozen=True)
class Case:
    """One application of the story."""

    path: str
    days_ago: int
    organisation: str
    basis: str
    title: str
    lay_summary: str
    benefit: str
    product: str
    further: tuple[str, ...] = ()

    @property
    def account(self) -> str:
        """The account that writes it."""
        return ORGANISATIONS[self.organisation]["account"]


FACTS = "Tables of the study were found on a server that the permit does not name (synthetic)."
ACROSS = Case(
    path="received",
    days_ago=0,
    organisation="university",
    basis="53(1)(e)",
    title="Infections and stays in hospital on both sides of a border",
    lay_summary="We look at whether the same infections bring as many people to hospital on both sides.",
    benefit="Warnings that fit both countries.",
    product="",
    further=("infections-synthetic",),
)


def cases() -> list[Case]:
    """Return the cases of the story, as `desk.csv` has them."""
    with (resources.files("hygie.node.demo") / "desk.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return [Case(days_ago=int(row.pop("days_ago")), further=(), **row) for row in rows]
