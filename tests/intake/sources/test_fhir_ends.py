"""How an event ends: its last day, how the end was written, and which ends break the standard."""

from datetime import date

import pytest

from hygie.intake.sources.fhir.model import mapping
from tests.intake.sources.fhir_files import CONDITION, ENCOUNTER, OBSERVATION, PATIENT, but, folder, reading
from tests.intake.sources.test_fhir_rules import ALLERGY, DEVICE, GIVEN, PROCEDURE, REPORT, REQUEST, VACCINE

ENDS = [
    ("2020", date(2020, 12, 31), "year", None),
    ("2021-02", date(2021, 2, 28), "month", None),
    ("2024-02", date(2024, 2, 29), "month", None),
    ("2020-12", date(2020, 12, 31), "month", None),
    ("2020-06-07", date(2020, 6, 7), "day", None),
    ("2020-06-07T23:30:00Z", date(2020, 6, 7), "time", "Z"),
    ("2020-06-07T23:30:00.25+02:00", date(2020, 6, 7), "time", "+02:00"),
    ("2020-06-07T00:30:00-05:30", date(2020, 6, 7), "time", "-05:30"),
]
# type -> (sample, the element that holds its end, the table, the column of the end)
ENDED = {
    "Condition.abatementDateTime": (CONDITION, {"abatementDateTime": "END"}, "condition_occurrence", "condition"),
    "Condition.abatementPeriod": (CONDITION, {"abatementPeriod": {"end": "END"}}, "condition_occurrence", "condition"),
    "Encounter.period": (ENCOUNTER, {"period": {"start": "2020-05", "end": "END"}}, "visit_occurrence", "visit"),
    "Procedure.performedPeriod": (
        but(PROCEDURE, "performedDateTime"),
        {"performedPeriod": {"start": "2020", "end": "END"}},
        "procedure_occurrence",
        "procedure",
    ),
    "MedicationAdministration.effectivePeriod": (
        but(GIVEN, "effectiveDateTime"),
        {"effectivePeriod": {"start": "2020-05-06", "end": "END"}},
        "drug_exposure",
        "drug_exposure",
    ),
    "MedicationRequest.dispenseRequest": (
        REQUEST,
        {"dispenseRequest": {"validityPeriod": {"end": "END"}}},
        "drug_exposure",
        "drug_exposure",
    ),
}


def ended(resource, change, end):
    """A resource with an end put where the change says END."""
    if isinstance(change, dict):
        return {**resource, **{name: ended({}, value, end) for name, value in change.items()}}
    return end if change == "END" else change


@pytest.mark.parametrize("case", ENDED)
def test_an_end_becomes_its_last_day_and_keeps_how_it_was_written(tmp_path, case):
    sample, change, table, stem = ENDED[case]
    lines = [but(ended(sample, change, end), id=f"x{number}") for number, (end, *_) in enumerate(ENDS)]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        columns = (f"{stem}_end_date", "end_date_precision", "end_date_offset")
        assert [tuple(row[name] for name in columns) for row in found.table(table)] == [each[1:] for each in ENDS]
        if table == "drug_exposure":
            assert [row["verbatim_end_date"] for row in found.table(table)] == [each[1] for each in ENDS]
        assert not [note for note in found.delivery.notes if "before they begin" in note]


def test_an_end_that_is_not_given_says_nothing_of_how_it_was_written(tmp_path):
    lines = [PATIENT, but(ENCOUNTER, period={"start": "2020-05"}), CONDITION, PROCEDURE, VACCINE, DEVICE, REQUEST]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        [row] = found.table("visit_occurrence")
        assert row["visit_start_date"] == row["visit_end_date"] == date(2020, 5, 1)
        for name in ("visit", "condition", "procedure"):
            [row] = found.table(f"{name}_occurrence")
            assert (row["end_date_precision"], row["end_date_offset"]) == (None, None)
        for name, count in (("drug_exposure", 2), ("device_exposure", 1)):
            rows = found.table(name)
            assert [row["end_date_precision"] for row in rows] == [None] * count
        assert found.table("condition_occurrence")[0]["condition_end_date"] is None


