"""Two hospital warehouses that see overlapping people: one delivers FHIR, one OMOP, each under numbers of its own."""

from __future__ import annotations

from pathlib import Path

from hygie.base.engine import Engine, literal
from hygie.node.country.holders import INS, PARQUET
from hygie.node.country.people import listed
from hygie.node.country.tables import fill

NORTH, SOUTH = 0, 1
FHIR_CODES = "http://hl7.org/fhir/sid/icd-10"
ACTS = "urn:hygie:snds:ccam"
LINES = "FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE ''"
ICD = "CASE WHEN length(dp) > 3 THEN dp[1:3] || '.' || dp[4:] ELSE dp END"
FAMILY = "CASE WHEN wrong(k, 'family') THEN typed(family, k) ELSE family END"
GIVEN = "CASE WHEN wrong(k, 'given') THEN typed(given, k + 1) ELSE given END"
IDENTIFIER = (
    f"""CASE WHEN ins IS NULL THEN '' ELSE printf('"identifier":[{{"system":"{INS}","value":"%s"}}],', ins) END"""
)
FHIR = {
    "Patient": (
        """SELECT printf('{"resourceType":"Patient","id":"%s",%s"name":[{"family":"%s","given":["%s"]}],"""
        """"gender":"%s","""
        f""""birthDate":"%s"%s}}', id17('N', person), {IDENTIFIER}, {FAMILY}, {GIVEN}, """
        "CASE sex WHEN 1 THEN 'male' ELSE 'female' END, birth::VARCHAR, "
        """CASE WHEN death IS NULL THEN '' ELSE printf(',"deceasedDateTime":"%s"', death::VARCHAR) END) """
        "FROM patient WHERE hospital = 0 ORDER BY person"
    ),
    "Encounter": (
        """SELECT printf('{"resourceType":"Encounter","id":"%s","status":"finished","class":{"system":"""
        """"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"subject":{"reference":"Patient/%s"},"""
        """"period":{"start":"%s","end":"%s"}}', id17('M', person * 512 + n), id17('N', person), first::VARCHAR, """
        "last::VARCHAR) FROM admission WHERE hospital = 0 ORDER BY person, n"
    ),
    "Condition": (
        """SELECT printf('{"resourceType":"Condition","id":"%s","clinicalStatus":{"coding":[{"system":"""
        """"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"""
        f""""{FHIR_CODES}","code":"%s"}}]}},"subject":{{"reference":"Patient/%s"}},"encounter":"""
        """{"reference":"Encounter/%s"},"onsetDateTime":"%s"}', id17('D', person * 512 + n), """
        f"{ICD}, id17('N', person), id17('M', person * 512 + n), first::VARCHAR) "
        "FROM admission WHERE hospital = 0 ORDER BY person, n"
    ),
    "Procedure": (
        """SELECT printf('{"resourceType":"Procedure","id":"%s","status":"completed","code":{"coding":[{"system":"""
        f""""{ACTS}","code":"%s"}}]}},"subject":{{"reference":"Patient/%s"}},"encounter":"""
        """{"reference":"Encounter/%s"},"performedDateTime":"%s"}', id17('Q', person * 512 + n), act, """
        "id17('N', person), id17('M', person * 512 + n), first::VARCHAR) "
        "FROM admission WHERE hospital = 0 AND act <> '' ORDER BY person, n"
    ),
    "Observation": (
        """SELECT printf('{"resourceType":"Observation","id":"%s","status":"final","category":[{"coding":[{"system":"""
        """"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"""
        """"system":"http://loinc.org","code":"%s"}]},"subject":{"reference":"Patient/%s"},"encounter":"""
        """{"reference":"Encounter/%s"},"effectiveDateTime":"%s","valueQuantity":{"value":%s,"unit":"%s","system":"""
        """"http://unitsofmeasure.org","code":"%s"}}', id17('O', k), code, id17('N', person), """
        "id17('M', person * 512 + n), day::VARCHAR, value::VARCHAR, unit, unit) "
        "FROM laboratory WHERE hospital = 0 ORDER BY k"
    ),
}
OMOP = {
    "person": (
        "SELECT person * 7 + 3 AS person_id, CASE sex WHEN 1 THEN 8507 ELSE 8532 END AS gender_concept_id, "
        "year(birth) AS year_of_birth, month(birth) AS month_of_birth, day(birth) AS day_of_birth, "
        "0 AS race_concept_id, 0 AS ethnicity_concept_id, ins AS person_source_value "
        "FROM patient WHERE hospital = 1 ORDER BY 1"
    ),
    "visit_occurrence": (
        "SELECT person * 512 + n AS visit_occurrence_id, person * 7 + 3 AS person_id, 9201 AS visit_concept_id, "
        "first AS visit_start_date, last AS visit_end_date, 32817 AS visit_type_concept_id "
        "FROM admission WHERE hospital = 1 ORDER BY 1"
    ),
    "condition_occurrence": (
        "SELECT person * 512 + n AS condition_occurrence_id, person * 7 + 3 AS person_id, 0 AS condition_concept_id, "
        "first AS condition_start_date, 32817 AS condition_type_concept_id, "
        f"person * 512 + n AS visit_occurrence_id, {ICD} AS condition_source_value "
        "FROM admission WHERE hospital = 1 ORDER BY 1"
    ),
    "procedure_occurrence": (
        "SELECT person * 512 + n AS procedure_occurrence_id, person * 7 + 3 AS person_id, 0 AS procedure_concept_id, "
        "first AS procedure_date, 32817 AS procedure_type_concept_id, person * 512 + n AS visit_occurrence_id, "
        "act AS procedure_source_value FROM admission WHERE hospital = 1 AND act <> '' ORDER BY 1"
    ),
    "measurement": (
        "SELECT k AS measurement_id, person * 7 + 3 AS person_id, 0 AS measurement_concept_id, "
        "day AS measurement_date, 32817 AS measurement_type_concept_id, value AS value_as_number, "
        "person * 512 + n AS visit_occurrence_id, "
        "code AS measurement_source_value, unit AS unit_source_value FROM laboratory WHERE hospital = 1 ORDER BY 1"
    ),
    "death": (
        "SELECT person * 7 + 3 AS person_id, death AS death_date, 32817 AS death_type_concept_id FROM patient "
        "WHERE hospital = 1 AND death IS NOT NULL ORDER BY 1"
    ),
}


