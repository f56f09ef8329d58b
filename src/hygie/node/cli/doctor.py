"""hygie doctor: what the node stands on, and what is missing."""

from __future__ import annotations

import typer

from hygie.node.cli.context import desk
from hygie.node.home import doctor as examination

app = typer.Typer(add_completion=False)


@app.command("doctor")
def doctor(ctx: typer.Context) -> None:
    """Look at the engine, the keys, the walls and the folder, and say what is missing and how to mend it."""
    at = desk(ctx)
    findings = examination.examine(at.node)
    at.show(
        [{"name": one.name, "holds": one.holds, "detail": one.detail, "fix": one.fix} for one in findings],
        [
            f"{'holds  ' if finding.holds else 'MISSING'}  {finding.name}: {finding.detail}"
            + (f"  -> {finding.fix}" if finding.fix and not finding.holds else "")
            for finding in findings
        ],
    )
    if not all(finding.holds for finding in findings):
        raise typer.Exit(50)
