"""Whether a draft may be granted: the rules of arts 53, 54, 66, 68 and 71, every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hygie.access.cohorts.rules import check_codes
from hygie.access.cohorts.values import MAX_DEPTH as MAX_COHORT_DEPTH
from hygie.access.cohorts.values import Criterion, depth, tables_needed
from hygie.access.permits.case import Circumstances
from hygie.access.permits.categories import check_coverage
from hygie.access.permits.data_rules import (
    check_format,
    check_potential_identifiers,
    check_reasons,
    check_tables,
)
from hygie.access.permits.values import (
    DraftPolicy,
    Environment,
    OptOutException,
    People,
    Permit,
    Purpose,
    Span,
    User,
)
from hygie.base import law
from hygie.base.kernel import Reason, Refusal, folded


def judge(parts: Mapping[str, Any], case: Circumstances) -> tuple[Reason, ...]:
    """Return every reason against granting; a rule whose parts could not be read is not applied.

    Parameters
    ----------
    parts : Mapping        the sound parts of a draft by path, as `reading.read` gives them
    case : Circumstances

    Source     Reg. (EU) 2025/327 arts 51, 53, 54, 66, 68(10), 68(12), 71(4); CSP L1461-1, L1461-3
    """
    found: list[Reason] = []
    for needs, rule in RULES:
        if all(need in parts for need in needs):
            found += rule(*(parts[need] for need in needs), case)
    return tuple(found)


def is_pilot(today: date) -> bool:
    """Say whether a decision comes before chapter IV applies, and so rests on the law of today.

    Source     Reg. (EU) 2025/327 art. 105

    Example
    -------
    >>> is_pilot(date(2029, 3, 25)), is_pilot(date(2029, 3, 26))
    (True, False)
    """
    return not law.purposes()["53(1)(e)"].valid.covers(today)


def check_node(node: str | None, case: Circumstances) -> list[Reason]:
    """Refuse a draft written for another node."""
    return [] if node in (None, case.node) else [Reason("PMT-108", {"found": node, "accepted": case.node}, "$.node")]


def check_user(user: User, purpose: Purpose, case: Circumstances) -> list[Reason]:
    """Hold the applicant's kind against the purpose (53(2)) and, in France, against L1461-3."""
    kinds = law.applicants()
    kind = kinds.get(user.kind)
    if kind is None:
        facts = {"found": user.kind, "accepted": ", ".join(sorted(kinds))}
        return [Reason("PMT-110", facts, "$.user.kind")]
    found = []
    if user.country not in law.countries():
        found.append(Reason("PMT-115", {"found": user.country}, "$.user.country"))
    wanted = law.purposes()[purpose.basis]
    if wanted.reserved and not kind.public and user.mandate is None:
        found.append(Reason("PMT-111", {"found": user.kind, "basis": purpose.basis}, "$.user.mandate"))
    if case.country == "FR" and kind.laboratory and user.laboratory is None:
        found.append(Reason("PMT-112", {"found": user.kind}, "$.user.laboratory"))
    return found


def check_purpose(purpose: Purpose, case: Circumstances) -> list[Reason]:
    """Ask for an attestation against each prohibited use."""
    bans = [item.id for item in law.prohibitions().values() if case.country == "FR" or item.rule != "FR-3"]
    missing = [ban for ban in bans if ban not in purpose.attested]
    unknown = [word for word in purpose.attested if word not in law.prohibitions()]
    found = []
    if missing:
        found.append(Reason("PMT-113", {"found": ", ".join(missing)}, "$.purpose.attested"))
    if unknown:
        facts = {"found": unknown[0][:40], "accepted": ", ".join(bans)}
        found.append(Reason("PMT-114", facts, "$.purpose.attested"))
    return found


def check_categories(categories: tuple[str, ...], case: Circumstances) -> list[Reason]:
    """Refuse, once chapter IV applies, a category whose own day has not come (105)."""
    if is_pilot(case.today):
        return []
    known = law.categories()
    return [
        Reason("PMT-122", {"found": letter, "start": known[letter].valid.start.isoformat()}, f"$.data.categories[{at}]")
        for at, letter in enumerate(categories)
        if not known[letter].valid.covers(case.today)
    ]


def check_cohort(datasets: tuple[str, ...], cohort: Criterion, case: Circumstances) -> list[Reason]:
    """Refuse a cohort too deep, one of codes that no data can hold, or one that reads what a dataset does not hold."""
    if depth(cohort) > MAX_COHORT_DEPTH:
        return [Reason("PMT-132", {"found": depth(cohort), "accepted": MAX_COHORT_DEPTH}, "$.data.cohort")]
    unheld = (
        Reason("PMT-133", {"found": table, "dataset": dataset}, "$.data.cohort")
        for dataset in datasets
        if dataset in case.datasets
        for table in sorted(tables_needed(cohort) - set(case.datasets[dataset]))
    )
    return [*check_codes(cohort, "$.data.cohort").reasons, *unheld]


