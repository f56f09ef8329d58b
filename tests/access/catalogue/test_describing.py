"""A steward's words: what is asked for, what is refused, what is kept."""

import json
from datetime import date

import pytest

from hygie.access.catalogue import actions, queries, rules, vocabulary
from hygie.access.catalogue.models import Described, Entry
from hygie.access.catalogue.reading import read
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.catalogue.descriptions import HOLDER, body


def codes(refused):
    return [(reason.code, reason.path) for reason in refused.value.verdict.reasons]


def test_a_description_is_published_with_its_fact(node):
    told = actions.describe(node, "chu", body(), actor="steward")
    row = Entry.objects.get(dataset="chu")
    assert (row.title_en, row.title_fr) == ("Hospital stays (synthetic)", "Séjours hospitaliers (synthétiques)")
    assert row.persons is None and row.synthetic == "unknown"
    fact = ledger.event(ledger.indexes("chu", "catalogue.described")[-1])
    assert fact.body == {"version": 1, "sha256": told.sha256, "categories": ["a"], "label": told.label.sha256}
    assert fact.actor == "steward"


def test_the_same_words_again_change_nothing(node):
    actions.describe(node, "chu", body(), actor="steward")
    actions.describe(node, "chu", body(), actor="steward")
    assert len(ledger.indexes("chu", "catalogue.described")) == 1
    actions.describe(node, "chu", body(checked_on="2026-11-20"), actor="steward")
    assert list(Described.objects.values_list("version", flat=True)) == [1, 2]


@pytest.mark.parametrize("role", ["user", "officer", "checker", "auditor"])
def test_only_stewards_and_operators_describe(node, role):
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", body(), actor=role)
    assert refused.value.code == "PPL-101"
    assert not Described.objects.exists()


def test_who_read_an_older_version_is_told(node):
    actions.describe(node, "chu", body(), actor="steward", over=0)
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", body(frequency="DAILY"), actor="operator", over=0)
    assert refused.value.code == "CAT-111"
    actions.describe(node, "chu", body(frequency="DAILY"), actor="operator", over=1)
    assert json.loads(Described.objects.get(version=2).document)["frequency"] == "DAILY"


def test_every_fault_is_named_at_once_with_its_path(node):
    wrong = body(categories=[], persons=1200, checked_on="2026-13-01", title={"en": "", "fr": ""})
    del wrong["provenance"]
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", wrong, actor="steward")
    assert set(codes(refused)) == {
        ("CAT-103", "$.categories"),  # SU-51-1: a dataset without a letter
        ("CAT-104", "$.persons"),  # figures are measured, never typed
        ("CAT-103", "$.checked_on"),
        ("CAT-103", "$.title"),  # SU-77-1: at least one language
        ("CAT-102", "$.provenance"),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"health_themes": ["CANCER"]}, ("CAT-105", "$.health_themes[0]")),
        ({"countries": ["FR", "XX"]}, ("CAT-105", "$.countries[1]")),
        ({"languages": ["qq"]}, ("CAT-105", "$.languages[0]")),
        ({"frequency": "SOMETIMES"}, ("CAT-105", "$.frequency")),
        ({"checked_on": "2026-11-23"}, ("CAT-106", "$.checked_on")),
        ({"personal": False}, ("CAT-107", "$.open_url")),
        ({"categories": ["a", "a"]}, ("CAT-108", "$.categories")),
    ],
)
def test_what_cannot_be_published(node, changes, expected):
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", body(**changes), actor="steward")
    assert codes(refused) == [expected]


