"""The country's other holders: what they deliver is taken in, either way the same; shares are the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.access.catalogue import counting
from hygie.base.engine import Engine, Node, Walls
from hygie.intake.lake import actions, queries, tables
from hygie.intake.linkage import linking, proposing
from hygie.intake.linkage import queries as linkage
from hygie.intake.optouts import files as optouts
from hygie.node.country import generate, holders, hospitals
from hygie.node.country.figures import published
from hygie.node.country.values import Country

PERSONS = 20_000
ICD, ATC = "http://hl7.org/fhir/sid/icd-10", "http://www.whocc.no/atc"
TAKE = {
    "cancer-register": tables.ingest_table,
    "vaccination-register": tables.ingest_table,
    "identities": tables.ingest_table,
    "wearables": tables.ingest_devices,
    "hospital-south": actions.ingest_omop,
}


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Engine]:
    """The holders' files of one country in both forms, and the engine that drew it."""
    folder = tmp_path_factory.mktemp("country")
    with Engine(Walls(folder, memory="1GB")) as engine:
        generate.start(engine, Country(PERSONS, 5))
        generate.populate(engine, next(iter(Country(PERSONS, 5).slices())))
        for name in ("parquet", "delivered"):
            (folder / name).mkdir()
            holders.write(engine, folder / name, 0, several=False, as_delivered=name == "delivered")
        holders.finish(engine, folder / "parquet")
        holders.finish(engine, folder / "delivered")
        hospitals.finish(engine, folder / "parquet")
        hospitals.finish(engine, folder / "delivered", as_delivered=True)
        yield folder / "parquet", folder / "delivered", engine


@pytest.mark.parametrize("name", TAKE)
def test_both_forms_are_taken_in_as_equal_tables(node: Node, country: tuple[Path, Path, Engine], name: str) -> None:
    hashes = []
    for form in country[:2]:
        held = TAKE[name](node, form / name, dataset=name, actor="steward").manifest
        assert held.synthetic and held.quarantined == 0 and held.kept > 0
        with node.engine() as engine:
            views = queries.attach_snapshot(engine, node, name, held.snapshot)
            hashes.append({table: engine.scalar(f"SELECT sum(hash(t)) FROM {view} t") for table, view in views.items()})
    assert hashes[0] == hashes[1]


REGISTERED = {
    "cancer-register": ("condition_occurrence", ICD, "C50", "cancer_case"),
    "vaccination-register": ("drug_exposure", ATC, "J07BB02", "vaccination"),
}


@pytest.mark.parametrize("name", REGISTERED)
def test_questions_reach_the_registers(node: Node, country: tuple[Path, Path, Engine], name: str) -> None:
    folder, _, engine = country
    target, system, code, truth = REGISTERED[name]
    held = tables.ingest_table(node, folder / name, dataset=name, actor="steward").manifest
    body = {"codes": {"table": target, "codes": [{"system": system, "code": code}]}}
    found = counting.exactly(node, name, held, counting.read(body), node.clock())
    assert found == engine.scalar(f"SELECT count(DISTINCT person) FROM {truth} WHERE code = '{code}'") > 0
    assert held.unmapped == {system: held.kept} and held.tables[target].rows == held.kept


def test_incidence_coverage_wearables_and_refusals_are_the_published_ones(country: tuple[Path, Path, Engine]) -> None:
    folder, _, engine = country
    known = published().figures
    expected = engine.scalar("SELECT sum(rate) FROM known JOIN cancer_total USING (sex, age)")
    found = engine.scalar("SELECT count(*) FROM cancer_case")
    assert abs(found - expected) < 4 * expected**0.5
    whole = known["cancers_men"].value + known["cancers_women"].value
    assert expected / PERSONS == pytest.approx(whole / published().pyramid.total, rel=0.1)
    old = engine.scalar("SELECT count(*) FROM known WHERE age >= 65 AND death IS NULL")
    for code, figure in (("J07BB02", "flu_65"), ("J07BN01", "covid_65")):
        given = engine.scalar(f"SELECT count(DISTINCT person) FROM vaccination WHERE code = '{code}'")
        assert given / old == pytest.approx(known[figure].value, abs=0.03)
    assert engine.scalar("SELECT count(*) FROM vaccination WHERE given_on < birth OR given_on > DATE '2024-12-31'") == 0
    refused = optouts.read(folder / "opt-outs.csv")
    assert len(refused) / PERSONS == pytest.approx(known["opt_outs"].value, rel=0.2)
    worn = engine.scalar("SELECT count(*) FROM wearer")
    assert 0.5 * known["wearables"].value < worn / PERSONS < 1.2 * known["wearables"].value


