"""hygie airlock: check files, ask to let them out, read, vote, mend, release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.utils.timezone import localdate

from hygie.base import law
from hygie.base.kernel import Placement, Refusal, Store, Verdict, refuse
from hygie.base.kernel.catalogue import explain
from hygie.node.cli.context import Desk, desk
from hygie.secure.airlock.values import OutputCheck

if TYPE_CHECKING:
    from hygie.secure.airlock.previewing import Preview

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Outputs: check, request, review, fix, release.")

PICTURES = ("svg", "png")
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
    preset = law.preset(policy, on=localdate(datetime.now(UTC)))
    found = check_path(path, preset)
    at.show({"policy": preset.id, "outputs": [each.body() for each in found]}, lines(found, at))
    reasons = tuple(reason for each in found for reason in reasons_of(each))
    if reasons and at.as_json:
        raise typer.Exit(explain(reasons[0]).exit)
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
    from hygie.secure.airlock import actions

    at = desk(ctx)
    view = actions.show(at.node, request, actor=at.actor("airlock.review"))
    votes = [f"vote of {name}: {'yes' if agrees else 'no'}  {text}".rstrip() for name, agrees, text in view.votes]
    hidden = [f"{view.waiting} votes are in and hidden until the last one is"] if view.waiting else []
    head = f"{view.id}  {view.state}  run {view.run}  content {view.content[:16]}…"
    at.show(view.document(), [head, *lines(view.outputs, at), *votes, *hidden])


@app.command("read")
def read(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(help="The request's id.")],
    file: Annotated[str, typer.Argument(help="One of its outputs.")],
    to: Annotated[Path | None, typer.Option(help="A new file outside the node; a picture needs it.")] = None,
) -> None:
    """Read an output as a checker, while it is under review; the ledger keeps that you did."""
    from hygie.secure.airlock import actions

    at = desk(ctx)
    if to is not None:
        home = at.node.home.resolve()
        if to.resolve().is_relative_to(home):
            raise refuse("AIR-315", file=file[:80], found="The path lies in the node.")
        if to.exists() or to.is_symlink() or not to.resolve().parent.is_dir():
            raise refuse("AIR-315", file=file[:80], found="It exists already, or its folder does not.")
    elif file.rpartition(".")[2] in PICTURES:
        raise refuse("AIR-315", file=file[:80], found="A picture cannot be printed.")
    data = actions.read(at.node, request, file, actor=at.actor("airlock.review"))
    if to is not None:
        target = to.resolve()
        Store(target.parent, at.node.store.gate).write(target.name, data, Placement("review", synthetic=False))
        at.show({"file": file, "to": str(target), "bytes": len(data)}, [f"{file} written to {target}"])
        return
    text = printable(data)
    at.show({"file": file, "text": text}, text.splitlines())


def printable(data: bytes) -> str:
    """Return a text whose every character a terminal shows as it is; others are written out."""
    text = data.decode("utf-8", "backslashreplace")
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text
    )


@app.command("review")
def review(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(help="The request's id.")],
    vote: Annotated[str, typer.Option(help="yes or no.")],
    comment: Annotated[str, typer.Option(help="What the other checkers and the author will read.")] = "",
) -> None:
    """Vote on a request that you were shown as it is now; the vote is hidden until all are in."""
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
    preview: Annotated[bool, typer.Option("--preview", help="Tell what would come of it, and change nothing.")] = False,
) -> None:
    """Apply the smallest change that makes a blocked table pass, to a copy; votes are void."""
    from hygie.secure.airlock import actions, previewing

    at = desk(ctx)
    if preview:
        seen = previewing.preview(at.node, request, file, actor=at.actor("airlock.request"))
        at.show(seen.document(), foreseen(seen, at))
        return
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


def foreseen(seen: Preview, at: Desk) -> list[str]:
    """Return a preview as a person reads it: the table as it is and as it would be, and what else would change."""
    ends = [f"{seen.votes} votes would end"] if seen.votes else []
    others = [each for pair in seen.others for each in pair[1:]]
    return [
        f"{seen.request}  nothing is changed; content {seen.content[:16]}…",
        "as it is:",
        *lines((seen.before,), at),
        "as it would be:",
        *lines((seen.after, *others), at),
        *ends,
    ]


def lines(outputs: tuple[OutputCheck, ...], at: Desk) -> list[str]:
    """Return outputs as a person reads them: what may leave, why not, and the smallest change."""
    from django.utils.translation import override

    from hygie.secure.airlock.checking import reasons_of
    from hygie.secure.airlock.words import change_words, changed_words

    said: list[str] = []
    for each in outputs:
        said.append(f"  {each.file}  {SAYS[each.outcome]}  ({each.basis})")
        for outcome in ("block", "review"):
            for reason in reasons_of(each, outcome):
                text = explain(reason, at.language)
                said.append(f"    {text.code}  {text.found}")
        with override(at.language):
            said += [f"    changed: {changed_words(word)}" for word in each.changed]
            said += [f"    smallest change: {change_words(change)}" for change in each.fix]
    return said
