"""hygie feasibility: how many persons fit a question, before anything is applied for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from hygie.access.catalogue import actions, queries
from hygie.access.catalogue.queries import Counted
from hygie.access.catalogue.reading import MAX_BYTES
from hygie.node.cli.catalogue import content
from hygie.node.cli.context import Desk, desk

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="How many persons fit a question: ask, account, place."
)

Dataset = Annotated[str, typer.Option("--dataset", help="A dataset of the catalogue that is held here.")]


@app.command("ask")
def ask(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="CRITERIA", help="A cohort as JSON; - reads standard input.")],
    dataset: Dataset,
) -> None:
    """Count the persons who meet some criteria, with noise; what was asked before costs nothing."""
    at = desk(ctx)
    actor = at.actor("catalogue.count")
    found = actions.count(at.node, dataset, content(file, MAX_BYTES), actor=actor)
    now = account_of(at, dataset, actor)
    body = {
        "dataset": dataset,
        "shown": found.count.shown,
        "below": found.count.below,
        "hint": found.hint["en"],
        "within": found.within,
        "epsilon": found.epsilon / 1000,
        "preset": found.preset,
        "answered_at": found.answered_at.isoformat(),
        "known": found.known,
        "account": now,
    }
    cost = "it had been asked before, and cost nothing" if found.known else f"it cost epsilon {found.epsilon / 1000}"
    at.show(
        body,
        [
            f"{dataset}: {found.count} persons; {cost}",
            *found.words["en"],
            *filter(None, [found.hint["en"]]),
            sure(found),
            rest(now),
        ],
    )


@app.command("account")
def account(ctx: typer.Context, dataset: Dataset) -> None:
    """Show what your organisation has spent on counts of a dataset, and what is left."""
    at = desk(ctx)
    found = account_of(at, dataset, at.actor("catalogue.count"))
    at.show(found, [rest(found)])


@app.command("place")
def place(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="An account's name.")],
    organisation: Annotated[str, typer.Argument(help="The organisation's name, the same for all of its accounts.")],
) -> None:
    """Say to which organisation an account belongs: its accounts pay for counts from one budget."""
    at = desk(ctx)
    name = actions.place(at.node, account, organisation, actor=at.actor("account.manage"))
    at.show({"account": account, "organisation": name}, [f"{account} belongs to {name}"])


def account_of(at: Desk, dataset: str, actor: str) -> dict[str, object]:
    """Return where an account's organisation stands with a dataset."""
    queries.description(dataset)
    found = queries.allotment(at.node, dataset, actor)
    return {
        "organisation": found.organisation,
        "spent": found.own.spent / 1000,
        "budget": found.own.budget / 1000,
        "rest": found.own.rest / 1000,
        "shared_spent": found.shared.spent / 1000,
        "shared_budget": found.shared.budget / 1000,
        "questions": found.questions,
        "free_on": found.free_on,
    }


def sure(found: Counted) -> str:
    """Return how far an answer may be from the true number."""
    if found.within is None:
        return (
            f"No number is shown, and so no distance from one. What was compared with {found.count.below} is the "
            f"number with noise: the true one may also be {found.count.below} or somewhat more."
        )
    return f"In 95 of 100 answers the true number lies within {found.within} of the one shown."


def rest(found: Mapping[str, object]) -> str:
    """Return an account in one line."""
    return (
        f"Account of {found['organisation']}: epsilon {found['spent']} spent of {found['budget']} in 365 days, "
        f"{found['rest']} left; all organisations {found['shared_spent']} of {found['shared_budget']}; "
        f"{found['questions']} new questions"
    )
