"""A clean database of twenty persons, the faults planted in it, and what each check has to count of them."""

# ruff: noqa: E501

from __future__ import annotations

DAY = "DATE '2016-01-02'"
CONCEPTS = """
SELECT * FROM (VALUES (0, 'Metadata', 'Undefined', NULL, NULL), (8507, 'Gender', 'Gender', 'S', NULL),
  (8532, 'Gender', 'Gender', 'S', NULL), (8527, 'Race', 'Race', 'S', NULL), (38003564, 'Ethnicity', 'Ethnicity', 'S', NULL),
  (9201, 'Visit', 'Visit', 'S', NULL), (32817, 'Type Concept', 'Type Concept', 'S', NULL),
  (201826, 'Condition', 'Disorder', 'S', NULL), (26662, 'Condition', 'Disorder', 'S', NULL),
  (4095793001, 'Condition', 'Disorder', 'S', NULL), (4095793, 'Condition', 'Disorder', 'S', NULL),
  (1125315, 'Drug', 'Ingredient', 'S', NULL),
  (1125316, 'Drug', 'Clinical Drug', 'S', NULL), (3000963, 'Measurement', 'Lab Test', 'S', NULL),
  (3000001, 'Measurement', 'Lab Test', 'C', NULL), (3000002, 'Measurement', 'Lab Test', 'S', 'D'),
  (3000003, 'Measurement', 'Lab Test', NULL, NULL), (8713, 'Unit', 'Unit', 'S', NULL), (8840, 'Unit', 'Unit', 'S', NULL)
) t(concept_id, domain_id, concept_class_id, standard_concept, invalid_reason)
"""
CLEAN = {
    "concept": "SELECT *, 'name' AS concept_name, 'None' AS vocabulary_id, 'c' AS concept_code, DATE '2000-01-01' AS "
    f"valid_start_date, DATE '2099-12-31' AS valid_end_date FROM ({CONCEPTS})",
    "concept_ancestor": "SELECT 4095793 AS ancestor_concept_id, 4095793001 AS descendant_concept_id, "
    "1 AS min_levels_of_separation, 1 AS max_levels_of_separation",
    "person": "SELECT i AS person_id, if(i % 2 = 1, 8507, 8532) AS gender_concept_id, 1980 AS year_of_birth, "
    "5 AS month_of_birth, 10 AS day_of_birth, 8527 AS race_concept_id, 38003564 AS ethnicity_concept_id "
    "FROM range(1, 21) t(i)",
    "observation_period": "SELECT i AS observation_period_id, i AS person_id, DATE '2015-01-01' AS "
    "observation_period_start_date, if(i = 20, DATE '2018-12-31', DATE '2020-12-31') AS observation_period_end_date, 32817 AS period_type_concept_id "
    "FROM range(1, 21) t(i)",
    "visit_occurrence": "SELECT i AS visit_occurrence_id, i AS person_id, 9201 AS visit_concept_id, DATE '2016-01-01' AS "
    "visit_start_date, DATE '2016-01-05' AS visit_end_date, 32817 AS visit_type_concept_id FROM range(1, 21) t(i)",
    "condition_occurrence": "SELECT i AS condition_occurrence_id, 1 + i % 20 AS person_id, if(i > 40, if(i % 2 = 0, 26662, "
    f"4095793001), 201826) AS condition_concept_id, {DAY} AS condition_start_date, {DAY} AS condition_end_date, 32817 AS "
    "condition_type_concept_id, 1 + i % 20 AS visit_occurrence_id FROM range(1, 61) t(i)",
    "condition_era": f"SELECT i AS condition_era_id, i AS person_id, 201826 AS condition_concept_id, {DAY} AS "
    f"condition_era_start_date, {DAY} AS condition_era_end_date FROM range(1, 21) t(i)",
    "drug_exposure": f"SELECT i AS drug_exposure_id, i AS person_id, 1125315 AS drug_concept_id, {DAY} AS "
    f"drug_exposure_start_date, {DAY} AS drug_exposure_end_date, 32817 AS drug_type_concept_id, 1 AS refills, 1 AS quantity, "
    "10 AS days_supply FROM range(1, 21) t(i)",
    "drug_era": f"SELECT i AS drug_era_id, i AS person_id, 1125315 AS drug_concept_id, {DAY} AS drug_era_start_date, {DAY} AS "
    "drug_era_end_date FROM range(1, 21) t(i)",
    "measurement": f"SELECT i AS measurement_id, i AS person_id, 3000963 AS measurement_concept_id, {DAY} AS "
    "measurement_date, 32817 AS measurement_type_concept_id, 12.0 AS value_as_number, 8713 AS unit_concept_id, 'g/dL' AS "
    "unit_source_value FROM range(1, 21) t(i)",
    "death": "SELECT 20 AS person_id, DATE '2019-01-01' AS death_date, 32817 AS death_type_concept_id",
}
# what is done to the clean database, and which check counts how many rows of it
FEMALE = (
    "concept_plausiblegenderusedescendants_condition_occurrence_condition_concept_id_"
    "4095793_443343_4024004_4172857_444094_197810_4158481"
)
FAULTS: tuple[tuple[str, dict[str, int]], ...] = (
    ("ALTER TABLE drug_exposure DROP COLUMN lot_number", {"field_cdmfield_drug_exposure_lot_number": 1}),
    (
        "UPDATE condition_occurrence SET condition_type_concept_id = NULL WHERE condition_occurrence_id IN (1, 2)",
        {"field_isrequired_condition_occurrence_condition_type_concept_id": 2},
    ),
    (
        "ALTER TABLE drug_exposure ALTER refills TYPE VARCHAR; UPDATE drug_exposure SET refills = if(drug_exposure_id = 1, "
        "'x', '2.5') WHERE drug_exposure_id < 3",
        {"field_cdmdatatype_drug_exposure_refills": 2},
    ),
    (
        "UPDATE measurement SET measurement_id = 2 WHERE measurement_id = 1",
        {"field_isprimarykey_measurement_measurement_id": 2},
    ),
    (
        "UPDATE drug_exposure SET person_id = 999 WHERE drug_exposure_id = 9",
        {"field_isforeignkey_drug_exposure_person_id": 1, "table_measurepersoncompleteness_drug_exposure": 1},
    ),
    (
        "UPDATE condition_occurrence SET condition_concept_id = 1125315 WHERE condition_occurrence_id IN (3, 4, 5)",
        {"field_fkdomain_condition_occurrence_condition_concept_id": 3},
    ),
    (
        "UPDATE drug_era SET drug_concept_id = 1125316 WHERE drug_era_id = 1",
        {"field_fkclass_drug_era_drug_concept_id": 1},
    ),
    (
        "UPDATE measurement SET measurement_concept_id = 3000000 + person_id - 9 WHERE person_id IN (10, 11, 12)",
        {"field_isstandardvalidconcept_measurement_measurement_concept_id": 2},
    ),
    (
        "UPDATE visit_occurrence SET visit_concept_id = 0 WHERE visit_occurrence_id IN (1, 2)",
        {"field_standardconceptrecordcompleteness_visit_occurrence_visit_concept_id": 2},
    ),
    (
        "UPDATE condition_occurrence SET condition_source_concept_id = 0 WHERE condition_occurrence_id IN (1, 2, 3, 4)",
        {"field_sourceconceptrecordcompleteness_condition_occurrence_condition_source_concept_id": 4},
    ),
    (
        "UPDATE condition_occurrence SET condition_concept_id = 0, condition_source_value = ['A', 'A', NULL]"
        "[condition_occurrence_id - 5] WHERE condition_occurrence_id IN (6, 7, 8)",
        {
            "field_sourcevaluecompleteness_condition_occurrence_condition_source_value": 2,
            "field_standardconceptrecordcompleteness_condition_occurrence_condition_concept_id": 3,
        },
    ),
    (
        "UPDATE drug_exposure SET quantity = 0 WHERE drug_exposure_id = 3",
        {"field_plausiblevaluelow_drug_exposure_quantity": 1},
    ),
    (
        "UPDATE drug_exposure SET days_supply = 361 + drug_exposure_id WHERE drug_exposure_id IN (4, 5, 6)",
        {"field_plausiblevaluehigh_drug_exposure_days_supply": 2},
    ),
    (
        "UPDATE measurement SET measurement_date = DATE '2026-11-17' + person_id::INTEGER WHERE person_id IN (7, 8)",
        {"field_plausiblevaluehigh_measurement_measurement_date": 1},
    ),
    (
        "UPDATE visit_occurrence SET visit_end_date = visit_start_date - 1 WHERE visit_occurrence_id = 3",
        {
            "field_plausibletemporalafter_visit_occurrence_visit_end_date": 1,
            "field_plausiblestartbeforeend_visit_occurrence_visit_start_date": 1,
        },
    ),
    (
        "UPDATE drug_exposure SET drug_exposure_start_date = DATE '2019-03-03', drug_exposure_end_date = DATE '2019-03-03' "
        "WHERE drug_exposure_id = 20",
        {
            f"field_{check}_drug_exposure_drug_exposure_{which}_date": 1
            for check in ("plausibleduringlife", "plausiblebeforedeath")
            for which in ("start", "end")
        },
    ),
    (
        "INSERT INTO measurement BY NAME SELECT 61 AS measurement_id, 20 AS person_id, 3000963 AS measurement_concept_id, "
        "DATE '2019-03-02' AS measurement_date, 32817 AS measurement_type_concept_id",
        {},
    ),
    (
        "UPDATE condition_occurrence SET condition_start_date = DATE '2015-12-15' + condition_occurrence_id::INTEGER WHERE "
        "condition_occurrence_id IN (9, 10)",
        {"field_withinvisitdates_condition_occurrence_condition_start_date": 1},
    ),
    (
        "UPDATE measurement SET measurement_date = DATE '1980-05-03' + person_id::INTEGER WHERE person_id IN (6, 7)",
        {
            "field_plausibleafterbirth_measurement_measurement_date": 1,
            "field_plausibletemporalafter_measurement_measurement_date": 2,  # born in the middle of the year, it says
        },
    ),
    (
        "UPDATE condition_occurrence SET person_id = person_id - 1, visit_occurrence_id = NULL WHERE "
        "condition_occurrence_id IN (42, 44)",
        {"concept_plausiblegender_condition_occurrence_condition_concept_id_26662": 2},
    ),
    (
        "UPDATE condition_occurrence SET person_id = 1, visit_occurrence_id = NULL WHERE condition_occurrence_id = 41",
        {FEMALE: 1},
    ),
    (
        "UPDATE measurement SET unit_concept_id = [8840, NULL, 8840][person_id - 12], unit_source_value = ['mg', 'mg', NULL]"
        "[person_id - 12] WHERE person_id IN (13, 14, 15)",
        {"concept_plausibleunitconceptids_measurement_measurement_concept_id_3000963": 1},
    ),
    ("DELETE FROM measurement WHERE person_id IN (16, 17)", {"table_measurepersoncompleteness_measurement": 2}),
    (
        "DELETE FROM condition_era WHERE person_id = 5",
        {
            "table_measureconditioneracompleteness_condition_era": 1,
            "table_measurepersoncompleteness_condition_era": 1,
        },
    ),
    (
        "INSERT INTO observation_period SELECT 90 + person_id, person_id, [DATE '2021-01-01', DATE '2019-01-01', "
        "DATE '2021-01-02'][person_id - 5], DATE '2021-06-01', 32817 FROM person WHERE person_id IN (6, 7, 8)",
        {"table_measureobservationperiodoverlap_observation_period": 2},
    ),
)
