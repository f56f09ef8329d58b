"""What commands have in common that publish a text: show it as everyone will read it, then take it as confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from hygie.commons.web.publishing import Overruling, Preview
from hygie.node.cli.context import Desk

Confirm = Annotated[bool, typer.Option("--confirm", help="You read it as published; it cannot be taken back.")]
NoPerson = Annotated[
    str, typer.Option(help="Why what was found is no person; the ledger keeps it as you write it. Needs --seen.")
]
Seen = Annotated[str, typer.Option(help="The digest that was shown with what was found.")]

Done = TypeVar("Done")


def show_preview(at: Desk, preview: Preview, said: str) -> None:
    """Print what everyone would read, and how it is confirmed; WEB-132, WEB-133 where it names a person.

    Parameters
    ----------
    said : str   that nothing is done yet, as a sentence without its full stop
    """
    told = {"published": preview.published, "public": dict(preview.public)}
    at.show({**told, "names_nobody": preview.verdict.allowed, "seen": preview.seen}, [preview.published])
    if preview.doubtful:
        at.note(f"{said}. If it names nobody: the same with --confirm --seen {preview.seen} --no-person 'Why'.")
    preview.verdict.check()
    at.note(f"{said}: read it, then run the same with --confirm.")


def publish(
    at: Desk,
    look: Callable[[], Preview],
    do: Callable[..., Done],
    said: str,
    told: Callable[[Done], tuple[dict[str, Any], str]],
    *,
    confirm: bool,
    no_person: str,
    seen: str,
) -> None:
    """Show what everyone would read; where that is confirmed, publish it and say what was done.

    Parameters
    ----------
    look : Callable   gives the preview
    do : Callable     publishes; it is told the text that was shown, that it is confirmed, and what overrules it
    said : str        as for `show_preview`
    told : Callable   what was done as JSON values and in a line
    """
    preview = look()
    if not confirm:
        show_preview(at, preview, said)
        return
    why = Overruling(seen, no_person) if no_person or seen else None
    body, line = told(do(published=preview.published, confirmed=True, overruled=why))
    at.show(body, [line])
