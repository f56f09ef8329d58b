"""A busy node's control database, filled in groups: officers, a catalogue, applications with all their events.

Rows have the form that the actions give them and each event is in the ledger, but nothing is asked of policies, clocks
and rules, so that a hundred thousand applications take minutes and not days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects

from hygie.access.applications.decision.published import public_digest
from hygie.access.applications.decision.weighing import items
from hygie.access.applications.enforcement.keys import name_key
from hygie.access.applications.models import ApplicationRow, AssessmentRow, DatasetRow, EventRow, LegRow, MemberRow
from hygie.access.applications.timing import clocks
from hygie.access.catalogue.indexing import columns, postings
from hygie.access.catalogue.models import Described, Entry, Posting
from hygie.access.catalogue.reading import read
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, new_id
from hygie.base.ledger import actions as ledger
from hygie.commons.people.models import Account, Attestation
from hygie.node.demo.cases import REQUESTS, Case, cases
from hygie.node.demo.described import descriptions
from hygie.node.demo.forms import document

GROUP = 500
COLLEAGUES = 4  # applicants of one organisation
DAY = timedelta(days=1)
ROLES = ("steward", "officer", "user", "checker", "auditor")
DATA: dict[str, Any] = {
    "tables": {
        "person": ["person_id", "gender_concept_id", "year_of_birth"],
        "condition_occurrence": [
            "condition_occurrence_id",
            "person_id",
            "condition_concept_id",
            "condition_start_date",
        ],
    },
    "period": {"from": "2015-01-01", "to": "2025-12-31"},
    "cohort": {"age": {"at": "2025-01-01", "min": 18}},
    "reasons": {"person": "Confounders.", "condition_occurrence": "The outcome."},
    "categories": ["a"],
}
MINIMISATION = {"birth": "year", "dates": "day", "location": "none", "codes": "full"}
# kind and day of each of an application's twenty events; the first so many have happened to those not yet decided
WAY: tuple[tuple[str, int], ...] = (
    ("application.submitted", 0),
    ("application.taken", 3),
    ("application.completion-asked", 6),
    ("application.completed", 16),
    ("application.complete", 20),
    ("application.estimated", 24),
    ("application.fees-accepted", 29),
    ("application.waiting", 30),
    ("application.resumed", 36),
    *(("application.assessed", 40 + day) for day in range(7)),
    ("application.conversion-proposed", 50),
    ("application.assessed", 55),
    ("application.decided", 70),
    ("decision.published", 85),
)
# state, outcome, how many of the events, one in so many of every hundred
ENDS = (
    ("decided", "granted", 20, 55),
    ("decided", "refused", 20, 20),
    ("decided", "partly", 20, 5),
    ("processing", "", 18, 15),
    ("pre-screening", "", 2, 5),
)


@dataclass(frozen=True)
class Size:
    """How much a seeded node holds.

    Parameters
    ----------
    applications : int   of twenty events each; of everything else a share
    """

    applications: int

    @property
    def datasets(self) -> int:
        """Described datasets."""
        return max(10, self.applications // 10)

    @property
    def officers(self) -> int:
        """Officers' accounts."""
        return max(5, self.applications // 200)

    @property
    def applicants(self) -> int:
        """Accounts that apply, each of them about five times."""
        return max(10, self.applications // 5)

    @property
    def permits(self) -> int:
        """Permits, half of them with a run and a release."""
        return max(10, self.applications // 10)


def people(node: Node, size: Size) -> list[str]:
    """Make the accounts, one for each role, officers and applicants, all trained; return the officers' names."""
    at = node.clock()
    officers = [f"officer-{number}" for number in range(size.officers)]
    named = {role: role for role in ROLES} | dict.fromkeys(officers, "officer")
    named |= {f"author-{number}": "user" for number in range(size.applicants)}
    with transaction.atomic():
        Account.objects.bulk_create(
            [Account(name=name, roles=[role], created_at=at, password="!") for name, role in named.items()],  # noqa: S106
            batch_size=GROUP,
        )
        made = Account.objects.in_bulk(field_name="name")
        Attestation.objects.bulk_create(
            [
                Attestation(account=made[name], course="bench", right=15, asked=15, at=at, until=at + 365 * DAY)
                for name in (*named, "operator")
            ],
            batch_size=GROUP,
        )
        ledger.append([Fact("account.added", name, "operator", at, {"roles": [role]}) for name, role in named.items()])
    return officers


def catalogue(node: Node, size: Size) -> list[str]:
    """Describe datasets, with their rows of the index, and return their names; the first is where pages look."""
    at, told = node.clock(), [body for _, body in descriptions("bench-0", node.today())]
    names = [f"bench-{number}" for number in range(size.datasets)]
    for low in range(0, len(names), GROUP):
        found_by: list[Posting] = []
        described, entries, facts = [], [], []
        for number in range(low, min(low + GROUP, len(names))):
            body = dict(told[number % len(told)])
            body["title"] = {tongue: f"{text} {number}" for tongue, text in body["title"].items()}
            found, name = read(body), names[number]
            row = Described(
                dataset=name, version=1, document=found.text.decode(), sha256=found.sha256, described_at=at,
                described_by="steward",
            )  # fmt: skip
            described.append(row)
            entries.append(Entry(dataset=name, **columns(name, found, row, None)))
            found_by += postings(name, found, None).values()
            facts.append(Fact("catalogue.described", name, "steward", at, {"version": 1, "sha256": found.sha256}))
        with transaction.atomic():
            Described.objects.bulk_create(described)
            Entry.objects.bulk_create(entries)
            Posting.objects.bulk_create(found_by, batch_size=GROUP)
            ledger.append(facts)
    return names


def applications(
    node: Node, size: Size, officers: Sequence[str], datasets: Sequence[str], permits: Sequence[str] = ()
) -> list[str]:
    """Write the applications with what belongs to each, as many granted as there are permits; return their names."""
    today, made = midday(node.clock()), []
    told = [case for case in cases() if case.path not in REQUESTS]
    criteria = items(today.date())
    numbers, given = iter(range(size.applications)), iter(permits)
    while group := list(islice(numbers, GROUP)):
        rows = [
            application(
                node, told[number % len(told)], number, officers, datasets[number % len(datasets)], today,
                number % size.applicants,
            )
            for number in group
        ]  # fmt: skip
        for row in rows:
            row.permit = next(given, "") if row.outcome == "granted" else ""
        events = [each for row in rows for each in happened(row)]
        with transaction.atomic():
            ApplicationRow.objects.bulk_create(rows)
            DatasetRow.objects.bulk_create([DatasetRow(application=row, dataset=asks(row)) for row in rows])
            prefetch_related_objects(rows, "datasets")
            said = {row.id: {"track": "standard", "public": public_digest(row)} for row in rows}
            indexes = ledger.append(
                [
                    Fact(
                        each.kind,
                        each.application_id,
                        each.actor,
                        each.at,
                        {**said[each.application_id], **each.body},
                    )
                    for each in events
                ]
            )
            for each, index in zip(events, indexes, strict=True):
                each.index = index
            EventRow.objects.bulk_create(events, batch_size=5000)
            MemberRow.objects.bulk_create([MemberRow(application=row, account=row.author) for row in rows])
            LegRow.objects.bulk_create([leg for row in rows for leg in legs(row)])
            AssessmentRow.objects.bulk_create(
                [
                    AssessmentRow(
                        application=row, item=item, holds=True, reason="Shown.", assessor=row.officer, at=today
                    )
                    for row in rows
                    if row.state == "processing"
                    for item in criteria[:7]
                ],
                batch_size=5000,
            )
        made += [row.id for row in rows]
    return made


def draft(node: Node, datasets: Sequence[str]) -> str:
    """Write an application that `user` has filled in and not submitted; return its name."""
    told = next(case for case in cases() if case.path not in REQUESTS)
    at = node.clock()
    body = document(told, {"data": {**DATA, "datasets": [datasets[0]]}, "minimisation": MINIMISATION}, at.date())
    row = ApplicationRow.objects.create(
        id=new_id("app"), kind="permit", track="standard", state="draft", author="user",
        template=law.form("permit", on=at.date()).template, document=body, created_at=at, changed_at=at,
    )  # fmt: skip
    MemberRow.objects.create(application=row, account="user")
    return row.id


def midday(at: datetime) -> datetime:
    """Return the last midday before a day ago: days counted from there are the country's, whatever its clocks do."""
    return (at - DAY).replace(hour=12, minute=0, second=0, microsecond=0)


def asks(row: ApplicationRow) -> str:
    """Return the dataset that an application asks for."""
    return str(row.document["sources"]["datasets"][0])


def application(
    node: Node, case: Case, number: int, officers: Sequence[str], dataset: str, today: datetime, applicant: int
) -> ApplicationRow:
    """Return one application's row, so far on its way as its number says."""
    state, outcome, steps = ending(number)
    age = 400 + number % 300 if outcome else WAY[steps - 1][1] + number % 60
    start = today - DAY * age
    body = document(case, {"data": {**DATA, "datasets": [dataset]}, "minimisation": MINIMISATION}, start.date())
    body["applicant"]["name"] += f" {applicant // COLLEAGUES}"
    officer = "officer" if number % 500 == 3 else officers[number % len(officers)]
    day = {kind: start + DAY * after for kind, after in WAY[:steps]}
    due_on, due_rule, wake_on = due(start, steps, today, node.country)
    return ApplicationRow(
        id=new_id("app"), kind="permit", track="standard", state=state,
        author="user" if number % 100 == 7 else f"author-{applicant}", officer=officer,
        template=law.form("permit", on=today.date()).template,
        document=body, created_at=start - 10 * DAY, changed_at=start + DAY * WAY[steps - 1][1],
        title=f"{body['public']['title']} {number}"[:500], lay_summary=body["public"]["lay_summary"],
        organisation=body["applicant"]["name"], organisation_key=name_key(body["applicant"]["name"], "FR"),
        applicant_kind=body["applicant"]["kind"], country="FR", basis=body["purpose"]["basis"],
        submitted_at=start, complete_at=day.get("application.complete"), decided_at=day.get("application.decided"),
        changed_state_at=start + DAY * WAY[steps - 1][1], due_on=due_on, due_rule=due_rule, wake_on=wake_on,
        outcome=outcome, reasons="Weighed." if outcome else "", decided_by=officer if outcome else "",
        grounds=["68(1)(a)"] if outcome == "refused" else [],
        published_reasons="All criteria of art. 68(1) were weighed." if outcome else "",
        published_at=day.get("decision.published"), published_by=officer if outcome else "",
    )  # fmt: skip


def ending(number: int) -> tuple[str, str, int]:
    """Return the state, the outcome and the number of events of the application with a number."""
    left = number * 37 % 100
    for state, outcome, steps, share in ENDS:
        if left < share:
            return state, outcome, steps
        left -= share
    raise AssertionError(number)


@lru_cache(maxsize=4096)
def due(start: datetime, steps: int, today: datetime, country: str) -> tuple[date | None, str, date | None]:
    """Return the due date, its rule and the day of waking that the clocks give."""
    told = [law.ClockEvent(kind, start + DAY * after) for kind, after in WAY[:steps]]
    found = clocks.reckon("standard", told, on=today, country=country)
    return found.due_on, found.due_rule, found.wake_on


def happened(row: ApplicationRow) -> Iterator[EventRow]:
    """Yield an application's twenty events; those not yet so far were assessed the more often."""
    state, steps = row.state, 20 if row.outcome else 18 if row.state == "processing" else 2
    assert row.submitted_at is not None
    for kind, after in WAY[:steps]:
        actor = row.author if kind in ("application.submitted", "application.completed") else row.officer
        yield EventRow(application=row, kind=kind, at=row.submitted_at + DAY * after, actor=actor, body={"to": state})
    for _ in range(len(WAY) - steps):
        last = row.submitted_at + DAY * WAY[steps - 1][1]
        yield EventRow(application=row, kind="application.assessed", at=last, actor=row.officer, body={"to": state})


def legs(row: ApplicationRow) -> Iterator[LegRow]:
    """Yield the legs that are over."""
    assert row.submitted_at is not None
    for name, after, days in spans(20 if row.outcome else 18 if row.state == "processing" else 2):
        ended = (row.submitted_at + DAY * after).date()
        yield LegRow(application=row, leg=name, track=row.track, basis=row.basis, ended_on=ended, days=days)


@lru_cache(maxsize=8)
def spans(steps: int) -> tuple[tuple[str, int, int], ...]:
    """Return the legs of an application that has gone so many steps: name, day of the end, days."""
    start = date(2026, 1, 1)
    found = clocks.legs([(kind, start + DAY * after) for kind, after in WAY[:steps]])
    return tuple((leg.name, (leg.end - start).days, leg.days) for leg in found)
