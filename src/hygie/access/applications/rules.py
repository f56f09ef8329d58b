"""Whether an application may be taken as it is written: completeness by section, and the checks of the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hygie.access.applications.document import Document, at, names, team, text
from hygie.access.applications.form.bounds import check_addresses, check_environment
from hygie.access.applications.form.criteria import check_cohort
from hygie.access.applications.mandates import check_mandate, claimed
from hygie.access.applications.naming import disguised, naming, unnamed
from hygie.access.permits.rules import differing, months_before, years_after
from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.base.kernel import Reason, Verdict, visible

TOLD_APART = frozenset({"purpose.format_reason", "purpose.gdpr_basis", "processing.frequency"})


@dataclass(frozen=True)
class Circumstances:
    """What an application is judged against, all handed in.

    Parameters
    ----------
    on : date              the day
    country : str          the node's
    accounts : Mapping     names of this node's accounts -> their roles
    datasets : Mapping     described and delivered dataset -> table -> its columns; tables only of those asked for
    amended : Permit       the permit that is amended or renewed, while it stands
    extensions : int       how often its line was extended
    renewing : bool        the application amends a permit, whether or not that still stands
    abroad : frozenset     datasets that the catalogue describes and that lie in another country
    handed_in : date       the day on which the application was submitted, None before
    unpublished : frozenset   datasets asked for that wait for their first publication
    """

    on: date
    country: str
    accounts: Mapping[str, tuple[str, ...]]
    datasets: Mapping[str, Mapping[str, frozenset[str]]]
    amended: Permit | None = None
    extensions: int = 0
    renewing: bool = False
    abroad: frozenset[str] = frozenset()
    handed_in: date | None = None
    unpublished: frozenset[str] = frozenset()


def datasets(document: Document) -> tuple[str, ...]:
    """Return the datasets that an application asks for, as identifiers."""
    return tuple(name[:64] for name in names(document, "sources.datasets"))


def judge(kind: str, template: str, document: Document, case: Circumstances) -> Verdict:
    """Return every reason against taking an application, each with its place.

    Parameters
    ----------
    kind : str           `permit` or `request`
    template : str       the form's version that the application was begun with
    document : Mapping   JSON by section

    Source     Reg. (EU) 2025/327 arts 53, 54, 57(1)(j), 66, 67(2)-(5), 69(2), 91; CSP L1461-1 V, L1461-3
    """
    reasons = unfilled(kind, template, document) + naming(kind, template, document)
    reasons += unnamed(document) + disguised(document)
    for rule in RULES[kind]:
        reasons += rule(document, case)
    return Verdict(tuple(reasons))


def completeness(kind: str, template: str, document: Document, case: Circumstances) -> Mapping[str, tuple[Reason, ...]]:
    """Return what is missing or wrong, by section; a section that is in order has no reasons.

    Source     Reg. (EU) 2025/327 arts 67(2), 69(2); TEHDAS2 D6.3
    """
    found: dict[str, list[Reason]] = {section: [] for section in sections(kind, template)}
    for reason in judge(kind, template, document, case).reasons:
        found.setdefault(reason.path.removeprefix("$.").split(".")[0].split("[")[0], []).append(reason)
    return {section: tuple(reasons) for section, reasons in found.items()}


def sections(kind: str, template: str) -> tuple[str, ...]:
    """Return the sections of a form, in their order."""
    return tuple(section.id for section in law.form(kind, template=template).sections)


def unfilled(kind: str, template: str, document: Document) -> list[Reason]:
    """Refuse fields that are wanted and missing, and those that hold what they cannot."""
    found = []
    for field in law.unfilled(law.form(kind, template=template), document):
        value, path = at(document, field.path), f"$.{field.path}"
        if field.path in TOLD_APART:
            continue
        if value in (None, "", [], {}) or field.type == "confirm":
            found.append(Reason("APP-105", {"field": field.path, "rule": field.rule}, path))
        elif field.type == "text" and isinstance(value, str) and len(value) > field.longest:
            size = len(value)
            found.append(Reason("APP-149", {"field": field.path, "found": size, "accepted": field.longest}, path))
        else:
            found.append(Reason("APP-106", {"field": field.path, "accepted": accepted(field)}, path))
    return found


def accepted(field: law.Field) -> str:
    """Return what a field holds, in signs that need no language."""
    if field.type == "text":
        return f"1 – {field.longest}"
    return ", ".join(field.choices) if field.choices else {"day": "YYYY-MM-DD"}.get(field.type, field.type)


def check_purpose(document: Document, case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Hold the applicant's kind against the purpose (53(2))."""
    basis, kind = text(document, "purpose.basis", 24), text(document, "applicant.kind", 64)
    wanted, applicant = law.purposes().get(basis), law.applicants().get(kind)
    if wanted is None or applicant is None or not wanted.reserved or applicant.public:
        return []
    if claimed(document):
        return []
    return [Reason("APP-110", {"found": kind, "basis": basis}, "$.purpose.basis")]


