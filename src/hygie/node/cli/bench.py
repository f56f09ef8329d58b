"""hygie bench: ours beside the same work by hand, interleaved in one run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Annotated

import typer

from hygie.base.kernel import refuse
from hygie.node.cli.context import desk

app = typer.Typer(add_completion=False)

# name -> what its scale counts, and the scale it runs at when none is given
BENCHES: Mapping[str, tuple[str, int]] = {
    "country": ("persons", 1_000_000),
    "extract": ("persons, 50 events each", 100_000),
    "feasibility": ("persons, 30 events each", 1_000_000),
    "fhir": ("resources", 200_000),
    "ledger": ("events", 20_000),
    "linkage": ("persons in each of two sources", 1_000_000),
    "pseudonyms": ("persons, 50 events each", 100_000),
    "encryption": ("rows", 2_000_000),
    "quality": ("persons, 36 rows each", 160_000),
    "airlock": ("rows", 1_000_000),
    "snds": ("persons of a synthetic country, 55 lines each", 40_000),
    "sovereignty": ("entities, 3 relations each and as many placements", 10_000),
    "search": ("datasets", 10_000),
    "site": ("applications, 20 events each", 100_000),
}
COUNTED = "; ".join(f"{name} in {unit}, {usual:,} by default" for name, (unit, usual) in BENCHES.items())


@app.command("bench")
def bench(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=", ".join(BENCHES))],
    scale: Annotated[
        int | None, typer.Option("--scale", "--persons", min=1000, help=f"How much data: {COUNTED}.")
    ] = None,
) -> None:
    """Measure one thing: medians, and the ratio to the equivalent written by hand."""
    if name not in BENCHES:
        raise refuse("BEN-101", found=name[:40], accepted=", ".join(BENCHES))
    unit, usual = BENCHES[name]
    module = importlib.import_module(f"hygie.node.bench.{name}")
    found = {"bench": name, "scale": scale or usual, "unit": unit, **module.run(scale or usual)}
    desk(ctx).show(found, lines(found))


def lines(found: Mapping[str, object], indent: str = "") -> list[str]:
    """Return nested figures as indented lines."""
    out: list[str] = []
    for name, value in found.items():
        if isinstance(value, Mapping):
            out += [f"{indent}{name}:", *lines(value, indent + "  ")]
        else:
            out.append(f"{indent}{name}: {value}")
    return out
