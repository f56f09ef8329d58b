"""hygie optout: citizens' wishes under art. 71."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hygie.intake.optouts import actions, files, queries
from hygie.intake.optouts.values import SCOPES
from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Citizens' opt-outs.")

NOBODY = {
    "en": "Nobody here is known by this identifier yet. The wish is kept, and will hold for data that arrive later. "
    "Against a slip of the pen: compare the identifier with the paper, withdraw the wish under the same one, and add "
    "the right one; a dataset's own patient id is the one its source wrote, letter by letter.",
    "fr": "Personne n'est encore connu ici sous cet identifiant. Le souhait est conservé et vaudra pour les données à "
    "venir. Contre une faute de frappe : comparez l'identifiant au document, retirez le souhait sous ce même "
    "identifiant, puis ajoutez le bon ; l'identifiant propre à un jeu de données est celui de sa source, lettre pour "
    "lettre.",
}

Value = Annotated[
    str, typer.Argument(metavar="IDENTIFIER", help="The person's identifier; only its keyed hash is kept.")
]
System = Annotated[str | None, typer.Option("--system", help="The identifier system's address.")]
Dataset = Annotated[str | None, typer.Option("--dataset", help="The dataset whose own patient id it is.")]
Scope = Annotated[str, typer.Option("--scope", help=f"One of {', '.join(SCOPES)}.")]
Detail = Annotated[str, typer.Option("--detail", help="The category or purpose, by its letter.")]
From = Annotated[str, typer.Option("--from", help="A day, or a time with its offset; default now.")]


def wishing(name: str, act: Callable[..., str], says: str) -> None:
    """Add the command that records one kind of wish, and shows its id and how many persons the lake knows by it."""

    @app.command(name, help=says)
    def express(
        ctx: typer.Context,
        value: Value,
        system: System = None,
        dataset: Dataset = None,
        scope: Scope = "all",
        detail: Detail = "",
        valid_from: From = "",
    ) -> None:
        at = desk(ctx)
        wish = act(
            at.node,
            actor=at.actor("optout.record"),
            value=sys.stdin.readline().strip() if value == "-" else value,
            system=system,
            dataset=dataset,
            scope=scope,
            detail=detail,
            valid_from=files.moment(valid_from),
        )
        known = next(each.matched for each in queries.listed(at.node) if each.id == wish)
        said = f"persons known here by this identifier: {known:,}" if known else NOBODY[at.language]
        at.show({"id": wish, "known": known}, [wish, said])
        if at.as_json and not known:
            at.note(NOBODY[at.language])


wishing("add", actions.record, "Record that a person opts out.")
wishing("withdraw", actions.withdraw, "Record that a person takes an opt-out back.")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the wishes, without identities."""
    at = desk(ctx)
    wishes = queries.listed(at.node)
    at.show(
        [asdict(wish) for wish in wishes],
        [
            f"{wish.id}: {wish.wish} {wish.scope}{' ' + wish.detail if wish.detail else ''} from "
            f"{wish.valid_from.isoformat()}, recorded {wish.recorded_at.isoformat()}, {wish.matched} persons here"
            for wish in wishes
        ],
    )


@app.command("import")
def import_(ctx: typer.Context, file: Path) -> None:
    """Record a CSV file of wishes, all or none."""
    at = desk(ctx)
    actor = at.actor("optout.record")
    count = actions.bring(at.node, files.read(file), actor=actor)
    known = sum(each.matched > 0 for each in queries.listed(at.node)[-count:])
    at.show(
        {"recorded": count, "known": known},
        [f"{count:,} wishes recorded, {known:,} of them by identifiers of persons known here"],
    )
