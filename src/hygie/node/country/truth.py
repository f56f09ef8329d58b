"""The truth about a synthetic country: published figures beside those made, and the true sizes of what is planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from math import exp, log
from typing import Any

from hygie.base.engine import Engine
from hygie.node.country.figures import published
from hygie.node.country.people import NAMED, rows
from hygie.node.country.values import Country

Tally = Mapping[tuple[str, str, str], float]
GP, OTHERS, NURSES, DENTISTS = ("V1110", "V1221"), ("V1112", "V1113"), ("N3111", "N3107"), ("V1451", "A1451")


def counted(engine: Engine) -> Counter[tuple[str, str, str]]:
    """Return what was tallied of a slice: whole numbers, so that the order in which slices are added changes nothing.

    Parameters
    ----------
    engine : Engine   after the slice
    """
    found = engine.rows("SELECT what, part, of, sum(n) FROM tally GROUP BY ALL")
    return Counter({(what, part or "", of or ""): int(n or 0) for what, part, of, n in found})


def total(tally: Tally, what: str, *parts: str) -> float:
    """Return the sum of what was tallied under a name, in some of its parts or in all.

    Example
    -------
    >>> total({("lines", "V1110", ""): 3.0, ("lines", "B3211", ""): 4.0}, "lines", "V1110")
    3.0
    """
    return sum(n for (name, part, _), n in tally.items() if name == what and (not parts or part in parts))


def single(tally: Tally, name: str) -> float:
    """Return a number that was tallied alone."""
    return tally.get(("single", "", name), 0.0)


def realised(tally: Tally, persons: int) -> dict[str, float]:
    """Return the figures of the country that are published for France, under the names of `figures.toml`.

    Parameters
    ----------
    tally : Tally
    persons : int   residents on 1 January
    """

    def a_head(amount: float) -> float:
        return amount / persons

    boxes = sum(n for (what, part, _), n in tally.items() if what == "lines" and part.startswith("M"))
    nights = single(tally, "stays") - single(tally, "day_stays")
    found = {
        "births_per_1000": 1000 * a_head(single(tally, "births")),
        "deaths_per_1000": 1000 * a_head(single(tally, "deaths")),
        "household_mean": persons / max(1.0, total(tally, "household")),
        **{
            name: total(tally, "composition", name) / max(1.0, total(tally, "composition"))
            for name in ("living_alone", "couples_without_children", "couples_with_children", "single_parents")
        },
        "moves": a_head(single(tally, "moves")),
        "moves_department": a_head(single(tally, "moves_department")),
        "ald": a_head(single(tally, "ald")),
        "stays_per_head": a_head(single(tally, "stays")),
        "day_stays": single(tally, "day_stays") / max(1.0, single(tally, "stays")),
        "nights_per_stay": single(tally, "nights") / max(1.0, nights),
        "boxes_per_head": a_head(boxes),
        "boxes_from_80": single(tally, "boxes_from_80") / max(1.0, single(tally, "from_80")),
        "gp_per_head": a_head(total(tally, "lines", *GP)),
        "specialist_per_head": a_head(total(tally, "lines", *OTHERS)),
        "biology_per_head": a_head(total(tally, "lines", "B3211") + single(tally, "assays")),
        "nurse_per_head": a_head(total(tally, "lines", *NURSES)),
        "dental_per_head": a_head(total(tally, "lines", *DENTISTS)),
        "claim_lines_per_head": a_head(total(tally, "marked")),
        "flu_65": single(tally, "flu_from_65") / max(1.0, single(tally, "from_65")),
    }
    return found | {name: a_head(tally.get(("condition", "", name), 0.0)) for name in published().conditions}


def compared(tally: Tally, persons: int) -> list[dict[str, object]]:
    """Return each published figure beside the country's, and whether it lies within the tolerance."""
    known = published()
    figures = {**known.figures, **{name: each.share for name, each in known.conditions.items()}}
    least = ("claim_lines_per_head",)
    return [
        {
            "figure": name,
            "published": figures[name].value,
            "realised": round(value, 6),
            "within": value >= figures[name].value if name in least else figures[name].met_by(value),
        }
        for name, value in realised(tally, persons).items()
    ]


def farthest(tally: Tally, persons: int) -> dict[str, float]:
    """Return how far, at most, a cell of the published tables is from the country's, as a share of all residents."""
    known = published()
    cells = [
        abs(tally.get(("pyramid", str(sex), str(first)), 0.0) / persons - count / known.pyramid.total)
        for sex, name in NAMED.items()
        for first, count in zip(known.pyramid.first, known.pyramid.of(name), strict=True)
    ]
    places = [abs(tally.get(("department", "", d.code.zfill(3)), 0.0) / persons - d.share) for d in known.departments]
    homes = max(1.0, total(tally, "household"))
    sizes = [
        abs(tally.get(("household", "", str(size)), 0.0) / homes - share)
        for size, share in enumerate(known.household_sizes, 1)
    ]
    boxes = sum(n for (what, part, _), n in tally.items() if what == "lines" and part.startswith("M"))
    classes = [
        abs(sum(n for (what, _, of), n in tally.items() if what == "lines" and of == atc) / max(1.0, boxes) - share)
        for atc, share in known.medicines.items()
    ]
    found = {"pyramid": cells, "departments": places, "households": sizes, "medicines": classes}
    return {name: round(max(values), 5) for name, values in found.items()}