@pytest.mark.parametrize(
    ("document", "code"),
    [(b"[]", "CAT-101"), (b"{", "CAT-123"), (b'{"a": NaN}', "CAT-101"), (b"\xff", "CAT-101"),
     (b'"' + b"x" * (1 << 18) + b'"', "CAT-101")],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(node, document, code):
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", document, actor="steward")
    assert refused.value.code == code


def test_a_text_that_hides_signs_is_refused(node):
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", body(fee={"en": "1\u202e000 EUR"}), actor="steward")
    assert codes(refused) == [("CAT-103", "$.fee.en")]


def test_every_category_of_the_regulation_has_an_address():
    assert "".join(vocabulary.known("health_categories")) == "abcdefghijklmnopq"
    for letter in "abcdefghijklmnopq":
        assert vocabulary.address("health_category", letter).startswith("http://healthdataportal.eu/")
        read(body(categories=[letter]))


class TestSU_60_3:  # noqa: N801 - named after the rule
    """Art. 60(3): a description is checked at least once a year."""

    @pytest.mark.parametrize(
        ("checked", "on", "expected"),
        [
            (date(2025, 10, 21), date(2026, 11, 21), True),
            (date(2025, 11, 21), date(2026, 11, 21), True),
            (date(2025, 11, 22), date(2026, 11, 21), False),
            (date(2024, 2, 29), date(2025, 2, 27), False),
            (date(2024, 2, 29), date(2025, 2, 28), True),
        ],
    )
    def test_stale_at_twelve_months(self, checked, on, expected):
        assert rules.stale(checked, on) is expected


def test_a_survey_can_be_asked_for_after_its_first_publication():  # SU-51-P
    on = date(2026, 11, 21)
    assert rules.requestable(read(body(categories=["p"])), on).reasons[0].code == "CAT-109"
    assert not rules.requestable(read(body(categories=["p"], first_publication="2026-11-22")), on).allowed
    assert rules.requestable(read(body(categories=["p"], first_publication="2026-11-21")), on).allowed
    assert rules.requestable(read(body(categories=["a"])), on).allowed


def test_a_holder_does_not_call_itself_trusted():  # SU-72-2
    with pytest.raises(Refusal):
        read(body(trusted_until="2026-11-21"))


def test_the_form_has_every_field_of_a_description_and_loses_none(node, site):
    other = {**HOLDER, "name": "Another (synthetic)", "note": {"en": "It publishes.", "fr": ""}}
    full = body(
        publisher=other,
        contact={**other, "email": "ask@other.example"},
        legislation=["http://data.europa.eu/eli/reg/2025/327/oj", "https://law.example/2"],
        personal=False,
        open_url="https://open.example/data",
        first_publication="2020-01-01",
        categories=["a", "p"],
    )
    flag = {"table": "person", "column": "sex", "kind": "data-protection", "reason": {"en": "Why.", "fr": "Pourquoi."}}
    full["protected"] = [{**flag, "measure": {"en": "How.", "fr": "Comment."}}]
    full["data_uses"] = [{"term": "DUO:0000007", "parameter": "I21"}, {"term": "DUO:0000042", "parameter": ""}]
    told = actions.describe(node, "chu", full, actor="steward")
    assert {name for name, value in told.model_dump().items() if value in (None, (), "")} == set()
    form = site.get("/catalogue/chu/describe/", as_="steward").context["form"]
    data = {name: value for name, value in form.initial.items() if value not in (None, False, "")}
    assert site.post("/catalogue/chu/describe/", data, as_="steward").status_code == 302
    version, again = queries.description("chu")
    assert (version, again) == (1, told.model_dump(mode="json"))
    less = {name: value for name, value in data.items() if not name.startswith(("publisher_", "contact_"))}
    less |= {
        f"{name}_{part}": data[f"{name}_{part}"] for name in ("publisher", "contact") for part in ("kind", "country")
    }
    less |= {"personal": "on", "legislation": "https://law.example/2"}
    less.pop("open_url")
    assert site.post("/catalogue/chu/describe/", less, as_="steward").status_code == 302
    _, after = queries.description("chu")
    assert (after["publisher"], after["contact"], after["open_url"], after["personal"]) == (None, None, None, True)
    assert after["legislation"] == ["https://law.example/2"]
    half = {**less, "over": "2", "publisher_name": "Only a name"}
    assert site.post("/catalogue/chu/describe/", half, as_="steward").status_code == 422
