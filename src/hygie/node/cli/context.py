"""What every command is handed: the node, who acts, and how to speak."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people import queries as people
from hygie.commons.people.configuration import has_provider
from hygie.commons.people.rules import decide
from hygie.commons.people.values import Person
from hygie.node.home import opening


class Bars:
    """Progress bars on standard error; one line a step where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.tasks: dict[str, TaskID] = {}
        self.bars = Progress(
            TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        )

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        """Show how far a step is."""
        if not self.console.is_terminal:
            return
        if not self.bars.live.is_started:
            self.bars.start()
        if step not in self.tasks:
            self.tasks[step] = self.bars.add_task(step, total=total or None)
        self.bars.update(self.tasks[step], completed=done, total=total or None)

    def stop(self) -> None:
        """Take the bars away."""
        if self.bars.live.is_started:
            self.bars.stop()


@dataclass
class Desk:
    """Where a command stands: its node, its actor, its voice."""

    home: Path
    named: str | None = None
    as_json: bool = False
    language: str = "en"
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))

    @cached_property
    def node(self) -> Node:
        """The node, opened on first use; the passphrase comes from HYGIE_PASSPHRASE or is asked for."""
        passphrase = read_passphrase() if opening.needs_passphrase(self.home) else None
        return opening.open_node(self.home, passphrase=passphrase)

    @cached_property
    def progress(self) -> Bars:
        """The listener of long work."""
        return Bars(self.err)

    def actor(self, action: str) -> str:
        """Return who acts: --as, HYGIE_AS, or the one account whose roles allow the action.

        Once an identity provider is set, a command acts as `operator` or not at all.

        Errors   PPL-108 when nobody or several could be meant; PPL-129 a name where identities come from a provider
        """
        provided = has_provider(self.node.home)
        if self.named:
            return self.actor_named(self.named)
        able = [person for person in people.everyone() if role_allows(person, action)]
        if any(person.name == "operator" for person in able):
            return "operator"
        if len(able) == 1 and not provided:
            self.note(f"acting as {able[0].name}")
            return able[0].name
        names = ", ".join(person.name for person in able) or "–"
        found = f"{len(able)} accounts may do this." if able else "No account may do this."
        raise refuse("PPL-108", action=action, found=found, accepted=names)

    def actor_named(self, name: str) -> str:
        """Return an account that a person says they are; PPL-129 where identities come from a provider, PPL-102."""
        if has_provider(self.node.home):
            raise refuse("PPL-129", name=name[:64])
        return people.person(name).name

    def note(self, text: str) -> None:
        """Say something beside the result, on standard error."""
        self.err.print(text, style="dim", markup=False)

    def say(self, text: str) -> None:
        """Say a line of the result."""
        self.progress.stop()
        self.out.print(text, markup=False)

    def give(self, name: str, value: object, lines: Sequence[str]) -> None:
        """Print what was made by its id alone, so that a script can keep it, and the rest on standard error."""
        self.progress.stop()
        if self.as_json:
            self.show(value, [])
            return
        for line in lines:
            self.err.print(line, markup=False)
        sys.stderr.flush()
        self.out.print(name, markup=False)

    def show(self, value: object, lines: Sequence[str]) -> None:
        """Print lines for people, or the value as JSON with --json."""
        self.progress.stop()
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
            return
        for line in lines:
            self.say(line)


def role_allows(person: Person, action: str) -> bool:
    """Return whether a person's roles allow an action when nothing of the thing speaks against."""
    return decide(
        person, action, {"named": [person.name]} if action.startswith(("study.", "airlock.req")) else {}
    ).allowed


def read_passphrase() -> str:
    """Return the passphrase of the root key, never echoed; CLI-102 when nobody can be asked."""
    given = os.environ.get("HYGIE_PASSPHRASE")
    if not given and not sys.stdin.isatty():
        raise refuse("CLI-102")
    return given or click.prompt("Passphrase", hide_input=True, err=True)


def desk(ctx: typer.Context) -> Desk:
    """Return the desk of the running command."""
    found = ctx.find_object(Desk)
    if found is None:
        raise RuntimeError("a command runs only through hygie's own entry point")
    return found
