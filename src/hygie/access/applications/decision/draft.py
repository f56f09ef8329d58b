"""From an application to the permit that would be granted, and whether a decision gives more than was asked."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from hygie.access.applications.document import Document, at, names, team, text
from hygie.access.applications.mandates import mandate
from hygie.access.permits.reading import read
from hygie.access.permits.values import FORMAT, Permit
from hygie.base.kernel import Reason, Verdict

ENVIRONMENT: Mapping[str, object] = {
    "tools": ["python"],
    "cpus": 2,
    "memory_mb": 2048,
    "minutes": 60,
    "scratch_mb": 512,
    "output_mb": 32,
    "processes": 64,
}
FINER: Mapping[str, tuple[str, ...]] = {
    "birth": ("year", "month", "day"),
    "dates": ("year", "month", "day"),
    "location": ("none", "region", "full"),
    "codes": ("3-characters", "full"),
}
# the rules for outputs may be stricter, never looser: granting holds them against the node's
OPEN_TO_CHANGE = frozenset(
    {"data", "minimisation", "people", "duration", "environment", "special_conditions", "output_policy"}
)


def compile_draft(
    document: Document,
    *,
    today: date,
    pilot: bool,
    fees: Mapping[str, str],
    preset: str,
    amended: Permit | None,
    abroad: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the permit that an application asks for, as `permits.actions.grant` takes it.

    Parameters
    ----------
    document : Mapping     the application, complete
    today : date           the day of the decision; a permit does not begin before it
    pilot : bool           chapter IV does not apply yet
    preset : str           the rules for outputs
    fees : Mapping         `amount` with two decimals, `currency`
    amended : Permit       the permit that is amended or renewed; its beginning and special conditions are kept
    abroad : frozenset     datasets of other countries, whose access bodies decide on them (67(3), 68(5))

    Source     Reg. (EU) 2025/327 art. 68(10)
    """
    data = at(document, "data", {})
    said = on_permit(document)
    reference = "Reg. (EU) 2025/327 art. 68" + (", as a pilot before chapter IV applies" if pilot else "")
    return {
        "schema": FORMAT,
        "amends": amended.id if amended else None,
        "legal_references": [reference, *([said["gdpr_basis"]] if said["gdpr_basis"] else [])],
        "user": user(document),
        "purpose": {
            "basis": text(document, "purpose.basis", 24),
            "title": first_line(text(document, "public.title", 300)),
            "text": said["aim"],
            "attested": list(names(document, "purpose.attested")),
        },
        "data": {
            "datasets": [name for name in names(document, "sources.datasets") if name not in abroad],
            "categories": list(names(document, "sources.categories")),
            "tables": data.get("tables", {}),
            "period": data.get("period", {}),
            "cohort": data.get("cohort", {}),
            "format": text(document, "purpose.format", 20) or "anonymised",
            "format_reason": text(document, "purpose.format_reason", 5000) or None,
            "reasons": data.get("reasons", {}),
        },
        "minimisation": data.get("minimisation", {}),
        "opt_out_exception": exception(document),
        "people": {
            "principal_investigator": text(document, "processing.principal_investigator", 64),
            "authorised": list(team(document)),
        },
        "duration": {"from": begins(document, today, amended), "to": text(document, "processing.to", 10)},
        "environment": environment(document),
        "fees": dict(fees),
        "special_conditions": list(amended.special_conditions) if amended else [],
        "output_policy": {"preset": preset},
    }


def environment(document: Document) -> dict[str, object]:
    """Return the machine that is asked for, with this node's figures where nothing is said."""
    asked = at(document, "processing.environment", {})
    return {**ENVIRONMENT, **{name: value for name, value in asked.items() if name in ENVIRONMENT}}


def on_permit(document: Document) -> dict[str, str]:
    """Return the applicant's own words that a granted permit shows to everyone, as it shows them.

    Example
    -------
    >>> on_permit({"purpose": {"aim": "A question.", "format": "pseudonymised", "gdpr_basis": "art. 6(1)(e)"}})
    {'aim': 'A question.', 'gdpr_basis': 'art. 6(1)(e)', 'opt_out_exception': ''}
    """
    exempt, named = exception(document), text(document, "purpose.format", 20) == "pseudonymised"
    return {
        "aim": text(document, "purpose.aim", 5000),
        "gdpr_basis": first_line(text(document, "purpose.gdpr_basis", 250)) if named else "",
        "opt_out_exception": exempt["law"] if exempt else "",
    }


