"""Fourteen months of an access body's desk, told as if they had passed: who asked, and what became of it.

Each case of `desk.csv` takes the steps of its path, so many days after it began; what lies ahead has not happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hygie.access.applications import actions, queries
from hygie.access.applications.decision.weighing import items
from hygie.access.applications.enforcement import enforcing
from hygie.access.applications.models import ApplicationRow
from hygie.access.extracts import actions as extracts
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress
from hygie.node.demo import statistics
from hygie.node.demo.cases import (
    ACROSS,
    BANNED,
    BARRED,
    DOUBTS,
    FACTS,
    FORBIDDEN,
    ORGANISATIONS,
    PATHS,
    PROCEDURE,
    PUBLISHED,
    REFUSED,
    REQUESTS,
    Case,
    cases,
)
from hygie.node.demo.forms import document

OFFICERS = ("demo-officer", "demo-officer-2")
DAY = timedelta(days=1)
YEARLY = timedelta(days=120)
COSTS = "800.00"


@dataclass
class Desk:
    """The desk while its story is told.

    Parameters
    ----------
    node : Node               its clock is the story's
    set_clock : Callable      sets the story's time
    now : datetime            the real present, UTC; the story ends before it
    example : Mapping         a draft permit of the dataset: what its applications ask for
    yearly : Callable         has everyone take the training, which holds for a year
    """

    node: Node
    set_clock: Callable[[datetime], None]
    now: datetime
    example: Mapping[str, Any]
    yearly: Callable[[], None]
    cases: Sequence[Case] = field(default_factory=cases)
    ids: dict[int, str] = field(default_factory=dict)
    permits: dict[str, str] = field(default_factory=dict)

    def play(self, progress: Progress) -> dict[str, str]:
        """Take every step that lies before now, in the order of time; return the permits by path."""
        steps = sorted(self.steps(), key=lambda step: step[0])
        for number, (at, case, verb) in enumerate(steps):
            progress("fourteen months of applications", number, len(steps))
            self.set_clock(at)
            if verb == "yearly":
                self.yearly()
            elif case is None:
                actions.tick(self.node)
            else:
                self.take(self.cases.index(case), case, verb)
        self.set_clock(self.now)
        actions.tick(self.node)
        progress("fourteen months of applications", len(steps), len(steps))
        return self.permits

    def of(self, path: str) -> str:
        """Return the application of the first case that takes a path."""
        return next(self.ids[place] for place, case in enumerate(self.cases) if case.path == path)

    def steps(self) -> list[tuple[datetime, Case | None, str]]:
        """Return (when, case, verb) for all that has happened, and a look at the clocks every five days."""
        found: list[tuple[datetime, Case | None, str]] = []
        for place, case in enumerate(self.cases):
            began = self.now - DAY * case.days_ago - timedelta(hours=1 + place % 7, minutes=place)
            path = ((0, "begin"), *PATHS[case.path])
            for turn, (days, verb) in enumerate(path):
                at = began + DAY * days + timedelta(minutes=11 * turn)
                if at < self.now - timedelta(minutes=30):
                    found.append((at, case, verb))
        first = min(at for at, _, _ in found)
        looks = [first + DAY * days for days in range(5, (self.now - first).days, 5)]
        return [*found, *((at, None, "tick") for at in looks), (self.now - YEARLY, None, "yearly")]

    def take(self, place: int, case: Case, verb: str) -> None:
        """Take one step of a case."""
        node, officer = self.node, OFFICERS[place % 2]
        if verb == "begin":
            self.ids[place] = self.begin(case)
            return
        at, who = self.ids[place], case.account
        word, _, outcome = verb.partition(" ")
        match word:
            case "submit":
                actions.submit(node, at, actor=who)
            case "take":
                actions.take(node, at, actor=officer)
            case "ask":
                actions.ask_completion(node, at, "Please say how each variable answers the question.", actor=officer)
            case "complete":
                actions.mark_complete(node, at, actor=officer)
            case "pause":
                actions.pause(node, at, "Which of your colleagues will see the images?", actor=officer)
            case "question":
                actions.post(node, at, "Could the month of birth be left out?", actor=officer)
                actions.post(node, at, "Yes, the year is enough for us.", actor=who)
            case "months":
                actions.post(node, at, "We ask for the month of birth. Would it single people out?", actor=who)
            case "extend":
                actions.extend(node, at, "An expert opinion on linkage is awaited.", actor=officer)
            case "withdraw":
                actions.withdraw(node, at, actor=who, reason="Another source answers the question.")
            case "estimate":
                lines = [
                    {"label": "access body", "payee": "body", "amount": "1200.00"},
                    {"label": "holder", "payee": "holder", "amount": COSTS},
                ]
                actions.estimate(node, at, amount="2000.00", lines=lines, actor=officer)
            case "costs":
                actions.state_costs(node, at, COSTS, reason="Two days of preparation.", actor="demo-steward")
            case "accept":
                actions.accept_fees(node, at, amount="2000.00", actor=who)
            case "convert":
                actions.convert(node, at, "Numbers by region and age answer the question.", actor=officer)
            case "consent":
                actions.consent(node, at, actor=who)
            case "answer":
                by = "sex" if "sex" in case.lay_summary else "age_group"
                statistics.keep(node, at, self.example["data"]["datasets"][0], by, actor=officer)
                actions.answer(node, at, actor=officer)
            case "cesrees.received" | "cesrees.opinion" | "cnil.received" | "cnil.decided":
                actions.record_leg(node, at, word, outcome=outcome, actor=officer)
            case _:
                self.weigh(at, case, word, officer)

    def put_to_holder(self) -> None:
        """Put a case under assessment to the holder of its data, which is trusted by now."""
        place = next(place for place, case in enumerate(self.cases) if case.path == "processing")
        actions.ask_proposal(self.node, self.ids[place], actor=OFFICERS[place % 2])

    def hear(self, case: Case, officer: str) -> None:
        """Open a procedure against a case's user, who is heard for four weeks."""
        today = self.node.today()
        enforcing.open_procedure(
            self.node,
            subject="user",
            organisation=ORGANISATIONS[case.organisation]["name"],
            country="FR",
            business_id=f"SYN-{case.organisation}",
            permit=self.permits[case.path],
            breach="61(1)",
            facts=FACTS,
            hearing_until=today + 27 * DAY,
            actor=officer,
        )

    def across(self) -> str:
        """Submit an application for data of another country too, which is forwarded there; return its id."""
        made = self.begin(ACROSS)
        actions.submit(self.node, made, actor=ACROSS.account)
        return made

    def weigh(self, at: str, case: Case, verb: str, officer: str) -> None:
        """Take a step of assessment, decision or delivery."""
        node = self.node
        match verb:
            case "assess" | "look" | "doubt" | "forbid-look":
                failing = {"doubt": DOUBTS, "forbid-look": FORBIDDEN}.get(verb, ())
                every = items(node.today())
                for item in every[: 5 if verb == "look" else len(every)]:
                    reason = "Not shown by the application." if item in failing else "Shown by the application."
                    actions.assess(node, at, item, holds=item not in failing, reason=reason, actor=officer)
            case "grant":
                reasons = "All criteria of art. 68(1) are met and no risk of art. 68(2) stands against it."
                made = actions.decide(node, at, "granted", reasons=reasons, actor=officer)
                self.permits.setdefault(case.path, made.permit)
            case "partly":
                reasons = "Granted with the month, not the day, of each event: the question needs no more."
                changes = {"minimisation": {"dates": "month"}}
                made = actions.decide(node, at, "partly", reasons=reasons, changes=changes, actor=officer)
                self.permits.setdefault(case.path, made.permit)
            case "turn":
                reasons = "Answered by anonymised statistics, as agreed."
                actions.decide(node, at, "converted", reasons=reasons, actor=officer)
            case "refuse":
                actions.decide(node, at, "refused", reasons=REFUSED, grounds=DOUBTS, actor=officer)
            case "forbid":
                actions.decide(node, at, "refused", reasons=BARRED, grounds=BANNED, actor=officer)
            case "publish":
                actions.publish(node, at, PUBLISHED[case.path], confirmed=True, actor=officer)
            case "hearing":
                self.hear(case, officer)
            case "exclude":
                until, why = (node.clock() + 2 * 365 * DAY).date(), "A prohibited use was sought (art. 54(b))."
                name = ORGANISATIONS[case.organisation]["name"]
                actions.exclude(node, actions.Barring(name, "FR", until, why, why), confirmed=True, actor=officer)
            case "deliver":
                for task in queries.due(node, reader="demo-steward").entries:
                    if task.application == at:
                        actions.deliver(node, task.id, actor="demo-steward")
            case "open":
                extracts.extract(node, ApplicationRow.objects.get(id=at).permit, actor="demo-steward")

    def begin(self, case: Case) -> str:
        """Write an application as far as its path needs it; return its id."""
        node, who = self.node, case.account
        kind = "request" if case.path in REQUESTS else "permit"
        procedure = PROCEDURE.get(case.path, "eu")
        made = actions.start(node, actor=who, kind=kind, procedure=procedure)
        body = document(case, self.example, node.today())
        for section, content in list(body.items())[: 4 if case.path == "draft" else None]:
            actions.save(node, made.id, section, content, revision=0, actor=who)
        return made.id
