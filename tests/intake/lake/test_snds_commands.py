"""`hygie ingest snds` as an operator types it: every kind of bad input at once, and a vocabulary."""

from __future__ import annotations

import gzip

from hygie.intake.lake import actions, queries
from tests.intake.lake.test_commands import run
from tests.intake.lake.test_lake import ingest
from tests.intake.lake.test_vocabulary import CONCEPT, MAPS
from tests.intake.sources.omop_files import PERSON, delivery, person, text
from tests.intake.sources.snds_files import csv_text, rows, write_csv

LONG = 17 << 20


def bad(folder):
    """Write a delivery of 40 persons in which each kind of fault occurs."""
    tables = rows(40)
    for at in range(0, 120, 10):  # a tenth of the lines
        tables["ER_PRS_F"][at]["EXE_SOI_DTD"] = "2019-02-30"
    tables["ER_PRS_F"][1]["PRS_NAT_REF"] = "2000000000"
    tables["ER_PRS_F"][2]["PRS_NAT_REF"] = "9999"
    for row in tables["IR_IMB_R"]:
        row["NEW_COL"] = "x"
    path = write_csv(folder, tables)
    marked = csv_text(tables["IR_IMB_R"]).encode()
    first, rest = marked.split(b"\n", 1)
    (path / "IR_IMB_R.csv").write_bytes(first + b"\n\xef\xbb\xbf" + rest)
    (path / "ER_CAM_F.csv").write_text(csv_text(tables["IR_BEN_R"]))
    (path / "IR_NAT_V.csv").write_text("PRS_NAT;PRS_NAT_LIB\n1111;C\n1352;B\n3313;PH\n")
    packed = gzip.compress((path / "ER_BIO_F.csv").read_bytes())
    (path / "ER_BIO_F.csv").unlink()
    (path / "ER_BIO_F.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    (path / "KI_CCI_R.csv.gz").write_bytes(gzip.compress((path / "KI_CCI_R.csv").read_bytes())[:14])
    (path / "KI_CCI_R.csv").unlink()
    pharmacy = (path / "ER_PHA_F.csv").read_text().splitlines()
    pharmacy[3] += "0" * LONG
    pharmacy[4] += ";1"
    pharmacy[5] = pharmacy[5].rpartition(";")[0]
    (path / "ER_PHA_F.csv").write_text("\n".join(pharmacy) + "\n")
    return path


def test_each_fault_is_named_and_counted_and_the_exit_code_says_so(node, tmp_path, capsys):
    code, taken = run(node, capsys, "ingest", "snds", bad(tmp_path / "in"), "--dataset", "snds", "--no-measure")
    assert code == 3
    assert taken["read"] == taken["kept"] + taken["quarantined"]
    with node.engine() as engine:
        queries.attach_quarantine(engine, node, "snds")
        found = engine.rows(
            "SELECT split_part(file, '.', 1), rule, count(*) FROM quarantine GROUP BY 1, 2 ORDER BY 1, 2"
        )
        cut = engine.rows("SELECT file, line, raw FROM quarantine WHERE rule = 'SRC-s14' ORDER BY file")
        held = engine.scalar("SELECT max(strlen(raw)) FROM quarantine")
    assert found == [
        ("ER_BIO_F", "SRC-s14", 1), ("ER_CAM_F", "SRC-s11", 40), ("ER_PHA_F", "SRC-s09", 2), ("ER_PHA_F", "SRC-s13", 1),
        ("ER_PRS_F", "SRC-s04", 1), ("ER_PRS_F", "SRC-s06", 12), ("ER_PRS_F", "SRC-s08", 1), ("IR_IMB_R", "SRC-s01", 1),
        ("IR_IMB_R", "SRC-s18", 1), ("KI_CCI_R", "SRC-s14", 1),
    ]  # fmt: skip
    tables = taken["tables"]
    assert tables["ER_PRS_F"] == {"read": 120, "kept": 106, "quarantined": 14}
    assert tables["ER_PHA_F"] == {"read": 40, "kept": 37, "quarantined": 3}
    assert 0 < tables["ER_BIO_F"]["kept"] < 40
    assert cut[0][1] == tables["ER_BIO_F"]["kept"] + 2
    assert cut[0][2].startswith("2019-")  # with what is there of its text
    assert tables["KI_CCI_R"] == {"read": 1, "kept": 0, "quarantined": 1}
    assert held < LONG
    assert any("NEW_COL" in note for note in taken["notes"])
    assert any("columns are missing" in note for note in taken["notes"])


def test_a_file_without_anything_is_named(node, tmp_path, capsys):
    path = write_csv(tmp_path / "in", rows(4))
    (path / "ER_UCD_F.csv").write_bytes(b"")
    code, taken = run(node, capsys, "ingest", "snds", path, "--dataset", "snds", "--no-measure", "--synthetic")
    assert (code, taken["tables"]["ER_UCD_F"]["quarantined"]) == (3, 1)


def test_a_file_whose_name_is_almost_a_tables_is_named_and_the_exit_code_says_so(node, tmp_path, capsys):
    path = write_csv(tmp_path / "in", rows(4))
    (path / "ER_DCT_F.zip").write_bytes(b"PK")
    (path / "letter.docx").write_bytes(b"PK")
    code, taken = run(node, capsys, "ingest", "snds", path, "--dataset", "snds", "--no-measure", "--synthetic")
    assert code == 3
    assert "files that are named after no table of the edition, ignored: 2: ER_DCT_F.zip, letter.docx" in taken["notes"]
    assert taken["tables"]["ER_DCT_F"] == {"read": 1, "kept": 0, "quarantined": 1}
    assert [(each["file"], each["rule"], each["lines"]) for each in taken["set_apart"]] == [
        ("ER_DCT_F.zip", "SRC-s17", 1)
    ]


def words(folder):
    """Write an OMOP dataset that holds a tiny vocabulary in the shape of Athena's."""
    concept = [
        "500,Heart failure,Condition,CIM10,Code,,I50.0,1970-01-01,2099-12-31,",
        "501,Heart failure,Condition,ICD10,Code,,I50.0,1970-01-01,2099-12-31,",
        "316139,Heart failure,Condition,SNOMED,Finding,S,84114007,1970-01-01,2099-12-31,",
        "119,Diabetes,Condition,ICD10,Code,,E11.9,1970-01-01,2099-12-31,",
        "201826,Type 2,Condition,SNOMED,Finding,S,44054006,1970-01-01,2099-12-31,",
        "700,Electrocardiography,Procedure,CCAM,Act,S,DEQP003,1970-01-01,2099-12-31,",
        "800,metformin,Drug,ATC,ATC 5th,C,A10BA02,1970-01-01,2099-12-31,",
        "1503297,metformin,Drug,RxNorm,Ingredient,S,6809,1970-01-01,2099-12-31,",
    ]
    maps = [
        "500,316139,Maps to,1970-01-01,2099-12-31,",
        "119,201826,Maps to,1970-01-01,2099-12-31,",
        "119,700,Is a,1970-01-01,2099-12-31,",
        "800,1503297,Maps to,1970-01-01,2099-12-31,",
        "800,700,Maps to,1970-01-01,2099-12-31,D",
    ]
    held = {"person.csv": text(PERSON, person(1)), "concept.csv": text(CONCEPT, *concept)}
    return delivery(folder, {**held, "concept_relationship.csv": text(MAPS, *maps)})


def concepts(node, table, stem):
    """Return concept and source concept of each code."""
    with node.engine() as engine:
        view = queries.attach_snapshot(engine, node, "snds", tables=[table])[table]
        columns = f"source_code, {stem}_concept_id, {stem}_source_concept_id"
        return {row[0]: row[1:] for row in engine.rows(f'SELECT DISTINCT {columns} FROM "{view}"')}


def test_codes_of_claims_and_stays_get_the_concepts_of_a_vocabulary(node, tmp_path, capsys):
    ingest(node, words(tmp_path / "v"), "words")
    path = write_csv(tmp_path / "in", rows(20))
    (path / "IR_PHA_R.csv").write_text(
        "PHA_CIP_C13;PHA_PRS_IDE;PHA_ATC_CLA\n3400930000000;1;A10BA02\n3400930000001;2;B01AC06\n3400930000002;3;C09AA05\n"
    )
    plain = actions.ingest_snds(node, path, dataset="snds", actor="steward", synthetic=True)
    assert concepts(node, "condition_occurrence", "condition") == {"I500": (0, 0), "E119": (0, 0), "E11": (0, 0)}
    options = ("--dataset", "snds", "--synthetic", "--no-measure", "--vocabulary", "words")
    code, taken = run(node, capsys, "ingest", "snds", path, *options)
    assert (code, taken["recognised"]) == (0, False)
    assert concepts(node, "condition_occurrence", "condition") == {
        "I500": (316139, 500), "E119": (201826, 119), "E11": (0, 0),
    }  # fmt: skip
    assert concepts(node, "procedure_occurrence", "procedure")["DEQP003"] == (700, 700)
    assert concepts(node, "drug_exposure", "drug")["A10BA02"] == (1503297, 800)
    before, after = plain.manifest.unmapped, taken["unmapped"]
    assert before["http://hl7.org/fhir/sid/icd-10"] == 13
    assert after["http://hl7.org/fhir/sid/icd-10"] == 5  # E11 of five certificates
    assert "urn:hygie:snds:ccam" not in after
    assert run(node, capsys, "ingest", "snds", path, *options)[1]["recognised"]
    assert run(node, capsys, "ingest", "snds", path, *options[:-1], "nowhere")[0] == 23