def user(document: Document) -> dict[str, str | None]:
    """Return whom the permit is for."""
    return {
        "name": first_line(text(document, "applicant.name", 300)),
        "kind": text(document, "applicant.kind", 64),
        "country": text(document, "applicant.country", 2),
        "mandate": stated.line if (stated := mandate(document)) else None,
        "laboratory": text(document, "applicant.laboratory", 300) or None,
    }


def begins(document: Document, today: date, amended: Permit | None) -> str:
    """Return the first day: the amended permit's, or the day asked for, but not before the decision."""
    return (
        amended.duration.start.isoformat() if amended else max(text(document, "processing.from", 10), today.isoformat())
    )


def exception(document: Document) -> dict[str, str] | None:
    """Return the exception to opt-outs asked for (67(2)(k)); permits refuse it where no national law has one."""
    if at(document, "data.opt_out_exception") is not True:
        return None
    reason = text(document, "data.opt_out_reason", 2000)
    return {"law": first_line(reason)[:300], "reason": reason}


def first_line(value: str) -> str:
    """Return a text on one line.

    Example
    -------
    >>> first_line("A question\\n  and more")
    'A question and more'
    """
    return " ".join(value.split())


def changed(draft: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft with an officer's changes: objects are merged, null takes a field away.

    Source     RFC 7386

    Example
    -------
    >>> changed({"data": {"tables": {"person": ["sex"], "death": ["day"]}}}, {"data": {"tables": {"death": None}}})
    {'data': {'tables': {'person': ['sex']}}}
    """
    found = deepcopy(dict(draft))
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(found.get(name), dict) and name != "cohort":
            found[name] = changed(found[name], value)
        else:
            found[name] = deepcopy(value)
    return found


def whole(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft as a permit would hold it, what it leaves out filled in.

    Errors     PMT-104 to PMT-107, with the path of each fault
    """
    reading = read(draft)
    Verdict(reading.reasons).check()
    assert reading.draft is not None
    return reading.draft.model_dump(mode="json")


def no_more(asked: Mapping[str, Any], given: Mapping[str, Any]) -> Verdict:
    """Return whether a decision stays within what was asked for.

    Parameters
    ----------
    asked, given : Mapping   drafts as `whole` gives them, before and after the officer's changes

    Errors     none raised; APP-216 as reasons, each with its path
    Source     Reg. (EU) 2025/327 arts 66(1), 68(10)
    """
    found = [
        Reason("APP-216", {"found": name}, f"$.{name}")
        for name in given
        if name not in OPEN_TO_CHANGE and given[name] != asked.get(name)
    ]
    wide: list[tuple[str, bool]] = [
        ("data.datasets", not set(given["data"]["datasets"]) <= set(asked["data"]["datasets"])),
        ("data.categories", not set(given["data"]["categories"]) <= set(asked["data"]["categories"])),
        ("people.authorised", not set(given["people"]["authorised"]) <= set(asked["people"]["authorised"])),
        ("duration.to", given["duration"]["to"] > asked["duration"]["to"]),
        ("duration.from", given["duration"]["from"] < asked["duration"]["from"]),
        ("data.period.from", given["data"]["period"]["from"] < asked["data"]["period"]["from"]),
        ("data.period.to", given["data"]["period"]["to"] > asked["data"]["period"]["to"]),
        ("data.format", (given["data"]["format"], asked["data"]["format"]) == ("pseudonymised", "anonymised")),
    ]
    for table, columns in given["data"]["tables"].items():
        extra = set(columns) - set(asked["data"]["tables"].get(table, ()))
        wide += [(f"data.tables.{table}", True)] if extra else []
    for name, words in FINER.items():
        before, after = asked["minimisation"].get(name), given["minimisation"].get(name)
        if before in words and after in words and words.index(after) > words.index(before):
            wide.append((f"minimisation.{name}", True))
    for name, most in asked["environment"].items():
        least = given["environment"][name]
        more = not set(least) <= set(most) if isinstance(most, list) else least > most
        wide.append((f"environment.{name}", more))
    wide.append(("data.cohort", not within(asked["data"]["cohort"], given["data"]["cohort"])))
    found += [Reason("APP-216", {"found": name}, f"$.{name}") for name, more in wide if more]
    return Verdict(tuple(found))


def within(asked: object, given: object) -> bool:
    """Return whether a cohort is the one asked for, or that one with further conditions.

    Example
    -------
    >>> adults, women = {"age": {"at": "2020-01-01", "min": 18}}, {"sex": {"in": ["female"]}}
    >>> within(adults, {"all": [adults, women]}), within(adults, women)
    (True, False)
    """
    if given == asked:
        return True
    return isinstance(given, Mapping) and set(given) == {"all"} and asked in given["all"]
