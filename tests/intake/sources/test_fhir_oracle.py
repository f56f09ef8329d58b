"""The compiled mapping against plain Python written from the standard, and nothing lost on mutated files."""

import calendar
import copy
import json
from datetime import date, datetime

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls
from hygie.intake.sources.fhir import Vocabulary
from tests.intake.sources.fhir_files import (
    CONDITION,
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    Read,
    but,
    chosen,
    folder,
    line,
    reading,
)


def day(text):
    """The first day of a FHIR date."""
    return date.fromisoformat((text + "-01-01")[:10]) if text else None


def last_day(text):
    """The last day of a FHIR date."""
    if not text or len(text) >= 10:
        return day(text and text[:10])
    year, month = int(text[:4]), int(text[5:7] or 12)
    return date(year, month, calendar.monthrange(year, month)[1])


def moment(text):
    """The local time of a FHIR dateTime, None without time."""
    if not text or len(text) <= 10:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def precision(text):
    return text and {4: "year", 7: "month", 10: "day"}.get(len(text), "time")


def offset(text):
    if not text or len(text) <= 10:
        return None
    return "Z" if text.endswith("Z") else text[-6:]


def coding(concept):
    given = [
        (each.get("system"), each.get("code"), each.get("userSelected")) for each in (concept or {}).get("coding", [])
    ]
    return dict(zip(("system", "code"), chosen(given), strict=True)) if given else {}


def condition(resource):
    """What a Condition is in condition_occurrence, identifiers aside."""
    start = resource.get("onsetDateTime") or resource.get("onsetPeriod", {}).get("start") or resource["recordedDate"]
    end = resource.get("abatementDateTime") or resource.get("abatementPeriod", {}).get("end")
    return {
        "condition_concept_id": 0,
        "condition_start_date": day(start),
        "condition_start_datetime": moment(start),
        "condition_end_date": last_day(end),
        "condition_end_datetime": moment(end),
        "condition_type_concept_id": 32817,
        "condition_status_source_value": coding(resource.get("verificationStatus")).get("code"),
        "condition_source_value": coding(resource.get("code")).get("code"),
        "source_system": coding(resource.get("code")).get("system"),
        "source_code": coding(resource.get("code")).get("code"),
        "date_precision": precision(start),
        "date_offset": offset(start),
        "end_date_precision": precision(end),
        "end_date_offset": offset(end),
    }


def procedure(resource):
    """What a Procedure is in procedure_occurrence, identifiers aside."""
    period = resource.get("performedPeriod", {})
    start = resource.get("performedDateTime") or period["start"]
    return {
        "procedure_date": day(start),
        "procedure_datetime": moment(start),
        "procedure_end_date": last_day(period.get("end")),
        "procedure_end_datetime": moment(period.get("end")),
        "procedure_source_value": coding(resource["code"])["code"],
        "source_system": coding(resource["code"])["system"],
        "date_precision": precision(start),
        "date_offset": offset(start),
        "end_date_precision": precision(period.get("end")),
        "end_date_offset": offset(period.get("end")),
    }


def request(resource):
    """What a MedicationRequest is in drug_exposure, identifiers aside."""
    start = resource["authoredOn"]
    return {
        "drug_concept_id": 0,
        "drug_exposure_start_date": day(start),
        "drug_exposure_start_datetime": moment(start),
        "drug_exposure_end_date": day(start),
        "drug_type_concept_id": 32838,
        "sig": (resource.get("dosageInstruction") or [{}])[0].get("text"),
        "drug_source_value": coding(resource["medicationCodeableConcept"]).get("code"),
        "source_system": coding(resource["medicationCodeableConcept"]).get("system"),
        "date_offset": offset(start),
        "end_date_precision": None,
        "end_date_offset": None,
    }


def visit(resource):
    """What an Encounter is in visit_occurrence, identifiers aside."""
    start, end = resource["period"]["start"], resource["period"].get("end")
    return {
        "visit_start_date": day(start),
        "visit_start_datetime": moment(start),
        "visit_end_date": last_day(end) or day(start),
        "visit_end_datetime": moment(end),
        "date_precision": precision(start),
        "date_offset": offset(start),
        "end_date_precision": precision(end),
        "end_date_offset": offset(end),
    }


ORACLE = {
    "Condition": ("condition_occurrence", "condition_occurrence_id", condition),
    "Encounter": ("visit_occurrence", "visit_occurrence_id", visit),
    "Procedure": ("procedure_occurrence", "procedure_occurrence_id", procedure),
    "MedicationRequest": ("drug_exposure", "drug_exposure_id", request),
}


