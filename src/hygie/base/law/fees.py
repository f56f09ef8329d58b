"""The public tariff as dated policy data, and an estimate that anyone computes again from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from hygie.base.kernel import refuse
from hygie.base.law.packs import applicants, table, validity
from hygie.base.law.procedures import union
from hygie.base.law.values import Validity

CENT = Decimal("0.01")
PAYEES = ("body", "holder")
UNITS = ("case", "dataset", "hour", "month", "month of storage")


@dataclass(frozen=True)
class Price:
    """A line of the tariff.

    Parameters
    ----------
    payee : str     `body` (the access body) or `holder` (the part that is passed on, 62(2))
    unit : str      one of UNITS: what the price is for
    kinds : tuple   `permit`, `request` or both
    """

    id: str
    payee: str
    unit: str
    amount: Decimal
    kinds: tuple[str, ...]
    label: Mapping[str, str]


@dataclass(frozen=True)
class Reduction:
    """A reduction of the access body's part for a kind of user established in the Union.

    Parameters
    ----------
    percent : int        0 to 100, of the access body's lines; the holder's costs stay whole
    applicants : tuple   kinds of law.applicants(); empty for `micro`
    micro : bool         for micro-enterprises
    """

    id: str
    percent: int
    applicants: tuple[str, ...]
    micro: bool
    label: Mapping[str, str]


@dataclass(frozen=True)
class Tariff:
    """A tariff as published: its name and where it comes from, in both languages, its prices, reductions and dates."""

    id: str
    label: Mapping[str, str]
    source: Mapping[str, str]
    currency: str
    prices: tuple[Price, ...]
    reductions: tuple[Reduction, ...]
    valid: Validity


@dataclass(frozen=True)
class FeeLine:
    """A line of an estimate; `amount` is quantity x price, less the reduction, in the tariff's currency."""

    id: str
    payee: str
    label: Mapping[str, str]
    quantity: Decimal
    unit: str
    price: Decimal
    reduction: int
    amount: Decimal


@dataclass(frozen=True)
class FeeEstimate:
    """What a case would cost: one document with its two payees."""

    tariff: str
    currency: str
    lines: tuple[FeeLine, ...]
    reduction: Reduction | None

    def part(self, payee: str) -> Decimal:
        """Return what one payee gets."""
        return sum((line.amount for line in self.lines if line.payee == payee), Decimal("0.00"))

    @property
    def body(self) -> Decimal:
        """What the access body gets."""
        return self.part("body")

    @property
    def holder(self) -> Decimal:
        """What the holders get."""
        return self.part("holder")

    @property
    def total(self) -> Decimal:
        """The whole."""
        return self.body + self.holder


