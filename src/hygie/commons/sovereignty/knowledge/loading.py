"""Packs in, Facts out: all of them or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from pathlib import Path

from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.commons.sovereignty.knowledge.edges import Covers, Edge, Owns
from hygie.commons.sovereignty.knowledge.facts import Conflict, Facts, conflicts
from hygie.commons.sovereignty.knowledge.nodes import (
    Assessment,
    Certificate,
    Dataset,
    Event,
    Instrument,
    KeyCustody,
    NexusRule,
)
from hygie.commons.sovereignty.knowledge.reading import Pack, named, read
from hygie.commons.sovereignty.knowledge.schema import Sheet, sheet
from hygie.commons.sovereignty.knowledge.values import Certainty, Record


@dataclass(frozen=True)
class Checked:
    """What a set of packs is worth.

    Parameters
    ----------
    facts : Facts                      empty when the verdict refuses
    verdict : Verdict                  every mistake of every pack, with `file:line` as its path
    conflicts : tuple[Conflict, ...]   claims that differ on some day; kept side by side, never a reason to refuse
    """

    facts: Facts
    verdict: Verdict
    conflicts: tuple[Conflict, ...] = ()


def own_packs() -> tuple[Path, ...]:
    """Return the packs that come with Hygie, by name."""
    return tuple(sorted((Path(__file__).parents[1] / "packs").glob("*.yaml")))


@cache
def own_facts() -> Facts:
    """Return the facts that come with Hygie, read once."""
    return load(own_packs())


def load(packs: Sequence[Pack]) -> Facts:
    """Return the facts of some packs.

    Parameters
    ----------
    packs : Sequence[Pack]   an operator's own pack beside those that come with Hygie (`own_packs`)

    Errors   SOV-101 to SOV-122, every mistake at once; nothing is loaded then
    """
    checked = check(packs)
    checked.verdict.check()
    return checked.facts


def check(packs: Sequence[Pack]) -> Checked:
    """Return what some packs are worth: their facts, every mistake, and where claims differ.

    Parameters
    ----------
    packs : Sequence[Pack]
    """
    sheets: list[Sheet] = []
    reasons: list[Reason] = []
    for pack in packs:
        try:
            sheets.append(sheet(named(pack), read(pack)))
        except Refusal as refusal:
            reasons += refusal.verdict.reasons
    for each in sheets:
        _same_id(each)
        _too_much(each)
    if not reasons:
        _dangling(sheets)
        _without_scope(sheets)
    reasons += [reason for each in sheets for reason in each.reasons]
    if reasons:
        return Checked(Facts(), Verdict(tuple(reasons)))
    facts = Facts.of(record for each in sheets for record in each.records)
    return Checked(facts, Verdict(), conflicts(facts.records))


def _same_id(made: Sheet) -> None:
    """Blame a pack that gives one id twice at once: for two kinds, or for two versions that meet in both times."""
    seen: dict[str, list[Record]] = defaultdict(list)
    for record in made.records:
        for other in seen[record.id]:
            if other.kind != record.kind or record.meets(other):
                made.blame("SOV-118", made.lines[id(record)], found=record.id, first=made.lines[id(other)])
        seen[record.id].append(record)


def _too_much(made: Sheet) -> None:
    """Blame a pack in which more than the whole of an entity is held on some day."""
    into: dict[str, list[Owns]] = defaultdict(list)
    for record in made.records:
        if isinstance(record, Owns) and record.status in ("verified", "asserted") and record.superseded_at is None:
            into[record.target].append(record)
    for entity, stakes in sorted(into.items()):
        days = sorted({stake.valid.start.latest for stake in stakes if stake.valid.start.latest})
        for measure in ("capital", "votes"):
            sums = ((sum(_least(stake, day, measure) for stake in stakes), day) for day in days)
            most, day = max(sums, default=(Fraction(0), date.min))
            if most > 1:
                line = max(made.lines[id(stake)] for stake in stakes)
                made.blame("SOV-115", line, found=entity, measure=measure, sum=float(most * 100), day=day.isoformat())


def _least(stake: Owns, day: date, measure: str) -> Fraction:
    if stake.valid.covers(day) < Certainty.YES:
        return Fraction(0)
    return stake.capital.low if measure == "capital" else stake.votes.low


def _dangling(sheets: Sequence[Sheet]) -> None:
    """Blame every reference to an id that no pack has, or that is of a kind the reference cannot have."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for made in sheets:
        for record in made.records:
            kinds[record.id].add(record.kind)
    failed = {name for made in sheets for name in made.failed}
    for made in sheets:
        for record in made.records:
            for field, target, accepted in references(record):
                found = kinds.get(target, set())
                if target in failed:
                    continue
                if not found or (accepted and not found & set(accepted)):
                    line, kind = made.lines[id(record)], ", ".join(accepted) or "*"
                    if found:
                        here = ", ".join(sorted(found))
                        made.blame("SOV-122", line, field=field, found=target, kind=here, accepted=kind)
                    else:
                        likely = nearest(target, (each for each in kinds if kinds[each] & set(accepted or kinds[each])))
                        made.blame("SOV-119", line, field=field, found=target, accepted=", ".join(likely) or kind)


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known ids that a wrong one is most like, the likest first; none when none is like it.

    Example
    -------
    >>> nearest("outscal-iaas", ["outscale-iaas", "azure-eu"])
    ('outscale-iaas',)
    """
    return tuple(get_close_matches(name, sorted(known), n=3, cutoff=0.85))


def references(record: Record) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the ids a record refers to: field, id, and the kinds it may be of (empty: any)."""
    for source in record.sources:
        yield "sources", source, ("source",)
    if isinstance(record, Edge):
        yield "from", record.origin, record.FROM
        yield "to", record.target, () if record.TO == ("*",) else record.TO
    one: list[tuple[str, str, tuple[str, ...]]] = []
    if isinstance(record, Dataset):
        one = [("controller", record.controller, ("entity",))]
    elif isinstance(record, KeyCustody):
        one = [("holder", record.holder, ("entity",)), ("controller", record.controller, ("entity",))]
        one.append(("place", record.place, ("location",)))
    elif isinstance(record, NexusRule):
        one = [("law", record.law, ("law",))]
    elif isinstance(record, Assessment):
        one = [("subject", record.subject, ("service",))]
    elif isinstance(record, Event):
        one = [("subjects", subject, ()) for subject in record.subjects]
    elif isinstance(record, Instrument):
        one = [("beneficiaries", each, ("entity", "dataset")) for each in record.beneficiaries]
    elif isinstance(record, Certificate):
        one = [("sites", site, ("location",)) for site in record.sites]
    yield from (each for each in one if each[1])


def _without_scope(sheets: Sequence[Sheet]) -> None:
    """Blame a certificate that covers no service: a brand is not a scope."""
    failed = any(made.failed for made in sheets)
    covered = {each.origin for made in sheets for each in made.records if isinstance(each, Covers)}
    for made in sheets:
        for record in made.records:
            if isinstance(record, Certificate) and record.id not in covered and not failed:
                made.blame("SOV-120", made.lines[id(record)], found=record.id)
