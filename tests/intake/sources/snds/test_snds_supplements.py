"""The supplements that tell what a consultation was for are procedures; other supplements are not."""

from tests.intake.sources.snds.test_snds_stage import reader  # noqa: F401
from tests.intake.sources.snds_files import rows, write_csv


def test_a_consultation_soon_after_a_stay_is_told_by_its_supplement(tmp_path, reader):  # noqa: F811
    tables = rows(12)
    lines = [row for row in tables["ER_PRS_F"] if row["PRS_NAT_REF"] == 1111]
    for at, nature in ((0, 1153), (1, 1154), (2, 1152), (3, 1153)):
        lines[at] |= {"PRS_NAT_REF": nature, "CPL_MAJ_TOP": 2}
    taken_back = {**lines[3], "PRS_ACT_QTE": -1, "PRS_ORD_NUM": 9}
    information = {**lines[4], "PRS_NAT_REF": 1153, "CPL_MAJ_TOP": 2, "DPN_QLF": 71, "PRS_ORD_NUM": 9}
    tables["ER_PRS_F"] += [taken_back, information]
    reader.read(write_csv(tmp_path / "in", tables))
    query = next(each.query for each in reader.delivery.tables if each.name == "procedure_occurrence")
    told = f"SELECT source_code, source_system, quantity FROM ({query}) ORDER BY 1"
    found = [row for row in reader.engine.rows(told) if row[0] in ("1152", "1153", "1154")]
    assert found == [("1153", "urn:hygie:snds:prs-nat", 1), ("1154", "urn:hygie:snds:prs-nat", 1)]
