"""What tables and columns mean is said in words, in both languages; of the SNDS, all that the country delivers."""

import re
from datetime import date
from pathlib import Path

import pytest
import rdflib

from hygie.access.applications.form import choosing
from hygie.access.catalogue import actions, figures, meanings, queries, searching
from hygie.access.catalogue.graphs import term
from hygie.intake.lake import actions as lake
from hygie.intake.lake import tables
from hygie.intake.sources import cdm
from hygie.intake.sources.devices.deliver import FIGURES, SERIES
from hygie.intake.sources.devices.kinds import kinds
from hygie.intake.sources.snds.schema import LISTS, edition
from hygie.node.country.snds import catalogue
from tests.access.catalogue.descriptions import body
from tests.access.catalogue.test_dcat import TODAY
from tests.access.catalogue.test_measured_rdf import graph_of
from tests.intake.sources.snds_files import rows, write_csv
from tests.intake.sources.table_files import CASE, case, register, schema

DELIVERED = {
    (table.title, field)
    for table in catalogue()
    for field in (table.filled if table.title in edition(LISTS).tables else table.fields)
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_all_that_the_country_delivers_has_words(language):
    assert len(DELIVERED) > 450
    for title, field in DELIVERED:
        table, column = f"snds_{title.lower()}", field.lower()
        said = meanings.of_column(table, column, language)
        assert said != column.replace("_", " ") and "_" not in said, (title, field)
        assert 1 <= len(said.split()) <= 13, said
        assert meanings.of_table(table, language), title


def test_what_devices_send_has_words_in_both_languages():
    tables = {
        "device_series": [*SERIES, "device_series_id"],
        "device_hourly": ["hour", *(field.name for field in FIGURES)],
        "device_daily": ["day", "kind", "unit", *(field.name for field in FIGURES)],
    }
    for table, columns in tables.items():
        for column in columns:
            said = [meanings.of_column(table, column, language) for language in ("en", "fr")]
            assert said[0] != said[1] and column.replace("_", " ") not in said, (table, column)
    for kind in kinds():
        assert meanings.of_value("device_series", "kind", kind, "fr")


def test_words_are_of_published_fields_and_differ_by_language():
    published = {
        **{each.column: table for table in edition(LISTS).tables.values() for each in table.fields},
        **{each.column: table for table in edition().tables.values() for each in table.fields},
    }
    for name, row in meanings.fields().items():
        table, _, column = name.rpartition(".")
        known = edition().find(table) if table else published.get(column)
        assert known is not None and known.field(column), name
        assert row["en"] and row["fr"] and row["en"] != row["fr"], name
        assert all(text == text.strip() and not text.endswith(".") for text in (row["en"], row["fr"])), name


def test_a_field_of_another_source_keeps_its_own_words():
    assert meanings.of_column("vaccination", "age_ann", "fr") == "age ann"
    assert meanings.of_column("snds_t_mcoaab", "sor_ann", "en") == "Year of discharge"
    assert meanings.of_column("snds_t_mcoaafm", "sor_ann", "en") == "sor ann"


def test_every_concept_that_a_mapping_writes_has_words():
    sources = Path(cdm.__file__).parent
    texts = [each.read_text("utf-8") for each in (*sources.rglob("*.toml"), *sources.rglob("*.sql"))]
    chosen = r"concept_id = \{ (?:constant = (\d+)|choose[^\n]*?from = \{([^}]*)\})"
    written = re.compile(chosen + r"|(\d+) AS \w+_concept_id|\nconcept = (\d+)")
    found = {
        number
        for text in texts
        for groups in written.findall(text)
        for number in re.findall(r"\b\d+\b", " ".join(groups))
    }
    assert {"9201", "9203", "32810", "32817", "581476", "8507", "3004249"} <= found
    for number in found:
        for language in ("en", "fr"):
            assert meanings.of_value("visit_occurrence", "visit_concept_id", number, language), number


def test_codes_are_said_of_their_own_column_alone():
    assert meanings.of_value("snds_t_mcoaab", "cod_sex", "2", "fr") == "femmes"
    assert meanings.of_value("person", "gender_source_value", "F", "fr") == "femmes"
    for table, column, code in (
        ("person", "gender_source_value", "2"),  # which sex this is, is the source's own
        ("my_register", "cod_sex", "2"),
        ("my_register", "kind", "heart-rate"),
        ("visit_occurrence", "state", "9201"),
    ):
        assert meanings.of_value(table, column, code, "fr") == ""
    assert all(row["en"] and row["fr"] for row in meanings.codes().values())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sex_variables_of_the_snds_are_found_by_either_language(node, tmp_path, language):
    lake.ingest_snds(node, write_csv(tmp_path / "in", rows()), dataset="snds", actor="steward", synthetic=True)
    actions.describe(node, "snds", body(), actor="steward")
    assert not searching.search("sexe", on=date(2026, 11, 21)).entries
    actions.measure(node, "snds", actor="steward")
    for word in ("sex", "sexe"):
        found = queries.variables("snds", word, language=language).entries
        assert {each.variable.name for each in found} >= {"gender_concept_id", "ben_sex_cod", "cod_sex"}
        assert [each.dataset for each in searching.search(word, language=language, on=date(2026, 11, 21)).entries] == [
            "snds"
        ]
    assert [each.variable.name for each in queries.variables("snds", "défibrillateur").entries] == ["top_def_card"]
    assert not searching.search("défibrillateur", on=date(2026, 11, 21)).entries  # nothing fills it


@pytest.fixture
def told(node, tmp_path):
    """A register whose schema says what two of its fields are."""
    words = {
        "stage": {"title": "Stade au diagnostic", "description": "TNM,\n  8e édition"},
        "size": {"description": "Diamètre\u202e de la tumeur " + "long " * 100},
    }
    fields = [{**each, **words.get(each["name"], {})} for each in CASE["fields"]]
    cases = register(tmp_path / "cases", *(case(number) for number in range(40)))
    declared = schema(tmp_path, {**CASE, "fields": fields})
    tables.ingest_table(node, cases, schema=declared, dataset="chu", actor="steward", synthetic=True)
    actions.describe(node, "chu", body(), actor="steward")
    actions.measure(node, "chu", actor="steward")
    return node


def test_what_a_schema_says_of_a_field_is_its_meaning(told):
    for language in ("en", "fr"):
        said = {each.variable.name: each.meaning for each in queries.variables("chu", "", language=language).entries}
        assert said["stage"] == "Stade au diagnostic: TNM, 8e édition"
        assert said["size"].startswith("Diamètre\ufffd de la tumeur long") and len(said["size"]) == cdm.ABOUT
        assert said["note"] == "note"
    assert [each.variable.name for each in queries.variables("chu", "diagnostic").entries] == ["stage"]
    assert [each.dataset for each in searching.search("diagnostic", on=date(2026, 11, 21)).entries] == ["chu"]
    assert queries.figures_of("chu") == figures.parse(queries.figures_of("chu").as_dict())


def test_what_a_schema_says_is_in_the_record_and_in_the_form_of_an_application(told):
    graph = graph_of(queries.dataset("chu", on=TODAY))
    (at,) = graph.subjects(term("csvw:name"), rdflib.Literal("stage", datatype=rdflib.XSD.string))
    assert [str(each) for each in graph.objects(at, term("csvw:titles"))] == ["Stade au diagnostic: TNM, 8e édition"]
    offered = choosing.choice(
        {"sources": {"datasets": ["chu"]}}, search="diagnostic", table="", language="fr", country="FR"
    )
    [(_, _, [stage])] = offered.tables
    assert (stage.name, stage.meaning) == ("register_case.stage", "Stade au diagnostic: TNM, 8e édition")


def test_fields_that_differ_in_their_description_alone_are_the_same_to_a_permit():
    one, other = (cdm.Field("stage", "text", False, False, None, "text", about) for about in ("Stade", ""))
    assert one == other and hash(one) == hash(other)
