"""The smallest set of changes that would turn a ruling: facts that no longer hold, open points that are settled."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from hygie.commons.sovereignty.answers.relevance import relevant
from hygie.commons.sovereignty.knowledge.edges import Edge, MemberOf
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Assessment, Certificate
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.outcomes import Column, Finding, Outcome, RuleSet, Ruling
from hygie.commons.sovereignty.rules.questions import Question

DROP = "drop:"
MOST = 3  # changes looked at together
TRIES = 400  # rulings asked for
BOTH: tuple[Column, ...] = ("legality", "exposure")


@dataclass(frozen=True)
class Flip:
    """The smallest change that would turn a refusal into a permission, or the reverse.

    Parameters
    ----------
    changes : tuple[str, ...]   `drop:ID` for a fact that no longer holds, or what a finding wants; empty when none
    outcome : Outcome           what the ruling would be then
    tried : int                 rulings asked for
    complete : bool             every smaller change was tried; with no changes: none of at most `MOST` would do
    """

    changes: tuple[str, ...]
    outcome: Outcome
    tried: int
    complete: bool


class Search:
    """One search: the same question asked under different changes, each only once; `column` is what is to turn."""

    def __init__(self, question: Question, view: View, rules: RuleSet, tries: int, columns: tuple[Column, ...]) -> None:
        self.question = question
        self.view = relevant(question, view)
        self.rules = rules
        self.columns = columns
        self.left = tries
        self.tried = 0

    def outcome(self, ruling: Ruling) -> Outcome:
        """Return what the columns looked at say together."""
        return max(ruling.column(column) for column in self.columns)

    def refusing(self, ruling: Ruling) -> Finding:
        """Return the finding that refuses and can be touched in the fewest ways: the search stays narrow."""
        against = [f for f in ruling.findings if not f.outcome.writes and f.column in self.columns]
        return min(against, key=lambda f: (len(f.support) + len(f.wants), f.rule, f.situation, f.slots))

    def ruling(self, changes: frozenset[str]) -> Ruling:
        """Return the ruling if some facts did not hold and some points were settled."""
        self.tried += 1
        self.left -= 1
        dropped = {name.removeprefix(DROP) for name in changes if name.startswith(DROP)}
        wants = frozenset(name for name in changes if not name.startswith(DROP))
        view = self.view.only(lambda record: record.id not in dropped) if dropped else self.view
        return judge(replace(self.question, assumed=self.question.assumed | wants), view, self.rules)

    def changes(self, finding: Finding) -> Iterator[str]:
        """Yield the single changes that touch a finding: what it rests on, and what would settle it."""
        yield from sorted(finding.wants)
        for name in sorted(finding.support):
            if any(droppable(record) for record in self.view.claims(name)):
                yield DROP + name


def droppable(record: object) -> bool:
    """Return whether a fact is one that somebody could change: a relation, a claim or an assessment, not geography."""
    return isinstance(record, Edge | Certificate | Assessment) and not isinstance(record, MemberOf)


def flip(
    question: Question,
    view: View,
    rules: RuleSet,
    *,
    columns: tuple[Column, ...] = BOTH,
    most: int = MOST,
    tries: int = TRIES,
) -> Flip:
    """Return the smallest set of changes that turns a ruling: among equals what can be declared, then by the alphabet.

    Parameters
    ----------
    question : Question
    view : View
    rules : RuleSet
    columns : tuple[Column, ...]   what is to turn: legality and exposure together, or one of them
    most : int    changes looked at together, 1 to 5
    tries : int   rulings asked for at most; past it the answer says that it is not complete

    From refusal to permission: a refusing finding stands as long as nothing it rests on changes, so every set that
    turns the ruling changes something of each; sets are grown by that, the smallest first. From permission to refusal:
    every set of facts that findings rest on, the smallest first.

    Source   R. Reiter, A theory of diagnosis from first principles, 1987 (hitting-set tree)
    """
    search = Search(question, view, rules, tries, columns)
    first = search.ruling(frozenset())
    return losing(search, first, most) if search.outcome(first).writes else gaining(search, first, most)


def helpful(question: Question, view: View, rules: RuleSet, ruling: Ruling, *, tries: int = TRIES) -> dict[str, Flip]:
    """Return, for each column that refuses, the smallest change that would turn it; for neither, what both hang on.

    Parameters
    ----------
    question : Question
    view : View
    rules : RuleSet
    ruling : Ruling   the one on the question
    tries : int       rulings asked for at most, for each column
    """
    refusing: list[tuple[Column, ...]] = [(column,) for column in BOTH if not ruling.column(column).writes]
    return {
        "+".join(columns): flip(question, view, rules, columns=columns, tries=tries) for columns in refusing or [BOTH]
    }


def gaining(search: Search, first: Ruling, most: int) -> Flip:
    """Return the smallest change that makes a refusal a permission."""
    todo: deque[tuple[frozenset[str], Ruling]] = deque([(frozenset(), first)])
    seen: set[frozenset[str]] = {frozenset()}
    while todo:
        here, ruling = todo.popleft()
        if len(here) == most:
            continue
        found: dict[tuple[str, ...], Outcome] = {}
        for change in search.changes(search.refusing(ruling)):
            wider = here | {change}
            if wider in seen:
                continue
            seen.add(wider)
            if search.left <= 0:
                return Flip((), search.outcome(first), search.tried, complete=False)
            asked = search.ruling(wider)
            if search.outcome(asked).writes:
                found[tuple(sorted(wider))] = search.outcome(asked)
            else:
                todo.append((wider, asked))
        if found:
            best = min(found, key=lambda changes: (sum(each.startswith(DROP) for each in changes), changes))
            return Flip(best, found[best], search.tried, complete=True)
    return Flip((), search.outcome(first), search.tried, complete=True)


def losing(search: Search, first: Ruling, most: int) -> Flip:
    """Return the smallest loss of facts that makes a permission a refusal."""
    facts = {name for f in first.findings for name in search.changes(f) if name.startswith(DROP)}
    for size in range(1, most + 1):
        for chosen in combinations(sorted(facts), size):
            if search.left <= 0:
                return Flip((), search.outcome(first), search.tried, complete=False)
            ruling = search.ruling(frozenset(chosen))
            if not search.outcome(ruling).writes:
                return Flip(chosen, search.outcome(ruling), search.tried, complete=True)
    return Flip((), search.outcome(first), search.tried, complete=True)
