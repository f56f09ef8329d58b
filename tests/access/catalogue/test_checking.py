"""The yearly check of a description as an act of its steward, and columns that somebody's rights protect."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.access.catalogue import actions, checking, queries
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.catalogue.descriptions import body
from tests.conftest import Site

FLAG = {
    "table": "measurement",
    "column": "value_as_number",
    "kind": "trade-secret",
    "reason": {"en": "A method of the laboratory.", "fr": "Une méthode du laboratoire."},
}


def refused(call):
    with pytest.raises(Refusal) as found:
        call()
    return [reason.code for reason in found.value.verdict.reasons]


def test_the_yearly_check_is_due_and_done_and_in_the_ledger(node):
    told = {"late": "2025-11-01", "soon": "2026-01-10", "later": "2026-01-22", "fresh": "2026-10-01"}
    for name, day in told.items():
        actions.describe(node, name, body(checked_on=day), actor="steward")
    today = node.clock().date()
    found = queries.checks(on=today)
    assert [(each.dataset, each.due_on, each.late) for each in found] == [
        ("late", date(2026, 11, 1), True),
        ("soon", date(2027, 1, 10), False),
    ]
    assert [each.dataset for each in queries.checks(on=date(2026, 11, 23))] == ["late", "soon", "later"]
    assert checking.confirm(node, "late", over=1, actor="steward") == today
    assert checking.confirm(node, "late", over=1, actor="steward") == today
    events = [ledger.event(index) for index in ledger.indexes("late", "catalogue.checked")]
    described = ledger.event(ledger.indexes("late", "catalogue.described")[0])
    assert [dict(event.body) for event in events] == [{"version": 1, "sha256": described.body["sha256"]}]
    shown = queries.dataset("late", on=today)
    assert (shown.checked_on, shown.stale) == (today, False)
    assert queries.overdue(on=today) == []
    assert refused(lambda: checking.confirm(node, "none", over=1, actor="steward")) == ["CAT-110"]
    assert refused(lambda: checking.confirm(node, "soon", over=2, actor="steward")) == ["CAT-111"]
    assert refused(lambda: checking.confirm(node, "soon", over=1, actor="user"))[0].startswith("PPL")
    actions.describe(node, "late", body(title={"en": "Another"}, checked_on="2025-11-01"), actor="steward")
    assert queries.dataset("late", on=today).checked_on == today


@pytest.mark.parametrize(("language", "words"), [("en", "It still holds"), ("fr", "Elle tient toujours")])
def test_a_steward_checks_in_the_page_and_by_the_api(node, language, words):
    site = Site(node)
    actions.describe(node, "chu", body(checked_on="2025-11-01"), actor="steward")
    desk = site.get("/catalogue/_steward/", as_="steward", language=language).content.decode()
    assert words in desk
    assert 'name="over" value="1"' in desk
    (due,) = site.get("/api/v1/catalogue/_steward", as_="steward").json()["checks"]
    assert (due["dataset"], due["due_on"], due["late"]) == ("chu", "2026-11-01", True)
    for sent in ("", "x", "2", "²"):
        answer = site.post("/catalogue/chu/check/", {"over": sent}, as_="steward", language=language)
        assert answer.status_code == 409
    assert site.post("/catalogue/chu/check/", {"over": "1"}, as_="user").status_code == 403
    assert site.post("/catalogue/chu/check/", {"over": "1"}, as_="steward").status_code == 302
    assert words not in site.get("/catalogue/_steward/", as_="steward", language=language).content.decode()
    client = site.client("steward")
    answer = client.post("/api/v1/catalogue/chu/check", {"over": 1}, content_type="application/json")
    assert answer.json() == {"id": "chu", "checked_on": node.clock().date().isoformat()}
    assert client.post("/api/v1/catalogue/chu/check", {"over": 0}, content_type="application/json").status_code == 422


def test_a_protected_column_is_given_only_with_a_measure(node):
    actions.describe(node, "chu", body(protected=[FLAG]), actor="steward")
    asked = {"measurement": ["measurement_date", "value_as_number"]}
    verdict = queries.unmeasured(["chu", "elsewhere"], asked)
    assert [(reason.code, reason.facts["found"]) for reason in verdict.reasons] == [
        ("CAT-116", "measurement.value_as_number")
    ]
    assert queries.unmeasured(["chu"], {"measurement": ["measurement_date"], "person": ["value_as_number"]}).allowed
    measure = {"en": "Rounded to one digit.", "fr": "Arrondi à un chiffre."}
    actions.describe(node, "chu", body(protected=[{**FLAG, "measure": measure}]), actor="steward")
    assert queries.unmeasured(["chu"], asked).allowed
    for wrong in ({"kind": "secret"}, {"column": "a b"}, {"reason": {}}, {"more": 1}):
        flawed = body(protected=[{**FLAG, **wrong}])
        assert refused(lambda flawed=flawed: actions.describe(node, "chu", flawed, actor="steward"))[0] in (
            "CAT-103",
            "CAT-104",
        )


def test_protected_columns_are_written_in_the_form_and_shown_beside_the_variable(described):
    site = Site(described)
    page = site.get("/catalogue/chu/describe/", as_="steward")
    data = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
    line = "person.year_of_birth | secret | A method | Decades only"
    answer = site.post("/catalogue/chu/describe/", {**data, "protected": line}, as_="steward")
    assert answer.status_code == 302, answer.content.decode()
    (flag,) = queries.dataset("chu", on=described.clock().date()).description.protected
    assert (flag.column, flag.kind, flag.measure.en) == ("year_of_birth", "trade-secret", "Decades only")
    again = site.get("/catalogue/chu/describe/", as_="steward")
    assert again.context["form"].initial["protected"] == line
    shown = site.text(site.get("/catalogue/chu/variables/", {"words": "year_of_birth"}, language="fr"))
    assert "secret des affaires" in shown
    assert "Decades only" in shown
    for wrong in ("person | ip | Why", "person.sex | other | Why", "person.sex | ip |", "a.b | ip | c | d | e"):
        version = {"over": again.context["form"].initial["over"], "protected": wrong}
        assert site.post("/catalogue/chu/describe/", {**data, **version}, as_="steward").status_code == 422
