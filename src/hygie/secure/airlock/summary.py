"""What the rules find in a table, as the checks that people read."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.base.disclosure import Key
from hygie.base.disclosure.protection import MOST_HIDDEN
from hygie.base.disclosure.values import Finding
from hygie.base.law import Preset
from hygie.secure.airlock.compile import open_groups
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.values import Check

MOST_WHERE = 12
RULES = {
    "threshold": "AIR-221", "zero": "AIR-222", "full": "AIR-223", "part": "AIR-224", "contributors": "AIR-225",
    "dominance": "AIR-226", "p-percent": "AIR-227", "negative": "AIR-228", "rounding": "AIR-229", "total": "AIR-230",
    "recoverable": "AIR-231", "mismatch": "AIR-232", "missing": "AIR-233", "unknown": "AIR-234",
    "label": "AIR-238", "hidden": "AIR-239",
}  # fmt: skip
HELD = ("mismatch", "missing", "unknown", "threshold", "zero", "full", "part", "contributors", "dominance",
        "p-percent", "rounding", "total", "recoverable", "label", "hidden")  # fmt: skip


def summed(findings: Sequence[Finding], preset: Preset, output: Output) -> list[Check]:
    """Return findings as checks, one for each rule and severity, and a pass for each rule that found nothing."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for found in findings:
        groups.setdefault((found.rule, found.severity), []).append(found)
    checks = [
        Check(
            rule,
            RULES[rule],
            "review" if severity == "review" else "block",
            each[0].limit,
            len({(one.key, one.column) for one in each}),
            tuple(words(one, output) for one in each[:MOST_WHERE]),
        )
        for (rule, severity), each in groups.items()
    ]
    seen = {rule for rule, _ in groups}
    return checks + [
        Check(rule, RULES[rule], "pass", limit(rule, preset), 0)
        for rule in HELD
        if rule not in seen and applies(rule, preset, output)
    ]


def applies(rule: str, preset: Preset, output: Output) -> bool:
    """Return whether a preset has a rule and a table has what it is about."""
    kinds: set[str] = {measure.kind for measure in output.measures}
    about = {
        "part": "share" in kinds,
        "contributors": bool(kinds & {"sum", "mean"}),
        "dominance": bool(kinds & {"sum", "mean"}) and preset.dominance_n > 0,
        "p-percent": bool(kinds & {"sum", "mean"}) and preset.p_percent > 0,
        "rounding": preset.rounding_base > 1,
        "total": preset.total_rule == "recompute",
        "recoverable": preset.secondary and preset.total_rule == "suppress",
        "label": bool(open_groups(output)),
        "zero": preset.zero_rule != "show",
        "full": preset.full_rule != "show",
    }
    return about.get(rule, True)


def limit(rule: str, preset: Preset) -> float:
    """Return the preset's figure for a rule."""
    return {
        "dominance": preset.dominance_percent, "p-percent": preset.p_percent, "rounding": preset.rounding_base,
        "total": preset.rounding_base, "mismatch": 0, "missing": 0, "unknown": 0, "full": 100,
        "hidden": MOST_HIDDEN,
    }.get(rule, preset.min_count)  # fmt: skip


def labels(key: Key, output: Output) -> str:
    """Return a cell's labels as a person reads them."""
    return " × ".join(output.total_label if label is None else label[:40] for label in key)


def words(found: Finding, output: Output) -> str:
    """Return where a finding lies: the labels of its cell, and its column."""
    return labels(found.key, output) + (f": {found.column}" if found.column else "")