def start(engine: Engine) -> None:
    """Make the warehouses' catchments, and what their laboratories measure."""
    said = listed("holders.toml")
    engine.con.execute("CREATE TABLE warehouse (hospital TINYINT, code VARCHAR, share DOUBLE)")
    fill(
        engine,
        "warehouse",
        (
            (number, code, said["hospitals"]["share"])
            for number, name in enumerate(("north", "south"))
            for code in said["hospitals"][name]
        ),
    )
    engine.con.execute(
        "CREATE TABLE analyte (i TINYINT, code VARCHAR, unit VARCHAR, share DOUBLE, mean DOUBLE, sd DOUBLE, "
        "least DOUBLE, digits TINYINT, shifted VARCHAR, shift DOUBLE)"
    )
    fill(
        engine,
        "analyte",
        (
            (i, each["code"], each["unit"], each["share"], *each["value"], *each["shift"])
            for i, each in enumerate(said["analyte"])
        ),
    )


def finish(engine: Engine, folder: Path, *, as_delivered: bool = False) -> None:
    """Write both warehouses' deliveries, and which of their patients is whose number in the country.

    Parameters
    ----------
    engine : Engine       after the last slice
    folder : Path         receives `hospital-north/` (FHIR NDJSON), `hospital-south/` (OMOP), `truth-patients.csv`
    as_delivered : bool   OMOP as CSV; otherwise as Parquet
    """
    omop = ("csv", "FORMAT csv, HEADER") if as_delivered else ("parquet", PARQUET)
    for name, files, (ending, form) in (("hospital-north", FHIR, ("ndjson", LINES)), ("hospital-south", OMOP, omop)):
        (folder / name).mkdir()
        for title, query in files.items():
            engine.con.execute(f"COPY ({query}) TO {literal(str(folder / name / f'{title}.{ending}'))} ({form})")
        (folder / name / "hygie-delivery.json").write_text('{"synthetic": true}\n', "utf-8")
    engine.con.execute(
        "COPY (SELECT hospital, CASE hospital WHEN 0 THEN id17('N', person) ELSE (person * 7 + 3)::VARCHAR END "
        f"AS patient, person FROM patient ORDER BY ALL) TO {literal(str(folder / 'truth-patients.csv'))} (HEADER)"
    )
