"""Who and when a data point is of, by what, and whether it stands: what is read before its values."""

from __future__ import annotations

from hygie.base.engine import literal
from hygie.intake.sources.fhir.model import value_sets

# The local time as written: a shift to UTC would move days.
LOCAL = "TRY_CAST(regexp_replace(regexp_replace({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$', ''), 'T', ' ') AS TIMESTAMP)"
FRAME = "$.body.effective_time_frame"
END = (f"{FRAME}.time_interval.end_date_time", "$.effectivePeriod.end")
START = (
    f"{FRAME}.date_time",
    f"{FRAME}.time_interval.start_date_time",
    "$.effectiveDateTime",
    "$.effectiveInstant",
    "$.effectivePeriod.start",
)
DURATION = f"{FRAME}.time_interval.duration"
LENGTH = (DURATION, f"{DURATION}.value", f"{DURATION}.unit")
SECOND = 1_000_000
UNITS = {  # Open mHealth duration-unit-value, in microseconds; Mo and yr have no fixed length
    "ps": 1e-6,
    "ns": 1e-3,
    "us": 1,
    "ms": 1_000,
    "sec": SECOND,
    "min": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": 86_400 * SECOND,
    "wk": 7 * 86_400 * SECOND,
}
USER = ("$.header.user_id", "$.header.subject_id", "$.user_id")
PATIENT = "$.subject.reference"
DEVICE = ("$.header.acquisition_provenance.source_name", "$.device.display")
ID = ("$.header.id", "$.header.uuid", "$.id")
TYPE = "$.resourceType"
STATUS = "$.status"
HEAD = (*START, *END, *LENGTH, *USER, PATIENT, *DEVICE, *ID, TYPE, STATUS)  # read in one pass over a text
WITHDRAWN = "SRC-d09|it was cancelled or entered in error"


def first(*paths: str) -> str:
    """Return SQL: the first of some paths of `HEAD` that holds something."""
    cells = (f"nullif(trim(head[{HEAD.index(path) + 1}]), '')" for path in paths)
    return f"coalesce({', '.join(cells)}, NULL)"


def local(expression: str) -> str:
    """Return SQL: a time as written, without its offset."""
    return LOCAL.format(text=expression)


def points(number: int, relation: str) -> str:
    """Return SQL that adds (line, raw, fault) of one file, with who, when and by what."""
    sound = (
        "SELECT line, raw AS kept, fault, "
        "CASE WHEN fault IS NULL AND coalesce(json_valid(raw), false) THEN raw END AS raw "
        f"FROM ({relation})"
    )
    person = (
        f"coalesce({first(*USER)}, "
        f"nullif(regexp_extract({first(PATIENT)}, '(?:^|/)Patient/([A-Za-z0-9.-]{{1,64}})', 1), ''))"
    )
    told = (
        f"SELECT line, kept, raw, fault, {person} AS person, {first(*DEVICE)} AS device, {first(*ID)} AS source_id, "
        f"coalesce({first(TYPE)} = 'Observation', false) AS fhir, {first(STATUS)} AS status, "
        f"{first(*START)} AS begins, {first(*END)} AS ends, {first(DURATION)} AS duration, "
        f"{first(LENGTH[2])} AS duration_unit, {length()} AS length FROM "
        f"(SELECT *, json_extract_string(raw, [{', '.join(map(literal, HEAD))}]) AS head FROM ({sound}))"
    )
    return (
        f"INSERT INTO device_point SELECT {number}, line, kept, CASE WHEN fault IS NOT NULL THEN fault "
        f"WHEN raw IS NULL THEN 'SRC-d01|not JSON' {standing()} "
        "WHEN person IS NULL THEN 'SRC-d02|no user or patient is named' "
        "WHEN start IS NULL THEN 'SRC-d05|no time, or none that can be read' "
        f"{unmeasured()} WHEN until < start THEN 'SRC-d05|it ends before it begins' END, "
        f"person, device, source_id, fhir, start, until FROM ({bounds(told)})"
    )


def length() -> str:
    """Return SQL: the duration of a time interval, NULL where it is no number or its unit has no fixed length."""
    factors = " ".join(f"WHEN {literal(unit)} THEN {factor}" for unit, factor in UNITS.items())
    count = f"TRY_CAST({first(LENGTH[1])} AS DOUBLE) * CASE {first(LENGTH[2])} {factors} END"
    return f"TRY(to_microseconds(TRY_CAST(round({count}) AS BIGINT)))"


def bounds(told: str) -> str:
    """Return SQL: points with `start` and `until`, the one that is missing by the duration; an end alone is both.

    Source   Open mHealth, time-interval
    """
    begun, ended = local("begins"), local("ends")
    return (
        "SELECT *, NOT fhir AND duration IS NOT NULL AND (begins IS NULL) <> (ends IS NULL) AS timed, "
        f"CASE WHEN begins IS NOT NULL THEN {begun} WHEN NOT fhir THEN TRY(coalesce({ended} - length, {ended})) END "
        f"AS start, CASE WHEN ends IS NOT NULL THEN {ended} WHEN NOT fhir THEN TRY({begun} + length) END AS until "
        f"FROM ({told})"
    )


def unmeasured() -> str:
    """Return the branches of a CASE that set apart points whose duration is needed and says no fixed length."""
    return (
        "WHEN timed AND duration_unit IN ('Mo', 'yr') "
        "THEN 'SRC-d05|its duration is in months or years, which have no fixed length' "
        "WHEN timed AND (length IS NULL OR until IS NULL) THEN 'SRC-d05|its duration cannot be read'"
    )


def standing() -> str:
    """Return the branches of a CASE that set apart Observations that do not stand, or do not say whether they do.

    Source   HL7 FHIR R4, Observation.status, required binding
    """
    known = ", ".join(map(literal, sorted(value_sets()["observation-status"].codes)))
    return (
        f"WHEN fhir AND status IN ('cancelled', 'entered-in-error') THEN {literal(WITHDRAWN)} "
        f"WHEN fhir AND coalesce(status NOT IN ({known}), true) THEN 'SRC-d10|its status is missing or not one of R4'"
    )