def test_real_resources_are_mapped_as_plain_python_maps_them(testdata, tmp_path):
    source = testdata / "fhir-bulk-synthea10"
    kept = {name: (source / f"{name}.000.ndjson").read_bytes() for name in (*ORACLE, "Patient")}
    with reading(folder(tmp_path / "in", **kept), tmp_path / "home") as found:
        people = dict(found.engine.rows("SELECT person_id, source_id FROM person_map"))
        visits = dict(found.engine.rows("SELECT visit_occurrence_id, source_id FROM fhir_visit"))
        for type_, (name, _, oracle) in ORACLE.items():
            resources = [json.loads(text) for text in kept[type_].splitlines()]
            rows = found.table(name)
            assert len(rows) == len(resources) > 500
            for resource, row in zip(resources, rows, strict=True):
                expected = oracle(resource)
                assert {key: row[key] for key in expected} == expected
                assert resource["subject"]["reference"] == f"Patient/{people[row['person_id']]}"
                visited = (
                    resource["encounter"]["reference"] if "encounter" in resource else f"Encounter/{resource['id']}"
                )
                assert visited == f"Encounter/{visits[row['visit_occurrence_id']]}"
        born = {people[row["person_id"]]: row for row in found.table("person")}
        for resource in map(json.loads, kept["Patient"].splitlines()):
            row = born[resource["id"]]
            assert row["person_source_value"] == resource["id"]
            assert row["gender_concept_id"] == {"male": 8507, "female": 8532}[resource["gender"]]
            assert date(row["year_of_birth"], row["month_of_birth"], row["day_of_birth"]) == day(resource["birthDate"])


# Each example opens an engine: an example that fails is shown as it is, not shrunk.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
DATES = st.one_of(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)).flatmap(
        lambda each: st.sampled_from([each.isoformat(), each.isoformat()[:7], each.isoformat()[:4]])
    ),
    st.builds(
        lambda at, zone, fraction: at.isoformat(timespec="seconds") + fraction + zone,
        st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
        st.sampled_from(["Z", "+02:00", "-05:30", "+14:00"]),
        st.sampled_from(["", ".5", ".123456"]),
    ),
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
CONDITIONS = st.builds(
    lambda start, kind, end, abated, code, system: {
        **but(CONDITION, "onsetDateTime", code={"coding": [{"system": system, "code": code}]}),
        kind: start,
        abated: end if abated == "abatementDateTime" else {"end": end},
    },
    DATES,
    st.sampled_from(["onsetDateTime", "recordedDate"]),
    DATES,
    st.sampled_from(["abatementDateTime", "abatementPeriod"]),
    TEXT,
    TEXT,
)


