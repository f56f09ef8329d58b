"""On what a refusal may rest: the criteria and risks of art. 68, the uses of art. 54, and the law's other grounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from hygie.base.law.assessment import every_criterion, every_risk
from hygie.base.law.packs import prohibitions, rows
from hygie.base.law.values import Validity

KINDS = ("permit", "request")
ASSESSED = "assessment"


@dataclass(frozen=True)
class Ground:
    """A ground of a refusal.

    Parameters
    ----------
    id : str           `68(1)(b)`, `54(c)`, `52(5)`, `CNIL`
    label : Mapping    a few words, by language
    shown_by : str     what the case's file must show first: `assessment`, an event with its outcome
                       (`cnil.decided refused`), or a circumstance (`excluded`); empty: the officer's reasons alone
    kinds : tuple      `permit`, `request` or both
    tracks : tuple     those on which it arises; none is all
    country : str      of the national law that has it; None for the Union's
    """

    id: str
    rule: str
    source: str
    label: Mapping[str, str]
    valid: Validity
    shown_by: str = ""
    kinds: tuple[str, ...] = KINDS
    tracks: tuple[str, ...] = ()
    country: str | None = None


@cache
def grounds() -> Mapping[str, Ground]:
    """Return every ground of every date by id, the criteria of art. 68(1) first.

    Source     Reg. (EU) 2025/327 arts 51-54, 63(3), 66(3), 68(1)-(2), 69(1), 91; CSP L1461-1 V, L1461-3; loi 78-17

    Example
    -------
    >>> grounds()["CNIL"].shown_by, grounds()["68(1)(a)"].shown_by, grounds()["54(c)"].shown_by
    ('cnil.decided refused', 'assessment', '')
    """
    found = [
        Ground(each.id, each.rule, each.source, each.label, each.valid, ASSESSED)
        for each in (*every_criterion(), *every_risk())
    ]
    for ban in prohibitions().values():
        found.append(Ground(ban.id, ban.rule, ban.source, ban.label, ban.valid, country=ban.country))
    for row in rows("ground"):
        row |= {name: tuple(row[name]) for name in ("kinds", "tracks") if name in row}
        found.append(Ground(**row))
    return MappingProxyType({ground.id: ground for ground in found})


def refusal_grounds(on: date, *, kind: str, track: str, country: str) -> tuple[Ground, ...]:
    """Return the grounds that a case's refusal may rest on; a pilot refuses a prohibited use before art. 54 applies.

    Parameters
    ----------
    on : date
    kind : str      `permit` or `request`
    track : str     the case's
    country : str   the node's, ISO 3166-1

    Example
    -------
    >>> day = date(2029, 6, 1)
    >>> found = {each.id for each in refusal_grounds(day, kind="permit", track="standard", country="FR")}
    >>> {"68(1)(a)", "54(c)", "L1461-1 V 1", "52(5)"} <= found, "CNIL" in found, "69(1)" in found
    (True, False, False)
    """
    return tuple(
        ground
        for ground in grounds().values()
        if kind in ground.kinds
        and (not ground.tracks or track in ground.tracks)
        and ground.country in (None, country)
        and (ground.id in prohibitions() or ground.valid.covers(on))
    )
