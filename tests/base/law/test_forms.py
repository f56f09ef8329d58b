"""The form wants what the law wants: every item has its fields, and each field left out is named."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.base.law.forms import TYPES, every_form, value_at

VALUES = {"text": "words", "list": ["a"], "object": {"a": 1}, "day": "2029-06-01", "confirm": True, "flag": True}
FORMS = {kind: law.form(kind, template="tehdas2-v0") for kind in ("permit", "request")}


def full(made: law.Form, **chosen: str) -> dict[str, dict[str, object]]:
    document: dict[str, dict[str, object]] = {}
    for field in made.fields:
        value = chosen.get(field.path.replace(".", "_"), field.choices[0] if field.choices else VALUES[field.type])
        value = value[: field.longest] if isinstance(value, str) else value
        document.setdefault(field.section, {})[field.path.split(".")[1]] = value
    return document


def without(document: dict[str, dict[str, object]], path: str) -> dict[str, dict[str, object]]:
    section, name = path.split(".")
    return document | {section: {key: value for key, value in document[section].items() if key != name}}


@pytest.mark.parametrize("kind", FORMS)
def test_a_full_document_lacks_nothing(kind: str) -> None:
    document = full(FORMS[kind], purpose_format="pseudonymised")
    assert law.unfilled(FORMS[kind], document) == ()


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, field.path) for kind, made in FORMS.items() for field in made.fields if field.mandatory]
)
def test_a_mandatory_field_left_out_is_named(kind: str, path: str) -> None:
    chosen = {"purpose_format": "pseudonymised", "applicant_kind": "public-body"}
    document = full(FORMS[kind], **chosen)
    assert [field.path for field in law.unfilled(FORMS[kind], without(document, path))] == [path]


def test_every_item_of_the_law_has_its_field() -> None:
    permit = {field.rule for field in FORMS["permit"].fields}
    assert {name for name in law.items() if name.startswith("67")} <= permit
    request = {field.rule for field in FORMS["request"].fields}
    twins = {"69(2)(b)": "67(2)(c)", "69(2)(g)": "67(2)(k)"}
    for name in law.items():
        if name.startswith("69"):
            assert twins.get(name, name) in request
    assert sum(item.conditional for item in law.items().values()) == 5


def test_conditions_bring_their_fields() -> None:
    made = FORMS["permit"]
    document = full(made, purpose_format="anonymised", applicant_kind="university")
    for path in ("purpose.format_reason", "purpose.gdpr_basis", "processing.frequency"):
        assert law.unfilled(made, without(document, path)) == ()
    document["own_data"] = {"brought": False}
    assert law.unfilled(made, document) == ()
    document["own_data"] = {"brought": True}
    assert {field.path for field in law.unfilled(made, document)} == {"own_data.origin", "own_data.files"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("public.title", "x" * 501),
        ("public.title", 12),
        ("applicant.kind", "wizard"),
        ("processing.from", "2029-02-30"),
        ("processing.from", "20290201"),
        ("data.tables", ["person"]),
        ("sources.datasets", "chu-demo"),
        ("sources.datasets", [1]),
        ("own_data.brought", "yes"),
        ("purpose.dignity", "on"),
    ],
)
def test_a_field_refuses_what_it_cannot_hold(path: str, value: object) -> None:
    document = full(FORMS["permit"], purpose_format="pseudonymised")
    section, name = path.split(".")
    document[section][name] = value
    assert path in {field.path for field in law.unfilled(FORMS["permit"], document)}


def test_lengths_and_numbers_are_those_of_the_common_form() -> None:
    fields = {field.path: field for field in FORMS["permit"].fields}
    assert {fields[path].longest for path in ("public.title", "public.leader", "processing.minimisation")} == {500}
    assert {fields[path].longest for path in ("public.lay_summary", "purpose.necessity", "data.linkage")} == {2000}
    assert [section.number for section in FORMS["permit"].sections] == list(range(1, 11))
    assert "own_data" not in {section.id for section in FORMS["request"].sections}
    assert fields["public.lay_summary"].public
    assert not fields["applicant.contact"].public


def test_no_natural_person_is_among_what_the_register_shows() -> None:
    shown = {field.path for made in every_form() for field in made.fields if field.public}
    assert not shown & {"public.leader", "applicant.name", "applicant.contact", "processing.principal_investigator"}


def test_every_text_is_in_both_languages() -> None:
    for made in every_form():
        paths = [field.path for field in made.fields]
        assert len(paths) == len(set(paths))
        for field in made.fields:
            assert field.type in TYPES
            assert field.label["en"].strip()
            assert field.label["fr"].strip()
            assert bool(field.help["en"]) == bool(field.help["fr"])
            assert all(each.path in paths for each in field.when)
        assert {field.section for field in made.fields} == {section.id for section in made.sections}


def test_a_version_that_is_not_there_is_refused() -> None:
    for asked in ({"template": "act-v1"}, {"on": date(2024, 1, 1)}):
        with pytest.raises(Refusal) as refused:
            law.form("permit", **asked)
        assert refused.value.code == "LAW-111"
    assert law.form("request", on=date(2026, 11, 22)).template == "tehdas2-v0"


def test_a_document_of_any_shape_is_read() -> None:
    for odd in ({}, {"public": []}, {"public": {"title": None}}, {"public": "x"}):
        assert law.unfilled(FORMS["permit"], odd)
    assert value_at({"a": {"b": 1}}, "a.b.c") is None
