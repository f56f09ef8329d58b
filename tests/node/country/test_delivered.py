"""What a holder delivers as CSV is, read as the lake reads it, the same as the Parquet."""

import gzip

import pytest

from hygie.base.engine import Engine, Walls, literal, name
from hygie.intake.sources.snds.casts import value
from hygie.node.bench.snds import staged
from hygie.node.country.generate import generate
from hygie.node.country.snds import shapes

PERSONS = 400


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deliveries")
    truth = generate(folder / "parquet", persons=PERSONS, seed=2)
    assert generate(folder / "csv", persons=PERSONS, seed=2, as_delivered=True)["tables"] == truth["tables"]
    return folder


def texts(folder, title):
    return gzip.decompress((folder / "csv" / "snds" / f"{title}.csv.gz").read_bytes()).decode("latin-1")


@pytest.mark.parametrize(
    "title",
    [
        "ER_PRS_F",
        "ER_PHA_F",
        "IR_BEN_R",
        "KI_CCI_R",
        "T_MCOaaB",
        "T_MCOaaC",
        "T_MCOaaE",
        "IR_NAT_V",
        "MS_SOR_V",
        "IR_CIM_V",
        "IR_CCAM_V63",
        "IR_BIO_R",
        "IR_ALD_V",
    ],
)
def test_csv_reads_as_the_parquet(deliveries, tmp_path, title):
    fields = shapes()[title].fields
    (tmp_path / "table.csv").write_text(texts(deliveries, title), "utf-8")
    with Engine(Walls(deliveries, readable=(tmp_path,))) as engine:
        read = f"read_csv({literal(str(tmp_path / 'table.csv'))}, delim=';', header=true, all_varchar=true)"
        cast = ", ".join(f"CAST({value(field, name(field.name))} AS {field.sql_type})" for field in fields)
        plain = ", ".join(
            f"nullif({name(field.name)}, '')" if field.sql_type == "VARCHAR" else name(field.name) for field in fields
        )
        made = f"SELECT {plain} FROM read_parquet({literal(str(deliveries / 'parquet' / 'snds' / f'{title}.parquet'))})"
        counts = engine.rows(
            f"SELECT (SELECT count(*) FROM {read}), (SELECT count(*) FROM ({made})), "
            f"(SELECT count(*) FROM (SELECT {cast} FROM {read} EXCEPT ALL {made}))"
        )
    assert counts[0][0] == counts[0][1] > 0
    assert counts[0][2] == 0


def test_it_is_written_as_holders_write(deliveries):
    header, first = texts(deliveries, "ER_PRS_F").splitlines()[:2]
    assert header.count(";") == first.count(";") == 122
    assert ";0" in first
    days = {len(line.split(";")[21]) for line in texts(deliveries, "ER_PRS_F").splitlines()[1:] if line.split(";")[21]}
    assert days == {8, 9, 10}
    assert "HÔPITAL" in texts(deliveries, "T_MCOaaE") and "Décès" in texts(deliveries, "MS_SOR_V")
    assert not list((deliveries / "csv" / "snds").glob("*.parquet"))
    assert (deliveries / "csv" / "snds" / "hygie-delivery.json").is_file()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_file_of_it_is_read_typed_and_every_line_kept_by_its_lists(deliveries, form):
    with Engine(Walls(deliveries, readable=(deliveries,))) as engine:
        found = staged(engine, deliveries / form / "snds")
    assert set(found.ways.values()) == {"typed"}
    assert {
        "IR_NAT_V",
        "IR_SPE_V",
        "IR_SEX_V",
        "MS_SOR_V",
        "IR_CIM_V",
        "IR_CCAM_V63",
        "IR_BIO_R",
        "IR_ALD_V",
    } < found.natives.keys()
    assert {each: one.read - one.kept for each, one in found.natives.items()} == dict.fromkeys(found.natives, 0)