def test_a_death_keeps_how_its_date_was_written(tmp_path):
    dead = ["2020", "2020-02", "2020-02-29", "2020-02-29T23:00:00+01:00"]
    lines = [but(PATIENT, id=f"p{number}", deceasedDateTime=text) for number, text in enumerate(dead)]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        columns = ("death_date", "date_precision", "date_offset")
        assert [tuple(row[name] for name in columns) for row in found.table("death")] == [
            (date(2020, 1, 1), "year", None),
            (date(2020, 2, 1), "month", None),
            (date(2020, 2, 29), "day", None),
            (date(2020, 2, 29), "time", "+01:00"),
        ]


PERIODS = {
    "Encounter.period": lambda period: but(ENCOUNTER, period=period),
    "Condition.onsetPeriod": lambda period: but(CONDITION, "onsetDateTime", onsetPeriod=period),
    "Condition.abatementPeriod": lambda period: but(CONDITION, abatementPeriod=period),
    "Procedure.performedPeriod": lambda period: but(PROCEDURE, "performedDateTime", performedPeriod=period),
    "MedicationAdministration.effectivePeriod": lambda period: but(GIVEN, "effectiveDateTime", effectivePeriod=period),
    "MedicationRequest.dispenseRequest.validityPeriod": lambda period: but(
        REQUEST, dispenseRequest={"validityPeriod": period}
    ),
    "Observation.effectivePeriod": lambda period: but(OBSERVATION, "effectiveDateTime", effectivePeriod=period),
    "DiagnosticReport.effectivePeriod": lambda period: but(REPORT, effectivePeriod=period),
    "AllergyIntolerance.onsetPeriod": lambda period: but(ALLERGY, onsetPeriod=period),
}
REVERSED = [
    ("2021", "2020"),
    ("2021-01-01", "2020"),
    ("2020-06", "2020-05-31"),
    ("2020-05-07", "2020-05-06"),
    ("2020-05-07T00:00:00Z", "2020-05-06"),
    ("2020-05-07", "2020-05-06T23:59:59Z"),
    ("2020-05-06T10:00:01Z", "2020-05-06T10:00:00Z"),
    ("2020-05-06T10:00:00.5Z", "2020-05-06T10:00:00Z"),
    ("2020-05-06T10:00:00Z", "2020-05-06T11:00:00+02:00"),
]
IN_ORDER = [
    ("2020", "2020"),
    ("2020-05-06", "2020"),
    ("2020", "2020-01-01"),
    ("2020-05", "2020-05-01"),
    ("2020-05-06T10:00:00Z", "2020-05-06"),
    ("2020-05-06", "2020-05-06T00:00:00Z"),
    ("2020-05-06T10:00:00Z", "2020-05-06T10:00:00.000Z"),
    ("2020-05-06T11:00:00+02:00", "2020-05-06T10:00:00Z"),
    ("2020-05-06T23:59:60Z", "2020-05-06T23:59:60Z"),
    ("2020-05-07T01:00:00+02:00", "2020-05-06T23:30:00Z"),
]


def test_every_mapped_period_is_checked():
    assert set(PERIODS) == {f"{name}.{element}" for name, each in mapping().items() for element in each.periods}


@pytest.mark.parametrize("name", PERIODS)
def test_a_period_that_ends_before_it_starts_breaks_per_1(tmp_path, name):
    periods = [{"start": start, "end": end} for start, end in REVERSED + IN_ORDER]
    lines = [but(PERIODS[name](period), id=f"x{number}") for number, period in enumerate(periods)]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        broken = [(row[1], row[2], row[3]) for row in found.quarantine]
        assert broken == [(number, "SRC-f14", f"per-1: {name}") for number in range(1, len(REVERSED) + 1)]


def test_an_abatement_before_the_onset_is_kept_and_counted(tmp_path):
    lines = [
        but(CONDITION, id="c1", abatementDateTime="2019"),
        but(CONDITION, id="c2", abatementDateTime="2020"),
        but(CONDITION, id="c3", abatementDateTime="2020-05-05"),
        but(REQUEST, dispenseRequest={"validityPeriod": {"end": "2019-12"}}),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert found.total == (4, 4, 0)
        ends = [row["condition_end_date"] for row in found.table("condition_occurrence")]
        assert ends == [date(2019, 12, 31), date(2020, 12, 31), date(2020, 5, 5)]
        assert "Condition: 2 end before they begin, kept as they are" in found.delivery.notes
        assert "MedicationRequest: 1 end before they begin, kept as they are" in found.delivery.notes