def test_identities_have_second_records_with_errors_and_the_truth_beside(country: tuple[Path, Path, Engine]) -> None:
    folder, _, engine = country
    truth = [line.split(",") for line in (folder / "truth-identities.csv").read_text().splitlines()[1:]]
    assert len({record for record, _ in truth}) == len(truth) == engine.scalar("SELECT count(*) FROM identity")
    assert 0.15 < len(truth) / len({person for _, person in truth}) - 1 < 0.25
    pairs = "identity a JOIN identity b ON a.person = b.person AND a.record < b.record"
    wrong = engine.scalar(f"SELECT avg((a.family <> b.family OR a.given <> b.given)::INTEGER) FROM {pairs}")
    assert 0.3 < wrong < 0.7
    assert 0.2 < engine.scalar("SELECT avg((ins IS NULL)::INTEGER) FROM identity") < 0.4


def test_identities_written_twice_are_found_again_by_their_traits(
    node: Node, country: tuple[Path, Path, Engine]
) -> None:
    folder, _, _ = country
    file = folder / "identities" / "identity.parquet"
    truth = [line.split(",") for line in (folder / "truth-identities.csv").read_text().splitlines()[1:]]
    persons = len({person for _, person in truth})
    tables.ingest_table(node, folder / "identities", dataset="civil", actor="steward")
    linked_by_number = linkage.count_persons()
    linking.take_traits(node, "civil", file, id_column="record", actor="steward", synthetic=True)
    proposing.propose(node, ("civil",), actor="steward", synthetic=True)
    assert linked_by_number > 1.05 * persons
    assert abs(linkage.count_persons() - persons) < 0.02 * persons


def test_two_hospitals_see_some_people_both_under_their_own_numbers(
    node: Node, country: tuple[Path, Path, Engine]
) -> None:
    folder, delivered, engine = country
    assert {path.suffix for path in (folder / "hospital-south").iterdir()} == {".parquet", ".json"}
    assert {path.suffix for path in (delivered / "hospital-south").iterdir()} == {".csv", ".json"}
    north = actions.ingest_fhir(node, folder / "hospital-north", dataset="north", actor="steward").manifest
    system = {"identifier_system": holders.INS}
    south = actions.ingest_omop(node, folder / "hospital-south", dataset="south", actor="steward", **system).manifest
    assert north.quarantined == south.quarantined == 0 and north.synthetic and south.synthetic
    assert north.dangling == south.dangling == {}
    both = "SELECT person FROM patient GROUP BY person HAVING count(*) = 2"
    shared = engine.scalar(f"SELECT count(*) FROM ({both})")
    linked = engine.scalar(
        f"SELECT count(*) FROM (SELECT person FROM patient WHERE person IN ({both}) GROUP BY person "
        "HAVING count(ins) = 2)"
    )
    assert 0 < linked < shared and south.linkage["linked"] == linked
    truth = (folder / "truth-patients.csv").read_text().splitlines()
    assert len(truth) - 1 == north.persons + south.persons == engine.scalar("SELECT count(*) FROM patient")


def test_hospitals_have_procedures_and_laboratory_values_in_both_standards(
    node: Node, country: tuple[Path, Path, Engine]
) -> None:
    folder, _, made = country
    for hospital, (name, take) in enumerate((("north", actions.ingest_fhir), ("south", actions.ingest_omop))):
        held = take(node, folder / f"hospital-{name}", dataset=name, actor="steward").manifest
        with node.engine() as engine:
            views = queries.attach_snapshot(engine, node, name, held.snapshot)
            acts = engine.rows(
                f"SELECT source_code, count(*) FROM {views['procedure_occurrence']} GROUP BY 1 ORDER BY 1"
            )
            values = engine.rows(
                f"SELECT source_code, unit_source_value, count(*), sum(value_as_number) FROM {views['measurement']} "
                "GROUP BY ALL ORDER BY ALL"
            )
        of = f"WHERE hospital = {hospital}"
        assert acts == made.rows(f"SELECT act, count(*) FROM admission {of} AND act <> '' GROUP BY 1 ORDER BY 1") != []
        drawn = made.rows(f"SELECT code, unit, count(*), sum(value) FROM laboratory {of} GROUP BY ALL ORDER BY ALL")
        assert [row[:3] for row in values] == [row[:3] for row in drawn] and len(drawn) == 4
        assert [row[3] for row in values] == pytest.approx([row[3] for row in drawn])


def test_laboratory_values_tell_of_the_stay(country: tuple[Path, Path, Engine]) -> None:
    _, _, engine = country
    for code, condition, shift in (("718-7", "kind = 'bleeding'", -4.2), ("14682-9", "severe", 110.0)):
        usual, ill = (
            engine.scalar(
                f"SELECT avg(value) FROM laboratory JOIN admission USING (hospital, person, n) "
                f"WHERE code = '{code}' AND {truth} ({condition})"
            )
            for truth in ("NOT", "")
        )
        assert ill - usual == pytest.approx(shift, rel=0.4)
    assert (
        engine.scalar("SELECT count(*) FROM laboratory JOIN admission USING (hospital, person, n) WHERE day > last")
        == 0
    )
    assert engine.scalar("SELECT count(*) - count(DISTINCT k) FROM laboratory WHERE hospital = 0") == 0
