"""What a permit would refuse in an application's figures and addresses, found while the applicant still writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from hygie.access.applications.document import Document, at, text
from hygie.access.permits.reading import adapter, show
from hygie.access.permits.values import Environment
from hygie.base.kernel import Reason, canonical

RESOURCES = "processing.environment"
E_MAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}", re.ASCII)
PEPPOL = re.compile(r"[0-9]{4}:[A-Za-z0-9._~%-]{1,50}", re.ASCII)
VAT = re.compile(r"[A-Z]{2}(?=.*[0-9]{2})[0-9A-Z+*]{2,16}", re.ASCII)
PUNCTUATION = re.compile(r"[\s.\-\u2010-\u2013]")
TOOLS = "python, r"


def check_environment(document: Document, case: object) -> list[Reason]:  # noqa: ARG001
    """Hold the resources asked for against the permit's own bounds, each by its name.

    Source     Reg. (EU) 2025/327 arts 67(2)(i), 68(10)
    """
    held = at(document, RESOURCES)
    found = []
    for name, value in held.items() if isinstance(held, Mapping) else ():
        path = f"$.{RESOURCES}.{name if name in Environment.model_fields else '?'}"
        if name not in Environment.model_fields:
            known = ", ".join(Environment.model_fields)
            found.append(Reason("APP-132", {"found": show(name), "accepted": known}, path))
        elif not fits(name, value):
            facts = {"field": f"resource.{name}", "found": show(value), "accepted": span(name)}
            found.append(Reason("APP-131", facts, path))
    return found


def fits(name: str, value: object) -> bool:
    """Return whether a permit can hold a resource as it is asked for.

    Example
    -------
    >>> fits("cpus", 2), fits("cpus", 0), fits("cpus", "1e9"), fits("memory_mb", 1.5)
    (True, False, False, False)
    """
    try:
        adapter(Environment, name).validate_json(canonical(value), strict=True)
    except (ValidationError, TypeError, ValueError):
        return False
    return True


def span(name: str) -> str:
    """Return the least and the greatest value of a resource, in signs that need no language.

    Example
    -------
    >>> span("minutes"), span("tools")
    ('1 – 10080', 'python, r')
    """
    limits = Environment.model_fields[name].metadata
    least = next((each.ge for each in limits if hasattr(each, "ge")), None)
    most = next((each.le for each in limits if hasattr(each, "le")), None)
    return TOOLS if least is None else f"{least} – {most}"


def check_addresses(document: Document, case: object) -> list[Reason]:  # noqa: ARG001
    """Ask for addresses, a VAT number and a Peppol identifier that an answer or an invoice could be sent to.

    Source     RFC 5321 section 4.1.2; Directive 2006/112/EC arts 214-215, 226(5); Peppol policy for identifiers 4.4
    """
    wanted: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("applicant.email", "APP-133", E_MAIL.fullmatch),
        ("payment.peppol", "APP-134", PEPPOL.fullmatch),
        ("payment.vat", "APP-135", lambda value: VAT.fullmatch(PUNCTUATION.sub("", value).upper())),
        ("payment.invoice", "APP-136", reachable),
    )
    found = []
    for path, code, fits in wanted:
        value = text(document, path, 300)
        if value and not fits(value):
            found.append(Reason(code, {"found": show(value)}, f"$.{path}"))
    return found


def reachable(value: str) -> bool:
    """Return whether an invoice finds its way: one electronic address, or a postal address, which has a number in it.

    Example
    -------
    >>> reachable("invoices@example.org"), reachable("Service facturier, 69000 Lyon"), reachable("pas une adresse")
    (True, True, False)
    """
    if "@" in value:
        return E_MAIL.fullmatch(value.strip()) is not None
    return any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
