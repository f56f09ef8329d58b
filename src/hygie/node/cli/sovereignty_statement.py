"""hygie sovereignty statement: what a citizen can read and check of where a dataset is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.base.kernel import Placement, Store, refuse
from hygie.base.law.days import zone
from hygie.commons.sovereignty.answers import standalone_verifier as verifier
from hygie.commons.sovereignty.answers.statement import LANGUAGES
from hygie.commons.sovereignty.answers.telling import text
from hygie.commons.sovereignty.knowledge.times import day, moment
from hygie.commons.sovereignty.rules.declarations import LARGEST
from hygie.intake.placing import stating
from hygie.intake.placing.stating import Stated
from hygie.node.cli.context import Desk, desk
from hygie.node.cli.sovereignty import AsOf, KnownAt, app

LEDGER = Placement("ledger")


def file_of(path: Path) -> bytes:
    """Return a placement file's bytes; SOV-203 when it cannot be read."""
    try:
        with path.open("rb") as handle:
            return handle.read(LARGEST + 1)
    except OSError as error:
        raise refuse("SOV-203", cause=error.strerror or "–") from None


@app.command("statement")
def state_dataset(
    ctx: typer.Context,
    dataset: str,
    placement: Annotated[Path | None, typer.Option(help="A placement file; own premises, declared, without.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    pack: Annotated[list[Path] | None, typer.Option("--pack", help="A pack of your own; can be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the signed JSON here, texts and verifier beside it.")] = None,
    credential: Annotated[Path | None, typer.Option(help="Write it as a W3C Verifiable Credential here too.")] = None,
) -> None:
    """State where a dataset is, under whose laws and who can read it: signed, in the ledger, checkable offline."""
    at = desk(ctx)
    made = stating.state(
        at.node,
        dataset,
        actor=at.actor("node.operate"),
        placement=file_of(placement) if placement else None,
        packs=pack or (),
        as_of=day(as_of) if as_of else None,
        known_at=moment(known_at, zone(at.node.country)) if known_at else None,
    )
    lines = text(made.statement, at.language).rstrip("\n").split("\n")
    if out is not None or credential is not None:
        lines += ["", *written(at, made, out, credential)]
    at.show(made.document, lines)


def written(at: Desk, made: Stated, out: Path | None, credential: Path | None) -> list[str]:
    """Write the signed statement with its texts, its credential, and the one file that verifies both; return names."""
    files: dict[Path, bytes] = {}
    if out is not None:
        files[out] = made.bytes
        for language in LANGUAGES:
            files[out.with_name(f"{out.stem}.{language}.txt")] = text(made.statement, language).encode()
    if credential is not None:
        files[credential] = stating.credential(at.node, made)
    files[next(iter(files)).with_name("statement_verifier.py")] = Path(verifier.__file__).read_bytes()
    for path, content in files.items():
        Store(path.parent, at.node.store.gate).write(path.name, content, LEDGER, mode=0o644)
    return [str(path) for path in files]
