"""Which published columns may leave under a permit: those that are classed; and which are potential identifiers."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from hygie.access.permits.data_rules import NEVER, can_be_rekeyed, known_as, matches
from hygie.base import law
from hygie.intake.sources import cdm
from hygie.intake.sources.snds import roles
from hygie.intake.sources.snds.schema import Field, edition

FIELDS = [(table, field) for table in edition().tables.values() for field in table.fields]
# Another reading of the names than the one that withholds: whatever holds one of these looks like an identifier.
LOOKS = re.compile(
    r"NUM|IDT|NIR|ANO|IDENT|NOM|FINESS|CARTO|RPPS|NUMC|MAM|JNT|(^|_)(ID|IDE|CLE|RNG|IPP|SIR|TEL|FAX)(_|$)"
)
ROLES = Path(__file__).parent / "roles.csv"


def grantable(field: Field) -> bool:
    """Return whether a permit may name a column, as the permits' own rule says."""
    shape = cdm.Field(field.column, "text", False, False, None, roles.role(field))
    return shape.role not in NEVER and can_be_rekeyed(shape)


def test_every_published_column_has_the_role_that_was_looked_at():
    given = {(each.name, each.kind, each.length, roles.role(each)) for _, each in FIELDS}
    with ROLES.open(encoding="utf-8", newline="") as handle:
        assert {tuple(row) for row in list(csv.reader(handle))[1:]} == given
    assert len(FIELDS) == 4815
    assert {roles.role(each) for _, each in FIELDS} <= cdm.ROLES


def test_no_name_that_looks_like_an_identifier_is_grantable_unless_it_was_reviewed():
    found = {each.name for _, each in FIELDS if LOOKS.search(each.name.upper()) and grantable(each)}
    listed = {name for name in found if any(re.fullmatch(one, name.upper()) for one in roles.reviewed())}
    assert found - listed == set()
    assert all(reason for reason in roles.reviewed().values())


@pytest.mark.parametrize("pattern", roles.reviewed())
def test_every_reviewed_name_is_there_and_grantable(pattern):
    found = [each for _, each in FIELDS if re.fullmatch(pattern, each.name.upper())]
    assert any(grantable(each) for each in found)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("CT_IDE_AAAA_GN", "id_carto"), ("T_MCOaaSTC", "ID_MAM_ENF"), ("ER_RAT_F", "BEN_RAT_ANO"),
        ("T_MCOaaFASTC", "NUM_DAT_AT"), ("IR_MTT_R", "MTT_PFS_NUM"), ("ER_TRS_F", "TRS_ACP_NOM"),
        ("ER_TRS_F", "TRS_VEH_NUM"), ("ER_DCT_F", "DCT_EMT_IDT"), ("EB_PRS_F", "BEN_NIR_IDT"),
        ("ER_PRS_F", "BEN_NIR_PSA"),
    ],
)  # fmt: skip
def test_pseudonyms_and_numbers_of_the_source_do_not_leave(table, column):
    assert not grantable(edition().tables[table].field(column))


def test_a_column_of_another_edition_that_nothing_classes_does_not_leave():
    assert not grantable(Field("NEW_COL", "string", length="17"))
    assert not grantable(Field("NEW_COL", "integer", length="12"))
    assert grantable(Field("NEW_COL", "string", length="17", code_list="IR_NAT_V"))


def test_a_code_that_is_cut_is_a_text():
    assert {each.kind for _, each in FIELDS if roles.role(each) == "source_value"} == {"string"}


class Case:
    """What the rules ask of a case: the shape of a native table."""

    def __init__(self, table, field):
        shape = cdm.Field(field.column, "text", False, False, None, roles.role(field))
        self.declared = {f"snds_{table.name.lower()}": cdm.Table(f"snds_{table.name.lower()}", (shape,), None)}


def potential(table, field):
    """Return the potential identifiers that the law knows a column as."""
    native = f"snds_{table.name.lower()}"
    asked = known_as(native, field.column, Case(table, field))
    items = law.potential_identifiers()
    return {each.id for each in items if matches(asked, each.columns) and not matches(asked, each.apart)}


def expected(field: Field) -> set[str]:
    """Return the potential identifiers that a column is, from its name and type alone."""
    name, day = field.name.upper(), field.kind in ("date", "datetime") or field.name in ("DAT_HOS",)
    if name.startswith("TRS_TRP_HR"):
        return {"care-date"}
    if name in ("BEN_NAI_MOI", "BEN_NAI_ANM"):
        return {"birth-month"}
    if name in ("BEN_RES_COM", "BDI_COD", "TRS_DEP_CDP", "TRS_ARR_CDP"):
        return {"residence"}
    if name == "DCD_COM_COD":
        return {"death-place"}
    if day and "DCD" in name:
        return {"death-date"}
    return {"care-date"} if day else set()


def test_days_of_care_birth_and_death_and_places_are_potential_identifiers_in_every_table():
    wrong = {
        f"{table.name}.{each.name}": potential(table, each)
        for table, each in FIELDS
        if grantable(each) and potential(table, each) != expected(each)
    }
    assert wrong == {}


def test_no_day_that_is_a_text_leaves_but_as_a_day():
    days = [each for _, each in FIELDS if each.kind == "string" and re.search(r"DAT|_D[TS][DEF]$", each.name)]
    leaving = {(each.name, roles.role(each)) for each in days if (each.digits or 8) > 1 and grantable(each)}
    assert leaving == {("DAT_HOS", "day")}
