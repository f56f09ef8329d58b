"""A variable's page: what it means, how full it is, its guarded distribution as picture, table and CSV."""

import csv
import io
from dataclasses import replace

import pytest

from hygie.access.catalogue import actions, queries, variable_views
from hygie.access.catalogue.figures import TableFigures, Value, Variable
from tests.access.catalogue.descriptions import body

AT = "/catalogue/chu/variables/"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["person.year_of_birth", "Year of birth", "100 %", "The most frequent value is",
                "counts under 8 are hidden",
                "No permit has given this variable yet", "The same figures as a table"]),
        ("fr", ["Année de naissance", "La valeur la plus fréquente est",
                "masqués", "Aucune autorisation n'a encore donné"]),
    ],
)  # fmt: skip
def test_a_variable_has_its_page_in_both_languages(site, described, language, words):
    page = site.get(f"{AT}person.year_of_birth/", language=language)
    assert page.status_code == 200 and [word for word in words if word not in site.text(page)] == []
    assert "<svg" in page.content.decode()
    assert f"{AT}person.year_of_birth/" in site.get(AT, language=language).content.decode()


def test_picture_table_and_file_show_the_same_guarded_figures(site, described):
    held = {(each.table, each.name): each for each in queries.figures_of("chu").variables}
    some = ("person", "death", "measurement", "visit_occurrence")
    for (table, column), variable in ((name, each) for name, each in held.items() if name[0] in some):
        page = site.get(f"{AT}{table}.{column}/")
        assert page.status_code == 200
        rows = list(csv.reader(io.StringIO(site.get(f"{AT}{table}.{column}.csv").content.decode("utf-8-sig"))))
        assert [int(row[2]) for row in rows[1:]] == [value.persons for value in variable.values]
        assert all(value.persons >= 8 for value in variable.values)
        assert ('<figure class="chart">' in page.content.decode()) == bool(variable.values)


def test_codes_name_their_system_and_protected_columns_say_so(site, described, monkeypatch):
    held = queries.figures_of("chu")
    named = Variable("death", "source_system", "text", "text", 100, 1, "category", (Value("CIM-10", "", 20),))
    told = replace(held, tables=(TableFigures("death", 20, 20, (named,)), *held.tables))
    assert variable_views.systems(told, "death") == [("CIM-10", 20)]
    acts = replace(named, name="source_code", values=(Value("urn:hygie:snds:prs-nat 1111", "", 20),))
    told = replace(told, tables=(replace(told.tables[0], variables=(named, acts)), *held.tables))
    monkeypatch.setattr(queries, "figures_of", lambda _: told)
    page = site.text(site.get(f"{AT}death.source_code/", language="fr"))
    assert "SNDS, nature de prestation 1111" in page and "urn:hygie:snds" not in page
    assert "CIM-10" in site.text(site.get(f"{AT}death.source_system/"))
    flag = {"table": "person", "column": "year_of_birth", "kind": "trade-secret", "reason": {"en": "Ours."}}
    actions.describe(described, "chu", body(protected=[flag]), actor="steward")
    assert "No measure is recorded yet" in site.text(site.get(f"{AT}person.year_of_birth/"))


@pytest.mark.parametrize("name", ["person.nothing", "nothing.person_id", "person.Year", "x.y"])
def test_a_variable_that_is_none_is_not_found(site, described, name):
    assert site.get(f"{AT}{name}/").status_code == 404
    assert site.get(f"{AT}{name}.csv").status_code == 404


def test_a_dataset_that_was_not_measured_has_no_variables(site, listed):
    assert site.get(f"{AT}person.year_of_birth/").status_code == 404


def variable(table, name, kind, *values, distinct=0):
    return Variable(table, name, "DOUBLE", "number", 100, distinct or len(values), kind, values)


def shown(site, monkeypatch, given, language):
    """The text and the source of the page of a variable that is among the figures."""
    held = queries.figures_of("chu")
    told = replace(held, tables=(TableFigures(given.table, 900, 900, (given,)), *held.tables))
    monkeypatch.setattr(queries, "figures_of", lambda _: told)
    page = site.get(f"{AT}{given.table}.{given.name}/", language=language)
    return site.text(page), page.content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Unit euros", "in 18.6–27.7 euros than", "Value (euros) persons"]),
     ("fr", ["Unité euros", "dans 18,6–27,7 euros que", "Valeur (euros) personnes", "≥ 27,7"])],
)  # fmt: skip
def test_numbers_have_their_unit_and_the_readers_decimal_sign(site, described, monkeypatch, language, words):
    bands = Value("18.6", "18.6–27.7", 90), Value("27.7", "≥ 27.7", 20)
    text, page = shown(site, monkeypatch, variable("snds_er_prs_f", "prs_pai_mnt", "range", *bands), language)
    assert [word for word in words if word not in text] == []
    assert language == "en" or "18.6" not in page


def test_a_year_is_no_band_and_a_decade_no_code(site, described, monkeypatch):
    text, _ = shown(site, monkeypatch, variable("snds_t_mcoaab", "sor_ann", "year", Value("2024", "2024", 90)), "en")
    assert "The most frequent value is 2024: about 90 persons" in text and "Value persons 2024 about 90" in text
    monkeypatch.undo()
    decade = variable("snds_ir_ben_r", "ben_nai_ann", "category", Value("1950", "1950–1959", 90))
    text, _ = shown(site, monkeypatch, decade, "en")
    assert "The most frequent value is 1950–1959" in text and "Value persons 1950–1959 about 90" in text


@pytest.mark.parametrize(
    ("distinct", "more"), [(2, ""), (3, "1 more is shared"), (9, "7 more are"), (2000, "at least 1,998")]
)
def test_it_says_how_many_values_are_not_listed(site, described, monkeypatch, distinct, more):
    codes = variable("person", "state", "category", Value("1", "One", 90), Value("2", "", 20), distinct=distinct)
    text, page = shown(site, monkeypatch, codes, "en")
    assert more in text and ("most frequent values are shown" in text) == bool(more)
    assert "<td>One</td>" in page and '<td class="num">about 90</td>' in page
