"""A small hospital under a permit, with its extract ready for studies."""

import csv
from pathlib import Path

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits.queries import example
from hygie.intake.lake import actions as lake

PLANTED = "PLANTED.77"


def hospital(folder: Path, persons: int) -> Path:
    """Write persons with a drug and a condition each: every second is exposed, every third has the outcome."""
    folder.mkdir(parents=True)
    tables = {
        "person": [
            {
                "person_id": one,
                "gender_concept_id": 8507 + 25 * (one % 2),
                "year_of_birth": 1940 + one % 50,
                "race_concept_id": 0,
                "ethnicity_concept_id": 0,
            }
            for one in range(1, persons + 1)
        ],
        "drug_exposure": [
            {
                "drug_exposure_id": one,
                "person_id": one,
                "drug_concept_id": 0,
                "drug_exposure_start_date": "2018-05-03",
                "drug_exposure_end_date": "2018-05-13",
                "drug_type_concept_id": 32817,
                "drug_source_value": "M01AE01" if one % 4 < 2 else PLANTED,
            }
            for one in range(1, persons + 1)
        ],
        "condition_occurrence": [
            {
                "condition_occurrence_id": one,
                "person_id": one,
                "condition_concept_id": 0,
                "condition_start_date": "2020-03-04",
                "condition_type_concept_id": 32817,
                "condition_source_value": "K92.2" if one % 3 == 0 else "I10",
            }
            for one in range(1, persons + 1)
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture
def permit(node, once, tmp_path):
    """A permit that names `user`, with its extract."""

    def make():
        lake.ingest_omop(node, hospital(tmp_path / "delivery", 240), dataset="chu", actor="steward", synthetic=False)
        body = example(node, "chu")
        body["people"] = {"principal_investigator": "user", "authorised": ["user"]}
        body["data"]["cohort"] = {"everyone": {}}
        granted = permits.grant(node, body, actor="officer")
        extracts.extract(node, granted.id, actor="steward")
        return granted

    return once("an extract for studies", make)


@pytest.fixture
def study(tmp_path):
    """Write a study of one Python file: `study("print(1)")`."""

    def write(code, **keys):
        folder = tmp_path / f"study-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        inputs = keys.pop("inputs", ["person", "drug_exposure"])
        language = keys.pop("language", "python")
        program = {"python": "python", "r": "Rscript"}[language]
        (folder / "study.toml").write_text(
            f'name = "small"\nlanguage = "{language}"\ncommand = ["{program}", "analysis"]\n'
            f"inputs = {inputs!r}\n".replace("'", '"')
        )
        with (folder / "study.toml").open("a") as file:
            for name in keys.pop("outputs", ["counts.csv", "a.csv", "early.csv"]):
                file.write(f'[[outputs]]\nfile = "{name}"\nkind = "text"\n')
        (folder / "analysis").write_text(code)
        return folder

    return write
