"""A study that writes secrets between the lines: order, spelling and number formats do not leave."""

from __future__ import annotations

import random
from datetime import date

import pytest

from hygie.base.kernel import Refusal
from hygie.base.law import preset
from hygie.secure.airlock.checking import REWRITTEN, evaluate
from hygie.secure.airlock.declaration import Output, read_outputs
from tests.secure.airlock.conftest import AGE, SEX, declared, engine, loaded, rows, tables  # noqa: F401

pytestmark = pytest.mark.attack
DAY = date(2026, 11, 21)
MEASURES = [
    {"name": "n", "kind": "persons"},
    {"name": "risk", "kind": "share", "column": "ill", "decimals": 3},
]


def lines_of(found) -> list[list[str]]:
    return [line.split(",") for line in found.data.decode().splitlines()]


def judged(output, data, tables, name="ohdsi-5"):  # noqa: F811
    (found,) = evaluate([(output, data, ())], preset(name, on=DAY), tables)
    return found


def secret(plain: list[list[str]], seed: int) -> bytes:
    """Return the same figures with bits in the order, the quotes, the decimals, the spelling and the line ends."""
    chance = random.Random(seed)
    columns = list(range(len(plain[0])))
    chance.shuffle(columns)
    body = plain[1:]
    chance.shuffle(body)
    spelling = chance.choice([str, str.lower, str.upper])
    text = []
    for row in [plain[0], *body]:
        cells = []
        for at in columns:
            cell = spelling(row[at]) if row[at] in ("True", "False") else row[at]
            if "." in cell and chance.random() < 0.5:
                cell = cell.rstrip("0") if not cell.endswith(".000") else cell[:-4]
            if cell == "[hidden]" and chance.random() < 0.5:
                cell = ""
            cells.append(f'"{cell}"' if chance.random() < 0.5 else cell)
        text.append(",".join(cells) + chance.choice(["\n", "\r\n"]))
    return "".join(text).encode()


@pytest.mark.parametrize("name", ["ohdsi-5", "casd-11", "opensafely-7-5"])
def test_however_a_table_is_written_the_same_bytes_leave(tables, name):  # noqa: F811
    from hygie.secure.airlock.checking import mend
    from tests.secure.airlock.test_tables import exact

    output = declared(measures=MEASURES)
    first = judged(output, exact(output, tables), tables, name)
    data = mend(output, first, preset(name, on=DAY)) if first.check.outcome == "block" else first.data
    plain = judged(output, data, tables, name)
    assert plain.data == data, "what the airlock wrote it does not write anew"
    assert plain.check.changed == ()
    hidden = {judged(output, secret(lines_of(plain), seed), tables, name).data for seed in range(8)}
    assert hidden == {data}
    other = judged(output, secret(lines_of(plain), 1), tables, name)
    assert other.check.changed == (REWRITTEN,)
    assert other.check.bytes == len(data)


def test_the_last_digit_is_no_channel(tables):  # noqa: F811
    measures = [{"name": "n", "kind": "persons"}, {"name": "years", "kind": "mean", "column": "year_of_birth"}]
    total = declared(derive=[], groups=[], totals=[], measures=measures)
    mean = sum(tables["person"].year_of_birth.to_pyarrow().to_pylist()) / 2000
    files = [f"n,years\n2000,{mean + off:.2f}\n".encode() for off in (-0.0025, 0.0, 0.0025)]
    found = [judged(total, data, tables) for data in files]
    left = {each.data for each in found if each.check.outcome != "block"}
    assert left == {f"n,years\n2000,{mean:.2f}\n".encode()}


def test_no_other_word_marks_a_hidden_figure(tables):  # noqa: F811
    with pytest.raises(Refusal) as caught:
        read_outputs([{"file": "t.csv", "kind": "table", "mark": "one of three"}])
    assert caught.value.code == "AIR-101"


ESTIMATE = "term,estimate,df\nexposed,1.84,{}\n"


def estimate(text: str, name: str, **more: object) -> dict[str, str]:
    output = Output(file="e.csv", kind="table", **more)
    (found,) = evaluate([(output, text.encode(), ())], preset(name, on=DAY), {})
    return {each.code: each.outcome for each in found.check.checks}


def test_degrees_of_freedom_are_held_where_the_preset_has_them():
    assert estimate(ESTIMATE.format("10.0"), "acro-10", dof="df") == {"AIR-244": "pass"}
    assert estimate(ESTIMATE.format("9.5"), "acro-10", dof="df") == {"AIR-244": "block"}
    assert estimate(ESTIMATE.format("many"), "acro-10", dof="df") == {"AIR-244": "block"}
    assert estimate(ESTIMATE.format("120.0"), "acro-10", dof="freedom") == {"AIR-244": "block"}
    assert estimate(ESTIMATE.format("120.0"), "acro-10") == {"AIR-244": "review"}
    assert estimate(ESTIMATE.format("2.5"), "casd-11") == {}


@pytest.mark.parametrize("text", ["what,age\nmean,51.2\nmax,97.5\n", "sex,age_max\nf,97.5\n", "sex,Minimum\nf,1.5\n"])
def test_minima_and_maxima_follow_the_preset(text):
    assert estimate(text, "casd-11")["AIR-245"] == "block"
    assert estimate(text, "ohdsi-5")["AIR-245"] == "review"
    assert "AIR-245" not in estimate(text.replace("max", "p90").replace("Minimum", "p10"), "casd-11")


def test_rows_of_nobody_are_no_channel(engine):  # noqa: F811
    people = [
        {"person_id": one, "gender_concept_id": 8507 + 25 * (one % 2), "year_of_birth": 1950} for one in range(99)
    ]
    lake = loaded(engine, {"person": people})
    output = declared(derive=[SEX, AGE], groups=["sex", "age"], totals=["age"])
    with_nobody = b"sex,age,n\nfemale,65+,49\nfemale,All,49\nmale,65+,50\nmale,All,50\n"
    shown = judged(output, with_nobody, lake)
    assert shown.check.outcome == "pass", shown.check.checks
    grown = declared(derive=[SEX, AGE], groups=["sex", "age"], totals=["age"], file="two.csv")
    lake = loaded(
        engine,
        {
            "person": [
                *people,
                *(
                    {**each, "person_id": 900 + at, "year_of_birth": 1990, "gender_concept_id": 8507}
                    for at, each in enumerate(people)
                ),
            ]
        },
    )
    rest = "sex,age,n\nfemale,65+,49\nfemale,All,49\nmale,18-64,99\nmale,65+,50\nmale,All,149\n"
    told = judged(grown, (rest + "female,18-64,0\n").encode(), lake)
    untold = judged(grown, rest.encode(), lake)
    assert told.check.outcome == untold.check.outcome == "pass", told.check.checks
    assert told.data == untold.data == rest.encode()