def texts(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the two texts of a row."""
    return MappingProxyType({"en": row["en"], "fr": row["fr"]})


def price(row: Mapping[str, Any]) -> Price:
    """Return a line of the tariff; ValueError for a word that no estimate knows."""
    if row["payee"] not in PAYEES or row["unit"] not in UNITS:
        raise ValueError(f"{row['id']}: an unknown payee or unit")
    kinds = tuple(row["kinds"])
    return Price(row["id"], row["payee"], row["unit"], Decimal(row["amount"]), kinds, texts(row))


def reduction(row: Mapping[str, Any]) -> Reduction:
    """Return a reduction of the tariff; ValueError for one of more than all."""
    if not 0 <= row["percent"] <= 100:
        raise ValueError(f"{row['id']}: a reduction lies between 0 and 100 percent")
    who = tuple(row.get("applicants", ()))
    return Reduction(row["id"], row["percent"], who, row.get("micro", False), texts(row))


@cache
def tariffs() -> tuple[Tariff, ...]:
    """Return every tariff, past and future ones too."""
    return tuple(
        Tariff(
            row["id"],
            texts(row),
            MappingProxyType({"en": row["source"], "fr": row["source_fr"]}),
            row["currency"],
            tuple(price(each) for each in row["price"]),
            tuple(reduction(each) for each in row.get("reduction", ())),
            validity(dict(row)),
        )
        for row in table("fees")["tariff"]
    )


def tariff(on: date) -> Tariff:
    """Return the tariff in force on a day.

    Errors     LAW-112 none is
    Source     Reg. (EU) 2025/327 art. 62(3): transparent

    Example
    -------
    >>> tariff(date(2026, 11, 22)).currency
    'EUR'
    """
    for each in tariffs():
        if each.valid.covers(on):
            return each
    raise refuse("LAW-112", found=on.isoformat(), accepted=", ".join(str(each.valid.start) for each in tariffs()))


def granted_reduction(held: Tariff, applicant: str, country: str, micro: bool, on: date) -> Reduction | None:
    """Return the largest reduction that an applicant established in the Union may have."""
    if country not in union(on):
        return None
    found = [each for each in held.reductions if applicant in each.applicants or (each.micro and micro)]
    return max(found, key=lambda each: each.percent, default=None)


def fee_estimate(
    held: Tariff,
    *,
    kind: str,
    datasets: int,
    hours: int,
    months: int,
    applicant: str,
    country: str,
    on: date,
    storage_months: int = 0,
    micro: bool = False,
    holder_costs: Mapping[str, Decimal] | None = None,
) -> FeeEstimate:
    """Return what a case would cost; the same case has the same price whoever asks from wherever in the Union.

    Parameters
    ----------
    held : Tariff
    kind : str             `permit` or `request`
    datasets : int         how many are asked for, 1 to 1000
    hours : int            of preparation by the access body, 0 to 100,000
    months : int           in the enclave, 0 to 240
    applicant : str        kind of law.applicants()
    country : str          of establishment, ISO 3166-1; it decides no price, only whether a reduction may apply (62(1))
    on : date
    storage_months : int   beyond the first duration (68(12)), 0 to 240
    micro : bool           the applicant is a micro-enterprise
    holder_costs : Mapping   dataset -> the holder's own estimate, which stands in place of the tariff's figure (62(2))

    Errors     LAW-113 a quantity out of range, or an unknown kind of case or applicant
    Source     Reg. (EU) 2025/327 art. 62

    Example
    -------
    >>> day = date(2030, 1, 1)
    >>> made = fee_estimate(tariff(day), kind="request", datasets=1, hours=2, months=0, applicant="company",
    ...                     country="FR", on=day)
    >>> made.total == made.body + made.holder
    True
    """
    costs = dict(holder_costs or {})
    checked(kind, applicant, datasets, {"hours": hours, "months": months, "storage": storage_months}, costs)
    cut = granted_reduction(held, applicant, country, micro, on)
    quantities = {"case": 1, "hour": hours, "month": months, "month of storage": storage_months}
    lines = []
    for each in held.prices:
        many = datasets - (len(costs) if each.payee == "holder" else 0)
        quantity = Decimal(quantities.get(each.unit, max(many, 0)))
        if kind in each.kinds and quantity:
            percent = cut.percent if cut and each.payee == "body" else 0
            lines.append(line(each.id, each.payee, each.label, quantity, each.unit, each.amount, percent))
    own = MappingProxyType({"en": "The holder's own estimate", "fr": "Estimation du détenteur"})
    for dataset, amount in sorted(costs.items()):
        lines.append(line(f"holder:{dataset}", "holder", own, Decimal(1), "dataset", amount, 0))
    return FeeEstimate(held.id, held.currency, tuple(lines), cut)


def line(
    name: str, payee: str, label: Mapping[str, str], quantity: Decimal, unit: str, amount: Decimal, percent: int
) -> FeeLine:
    """Return a line of an estimate, rounded to the cent, halves upwards."""
    due = (quantity * amount * (100 - percent) / 100).quantize(CENT, ROUND_HALF_UP)
    return FeeLine(name, payee, label, quantity, unit, amount, percent, due)


def checked(kind: str, applicant: str, datasets: int, numbers: Mapping[str, int], costs: Mapping[str, Decimal]) -> None:
    """Refuse what no estimate can be made of; LAW-113."""
    if kind not in ("permit", "request"):
        raise refuse("LAW-113", found=kind[:32], accepted="permit, request")
    if applicant not in applicants():
        raise refuse("LAW-113", found=applicant[:32], accepted=", ".join(applicants()))
    if not 1 <= datasets <= 1000 or len(costs) > datasets:
        raise refuse("LAW-113", found=f"{datasets} datasets", accepted="1 – 1000")
    for name, largest in {"hours": 100_000, "months": 240, "storage": 240}.items():
        if not 0 <= numbers[name] <= largest:
            raise refuse("LAW-113", found=f"{name} {numbers[name]}", accepted=f"0 – {largest}")
    for amount in costs.values():
        if not (amount.is_finite() and 0 <= amount < 10**9):
            raise refuse("LAW-113", found=str(amount)[:32], accepted="0 – 999999999")
