"""Exclusion reaches any access (63(3)): nothing is granted any more, and the officer finds what still runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.applications import actions, queries
from hygie.access.applications.enforcement import excluding
from hygie.access.permits import actions as permit_actions
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import assessed, day, drafted, due, exclude, granted, kept, submitted
from tests.conftest import Site

NAME = "University of Fiction (synthetic)"


def bar(node: Node, organisation: str = NAME, **named: object) -> str:
    until = day(node) + timedelta(days=365)
    told = {"reason": "Breach.", "published": "Breach.", "confirmed": True, "until": until, "country": "FR", **named}
    return exclude(node, organisation=organisation, actor="officer", **told).id


def test_an_organisation_excluded_meanwhile_is_refused_and_given_nothing(stocked: Node) -> None:
    made = assessed(stocked)
    bar(stocked, "Another name of it", business_id="130 000 001")
    with pytest.raises(Refusal, match="APP-265"):
        actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    with pytest.raises(Refusal, match="APP-265"):
        actions.decide(
            stocked, made, "partly", reasons="So.", changes={"people": {"authorised": ["user"]}}, actor="officer"
        )
    refused = actions.decide(stocked, made, "refused", reasons="Excluded.", grounds=("63(3)",), actor="officer")
    assert refused.outcome == "refused"


@pytest.mark.parametrize(
    ("name", "country", "business_id", "code"),
    [
        ("University of Fiction (synthetic) SAS", "FR", "", "APP-118"),
        ("Fiction, of University - SYNTHETIC", "FR", "", "APP-118"),
        ("universityoffiction (synthetic)", "FR", "", "APP-118"),
        ("Uni\u200bversity of Fic\u00adtion (synthetic)", "FR", "", "APP-118"),
        ("Another", "BE", "130 000 001", "APP-118"),
        ("Another", "FR", "130000001 00012", "APP-118"),
        ("Another", "FR", "FR 44 130 000 001", "APP-118"),
        ("Universit\u0443 of Fiction (synthetic)", "FR", "", "APP-152"),
        ("University of Friction (synthetic)", "FR", "130 000 002", ""),
    ],
)
def test_who_is_excluded_is_known_however_its_name_and_number_are_written(
    stocked: Node, name: str, country: str, business_id: str, code: str
) -> None:
    bar(stocked, business_id="130 000 001")
    told = {"applicant__name": name, "applicant__country": country, "applicant__business_id": business_id}
    made = drafted(stocked, **told)
    if not code:
        assert actions.submit(stocked, made, actor="user").state == "submitted"
        return
    with pytest.raises(Refusal) as refused:
        actions.submit(stocked, made, actor="user")
    assert code in {each.code for each in refused.value.verdict.reasons}


def test_an_answer_granted_before_the_exclusion_is_neither_prepared_nor_given(stocked: Node) -> None:
    made = due(stocked)
    kept(stocked, made)
    barred = bar(stocked)
    with pytest.raises(Refusal, match="APP-265"):
        kept(stocked, made)
    with pytest.raises(Refusal, match="APP-265"):
        actions.answer(stocked, made, actor="officer")
    desk, here = Site(stocked), f"/applications/{made}/answer/"
    page = desk.text(desk.get(here, as_="officer"))
    assert "APP-265" in page and "Give the statistics" not in page and "Check it" not in page
    page = desk.text(desk.get(here, as_="officer", language="fr"))
    assert "liste d'exclusion" in page
    assert desk.client("officer").post(f"/api/v1/applications/{made}/answer").status_code == 409
    excluding.lift(stocked, barred, actor="officer")
    assert "Give the statistics" in desk.text(desk.get(here, as_="officer"))
    assert actions.answer(stocked, made, actor="officer").state == "answered"


def test_permits_that_run_are_listed_to_the_officer_until_they_are_revoked(stocked: Node) -> None:
    permit = granted(stocked).permit
    bar(stocked, "Another name of it", business_id="130 000 001")
    bar(stocked, "Nobody who applied")
    site = Site(stocked)
    told = {each["organisation"]: each["permits"] for each in listed(site)}
    assert [each["id"] for each in told["Another name of it"]] == [permit] and told["Nobody who applied"] == []
    for language, words in (("en", "these permits still run"), ("fr", "ces autorisations courent encore")):
        page = site.get("/applications/exclusions/", as_="officer", language=language).content.decode()
        assert words in page and page.count(f"/permits/{permit}/revoke/") == 1
    permit_actions.revoke(stocked, permit, "Breach.", published="Breach.", confirmed=True, actor="officer")
    assert not any(each["permits"] for each in listed(site))


def listed(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get("/api/v1/applications/exclusions", as_="officer").json()["entries"]
    return found


def test_a_case_tells_the_exclusion_that_keeps_its_applicant_from_access(stocked: Node) -> None:
    made = submitted(stocked)
    sooner, later = (day(stocked) + timedelta(days=days) for days in (100, 300))
    bar(stocked, until=sooner)
    bar(stocked, "Another name of it", business_id="130 000 001", until=later)
    shown = queries.case(stocked, made, reader="officer").barred
    assert shown is not None and shown.end == later
    with pytest.raises(Refusal) as refused:
        actions.submit(stocked, drafted(stocked), actor="user")
    assert [each.facts["until"] for each in refused.value.verdict.reasons if each.code == "APP-118"] == [str(later)]


def test_officers_are_told_of_whom_the_team_also_applied_for_and_of_near_names(stocked: Node) -> None:
    site, first = Site(stocked), submitted(stocked)
    made = submitted(stocked, applicant__name="Another firm (synthetic)", applicant__business_id="130 000 009")
    page, queue = f"/applications/{made}/case/", "/applications/queue/"
    assert "excluded until" not in site.text(site.get(page, as_="officer")) + site.text(site.get(queue, as_="officer"))
    bar(stocked)
    team = "user: also applied for University of Fiction (synthetic), excluded until"
    for reader in ("officer", "auditor"):
        for where in (page, queue):
            shown = site.get(where, as_=reader)
            assert team in site.text(shown) and "/applications/exclusions/" in shown.content.decode()
    assert "a aussi déposé une demande pour" in site.text(site.get(page, as_="officer", language="fr"))
    own = {each.id: [one.kind for one in each.warned] for each in queries.queue(stocked, reader="officer").entries}
    assert own == {first: ["own"], made: ["team"]}
    bar(stocked, "Another firn (synthetic)")
    told = queries.case(stocked, made, reader="officer").warned
    assert [(each.kind, each.who) for each in told] == [("team", ("user",)), ("near", ())]
    assert "The applicant's name is near that of Another firn (synthetic)" in site.text(site.get(page, as_="officer"))
    api = site.client("officer").get(f"/api/v1/applications/{made}/case").json()
    assert [each["kind"] for each in api["warned"]] == ["team", "near"]
    assert queries.case(stocked, first, reader="officer").warned == (), "its own exclusion stands above"
    officer = site.client("officer")
    with CaptureQueriesContext(connection) as asked:
        assert officer.get(page).status_code == 200
    assert len(asked) <= 40
    again = {"applicant__name": "Another firm (synthetic)", "applicant__business_id": "130 000 009"}
    assert submitted(stocked, **again), "a near name bars nobody"


def test_as_many_questions_are_asked_for_many_rows_as_for_one(stocked: Node) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            found = queries.queue(stocked, reader="officer")
        assert all(each.warned for each in found.entries)
        return len(captured)

    submitted(stocked)
    bar(stocked)
    once = asked()
    for place in range(3):
        submitted(stocked, applicant__name=f"Firm {place} (synthetic)", applicant__business_id=f"130 000 01{place}")
        bar(stocked, f"Excluded {place}", business_id=f"999 000 00{place}")
    assert asked() == once
