"""The verdicts in force: kept until the day, the facts or what is declared change; each change in the ledger, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from hygie.base.kernel import DeclaredGate, Fact, Store, canonical
from hygie.base.law import local_day
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as facts
from hygie.intake.placing.changing import in_use
from hygie.intake.placing.files import CONTROL, KEPT, Files, Stamp, acts_of, hash_of, keep_good, read, stamps
from hygie.intake.placing.values import Good, Standing, good_in, standing_of

JUDGED = "sovereignty.judged"
DEROGATED = "sovereignty.derogated"
Seen = tuple[date, tuple[Stamp, ...]]
_known: dict[Path, tuple[Seen, Standing, bool]] = {}


@dataclass(frozen=True)
class Whose:
    """Whose verdicts: the node's folder, its id, country and clock."""

    home: Path
    node: str
    country: str
    clock: Callable[[], datetime]


def current(whose: Whose, *, telling: bool = True) -> Standing:
    """Return the verdicts in force; judged anew when the day or a file changed since this process last asked.

    Parameters
    ----------
    telling : bool   tell the ledger of what changed; who only looks does not
    """
    at = whose.clock()
    seen = (local_day(at, whose.country), stamps(whose.home))
    known = _known.get(whose.home)
    if known is not None and known[0] == seen and (known[2] or not telling):
        return known[1]
    found = found_anew(whose, at, telling=telling)
    if in_use(whose.home) and seen[1][-1] is None:  # what is being changed may count at any moment
        _known[whose.home] = (seen, found, telling)
    return found


def found_anew(whose: Whose, at: datetime, *, telling: bool) -> Standing:
    """Return the verdicts of today: as the ledger last had them when they are kept for today, judged otherwise."""
    files, using = read(whose.home), in_use(whose.home)
    last = recorded(whose.node) if using else ""
    kept = kept_of(whose.home)
    if kept is not None and (kept.inputs, kept.day, kept.signature) == (files.hash, local_day(at, whose.country), last):
        return kept
    from hygie.intake.placing.judging import judge  # the rules and their facts take half a second to load

    found = judge(whose, files, at, told(files) if using else None)
    if using and telling:
        record(whose, found, files, last, at)
    return found


def settle(whose: Whose) -> None:
    """Tell the ledger of the verdicts in force where it lacks them: a write that failed undid their fact."""
    found, last = current(whose), recorded(whose.node)
    if in_use(whose.home) and found.signature != last:
        record(whose, found, read(whose.home), last, whose.clock())


def told(files: Files) -> frozenset[str]:
    """Return the ids of the acts of derogation that the ledger has."""
    return frozenset(facts.last_of([act["id"] for act in acts_of(files.acts) if "id" in act], DEROGATED))


def recorded(node: str) -> str:
    """Return the signature of the last verdicts in the ledger, empty before the first."""
    return str(last_judged(node).get("signature", ""))


def last_judged(node: str) -> Mapping[str, Any]:
    """Return the last verdicts in the ledger as it has them, empty before the first."""
    found = facts.last_of([node], JUDGED).get(node)
    return {} if found is None else facts.event(found).body


def last_good(whose: Whose) -> Good:
    """Return which packs of the operator's were good last, by the ledger; none where it cannot be asked."""
    return good_in(last_judged(whose.node)) if in_use(whose.home) else Good()


def kept_of(home: Path) -> Standing | None:
    """Return the verdicts kept in the node's folder; None where there are none, or they cannot be read."""
    try:
        return standing_of(json.loads((home / KEPT).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record(whose: Whose, found: Standing, files: Files, last: str, at: datetime) -> None:
    """Keep the verdicts for the rest of the day, and tell the ledger of them if they are not those it last heard of.

    The packs they rest on are kept too, before the ledger says that they were good.
    """
    store, before = Store(whose.home, DeclaredGate(whose.country)), last_good(whose).sha256
    if hash_of(files.packs) == found.good.sha256:
        keep_good(store, files.packs, before)
    store.write(KEPT, canonical(found.kept()), CONTROL)
    if found.signature != last:
        with transaction.atomic():
            ledger.append([Fact(JUDGED, whose.node, "node", at, found.document())])
