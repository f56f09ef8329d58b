"""hygie airlock: check files, ask to let them out, vote, mend, release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.base import law
from hygie.base.kernel import Refusal, Verdict, refuse
from hygie.base.kernel.catalogue import explain
from hygie.node.cli.context import Desk, desk
from hygie.secure.airlock.values import OutputCheck

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Outputs: check, request, review, fix, release.")

SAYS = {"pass": "may leave", "review": "may leave when people agree", "block": "blocked"}


@app.command("check")
def check(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file, or a folder with or without its study.toml.")],
    policy: Annotated[str, typer.Option("--policy", help="An output preset, such as opensafely-7-5.")],
) -> None:
    """Hold files against a preset, without data: nothing is recomputed."""
    from datetime import UTC, datetime

    from hygie.secure.airlock.checking import reasons_of
    from hygie.secure.airlock.queries import check_path

    at = desk(ctx)
    preset = law.preset(policy, on=datetime.now(UTC).date())
    found = check_path(path, preset)
    at.show({"policy": preset.id, "outputs": [each.body() for each in found]}, lines(found, at))
    reasons = tuple(reason for each in found for reason in reasons_of(each))
    if reasons:
        raise Refusal(Verdict(reasons))


@app.command("request")
def request(ctx: typer.Context, run: Annotated[str, typer.Argument(help="The run's id.")]) -> None:
    """Ask to let out what a run left; tables are recomputed on the extract."""
    from hygie.secure.airlock import actions

    at = desk(ctx)
    view = actions.request(at.node, run, actor=at.actor("airlock.request"), progress=at.progress)
    left = ["  more was left that study.toml does not declare: it was not taken"] if view.undeclared else []
    at.give(view.id, view.document(), [view.state, *lines(view.outputs, at), *left])


@app.command("show")
def show(ctx: typer.Context, request: Annotated[str, typer.Argument(help="The request's id.")]) -> None:
    """Show a request: its outputs, their checks, and the votes once all are in."""
    from hygie.secure.airlock import queries

    at = desk(ctx)
    view = queries.show(at.node, request, actor=at.actor("airlock.review"))
    votes = [f"vote of {name}: {'yes' if agrees else 'no'}  {text}".rstrip() for name, agrees, text in view.votes]
    hidden = [f"{view.waiting} votes are in and hidden until the last one is"] if view.waiting else []
    at.show(view.document(), [f"{view.id}  {view.state}  run {view.run}", *lines(view.outputs, at), *votes, *hidden])


@app.command("review")
def review(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(help="The request's id.")],
    vote: Annotated[str, typer.Option(help="yes or no.")],
    comment: Annotated[str, typer.Option(help="What the other checkers and the author will read.")] = "",
) -> None:
    """Vote on a request; the vote is hidden until all are in."""
    from hygie.secure.airlock import actions

    at = desk(ctx)
    if vote not in ("yes", "no"):
        raise refuse("AIR-312", found=vote[:20], accepted="yes, no")
    view = actions.review(at.node, request, vote == "yes", comment, actor=at.actor("airlock.review"))
    at.show(view.document(), [f"{view.id}  {view.state}"])


@app.command("fix")
def fix(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(help="The request's id.")],
    file: Annotated[str, typer.Argument(help="A blocked table.")],
) -> None:
    """Apply the smallest change that makes a blocked table pass, to a copy; votes are void."""
    from hygie.secure.airlock import actions

    at = desk(ctx)
    view = actions.fix(at.node, request, file, actor=at.actor("airlock.request"))
    at.show(view.document(), [f"{view.id}  {view.state}", *lines(view.outputs, at)])


@app.command("release")
def release(ctx: typer.Context, request: Annotated[str, typer.Argument(help="The request's id.")]) -> None:
    """Let out what was approved, with its record."""
    from hygie.secure.airlock import actions

    at = desk(ctx)
    record = actions.release(at.node, request, actor=at.actor("airlock.release"))
    folder = at.node.store.path(f"releases/{record['id']}")
    at.show(
        record,
        [
            f"{record['id']}  {folder}",
            *(f"  {each['file']}  {each['basis']}  sha256 {each['sha256'][:16]}…" for each in record["outputs"]),
            *(f"  {each['file']}  kept back: {', '.join(each['rules'])}" for each in record["kept_back"]),
        ],
    )


def lines(outputs: tuple[OutputCheck, ...], at: Desk) -> list[str]:
    """Return outputs as a person reads them: what may leave, why not, and the smallest change."""
    from hygie.secure.airlock.checking import reasons_of

    said: list[str] = []
    for each in outputs:
        said.append(f"  {each.file}  {SAYS[each.outcome]}  ({each.basis})")
        for outcome in ("block", "review"):
            for reason in reasons_of(each, outcome):
                text = explain(reason, at.language)
                said.append(f"    {text.code}  {text.found}")
        said += [f"    changed: {word}" for word in each.changed]
        said += [f"    smallest change: {word}" for word in each.fix]
    return said
