"""The rules' data files in, one RuleSet out, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, cast

from hygie.base.kernel import digest
from hygie.base.law import Validity
from hygie.commons.sovereignty.knowledge.values import NO_TEXT, Text
from hygie.commons.sovereignty.rules.outcomes import COLUMNS, LAYERS, Column, Layer, Outcome, Rule, RuleSet, Situation

VERSION = "2026.11"
FAMILIES = ("policy", "hds", "sren", "secnumcloud", "gdpr", "health_space", "leaving")
ROOM = "hygie.commons.sovereignty"


def raw(name: str) -> bytes:
    """Return one data file of the rules."""
    return (resources.files(ROOM) / "data" / name).read_bytes()


def text(row: Mapping[str, Any]) -> Text:
    """Return the words of a row in both languages."""
    return Text(row["en"], row["fr"])


def situation(key: str, row: Mapping[str, Any]) -> Situation:
    """Return one situation of a rule."""
    condition = text(row["condition"]) if "condition" in row else NO_TEXT
    return Situation(key, Outcome[row["outcome"]], text(row), condition, row.get("awaits", False))


def rule(name: str, row: Mapping[str, Any]) -> Rule:
    """Return one rule; ValueError when its layer or column is none."""
    if row["layer"] not in LAYERS or row["column"] not in COLUMNS:
        raise ValueError(name)
    return Rule(
        name,
        row["name"],
        cast(Layer, row["layer"]),
        cast(Column, row["column"]),
        row["source"],
        Validity(row["valid_from"], row.get("valid_to")),
        row.get("early", False),
        tuple(row.get("countries", ())),
        tuple(row.get("needs", ())),
        text(row["title"]),
        MappingProxyType({key: situation(key, each) for key, each in row["says"].items()}),
        MappingProxyType({key: tuple(v) if isinstance(v, list) else v for key, v in row.get("settings", {}).items()}),
    )


@cache
def ruleset() -> RuleSet:
    """Return the rules that come with Hygie, named by their version and the hash of their files."""
    files = {name: raw(f"rules_{name}.toml") for name in FAMILIES}
    files["words"] = raw("words.toml")
    rows = {name: row for family in FAMILIES for name, row in tomllib.loads(files[family].decode("utf-8")).items()}
    words = {name: text(row) for name, row in tomllib.loads(files["words"].decode("utf-8")).items()}
    return RuleSet(
        VERSION,
        digest(b"\n".join([VERSION.encode(), *(files[name] for name in sorted(files))])),
        tuple(rule(name, rows[name]) for name in sorted(rows)),
        MappingProxyType(words),
    )