def planted(tally: Tally, country: Country) -> dict[str, object]:
    """Return the three effects: what was planted, how large it came out, and what the crude comparison says."""
    return {
        "epidemic": epidemic(tally, country),
        "harm": harm(tally, country),
        "pathway": pathway(tally, country),
        "marks": {
            "cancelling lines": tally.get(("marked", "", "1"), 0.0),
            "lines for information (DPN_QLF 71)": tally.get(("marked", "", "2"), 0.0),
            "supplements (CPL_MAJ_TOP 2)": single(tally, "supplements"),
            **{
                name: single(tally, name)
                for name in ("two identifiers", "year of birth 1600", "twins under one identifier")
            },
        },
    }


def epidemic(tally: Tally, country: Country) -> dict[str, object]:
    """Return the epidemic's parameters and the ill by department and week of the epidemic."""
    ill = {(part, int(of)): int(n) for (what, part, of), n in tally.items() if what == "epidemic"}
    weeks: dict[str, dict[str, int]] = {}
    for (code, week), n in sorted(ill.items()):
        weeks.setdefault(code, {})[str(week)] = n
    body: dict[str, Any] = asdict(country.epidemic)
    return {
        **body,
        "starts": country.epidemic.starts.isoformat(),
        "diagnosis": next(row["dp"] for row in rows("stays.csv") if row["stay"] == "epidemic"),
        "medicines": "J05",
        "ill": sum(ill.values()),
        "admitted": int(single(tally, "epidemic_admitted")),
        "ill by department and week": weeks,
    }


def harm(tally: Tally, country: Country) -> dict[str, object]:
    """Return the drug's harm: planted, by a self-controlled comparison of the truth, and by the crude one."""
    days, events = (
        {of: tally.get(("harm", what, of), 0.0) for of in ("within", "outside")} for what in ("days", "events")
    )
    item = next(row for row in rows("items.csv") if row["item"] == country.harm.drug)
    crude = None
    if days["within"] and events["outside"]:
        crude = round(events["within"] / days["within"] / (events["outside"] / days["outside"]), 3)
    return {
        **asdict(country.harm),
        "medicine": {"atc": item["label"], "cip7": item["code"]},
        "diagnosis": next(row["dp"] for row in rows("stays.csv") if row["stay"] == "bleeding"),
        "days": days,
        "events": events,
        "self-controlled ratio": self_controlled(tally),
        "crude ratio": crude,
    }


def self_controlled(tally: Tally) -> float | None:
    """Return the ratio that the exposed persons' own days make most likely, None when no event tells."""
    cells = [
        (part == "true", float(of), n) for (what, part, of), n in tally.items() if what == "scan" and 0 < float(of) < 1
    ]
    within = sum(n for inside, _, n in cells if inside)
    if not within or within == sum(n for *_, n in cells):
        return None
    low, high = log(1e-3), log(1e3)
    for _ in range(60):
        ratio = exp((low + high) / 2)
        expected = sum(n * ratio * x / (ratio * x + 1 - x) for _, x, n in cells)
        low, high = (log(ratio), high) if expected < within else (low, log(ratio))
    return round(exp((low + high) / 2), 3)


def pathway(tally: Tally, country: Country) -> dict[str, object]:
    """Return the pathway's effect: planted, by rates within severity, and by the crude count of who was seen."""
    cells = {(part, of): n for (what, part, of), n in tally.items() if what == "pathway"}

    def sums(of: str) -> float:
        return cells.get(("severe", of), 0.0) + cells.get(("other", of), 0.0)

    above = below = 0.0
    for severity in ("severe", "other"):
        seen, unseen = cells.get((severity, "days seen"), 0.0), cells.get((severity, "days unseen"), 0.0)
        if seen + unseen:
            after = cells.get((severity, "readmitted seen"), 0.0)
            above += after * unseen / (seen + unseen)
            below += (cells[severity, "readmitted"] - after) * seen / (seen + unseen)
    unseen_stays, crude = sums("stays") - sums("seen"), None
    if sums("seen") and sums("readmitted unseen") and unseen_stays:
        crude = round((sums("readmitted seen") / sums("seen")) / (sums("readmitted unseen") / unseen_stays), 3)
    body: dict[str, Any] = asdict(country.pathway)
    return {
        **body,
        "diagnosis": "I500",
        "severity": "N189",
        "contact act": 1153,
        "counts": {f"{severity}, {of}": n for (severity, of), n in cells.items()},
        "ratio within severity": round(above / below, 3) if below else None,
        "crude ratio": crude,
    }
