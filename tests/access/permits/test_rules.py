"""Each rule of the law on a draft, by code and by path; and all faults at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hygie.access.permits.data_rules import REFERENCED
from hygie.access.permits.reading import parse, read
from hygie.access.permits.rules import years_after
from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.base.kernel import canonical
from hygie.base.kernel.catalogue import explain
from hygie.intake.sources.cdm import IDENTIFIER_ROLES, TABLES
from tests.access.permits.drafts import AT, BANS, case, codes, draft, reasons

LATER = datetime(2029, 3, 26, 9, tzinfo=UTC)
IN_FORCE = {"duration": {"from": "2029-03-26", "to": "2030-03-25"}}


def test_a_sound_draft_has_nothing_against_it() -> None:
    assert codes(draft()) == set()


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"node": "node-other"}, "PMT-108", "$.node"),
        ({"user__kind": "friend"}, "PMT-110", "$.user.kind"),
        ({"purpose__basis": "53(1)(c)"}, "PMT-111", "$.user.mandate"),
        ({"user__kind": "insurer"}, "PMT-112", "$.user.laboratory"),
        ({"purpose__attested": BANS[:-1]}, "PMT-113", "$.purpose.attested"),
        ({"purpose__attested": [*BANS, "54(z)"]}, "PMT-114", "$.purpose.attested"),
        ({"data__datasets": ["chu-demo", "elsewhere"]}, "PMT-120", "$.data.datasets[1]"),
        ({"data__datasets": ["chu-demo", "chu-demo"]}, "PMT-121", "$.data.datasets"),
        ({"data__tables__person": ["person_id", "year_of_birth", "person_id"]}, "PMT-121", "$.data.tables.person[2]"),
        (
            {"data__tables__measurement": ["person_id"], "data__reasons__measurement": "x"},
            "PMT-123",
            "$.data.tables.measurement",
        ),
        ({"data__tables__person": ["person_id", "shoe_size"]}, "PMT-124", "$.data.tables.person[1]"),
        ({"data__tables__note": ["person_id"], "data__reasons__note": "x"}, "PMT-125", "$.data.tables.note"),
        ({"data__tables__fhir_claim": ["id"], "data__reasons__fhir_claim": "x"}, "PMT-125", "$.data.tables.fhir_claim"),
        ({"data__tables__person": ["person_id", "person_source_value"]}, "PMT-126", "$.data.tables.person[1]"),
        ({"data__tables__condition_occurrence": ["stop_reason"]}, "PMT-126", "$.data.tables.condition_occurrence[0]"),
        ({"data__tables__location": ["zip"], "data__reasons__location": "x"}, "PMT-126", "$.data.tables.location[0]"),
        (
            {"data__reasons": {"condition_occurrence": "The outcome.", "person.gender_concept_id": "x"}},
            "PMT-127",
            "$.data.tables.person[2]",
        ),
        ({"data__format_reason": ...}, "PMT-128", "$.data.format_reason"),
        ({"data__format": "anonymised"}, "PMT-129", "$.data.format"),
        ({"data__format": ...}, "PMT-129", "$.data.format"),
        ({"data__reasons__measurement": "x"}, "PMT-131", "$.data.reasons.measurement"),
        ({"data__cohort": {"codes": {"table": "observation", "concept_ids": [1]}}}, "PMT-133", "$.data.cohort"),
        (
            {
                "data__cohort": {
                    "codes": {"table": "condition_occurrence", "codes": [{"system": "ICD10", "code": "i50"}]}
                }
            },
            "COH-105",
            "$.data.cohort.codes.codes[0].code",
        ),
        ({"people__authorised": ["alice", "mallory"]}, "PMT-140", "$.people.authorised[1]"),
        ({"people__authorised": ["alice", "sam"]}, "PMT-143", "$.people.authorised[1]"),
        ({"people__authorised": ["alice", "bob", "alice"]}, "PMT-121", "$.people.authorised[2]"),
        ({"user__country": "XX"}, "PMT-115", "$.user.country"),
        ({"data__categories": ["a", "q"]}, "PMT-135", "$.data.categories[1]"),
        ({"data__categories": ["c", "a"]}, "PMT-135", "$.data.categories[0]"),
        ({"data__categories": ["a", "a"]}, "PMT-121", "$.data.categories[1]"),
        (
            {
                "data__categories": ["q"],
                "data__tables__specimen": ["specimen_id"],
                "data__reasons__specimen": "x",
                "data__reasons__condition_occurrence": "x",
            },
            "PMT-136",
            "$.data.tables.condition_occurrence",
        ),
        ({"data__period": {"from": "1800-01-01", "to": "2026-12-31"}}, "PMT-137", "$.data.period.from"),
        ({"data__period": {"from": "2015-01-01", "to": "9999-12-31"}}, "PMT-137", "$.data.period.to"),
        ({"duration": {"from": "2027-11-22", "to": "2028-11-20"}}, "PMT-156", "$.duration.from"),
        ({"duration": {"from": "2080-01-01", "to": "2089-12-31"}}, "PMT-156", "$.duration.from"),
        ({"people__principal_investigator": "bob"}, "PMT-141", "$.people.principal_investigator"),
        ({"duration__to": "2036-11-22"}, "PMT-150", "$.duration.to"),
        ({"duration": {"from": "2025-01-01", "to": "2026-11-20"}}, "PMT-151", "$.duration.to"),
        ({"amends": "permit-" + "0" * 20}, "PMT-155", "$.amends"),
        ({"environment__output_mb": 512, "environment__memory_mb": 256}, "PMT-160", "$.environment.output_mb"),
        ({"output_policy__preset": "five"}, "LAW-101", "$.output_policy.preset"),
        ({"opt_out_exception": {"law": "A decree", "reason": "We would like to."}}, "PMT-180", "$.opt_out_exception"),
    ],
)
def test_a_fault_is_told_by_its_code_and_its_path(changes: dict[str, Any], code: str, path: str) -> None:
    assert codes(draft(**changes)) == {(code, path)}


def test_every_fault_is_told_at_once_those_of_form_and_those_of_law() -> None:
    body = draft(
        user__kind="company",
        purpose__basis="53(1)(b)",
        data__tables__person=["person_id", "person_source_value"],
        data__period={"from": "2016-01-01", "to": "2015-01-01"},
        duration__to="2040-01-01",
        fees__amount="free",
        environment__cpus="2",
        surprise=1,
        people=...,
    )
    assert codes(body) == {
        ("PMT-111", "$.user.mandate"),
        ("PMT-112", "$.user.laboratory"),
        ("PMT-126", "$.data.tables.person[1]"),
        ("PMT-104", "$.data.period"),
        ("PMT-150", "$.duration.to"),
        ("PMT-104", "$.fees.amount"),
        ("PMT-104", "$.environment.cpus"),
        ("PMT-106", "$.surprise"),
        ("PMT-105", "$.people"),
    }


def test_every_mandatory_content_of_68_10_is_asked_for() -> None:
    for field in (
        "data",
        "purpose",
        "people",
        "duration",
        "environment",
        "fees",
        "user",
        "output_policy",
        "minimisation",
    ):
        assert codes(draft(**{field: ...})) == {("PMT-105", f"$.{field}")}
    for field in ("categories", "period", "datasets", "tables", "cohort", "reasons"):
        assert ("PMT-105", f"$.data.{field}") in codes(draft(**{f"data__{field}": ...}))


def test_public_bodies_and_those_they_mandate_have_the_reserved_purposes() -> None:
    for basis in ("53(1)(a)", "53(1)(b)", "53(1)(c)"):
        assert codes(draft(purpose__basis=basis, user__kind="public-body")) == set()
        assert codes(draft(purpose__basis=basis, user__mandate="Agreement of 1 May 2026")) == set()
        assert codes(draft(purpose__basis=basis)) == {("PMT-111", "$.user.mandate")}


def test_outside_france_the_french_rules_do_not_hold() -> None:
    body = draft(user__kind="insurer", purpose__attested=BANS[:5])
    assert codes(body, country="FI") == set()
    assert len(codes(body)) == 2


def test_before_chapter_iv_every_category_is_a_pilot_and_after_it_each_waits_for_its_day() -> None:
    body = draft(data__categories=["a", "m", "p"])
    assert codes(body) == set()
    assert codes(draft(data__categories=["a", "m", "p"], **IN_FORCE), at=LATER) == {
        ("PMT-122", "$.data.categories[1]"),
        ("PMT-122", "$.data.categories[2]"),
    }
    opened = datetime(2031, 3, 26, 9, tzinfo=UTC)
    lasting = {"duration": {"from": "2031-03-26", "to": "2032-03-25"}}
    assert codes(draft(data__categories=["a", "m", "p"], **lasting), at=opened) == set()


def test_a_table_is_of_a_category_that_the_permit_names() -> None:
    assert codes(draft(data__categories=["e"])) == set()
    assert codes(draft(data__categories=["o", "k"])) == set()
    assert codes(draft(data__categories=["q"])) == {
        ("PMT-135", "$.data.categories[0]"),
        ("PMT-136", "$.data.tables.condition_occurrence"),
    }


def test_the_bounds_themselves_are_allowed() -> None:
    assert codes(draft(duration={"from": "2027-11-21", "to": "2028-11-20"})) == set()
    assert codes(draft(data__period={"from": "1900-01-01", "to": "2027-12-31"})) == set()


def test_potential_identifiers_do_not_come_together_in_france() -> None:
    person = ["person_id", "gender_concept_id", "year_of_birth", "month_of_birth"]
    together = {"data__tables__person": person, "minimisation__birth": "month"}
    assert codes(draft(**together)) == {("PMT-130", "$.minimisation")}
    assert codes(draft(**together), country="FI") == set()
    assert codes(draft(**together, minimisation__dates="month")) == set()
    assert codes(draft(data__tables__person=person)) == set()
    death = {"data__tables__death": ["person_id", "death_date"], "data__reasons__death": "Follow-up ends."}
    assert codes(draft(**death)) == {("PMT-130", "$.minimisation")}
    assert codes(draft(**death, minimisation__dates="month")) == set()


def test_a_datetime_counts_as_the_exact_date_it_holds() -> None:
    columns = ["condition_occurrence_id", "person_id", "condition_start_datetime"]
    body = draft(
        data__tables__condition_occurrence=columns,
        data__tables__person=["person_id", "birth_datetime"],
        minimisation__birth="day",
    )
    assert codes(body) == {("PMT-130", "$.minimisation")}


def test_nobody_decides_on_a_permit_of_their_own() -> None:
    body = draft(people={"principal_investigator": "both", "authorised": ["alice", "both"]})
    assert codes(body) == set()
    assert codes(body, deciders=frozenset({"officer", "both"})) == {("PMT-142", "$.people.authorised[1]")}
    body["people"]["authorised"] = ["alice"]
    assert codes(body, deciders=frozenset({"both"})) == {
        ("PMT-141", "$.people.principal_investigator"),
        ("PMT-142", "$.people.principal_investigator"),
    }


def test_ten_years_to_the_day_are_allowed() -> None:
    assert codes(draft(duration__to="2036-11-21")) == set()
    assert years_after(date(2028, 2, 29), 10) == date(2038, 2, 28)


def permit_until(end: str) -> Permit:
    body = draft(duration={"from": "2026-11-21", "to": end}) | {
        "id": "permit-" + "1" * 20,
        "version": 1,
        "node": "node-test",
        "decided_at": "2026-11-21T09:00:00Z",
        "pilot": True,
        "output_policy": {"preset": "opensafely-7-5", "figures": law.preset("opensafely-7-5", on=AT.date()).figures()},
        "signature": {"key": "AA==", "value": "AA=="},
    }
    return Permit.model_validate_json(canonical(body))


@pytest.mark.parametrize(
    ("day", "until", "count", "expected"),
    [
        ("2027-10-20", "2037-11-20", 0, set()),
        ("2027-10-20", "2037-11-21", 0, {"PMT-150"}),
        ("2027-10-21", "2028-11-20", 0, {"PMT-153"}),
        ("2027-10-20", "2028-11-20", 1, {"PMT-152"}),
        ("2027-11-01", "2027-11-20", 1, set()),
        ("2027-11-01", "2027-11-10", 1, set()),
    ],
)
def test_an_extension_comes_once_in_time_and_for_ten_years_at_most(
    day: str, until: str, count: int, expected: set[str]
) -> None:
    before = permit_until("2027-11-20")
    body = draft(amends=before.id, duration={"from": "2026-11-21", "to": until})
    at = datetime.fromisoformat(f"{day}T09:00:00+00:00")
    assert {code for code, _ in codes(body, at=at, amended=before, extensions=count)} == expected


def test_an_amendment_cannot_move_the_beginning() -> None:
    before = permit_until("2027-11-20")
    body = draft(amends=before.id, duration={"from": "2027-01-01", "to": "2027-11-20"})
    assert codes(body, amended=before) == {("PMT-154", "$.duration.from")}


def test_an_amendment_keeps_user_and_purpose() -> None:
    before = permit_until("2027-11-20")
    span = {"from": "2026-11-21", "to": "2027-11-20"}
    body = draft(amends=before.id, duration=span, user__name="Another", user__country="BE", purpose__basis="53(1)(f)")
    found = {path for code, path in codes(body, amended=before) if code == "PMT-157"}
    assert found == {"$.user.name", "$.user.country", "$.purpose.basis"}


def test_the_figures_of_a_draft_are_the_presets_own() -> None:
    figures = law.preset("opensafely-7-5", on=AT.date()).figures()
    assert codes(draft(output_policy__figures=figures)) == set()
    assert codes(draft(output_policy__figures=figures | {"min_count": 1})) == {
        ("PMT-171", "$.output_policy.figures.min_count")
    }


@pytest.mark.parametrize(
    ("own", "asked", "accepted"),
    [
        ("opensafely-7-5", "ohdsi-5", "opensafely-7-5"),
        ("opensafely-7-5", "casd-11", "opensafely-7-5"),
        ("ohdsi-5", "casd-11", ""),
        ("ohdsi-5", "ohdsi-5", ""),
        ("acro-10", "casd-11", "acro-10"),
    ],
)
def test_the_rules_for_outputs_are_no_looser_than_the_nodes(own: str, asked: str, accepted: str) -> None:
    found = [reason for reason in reasons(draft(output_policy__preset=asked), preset=own) if reason.code == "PMT-172"]
    assert [reason.facts["accepted"] for reason in found] == ([accepted] if accepted else [])


def test_a_cohort_with_descendants_needs_the_vocabulary() -> None:
    code = {"system": "SNOMED", "code": "1", "descendants": True}
    body = draft(data__cohort={"codes": {"table": "condition_occurrence", "codes": [code]}})
    assert codes(body) == {("PMT-133", "$.data.cohort")}
    tables = {**case().datasets["chu-demo"], "concept_ancestor": frozenset({"ancestor_concept_id"})}
    assert codes(body, datasets={"chu-demo": tables}) == set()


def test_a_cohort_too_deep_to_be_read_is_refused() -> None:
    cohort: dict[str, Any] = {"everyone": {}}
    for _ in range(8):
        cohort = {"none": [cohort]}
    assert codes(draft(data__cohort=cohort)) == {("PMT-132", "$.data.cohort")}


def test_anonymised_rows_are_refused_with_the_way_out() -> None:
    reason = reasons(draft(data__format="anonymised"))[0]
    assert "art. 69" in explain(reason, "en").accepted
    assert "art. 69" in explain(reason, "fr").accepted


def test_a_draft_with_defaults_written_out_reads_the_same() -> None:
    short = read(parse(canonical(draft())))
    assert short.draft is not None
    assert read(parse(canonical(short.draft.model_dump(mode="json")))).draft == short.draft


def test_no_column_that_names_a_person_or_holds_free_text_can_be_granted_from_any_table() -> None:
    for name, table in TABLES.items():
        held = {"person": frozenset({"person_id"})} | {name: frozenset(field.name for field in table.columns)}
        for field in table.columns:
            body = draft(data__tables={name: [field.name]}, data__reasons={name: "Needed."})
            against = {
                code for code, path in codes(body, datasets={"chu-demo": held}) if path.startswith("$.data.tables")
            }
            never = field.role in ("direct", "freetext")
            if name in ("note", "note_nlp") or not (table.person_column or table.vocabulary or name in REFERENCED):
                assert against == {"PMT-125"}, (name, field.name)
            elif never:
                assert against == {"PMT-126"}, (name, field.name)
            elif field.role in IDENTIFIER_ROLES - {"person"} and not (field.is_primary or field.foreign_table):
                assert against == {"PMT-134"}, (name, field.name)
            elif name not in ("cohort",):
                assert against == set(), (name, field.name)
