"""hygie extract: the data of a permit, and nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from hygie.access.extracts import actions, queries
from hygie.access.extracts.values import ExtractManifest
from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False)


@app.command("extract")
def extract(
    ctx: typer.Context,
    permit: Annotated[str, typer.Argument(help="The permit's id.")],
    explain: Annotated[bool, typer.Option("--explain", help="Say the plan in words; extract nothing.")] = False,
    delete: Annotated[
        bool, typer.Option("--delete", help="Destroy all that was made from a revoked or expired permit's data.")
    ] = False,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="Print that a permit's data are deleted, and what was destroyed.")
    ] = False,
) -> None:
    """Prepare the extract of a permit."""
    at = desk(ctx)
    if explain:
        lines = actions.explain(at.node, permit, at.language, actor=at.actor("extract.explain"))
        at.show({"permit": permit, "language": at.language, "plan": lines}, lines)
    elif delete:
        gone = actions.delete(at.node, permit, actor=at.actor("permit.revoke"))
        at.show({"permit": permit, "deleted": gone}, [f"{permit}: {gone} extracts deleted", *certified(permit)])
    elif certificate:
        at.show(queries.certified(permit).document(), certified(permit))
    else:
        actor = at.actor("extract.prepare")
        before = queries.find(permit)
        manifest = actions.extract(at.node, permit, actor=actor, progress=at.progress)
        recognised = before is not None and before.id == manifest.id
        at.show({**manifest.as_json(), "recognised": recognised}, said(manifest, recognised))


def said(manifest: ExtractManifest, recognised: bool) -> list[str]:
    """Return a manifest as a few lines."""
    persons = manifest.persons
    state = "recognised: nothing has changed since it was prepared" if recognised else "prepared"
    wishes = f"list {manifest.opt_out_list}" if manifest.opt_out_list else "not applied: the permit states an exception"
    return [
        f"{manifest.id}: {state}",
        f"persons: {persons.delivered} in the data, {persons.opted_out} opted out, {persons.cohort} in the extract",
        *(f"{table.name}: {table.rows} rows, {len(table.columns)} columns" for table in manifest.tables),
        f"opt-outs as of {manifest.as_of}: {wishes}",
    ]


def certified(permit: str) -> list[str]:
    """Return the certificate of a deletion as a few lines; EXT-115."""
    found = queries.certified(permit)
    why = f", on its last day {found.due} ({found.rule})" if found.rule else ""
    numbers = ", ".join(f"{kind} {number}" for kind, number in found.destroyed.items())
    return [
        f"nothing made from the data of {permit} was left on {found.ended_at:%Y-%m-%d %H:%M} UTC{why}",
        f"destroyed: {numbers}",
        f"ledger: event {found.event}",
    ]
