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