def check_claimed(document: Document, case: Circumstances) -> list[Reason]:
    """Hold a mandate that is claimed against what makes one (53(2), 68(6))."""
    return check_mandate(document, case.on)


def check_attested(document: Document, case: Circumstances) -> list[Reason]:
    """Ask for an attestation against each prohibited use (54; in France L1461-1 V)."""
    bans = [item.id for item in law.prohibitions().values() if case.country == "FR" or item.rule != "FR-3"]
    missing = [ban for ban in bans if ban not in names(document, "purpose.attested")]
    return [Reason("APP-111", {"found": ", ".join(missing)}, "$.purpose.attested")] if missing else []


def check_laboratory(document: Document, case: Circumstances) -> list[Reason]:
    """Ask industry and insurers, in France, for their laboratory or their proof (L1461-3 II)."""
    kind = law.applicants().get(text(document, "applicant.kind", 64))
    if case.country != "FR" or kind is None or not kind.laboratory or text(document, "applicant.laboratory", 300):
        return []
    return [Reason("APP-117", {"found": kind.kind}, "$.applicant.laboratory")]


def check_country(document: Document, case: Circumstances) -> list[Reason]:
    """Refuse an applicant from a third country that no reciprocal act names (91)."""
    country = text(document, "applicant.country", 2)
    if not country or law.eligible_country(country, case.on):
        return []
    return [Reason("APP-116", {"found": country}, "$.applicant.country")]


def check_datasets(document: Document, case: Circumstances) -> list[Reason]:
    """Refuse a dataset that the catalogue does not describe, that is not delivered, or not open to applications yet.

    Source     Reg. (EU) 2025/327 arts 51(1)(p), 67(2)(d) (SU-51-P)
    """
    accepted = ", ".join(sorted(case.datasets.keys() - case.unpublished)[:20]) or "–"
    early = [
        Reason("CAT-109", {}, f"$.sources.datasets[{place}]")
        for place, name in enumerate(datasets(document))
        if name in case.unpublished
    ]
    return early + [
        Reason("APP-119", {"found": name[:64], "accepted": accepted}, f"$.sources.datasets[{place}]")
        for place, name in enumerate(datasets(document))
        if name not in case.datasets and (name not in case.abroad or not case.datasets.keys() & set(datasets(document)))
    ]


def check_variables(document: Document, case: Circumstances) -> list[Reason]:
    """Ask for tables and variables that are there, and for a reason for each (66(1))."""
    tables, reasons = at(document, "data.tables", {}), at(document, "data.reasons", {})
    if not isinstance(tables, Mapping) or not isinstance(reasons, Mapping):
        return []
    held = [case.datasets[name] for name in datasets(document) if name in case.datasets]
    found = []
    for table, columns in tables.items():
        for column in columns if isinstance(columns, list) else []:
            path = f"$.data.tables.{table}.{column}"[:160]
            if held and not any(column in tables_of.get(table, ()) for tables_of in held):
                found.append(Reason("APP-122", {"found": f"{table}.{column}"[:130]}, path))
            elif not given(reasons, table, str(column)):
                found.append(Reason("APP-112", {"found": f"{table}.{column}"[:130]}, path))
    return found


def given(reasons: Mapping[str, Any], table: str, column: str) -> bool:
    """Return whether a variable has its reason; a table's key column needs none of its own."""
    if column in ("person_id", f"{table}_id"):
        return any(str(name).split(".")[0] == table for name in reasons)
    value = reasons.get(f"{table}.{column}")
    return isinstance(value, str) and bool(value.strip())


