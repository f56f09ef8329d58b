"""hygie doctor: what the node stands on, and what is missing."""

from __future__ import annotations

import typer

from hygie.node.cli.context import desk
from hygie.node.home import doctor as examination

app = typer.Typer(add_completion=False)


@app.command("doctor")
def doctor(ctx: typer.Context) -> None:
    """Look at the engine, the keys, the walls and the folder, and say what is missing and how to mend it."""
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    from hygie.node.site.operating import code_of, finding_words

    at = desk(ctx)
    findings = examination.examine(at.node, at.language)
    with override(at.language):
        words = {True: _("holds"), False: _("missing").upper()}
        width = max(map(len, words.values()))
        colon = "\u00a0:" if at.language == "fr" else ":"
        lines = []
        for raw, one in ((each, finding_words(each)) for each in findings):
            named = f"{one.name} ({code_of(raw)})" if code_of(raw) else one.name
            mend = f"  -> {one.fix}" if one.fix and not one.holds else ""
            lines.append(f"{words[one.holds]:{width}}  {named}{colon} {one.detail}{mend}")
    at.show([{"name": one.name, "holds": one.holds, "detail": one.detail, "fix": one.fix} for one in findings], lines)
    if not all(finding.holds for finding in findings):
        raise typer.Exit(50)
