"""The holder's part of an estimate: what its steward stated, and that it is passed on as stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hygie.access.applications.holders.charging import part_of_holders
from hygie.access.applications.models import ApplicationRow, EventRow
from hygie.access.applications.recording import Step
from hygie.base.kernel import refuse

MOST = Decimal("999999999.99")


def money(amount: str) -> str:
    """Return an amount with two decimals; APP-209 for anything else."""
    try:
        found = Decimal(amount)
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= MOST or found != found.quantize(Decimal("0.01")):
        raise refuse("APP-209", path="$.amount", found=amount[:40])
    return f"{found:.2f}"


def stated(row: ApplicationRow) -> tuple[str, str]:
    """Return what the holders' stewards stated, and its currency; two empty texts before."""
    return summed(row.events.filter(kind="costs.stated").order_by("id"))


def summed(said: Iterable[EventRow], holder: str = "") -> tuple[str, str]:
    """Return the sum of what each holder stated last, or the part of one of them, and its currency.

    What the node's own data office stated stands for all, until a holder states its own; what it states anew, again.
    """
    parts: dict[str, str] = {}
    currency = ""
    for each in said:
        of, currency = str(each.body.get("holder", "")), str(each.body["currency"])
        parts = {name: part for name, part in parts.items() if of and name} | {of: str(each.body["amount"])}
    known = [part for name, part in parts.items() if holder in ("", name)]
    return (f"{sum(map(Decimal, known)):.2f}", currency) if known else ("", "")


def passed_on(step: Step, currency: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """Refuse an estimate whose holders' part is not what their steward stated.

    Source     Reg. (EU) 2025/327 art. 62(2) (SU-62-2)
    """
    amount, stated_in = stated(step.row)
    if not amount:
        return
    part = part_of_holders(lines)
    if part != Decimal(amount) or currency != stated_in:
        raise refuse("APP-234", found=f"{part:.2f} {currency}", accepted=f"{amount} {stated_in}")
