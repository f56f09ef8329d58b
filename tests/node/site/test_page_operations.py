"""Everything a page does, a program can do: each route has its operations, or says why it has none."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.attacks.site import routes

TABLE = Path(__file__).with_name("page-operations.csv")
CHANGING = {"POST", "PUT", "DELETE"}


def rows() -> dict[str, tuple[list[str], str]]:
    """Each route's operations, and why it has none."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {each["route"]: (each["operations"].split(), each["why none"]) for each in csv.DictReader(file)}


def test_every_route_has_its_row_and_every_row_its_route():
    assert sorted(rows()) == sorted({route.name for route in routes.pages()})


def test_each_row_names_operations_that_there_are_or_says_why_none():
    known = {route.name.removeprefix("api:") for route in routes.operations()}
    for name, (operations, why) in rows().items():
        assert set(operations) <= known, name
        assert operations or len(why.split()) >= 4, name


def test_a_page_that_changes_something_has_an_operation_that_does():
    changing = {each.name.removeprefix("api:") for each in routes.operations() if set(each.methods) & CHANGING}
    held = rows()
    for route in routes.pages():
        operations, why = held[route.name]
        if "POST" in route.methods and operations:
            assert set(operations) & changing, route.name
        elif "POST" in route.methods:
            assert why, route.name


def test_every_operation_is_what_some_page_does():
    named = {each for operations, _ in rows().values() for each in operations}
    assert {route.name.removeprefix("api:") for route in routes.operations()} - named == set()
