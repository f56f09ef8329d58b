"""hygie sovereignty migrate: leave a host; plan, run and prove between two nodes."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hygie.base.kernel import refuse
from hygie.commons.sovereignty.knowledge.times import day
from hygie.node.cli.context import Desk, desk
from hygie.node.cli.sovereignty import app
from hygie.node.home import database, opening
from hygie.node.moving import actions, buckets, leaving, proving
from hygie.node.moving.records import Ends, point, turn
from hygie.node.moving.values import Left, Plan, State

migrate = typer.Typer(add_completion=False, no_args_is_help=True, help="Leave a host for a node elsewhere.")
app.add_typer(migrate, name="migrate")

To = Annotated[Path, typer.Option("--to", help="The new node's folder, made by hygie init; --node is the old one.")]
WORDS = {
    "en": {
        "plan": "{id}: from {old} to {new}: {objects} objects, {rows} rows, {bytes} bytes, under {keys} keys",
        "derived": "made again at the new node: {x}",
        "copies": "copies to be erased at the old place: {x}",
        "old_objects": "the old node's objects are read from {x} at {service}",
        "new_objects": "the new node's objects are kept in {x} at {service} too; its engine reads its folder",
        "run": "{objects} objects, {rows} rows came; root of the bytes {sent}, of the contents {held}",
        "prove": "both ends hold {rows} rows in {objects} objects; root of the contents {held}; persons out: {out}",
        "kept": "the new node's bucket holds the same {objects} objects, {bytes} bytes; root {root}",
        "runs": "alike in both runs: {x}",
        "cut": "the old node refuses writes; the new one has taken over",
        "uncut": "the old node still takes writes: prove, then --cut-over",
        "open": "open until erased: {x}",
        "until": "{x} (its backups are kept until {t}, unless their keys are destroyed)",
        "closed": "closed: every copy at the old place is erased",
    },
    "fr": {
        "plan": "{id} : de {old} à {new} : {objects} objets, {rows} lignes, {bytes} octets, sous {keys} clés",
        "derived": "refaits sur le nouveau nœud : {x}",
        "copies": "copies à effacer à l'ancien lieu : {x}",
        "old_objects": "les objets de l'ancien nœud sont lus dans {x} à {service}",
        "new_objects": "les objets du nouveau nœud sont aussi gardés dans {x} à {service} ; son moteur lit son dossier",
        "run": "{objects} objets, {rows} lignes arrivés ; racine des octets {sent}, des contenus {held}",
        "prove": "{rows} lignes, {objects} objets des deux côtés ; racine des contenus {held} ; exclus : {out}",
        "kept": "le compartiment du nouveau nœud contient les mêmes {objects} objets, {bytes} octets ; racine {root}",
        "runs": "identiques dans les deux exécutions : {x}",
        "cut": "l'ancien nœud refuse les écritures ; le nouveau a pris le relais",
        "uncut": "l'ancien nœud accepte encore les écritures : prouvez, puis --cut-over",
        "open": "ouvert jusqu'à effacement : {x}",
        "until": "{x} (ses sauvegardes sont gardées jusqu'au {t}, sauf destruction de leurs clés)",
        "closed": "clos : toutes les copies de l'ancien lieu sont effacées",
        "permits": "autorisations",
        "extracts": "extraits",
        "runs of studies": "exécutions",
        "airlock requests": "demandes de sortie",
        "releases": "publications",
        "host": "hébergeur",
        "client": "client",
        "controller": "responsable",
        "data-protection-officer": "délégué à la protection des données",
        "access-body": "organisme d'accès",
        "permit-holders": "titulaires d'autorisations",
        "public": "public",
    },
}


def ends(at: Desk, to: Path) -> Ends:
    """Return both nodes, each opened with its own root key and control database.

    The new one's passphrase is HYGIE_TO_PASSPHRASE, the address of its database HYGIE_TO_DATABASE_URL.

    Errors      CLI-103 it has a passphrase and nobody gave it; MOV-101 both are one node; MOV-102 a database is not the
                node's own; HOM-105, HOM-106 there is none
    """
    given = os.environ.get("HYGIE_TO_PASSPHRASE")
    if opening.needs_passphrase(to) and not given:
        raise refuse("CLI-103")
    old = at.node
    actor = at.actor("node.operate")
    database.lies(to, os.environ.get("HYGIE_TO_DATABASE_URL", ""))
    point(to.resolve(), opening.read_settings(to).id)
    made = Ends(old, opening.open_node(to, passphrase=given), actor)
    turn(old)
    return made


def copy_of(text: str) -> Left:
    """Return a copy named `NAME` or `NAME=DAY`, the day until which its backups are kept; SOV-211 for a wrong day."""
    name, _, until = text.partition("=")
    return Left(name[:64], day(until).isoformat() if until else "")


@migrate.command("plan")
def plan_move(
    ctx: typer.Context,
    to: To,
    notice: Annotated[str | None, typer.Option(help="The day of notice to the old host; today if none.")] = None,
    copy: Annotated[
        list[str] | None, typer.Option(help="A copy besides the node's own: NAME, or NAME=DAY its backups are kept to.")
    ] = None,
    old: Annotated[
        str | None, typer.Option("--old-objects", help="s3://BUCKET/PREFIX where lake/ and vault/ of the old node lie.")
    ] = None,
    old_endpoint: Annotated[str | None, typer.Option(help="That bucket's service; or AWS_ENDPOINT_URL.")] = None,
    new: Annotated[
        str | None, typer.Option("--new-objects", help="s3://BUCKET/PREFIX where the new node's are kept too.")
    ] = None,
    new_endpoint: Annotated[str | None, typer.Option(help="Its service; or HYGIE_TO_AWS_ENDPOINT_URL.")] = None,
) -> None:
    """Say what would move, what is due by when, whom to tell, and which copies must be erased."""
    at = desk(ctx)
    source = buckets.address(old, old_endpoint, buckets.OLD) if old else None
    target = buckets.address(new, new_endpoint, buckets.NEW) if new else None
    both = ends(at, to)
    made = actions.plan(
        both,
        notice=day(notice) if notice else None,
        copies=[copy_of(each) for each in copy or ()],
        buckets=(source, target),
        progress=at.progress,
    )
    at.show(made.document(), plan_lines(made, at.language))


def plan_lines(made: Plan, language: str) -> list[str]:
    """Return a plan as lines."""
    words = WORDS[language]
    lines = [words["plan"].format(**asdict(made))]
    lines += [f"  {name}: {count}" for name, count in sorted(made.datasets.items())]
    derived = [f"{words.get(name, name)} {count}" for name, count in made.derived.items()]
    lines.append(words["derived"].format(x=", ".join(derived)))
    kept = [f"{each.id} ({each.backups_until})" if each.backups_until else each.id for each in made.copies]
    lines.append(words["copies"].format(x=", ".join(kept)))
    for name, found in (("old_objects", made.old_objects), ("new_objects", made.new_objects)):
        lines += [words[name].format(x=found, service=found.service)] if found else []
    for due in made.dues:
        whom = due["whom"]
        assert isinstance(whom, list | tuple)
        told = ", ".join(words.get(str(who), str(who)) for who in whom)
        lines += [f"{due['by']}  {due[language]} ({told})", f"    {due['source']}"]
    return lines


@migrate.command("run")
def run_move(ctx: typer.Context, to: To) -> None:
    """Carry everything, re-encrypted at the new node under fresh keys; after a kill, the same command goes on."""
    at = desk(ctx)
    found = actions.run(ends(at, to), at.progress)
    at.show(asdict(found), [WORDS[at.language]["run"].format(**asdict(found))])


@migrate.command("prove")
def prove_move(
    ctx: typer.Context,
    to: To,
    runs: Annotated[
        tuple[str, str] | None, typer.Option(help="Two runs of one study, at the old and at the new node.")
    ] = None,
    cut: Annotated[
        bool, typer.Option("--cut-over", help="Close the old node, as proven; nothing is proven anew.")
    ] = False,
    erase: Annotated[bool, typer.Option("--erase", help="Destroy the old node's keys and files; for good.")] = False,
    derived: Annotated[bool, typer.Option("--with-derived", help="Extracts and runs under permits too.")] = False,
    early: Annotated[str, typer.Option(help="Why --erase comes before the plan's day of erasure; published.")] = "",
    erased: Annotated[str | None, typer.Option(help="Record that another copy of the plan was erased.")] = None,
    method: Annotated[str, typer.Option(help="overwrite, key erasure or recycling.")] = "",
    signed_by: Annotated[str, typer.Option("--signed-by", help="The office that signs; no person's name.")] = "",
    on: Annotated[str | None, typer.Option(help="The day of the erasure; today if none.")] = None,
) -> None:
    """Prove that both nodes hold the same; then, each by its own option: cut over, erase, record an erasure."""
    at = desk(ctx)
    if sum((cut, erase, erased is not None)) > 1:
        raise refuse("CLI-101", asked="sovereignty migrate prove", accepted="--cut-over, --erase, or --erased COPY")
    both, words = ends(at, to), WORDS[at.language]
    body: dict[str, object] = {}
    lines: list[str] = []
    if cut:
        leaving.cut_over(both)
    elif erase:
        leaving.erase(both, signed_by=signed_by, derived=derived, early=early)
    elif erased is not None:
        when = day(on) if on else both.old.today()
        leaving.record(both, Left(erased, "", iso(when), method, signed_by))
    elif not leaving.state(both).cut_over:
        proof = proving.prove(both, runs=runs, progress=at.progress)
        body = asdict(proof)
        lines.append(words["prove"].format(**asdict(proof.old), out=proof.out))
        lines += [words["kept"].format(**asdict(proof.kept))] if proof.kept else []
        lines += [words["runs"].format(x=", ".join(proof.runs))] if proof.runs else []
    state = leaving.state(both)
    at.show({**body, "state": {**asdict(state), "closed": state.closed}}, [*lines, *state_lines(state, at.language)])


def iso(when: date) -> str:
    """Return a day as records write it."""
    return when.isoformat()


def state_lines(state: State, language: str) -> list[str]:
    """Return how far a move is, as lines."""
    words = WORDS[language]
    if not state.cut_over:
        return [words["uncut"]]
    if state.closed:
        return [words["cut"], words["closed"]]
    kept = {x: words["until"].format(x=x, t=t) for x, t in state.kept.items()}
    return [words["cut"], words["open"].format(x=", ".join(kept.get(x, x) for x in state.open_copies))]