def check_people(people: People, case: Circumstances) -> list[Reason]:
    """Ask that each person named is a user, once, who did not decide; the principal investigator among them."""
    found = []
    for at, name in enumerate(people.authorised):
        path = f"$.people.authorised[{at}]"
        if name not in case.accounts:
            found.append(Reason("PMT-140", {"found": name}, path))
        elif "user" not in case.accounts[name]:
            facts = {"found": name, "roles": ", ".join(case.accounts[name])}
            found.append(Reason("PMT-143", facts, path))
        if name in people.authorised[:at]:
            found.append(Reason("PMT-121", {"found": name}, path))
        if name in case.deciders:
            found.append(Reason("PMT-142", {"found": name}, path))
    if people.principal_investigator in case.deciders - set(people.authorised):
        facts = {"found": people.principal_investigator}
        found.append(Reason("PMT-142", facts, "$.people.principal_investigator"))
    if people.principal_investigator not in people.authorised:
        facts = {"found": people.principal_investigator}
        found.append(Reason("PMT-141", facts, "$.people.principal_investigator"))
    return found


def check_duration(duration: Span, amends: str | None, case: Circumstances) -> list[Reason]:
    """Hold the duration against 68(12): at most ten years, one extension of at most ten, asked a month before."""
    found = []
    today = case.today
    if duration.end < today:
        found.append(Reason("PMT-151", {"found": duration.end.isoformat(), "day": today.isoformat()}, "$.duration.to"))
    if amends is not None and case.amended is not None:
        return found + check_extension(duration, case.amended, case)
    latest = months_after(today, law.limit("permit.start", on=today).figure)
    if duration.start > latest:
        facts = {"found": duration.start.isoformat(), "accepted": latest.isoformat()}
        found.append(Reason("PMT-156", facts, "$.duration.from"))
    longest = law.limit("permit.duration", on=today).figure
    if duration.end > years_after(duration.start, longest):
        found.append(Reason("PMT-150", {"years": longest, "found": duration.end.isoformat()}, "$.duration.to"))
    return found