def check_format(document: Document, case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Ask why pseudonyms are needed (66(3)), and their basis in the GDPR (67(4)); anonymised is the default."""
    if text(document, "purpose.format", 20) != "pseudonymised":
        return []
    found = []
    if not text(document, "purpose.format_reason", 10):
        found.append(Reason("APP-113", {}, "$.purpose.format_reason"))
    if not text(document, "purpose.gdpr_basis", 10):
        found.append(Reason("APP-114", {}, "$.purpose.gdpr_basis"))
    return found


def check_period(document: Document, case: Circumstances) -> list[Reason]:
    """Ask public bodies for period and frequency of access (67(5)), and everyone for days in their order."""
    found = []
    kind = law.applicants().get(text(document, "applicant.kind", 64))
    if kind is not None and kind.public and not text(document, "processing.frequency", 10):
        found.append(Reason("APP-115", {}, "$.processing.frequency"))
    start, end = day(document, "processing.from"), day(document, "processing.to")
    if start and end and end < start:
        found.append(Reason("APP-123", {"found": f"{start} – {end}"}, "$.processing.to"))
    else:
        found += over(document, case.on)
    if start and not case.renewing and start < (case.handed_in or case.on):
        facts = {"found": start.isoformat(), "accepted": (case.handed_in or case.on).isoformat()}
        found.append(Reason("APP-139", facts, "$.processing.from"))
    longest = law.limit("permit.duration", on=case.on).figure
    if start and end and not case.renewing and end > years_after(start, longest):
        found.append(Reason("APP-124", {"found": end.isoformat(), "years": longest}, "$.processing.to"))
    first, last = day(document, "data.period.from"), day(document, "data.period.to")
    if first and last and last < first:
        found.append(Reason("APP-123", {"found": f"{first} – {last}"}, "$.data.period.to"))
    return found


def over(document: Document, today: date) -> list[Reason]:
    """Refuse access that is over before it is granted; the permit could not be used on any day (68(10)(e))."""
    end = day(document, "processing.to")
    if end is None or end >= today:
        return []
    return [Reason("APP-137", {"found": end.isoformat(), "day": today.isoformat()}, "$.processing.to")]


def day(document: Document, path: str) -> date | None:
    """Return the day at a path, or None."""
    try:
        return date.fromisoformat(text(document, path, 10))
    except ValueError:
        return None


def check_people(document: Document, case: Circumstances) -> list[Reason]:
    """Ask that the persons named have an account of their own that may use data (67(2)(a), 73(1)(a))."""
    found = strangers(document, case.accounts)
    lead = text(document, "processing.principal_investigator", 64)
    if lead and lead not in names(document, "processing.people"):
        found.append(Reason("APP-148", {"found": visible(lead, 64)}, "$.processing.principal_investigator"))
    return found


def strangers(document: Document, accounts: Mapping[str, tuple[str, ...]]) -> list[Reason]:
    """Return the accounts named that may not use data; of one that is not there the same is said."""
    unfit = [visible(name, 64) for name in team(document) if "user" not in accounts.get(name, ())]
    facts = {"found": ", ".join(unfit[:20])}
    return [Reason("APP-120", facts, "$.processing.people")] if unfit else []


def check_renewal(document: Document, case: Circumstances) -> list[Reason]:
    """Hold an amendment against 68(12) and (13): one extension, its papers a month before the end (SU-68-12a).

    The day on which they came counts, however long it takes to complete them.
    """
    if not case.renewing:
        return []
    before, end = case.amended, day(document, "processing.to")
    if before is None:
        return [Reason("APP-121", {"found": "–"}, "$.processing")]
    if end is None or end <= before.duration.end:
        return []
    found = []
    last = months_before(before.duration.end, law.limit("permit.extension.notice", on=case.on).figure)
    longest = law.limit("permit.extension", on=case.on).figure
    came = case.handed_in or case.on
    if came > last:
        facts = {"found": came.isoformat(), "accepted": last.isoformat()}
        found.append(Reason("APP-126", facts, "$.processing.to"))
    if case.extensions >= law.limit("permit.extensions", on=case.on).figure:
        found.append(Reason("APP-127", {"found": case.extensions}, "$.processing.to"))
    if end > years_after(before.duration.end, longest):
        found.append(Reason("APP-124", {"found": end.isoformat(), "years": longest}, "$.processing.to"))
    return found


def check_same_user(document: Document, case: Circumstances) -> list[Reason]:
    """Hold an amendment to the permit's user and to the purpose that it was granted for (68(13))."""
    if case.amended is None:
        return []
    paths = ("applicant.name", "applicant.kind", "applicant.country", "purpose.basis")
    said = {path.partition(".")[2]: path for path in paths}
    found = differing(case.amended, **{name: text(document, path, 300) for name, path in said.items()})
    fields = [said[path.partition(".")[2]] for path in found]
    return [Reason("APP-150", {"field": path}, f"$.{path}") for path in fields]


def check_statistics(document: Document, case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Refuse a request whose answer would be rows rather than aggregates (69(1))."""
    measures = at(document, "statistics.measures", [])
    listed = measures if isinstance(measures, list) else []
    wrong = [str(item)[:40] for item in listed if item not in MEASURES]
    facts = {"found": ", ".join(wrong), "accepted": ", ".join(MEASURES)}
    return [Reason("APP-128", facts, "$.statistics.measures")] if wrong else []


MEASURES = ("count", "mean", "proportion", "rate", "sum")
Rule = Callable[[Document, Circumstances], list[Reason]]
COMMON: tuple[Rule, ...] = (
    check_purpose,
    check_claimed,
    check_attested,
    check_laboratory,
    check_country,
    check_datasets,
    check_cohort,
    check_addresses,
)
RULES: Mapping[str, tuple[Rule, ...]] = {
    "permit": (
        *COMMON,
        check_variables,
        check_format,
        check_period,
        check_people,
        check_environment,
        check_renewal,
        check_same_user,
    ),
    "request": (*COMMON, check_statistics),
}
