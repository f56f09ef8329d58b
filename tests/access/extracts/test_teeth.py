"""Each wall of an extract taken away in turn: the property test must turn red."""

from __future__ import annotations

import contextlib

import pytest

from hygie.access.extracts import compile as compiler
from hygie.access.extracts import plan as planning
from hygie.access.extracts import pseudonyms
from tests.access.extracts.test_property import thousand

pytestmark = [pytest.mark.attack, pytest.mark.slow]


def unfiltered(persons, opted_out):
    return persons


def same_ids(ids, *, key, kind, counter=0, bits=63):
    return ids.copy()


def same_key(ids, *, key, kind, counter=0, bits=63):
    return TRUE_ENCRYPT(ids, key=bytes(32), kind=kind, counter=counter, bits=bits)


def all_columns(table, columns, wanted, settings, left, shapes):
    from tests.access.extracts.lakes import COLUMNS

    return TRUE_TABLE_PLAN(table, set(COLUMNS[table.name]), wanted, settings, left, shapes)


def nothing_taken(table, field, settings):
    return ""


def uncut(plan, column, rows):
    return rows[f"{column.name}_new"] if column.treatment == "key" else rows[column.name]


def kept_number(plan, table, source):
    rows = TRUE_EXTRACTED(plan, table, source)
    return rows.order_by([rows[name].desc() for name in rows.columns])


def everybody(plan, tables, remaining):
    return remaining.select("person_uid").distinct()


def any_day(plan, table, source):
    import dataclasses

    return TRUE_SELECTED(plan, dataclasses.replace(table, start=""), source)


TRUE_ENCRYPT, TRUE_TABLE_PLAN = pseudonyms.encrypt, planning.table_plan
TRUE_EXTRACTED, TRUE_SELECTED = compiler.extracted, compiler.selected
WALLS = {
    "opt-outs removed": (compiler, "without", unfiltered),
    "identifiers replaced": (pseudonyms, "encrypt", same_ids),
    "a key for each permit": (pseudonyms, "encrypt", same_key),
    "columns selected": (planning, "table_plan", all_columns),
    "columns taken away": (planning, "taken_away", nothing_taken),
    "cells made coarse": (compiler, "cell", uncut),
    "rows ordered": (compiler, "extracted", kept_number),
    "cohort applied": (compiler, "cohort", everybody),
    "period applied": (compiler, "selected", any_day),
}


def test_with_every_wall_in_place_the_cases_pass():
    assert thousand(0, lakes=25, count=2) >= 50


@pytest.mark.parametrize("wall", WALLS)
def test_without_a_wall_the_cases_fail(monkeypatch, wall):
    monkeypatch.setattr(*WALLS[wall])
    with pytest.raises(BaseException) as caught, contextlib.redirect_stdout(None):
        thousand(0, lakes=25, count=2)
    assert isinstance(caught.value, (AssertionError, KeyError, ExceptionGroup)), caught.value
