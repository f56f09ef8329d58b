"""Studies that lie: the airlock's own count is what is believed."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.base.law import preset
from hygie.secure.airlock.checking import evaluate
from tests.secure.airlock.conftest import declared, engine, loaded, population  # noqa: F401

pytestmark = pytest.mark.attack
POLICY = preset("ohdsi-5", on=date(2026, 11, 21))


@pytest.fixture(scope="module")
def lake(engine):  # noqa: F811
    """Three women are exposed, everyone else is many."""
    rows = population(1, 0)
    rows["person"] = [
        {"person_id": one, "gender_concept_id": 8532 if one < 203 else 8507, "year_of_birth": 1950}
        for one in range(503)
    ]
    rows["drug_exposure"] = [
        {
            "drug_exposure_id": one,
            "person_id": one if one < 3 else 250 + one,
            "source_code": "A",
            "drug_exposure_start_date": date(2016, 1, 1),
            "quantity": 1.0,
        }
        for one in range(100)
    ]
    return loaded(engine, rows)


def verdict(lake, text, **changes):
    output = declared(totals=[], **changes)
    (found,) = evaluate([(output, text.encode(), ())], POLICY, lake)
    return {each.code for each in found.check.checks if each.outcome == "block"}


TRUE = ["exposed,sex,n", "False,female,200", "False,male,203", "True,female,[hidden]", "True,male,97"]


def test_the_true_table_with_its_small_cell_hidden_passes(lake):
    assert verdict(lake, "\n".join(TRUE)) == set()


@pytest.mark.parametrize(
    ("name", "lines", "code"),
    [
        ("fifty where there are three", [*TRUE[:3], "True,female,50", TRUE[4]], "AIR-232"),
        ("three where there are three", [*TRUE[:3], "True,female,3", TRUE[4]], "AIR-221"),
        ("one more than there are", [*TRUE[:4], "True,male,98"], "AIR-232"),
        ("a fraction that carries a value", [*TRUE[:4], "True,male,97.0417"], "AIR-237"),
        ("a row that is not of the data", [*TRUE, "True,other,97"], "AIR-234"),
        ("a label that carries a secret", [*TRUE, "True,MRS-DUPONT-HIV,0"], "AIR-234"),
        ("a row twice", [*TRUE, "True,male,97"], "AIR-234"),
        ("a row left out", TRUE[:4], "AIR-233"),
        ("a small row left out", [*TRUE[:3], TRUE[4]], "AIR-233"),
        ("labels exchanged", [TRUE[0], "False,male,200", "False,female,203", *TRUE[3:]], "AIR-232"),
        (
            "true spelled as a channel",
            [TRUE[0], "FALSE,female,200", "False,male,203", "true,female,[hidden]", "True,male,97"],
            "AIR-234",
        ),
        (
            "a hidden column",
            [f"{line},{extra}" for line, extra in zip(TRUE, ["x", 1, 2, 3, 4], strict=True)],
            "AIR-236",
        ),
        ("a column less", ["exposed,n", "False,403", "True,97"], "AIR-236"),
        ("words in a number column", [*TRUE[:4], "True,male,ninety-seven"], "AIR-237"),
        ("an exponent", [*TRUE[:4], "True,male,9.7e1"], "AIR-237"),
        ("leading zeros", [*TRUE[:4], "True,male,0097"], "AIR-237"),
        ("another word for hidden", [*TRUE[:3], "True,female,n=three", TRUE[4]], "AIR-237"),
    ],
)
def test_a_table_that_says_other_than_the_data_is_refused(lake, name, lines, code):
    assert code in verdict(lake, "\n".join(lines)), name


def test_the_small_cell_behind_a_total_is_found(lake):
    lines = [*TRUE, "All,female,203"]
    output = declared(totals=["exposed"])
    (found,) = evaluate([(output, "\n".join([*lines, "All,male,300"]).encode(), ())], POLICY, lake)
    assert "AIR-231" in {each.code for each in found.check.checks if each.outcome == "block"}
    assert any(each.kind == "hide" for each in found.check.fix)


def test_a_lie_is_never_mended_into_a_release(lake):
    from hygie.base.kernel import Refusal
    from hygie.secure.airlock.checking import mend

    output = declared(totals=[])
    text = "\n".join([*TRUE[:3], "True,female,50", TRUE[4]])
    (found,) = evaluate([(output, text.encode(), ())], POLICY, lake)
    with pytest.raises(Refusal) as caught:
        mend(output, found, POLICY)
    assert caught.value.code == "AIR-310"


def test_without_the_recount_the_lie_would_pass(lake):
    """The wall is the recount: the same file without the extract is not blocked for its figures."""
    output = declared(totals=[])
    text = "\n".join([*TRUE[:3], "True,female,50", TRUE[4]])
    (found,) = evaluate([(output, text.encode(), ())], POLICY, None)
    assert found.check.outcome == "review"
    assert found.check.basis == "declared only"
