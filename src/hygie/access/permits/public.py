"""What everyone may know of a permit: all but the natural persons it names. Its digest stands in the ledger."""

from __future__ import annotations

from typing import Any

from hygie.access.permits.values import Permit, Span, write_instant
from hygie.base.kernel import canonical, digest


def public(permit: Permit) -> dict[str, Any]:
    """Return the part of a permit that is published, as JSON values; what became of it since is not in it.

    Source     Reg. (EU) 2025/327 arts 57(1)(j), 68(10)(h)
    """
    named = permit.user.kind != "natural-person"
    exception = permit.opt_out_exception
    return {
        "id": permit.id,
        "version": permit.version,
        "sha256": permit.hash,
        "decided_at": write_instant(permit.decided_at),
        "pilot": permit.pilot,
        "amends": permit.amends,
        "user": {"name": permit.user.name if named else None, "kind": permit.user.kind, "country": permit.user.country},
        "purpose": {"basis": permit.purpose.basis, "title": permit.purpose.title, "text": permit.purpose.text},
        "legal_references": list(permit.legal_references),
        "datasets": list(permit.data.datasets),
        "categories": list(permit.data.categories),
        "tables": list(permit.data.tables),
        "period": span(permit.data.period),
        "duration": span(permit.duration),
        "format": permit.data.format,
        "minimisation": permit.minimisation.model_dump(),
        "opt_out_exception": exception.law if exception else None,
        "authorised_persons": len(permit.people.authorised),
        "output_policy": permit.output_policy.preset,
        "fees": f"{permit.fees.amount} {permit.fees.currency}",
        "special_conditions": list(permit.special_conditions),
    }


def public_digest(permit: Permit) -> str:
    """Return the SHA-256 of what is published of a permit."""
    return digest(canonical(public(permit)))


def span(days: Span) -> dict[str, str]:
    """Return days as JSON values."""
    return {"from": days.start.isoformat(), "to": days.end.isoformat()}