def check_extension(duration: Span, before: Permit, case: Circumstances) -> list[Reason]:
    """Hold an amended duration against the permit before it."""
    today = case.today
    found = []
    if duration.start != before.duration.start:
        facts = {"found": duration.start.isoformat(), "accepted": before.duration.start.isoformat()}
        found.append(Reason("PMT-154", facts, "$.duration.from"))
    if duration.end <= before.duration.end:
        return found
    longest = law.limit("permit.extension", on=today).figure
    notice = law.limit("permit.extension.notice", on=today).figure
    if case.extensions >= law.limit("permit.extensions", on=today).figure:
        found.append(Reason("PMT-152", {"found": case.extensions + 1}, "$.duration.to"))
    if duration.end > years_after(before.duration.end, longest):
        found.append(Reason("PMT-150", {"years": longest, "found": duration.end.isoformat()}, "$.duration.to"))
    asked = case.asked_on or today
    if asked > months_before(before.duration.end, notice):
        facts = {"end": before.duration.end.isoformat(), "found": asked.isoformat(), "months": str(notice)}
        found.append(Reason("PMT-153", facts, "$.duration.to"))
    return found


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 28 where there is none.

    Example
    -------
    >>> years_after(date(2028, 2, 29), 10)
    datetime.date(2038, 2, 28)
    """
    try:
        return day.replace(year=min(day.year + years, date.max.year))
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def check_period(period: Span, duration: Span, case: Circumstances) -> list[Reason]:
    """Refuse records from before anyone has any, or from after the year in which the permit ends."""
    first = date(law.limit("data.first", on=case.today).figure, 1, 1)
    last = duration.end.replace(month=12, day=31)
    accepted = f"{first.isoformat()} – {last.isoformat()}"
    return [
        Reason("PMT-137", {"found": day.isoformat(), "accepted": accepted}, f"$.data.period.{name}")
        for name, day in (("from", period.start), ("to", period.end))
        if not first <= day <= last
    ]


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month; the calendar's last at its end.

    Example
    -------
    >>> months_after(date(2027, 8, 31), 6)
    datetime.date(2028, 2, 29)
    """
    return months_before(day, -months) if day.year + months // 12 < date.max.year else date.max


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last day of a shorter month.

    Example
    -------
    >>> months_before(date(2027, 3, 31), 1)
    datetime.date(2027, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def check_amends(amends: str | None, case: Circumstances) -> list[Reason]:
    """Refuse an amendment of a permit that is not there, or no longer stands."""
    if amends is None or case.amended is not None:
        return []
    return [Reason("PMT-155", {"found": amends}, "$.amends")]


def check_same_user(user: User, purpose: Purpose, amends: str | None, case: Circumstances) -> list[Reason]:
    """Hold an amendment to the permit's user and to the purpose that it was granted for (68(13))."""
    if amends is None or case.amended is None:
        return []
    given = {"name": user.name, "kind": user.kind, "country": user.country, "basis": purpose.basis}
    return [Reason("PMT-157", {"field": path}, f"$.{path}") for path in differing(case.amended, **given)]


def differing(before: Permit, *, name: str, kind: str, country: str, basis: str) -> list[str]:
    """Return what an amendment would change that it must keep, as a permit's paths."""
    held = {
        "user.name": folded(name) == folded(before.user.name),
        "user.kind": kind == before.user.kind,
        "user.country": country == before.user.country,
        "purpose.basis": basis == before.purpose.basis,
    }
    return [path for path, same in held.items() if not same]


def check_policy(policy: DraftPolicy, case: Circumstances) -> list[Reason]:
    """Ask for a preset in force, no looser than the node's or the amended permit's, and for its own figures."""
    try:
        preset = law.preset(policy.preset, on=case.today)
    except Refusal as refusal:
        return [Reason(reason.code, reason.facts, "$.output_policy.preset") for reason in refusal.verdict.reasons]
    kept = case.amended.output_policy.preset if case.amended else ""
    allowed = [each.id for each in law.presets_within(case.preset, on=case.today, kept=kept)]
    if preset.id not in allowed:
        facts = {"found": preset.id, "node": case.preset, "accepted": ", ".join(allowed)}
        return [Reason("PMT-172", facts, "$.output_policy.preset")]
    if policy.figures is None:
        return []
    path = "$.output_policy.figures"
    stated, right = policy.figures.model_dump(mode="json"), preset.figures()
    return [
        Reason(
            "PMT-171",
            {"found": str(stated[name])[:60], "accepted": str(right[name])},
            f"{path}.{name}",
        )
        for name in right
        if stated[name] != right[name]
    ]


def check_exception(exception: OptOutException | None, case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Refuse an exception to opt-outs: it needs a national law (71(4)), and no pack holds one."""
    return [] if exception is None else [Reason("PMT-180", {"found": exception.law[:60]}, "$.opt_out_exception")]


def check_environment(environment: Environment, case: Circumstances) -> list[Reason]:  # noqa: ARG001
    """Refuse bounds that contradict each other: outputs and scratch live in memory beside the run."""
    if environment.output_mb > environment.memory_mb:
        facts = {"found": environment.output_mb, "accepted": environment.memory_mb}
        return [Reason("PMT-160", facts, "$.environment.output_mb")]
    return []


def check_known_datasets(datasets: tuple[str, ...], case: Circumstances) -> list[Reason]:
    """Refuse a dataset that this node does not hold, or that is named twice."""
    found = [
        Reason(
            "PMT-120", {"found": name, "accepted": ", ".join(sorted(case.datasets)) or "–"}, f"$.data.datasets[{at}]"
        )
        for at, name in enumerate(datasets)
        if name not in case.datasets
    ]
    if len(set(datasets)) != len(datasets):
        found.append(Reason("PMT-121", {"found": "datasets"}, "$.data.datasets"))
    return found


RULES: tuple[tuple[tuple[str, ...], Callable[..., list[Reason]]], ...] = (
    (("node",), check_node),
    (("user", "purpose"), check_user),
    (("purpose",), check_purpose),
    (("data.datasets",), check_known_datasets),
    (("data.categories",), check_categories),
    (("data.categories", "data.tables"), check_coverage),
    (("data.period", "duration"), check_period),
    (("data.datasets", "data.tables"), check_tables),
    (("data.tables", "data.reasons"), check_reasons),
    (("data.format", "data.format_reason"), check_format),
    (("data.tables", "minimisation"), check_potential_identifiers),
    (("data.datasets", "data.cohort"), check_cohort),
    (("people",), check_people),
    (("amends",), check_amends),
    (("user", "purpose", "amends"), check_same_user),
    (("duration", "amends"), check_duration),
    (("environment",), check_environment),
    (("output_policy",), check_policy),
    (("opt_out_exception",), check_exception),
)
