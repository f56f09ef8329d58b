"""hygie accounts: named people, their roles, their sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import click
import typer

from hygie.commons.people import actions, queries
from hygie.commons.people.course import OPTIONS, course, from_letters
from hygie.commons.people.values import LANGUAGES, ORGANISATIONS, ROLES
from hygie.node.cli.context import Desk, desk

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Named accounts, their roles and sessions.")
Roles = Annotated[list[str], typer.Option("--role", help=f"One of {', '.join(ROLES)}; may be given several times.")]


@app.command("add")
def add(
    ctx: typer.Context,
    name: str,
    role: Roles,
    organisation: Annotated[str, typer.Option(help=f"One of {', '.join(ORGANISATIONS)}.")] = "",
    reads: Annotated[str, typer.Option(help=f"The language the person reads: {' or '.join(LANGUAGES)}.")] = "",
    holder: Annotated[str, typer.Option(help="Whom a steward speaks for, as the catalogue names it; empty: all.")] = "",
) -> None:
    """Add a named account."""
    at = desk(ctx)
    person = actions.add_account(
        at.node, name, role, actor=at.actor("account.add"), organisation=organisation, language=reads, holder=holder
    )
    at.show({"name": person.name, "roles": person.roles}, [f"{person.name}: {', '.join(person.roles)}"])


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the accounts."""
    at = desk(ctx)
    found = queries.accounts(at.node.clock())
    at.show(
        [{"name": view.name, "roles": view.roles} for view in found],
        [f"{view.name}: {', '.join(view.roles)}{'' if view.active else ' (disabled)'}" for view in found],
    )


@app.command("show")
def show(ctx: typer.Context, name: str) -> None:
    """Show one account: roles, whether it may act, training."""
    at = desk(ctx)
    view = queries.account(name, at.node.clock())
    until = f"{view.trained_until:%Y-%m-%d}" if view.trained_until else "no"
    at.show(
        asdict(view),
        [f"{name}: {', '.join(view.roles)}", f"may act: {'yes' if view.active else 'no'}", f"trained until: {until}"],
    )


@app.command("roles")
def roles(ctx: typer.Context, name: str, role: Roles) -> None:
    """Give an account other roles; all its sessions end at once."""
    at = desk(ctx)
    person = actions.set_roles(at.node, name, role, actor=at.actor("account.manage"))
    at.show({"name": person.name, "roles": person.roles}, [f"{person.name}: {', '.join(person.roles)}"])


@app.command("holder")
def holder(
    ctx: typer.Context,
    name: str,
    holder: Annotated[str, typer.Argument(help="As the catalogue names it; empty: the node's own data office.")] = "",
) -> None:
    """Have a steward's account speak for one holder, or for all; all its sessions end at once."""
    at = desk(ctx)
    person = actions.set_holder(at.node, name, holder, actor=at.actor("account.manage"))
    at.show({"name": name, "holder": person.holder}, [f"{name}: {person.holder or 'every holder'}"])


@app.command("disable")
def disable(ctx: typer.Context, name: str) -> None:
    """Take an account out of use; all its sessions end at once."""
    at = desk(ctx)
    actions.set_active(at.node, name, False, actor=at.actor("account.manage"))
    at.show({"name": name, "active": False}, [f"{name}: disabled"])


@app.command("enable")
def enable(ctx: typer.Context, name: str) -> None:
    """Let a disabled account act again."""
    at = desk(ctx)
    actions.set_active(at.node, name, True, actor=at.actor("account.manage"))
    at.show({"name": name, "active": True}, [f"{name}: may act"])


@app.command("link")
def link(
    ctx: typer.Context,
    name: str,
    issuer: Annotated[str, typer.Option(help="The provider's issuer, as its tokens name it.")],
    subject: Annotated[str, typer.Option(help="The provider's `sub` for this person; empty takes it away.")],
) -> None:
    """Bind an account to a provider's identity."""
    at = desk(ctx)
    actions.link(at.node, name, issuer, subject, actor=at.actor("account.manage"))
    at.show({"name": name, "linked": bool(subject)}, [f"{name}: {'linked' if subject else 'not linked'}"])


@app.command("sessions")
def sessions(ctx: typer.Context, end: Annotated[str, typer.Option(help="End all of this account's.")] = "") -> None:
    """List the sessions that run on the site, or end an account's."""
    at = desk(ctx)
    if end:
        ended = actions.end_sessions(at.node, end, actor=at.actor("session.end"))
        at.show({"name": end, "ended": ended}, [f"{end}: {ended} sessions ended"])
        return
    _ = at.node
    found = queries.sessions()
    at.show(
        [asdict(view) for view in found],
        [f"{view.id}  {view.account}  {view.means}  since {view.began_at:%Y-%m-%d %H:%M}Z" for view in found],
    )


@app.command("train")
def train(
    ctx: typer.Context,
    name: str,
    answers: Annotated[str, typer.Option(help="A letter for each question, in order; without it they are asked.")] = "",
) -> None:
    """Take the training, and attest it for a year."""
    at = desk(ctx)
    _ = at.node
    actor = at.actor_named(name)
    given = from_letters(answers) if answers else ask(at)
    until = actions.attest(at.node, given, actor=actor)
    at.show({"name": name, "until": until.isoformat()}, [f"{name}: trained until {until:%Y-%m-%d}"])


def ask(at: Desk) -> dict[str, str]:
    """Show each lesson, ask its questions, and return the answers."""
    given = {}
    for lesson in course().lessons:
        at.say(f"\n{lesson.title[at.language]}\n")
        for paragraph in lesson.text[at.language]:
            at.say(paragraph + "\n")
        for question in lesson.questions:
            at.say(question.ask[at.language])
            for letter, text in question.options.items():
                at.say(f"  {letter}  {text[at.language]}")
            given[question.id] = click.prompt("", type=click.Choice(OPTIONS), prompt_suffix="> ", err=True)
            at.say(question.why[at.language] + "\n")
    return given
