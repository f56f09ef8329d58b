"""What a user is charged: the estimate that it accepted, or with the holder's part that the access body set. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def charged(fees: Mapping[str, Any]) -> str:
    """Return what a user pays in all, `900.00 EUR`.

    Parameters
    ----------
    fees : Mapping   `amount`, `currency`, `lines`; `set` once the access body has set the holder's part

    Source     Reg. (EU) 2025/327 art. 62(4)-(5) (SU-62-4, SU-62-5)

    Example
    -------
    >>> lines = [{"amount": "600.00", "payee": "body"}, {"amount": "400.00", "payee": "holder"}]
    >>> charged({"amount": "1000.00", "currency": "EUR", "lines": lines, "set": "300.00"})
    '900.00 EUR'
    """
    total = Decimal(fees["amount"])
    if "set" in fees:
        total += Decimal(fees["set"]) - part_of_holders(fees.get("lines", ()))
    return f"{total:.2f} {fees['currency']}"


def part_of_holders(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the part of an estimate's lines that goes to the holders; nothing where no line says so."""
    return sum((Decimal(str(line["amount"])) for line in lines if line.get("payee") == "holder"), Decimal(0))