@settings(max_examples=20, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(resources=st.lists(CONDITIONS, min_size=1, max_size=40))
def test_any_condition_is_mapped_as_plain_python_maps_it(tmp_path, resources):
    lines = [but(each, id=f"c{number}") for number, each in enumerate(resources)]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        rows = found.table("condition_occurrence")
        assert found.total == (len(lines), len(lines), 0)
        for resource, row in zip(lines, rows, strict=True):
            expected = condition(resource)
            assert {key: row[key] for key in expected} == expected


def coherent(start, end):
    """Whether a period may be: as points in time where both have one, otherwise by the days that each may be."""
    if len(start) > 10 and len(end) > 10:
        first, last = (datetime.fromisoformat(each.replace("Z", "+00:00")) for each in (start, end))
        return first <= last
    return day(start[:10]) <= last_day(end[:10])


@settings(max_examples=20, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(periods=st.lists(st.tuples(DATES, DATES), min_size=1, max_size=60))
def test_any_period_is_kept_in_order_or_quarantined(tmp_path, periods):
    lines = [
        but(ENCOUNTER, id=f"e{number}", period={"start": start, "end": end})
        for number, (start, end) in enumerate(periods)
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        kept = [each for each in lines if coherent(each["period"]["start"], each["period"]["end"])]
        assert found.rules == {n: "SRC-f14" for n, each in enumerate(lines, 1) if each not in kept}
        rows = found.table("visit_occurrence")
        for resource, row in zip(kept, rows, strict=True):
            expected = visit(resource)
            assert {key: row[key] for key in expected} == expected
            if row["date_offset"] == row["end_date_offset"]:
                assert row["visit_start_date"] <= row["visit_end_date"]


def test_observations_by_value_and_category(tmp_path):
    def observed(number, category=None, **value):
        kind = {"category": [{"coding": [{"code": category}]}]} if category else {}
        return {**but(OBSERVATION, "valueQuantity", id=f"o{number}"), **kind, **value}

    coded = {"valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260373001"}]}}
    pressure = [
        {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value}}
        for code, value in (("8480-6", 120), ("8462-4", 80.5))
    ]
    odd = [{**pressure[0], "valueQuantity": {"value": 1}}, {"code": {"text": "y"}, "valueString": "x"}]
    lines = [
        observed(1, valueQuantity={"value": 1e2, "comparator": "<"}),
        observed(2, valueInteger=3),
        observed(3, "laboratory", **coded),
        observed(4, "social-history", **coded),
        observed(5, "laboratory", valueString="turbid"),
        observed(6, "vital-signs"),
        observed(7),
        observed(8, valueBoolean=True),
        observed(9, "vital-signs", component=pressure),
        observed(10, component=odd),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        measured = [
            (row["source_code"], row["value_as_number"], row["operator_concept_id"], row["value_source_value"])
            for row in found.table("measurement")
        ]
        assert measured == [
            ("8480-6", 100.0, 4171756, None),
            ("8480-6", 3.0, 0, None),
            ("8480-6", None, 0, "260373001"),
            ("8480-6", None, 0, None),
            ("8480-6", 120.0, 0, None),
            ("8462-4", 80.5, 0, None),
            ("8480-6", 1.0, 0, None),
        ]
        said = [
            (row["source_code"], row["value_as_string"], row["value_source_value"])
            for row in found.table("observation")
        ]
        assert said == [
            ("8480-6", None, "260373001"),
            ("8480-6", "turbid", None),
            ("8480-6", None, None),
            ("8480-6", "true", None),
            (None, "x", None),
        ]
        ids = [row["measurement_id"] for row in found.table("measurement")]
        assert len(set(ids)) == len(ids)


def test_a_medication_by_reference_takes_the_delivered_or_contained_code(tmp_path):
    order = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2020",
    }
    drug = {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10BA02"}]}
    inside = {"resourceType": "Medication", "id": "in", "code": {"coding": [{"system": "urn:s", "code": "inside"}]}}
    lines = [
        {"resourceType": "Medication", "id": "m", "code": drug},
        {**order, "id": "1", "medicationReference": {"reference": "Medication/m"}},
        {**order, "id": "2", "medicationReference": {"reference": "#in"}, "contained": [inside]},
        {**order, "id": "3", "medicationReference": {"reference": "Medication/none"}},
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert [row["source_code"] for row in found.table("drug_exposure")] == ["A10BA02", "inside", None]
        assert found.delivery.dangling["MedicationRequest.medication -> Medication"] == 1


def test_a_loaded_vocabulary_gives_concepts(tmp_path):
    (tmp_path / "home").mkdir()
    lines = [PATIENT, CONDITION, but(CONDITION, id="c2", code={"coding": [{"system": "urn:own", "code": "x"}]})]
    lines += [but(CONDITION, id="c3", code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11"}]})]
    with Engine(Walls(tmp_path / "home")) as engine:
        engine.con.execute(
            "CREATE TEMP TABLE concept AS FROM (VALUES (201826, 'SNOMED', '44054006', 'S'), "
            "(45, 'ICD10', 'E11', NULL)) t(concept_id, vocabulary_id, concept_code, standard_concept)"
        )
        engine.con.execute(
            "CREATE TEMP TABLE related AS FROM (VALUES (45, 201826, 'Maps to', NULL)) "
            "t(concept_id_1, concept_id_2, relationship_id, invalid_reason)"
        )
        found = Read(engine, folder(tmp_path / "in", x=lines), vocabulary=Vocabulary("concept", "related"))
        rows = found.table("condition_occurrence")
        both = [(row["condition_concept_id"], row["condition_source_concept_id"]) for row in rows]
        assert both == [(201826, 201826), (0, 0), (201826, 45)]
        assert dict(found.delivery.unmapped) == {"urn:own": 1}


@st.composite
def mutated(draw):
    """Bytes of a delivery in which characters, lines and values were changed at random."""
    resources = [copy.deepcopy(draw(st.sampled_from([PATIENT, CONDITION, OBSERVATION, ENCOUNTER]))) for _ in range(12)]
    lines = [line(but(each, id=f"{draw(st.integers(0, 9))}")) for each in resources]
    for _ in range(draw(st.integers(0, 8))):
        where = draw(st.integers(0, len(lines) - 1))
        text = lines[where]
        place = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["flip", "cut", "insert", "blank", "double"]))
        if kind == "flip" and place < len(text):
            text = text[:place] + bytes([text[place] ^ draw(st.integers(1, 255))]) + text[place + 1 :]
        elif kind == "cut":
            text = text[:place]
        elif kind == "insert":
            text = text[:place] + draw(st.binary(max_size=5)) + text[place:]
        elif kind == "double":
            text = text + b"\n" + text
        else:
            text = b""
        lines[where] = text
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + draw(st.sampled_from([b"", b"\n"]))


@settings(max_examples=40, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=mutated())
def test_read_is_kept_plus_quarantined_whatever_the_bytes(tmp_path, data):
    expected = sum(text not in (b"", b"\r") for text in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    with reading(folder(tmp_path / "in", x=data), tmp_path / "home") as found:
        read, kept, quarantined = found.total
        assert read == expected == found.staged.read
        assert quarantined == len(found.quarantine)
        rows = {name: count for name, count in found.tables.items() if name not in {"location", "death"}}
        assert sum(rows.values()) == kept
