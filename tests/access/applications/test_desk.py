"""The officers' and stewards' pages: both languages, every step, and nothing for those it is not for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from hygie.access.applications import actions, queries
from hygie.access.applications.decision import weighing
from hygie.access.applications.models import ApplicationRow, ExclusionRow, MessageRow
from hygie.access.applications.urls import urlpatterns
from hygie.base.engine.node import Node
from hygie.commons.people.doors import KEPT
from hygie.commons.people.models import Account
from tests.access.applications.story import assessed, confirmed, day, drafted, granted, processing, submitted
from tests.conftest import Clock, Site


@pytest.fixture
def desk(stocked: Node) -> Site:
    return Site(stocked)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["1 application is open", "Checked for completeness", "days left", "Why this order"]),
        ("fr", ["1 demande est ouverte", "Complétude en cours d'examen", "encore", "Pourquoi cet ordre"]),
    ],
)
def test_the_queue_in_both_languages(desk: Site, language: str, words: list[str]) -> None:
    made = submitted(desk.node)
    actions.take(desk.node, made, actor="officer")
    response = desk.get("/applications/queue/", as_="officer", language=language)
    text = desk.text(response)
    assert response.status_code == 200
    assert [word for word in words if word not in text] == []
    assert made in response.content.decode()
    assert made not in desk.get("/applications/queue/?mine=1", as_="officer2").content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["The eight criteria", "Are the data asked for necessary", "Not answered yet",
                "Decide on the application", "Extend the time", "No estimate yet", "Received",
                "the day: 9 June 2021", "the month: June 2021 · the year: 2021", "Pseudonymised", "France"]),
        ("fr", ["Les huit critères", "Pas encore de réponse", "Statuer sur la demande", "Prolonger le délai",
                "Pas encore d'estimation", "Reçue", "Moins fin",
                "le mois : juin 2021", "Pseudonymisées", "France"]),
    ],
)  # fmt: skip
def test_a_case_in_both_languages(desk: Site, language: str, words: list[str]) -> None:
    made = processing(desk.node)
    response = desk.get(f"/applications/{made}/case/", as_="officer", language=language)
    text = desk.text(response)
    assert response.status_code == 200
    assert [word for word in words if word not in text] == []
    assert {"en": "Not answered yet: 8", "fr": "Pas encore de réponse : 8"}[language] in text.replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_case_names_criteria_rules_and_datasets_by_their_words(desk: Site, clock: Clock, language: str) -> None:
    made = processing(desk.node)
    actions.assess(desk.node, made, "68(1)(a)", holds=True, reason="It says so.", actor="officer")
    clock.advance(days=120)
    actions.tick(desk.node)
    page = desk.get(f"/applications/{made}/case/", as_="officer", language=language)
    assert f"/applications/{made}/case/extend/" not in page.content.decode()  # its day is past
    text = desk.text(page).replace("\u00a0", " ")
    said = {
        "en": ("Assessed: Purpose (art. 68(1)(a))", "A day passed: Decide on the application", "Not answered yet: 7"),
        "fr": ("Évaluée : Finalité (art. 68(1)(a))", "échéance est passée : Statuer sur la demande", "réponse : 7"),
    }[language]
    assert [words for words in said if words not in text] == []
    happened = text.split({"en": "What happened", "fr": "Ce qui s'est passé"}[language])[1]
    assert "SU-68-4a" not in happened.split({"en": "State", "fr": "État"}[language])[0]
    folded = page.content.decode()
    assert folded.count('<section class="sheet" id="item-') == folded.count("<details><summary><h3") + 1
    queue = desk.text(desk.get("/applications/queue/", as_="officer", language=language))
    assert "SU-68-4a" not in queue and said[1].split(": ")[1] in queue.replace("\u00a0", " ")


def test_what_is_missing_is_told_as_refusals_are(desk: Site) -> None:
    made = submitted(desk.node)
    document = ApplicationRow.objects.get(id=made).document
    document["data"].pop("ethics")
    ApplicationRow.objects.filter(id=made).update(document=document)
    text = desk.text(desk.get(f"/applications/{made}/case/", as_="officer"))
    assert "As it stands, this is missing" in text
    assert "An application without “data.ethics”" in text


def test_a_case_is_walked_from_reception_to_publication(desk: Site) -> None:
    made = submitted(desk.node)
    place = f"/applications/{made}/case/"

    def step(name: str, **data: Any) -> None:
        assert desk.get(f"{place}{name}/", as_="officer").status_code == 200
        got = desk.post(f"{place}{name}/", data, as_="officer")
        assert (got.status_code, got.headers.get("Location")) == (302, place), desk.text(got)

    step("take")
    step("complete")
    step("extend", reason="The committee is late.")
    for item in weighing.items(day(desk.node)):
        got = desk.post(f"{place}assess/", {"item": item, "holds": "yes", "reason": f"On {item}."}, as_="officer")
        assert got.status_code == 302
    step("estimate", body="600", holders="400.00", currency="eur")
    refused = desk.post(f"{place}decide/", {"outcome": "granted", "reasons": "All."}, as_="officer")
    assert refused.status_code == 409
    assert "APP-207" in desk.text(refused)
    actions.accept_fees(desk.node, made, amount="1000.00", actor="user")
    decided = desk.post(f"{place}decide/", {"outcome": "granted", "reasons": "All."}, as_="officer")
    assert decided.headers["Location"] == f"{place}publish/"
    row = ApplicationRow.objects.get(id=made)
    assert (row.state, row.outcome, row.fees["amount"]) == ("decided", "granted", "1000.00")
    shown = desk.post(f"{place}publish/", {"published": "It serves care.", "preview": "1"}, as_="officer")
    assert "It serves care." in desk.text(shown)
    assert ApplicationRow.objects.get(id=made).published_at is None
    seen = {"published": "It serves care.", "seen": shown.context["form"]["seen"].value()}
    assert desk.post(f"{place}publish/", seen, as_="officer").status_code == 422
    other = desk.post(f"{place}publish/", {**seen, "published": "Else.", "confirmed": "on"}, as_="officer")
    assert other.status_code == 200 and "As everyone will read it" in desk.text(other)
    assert desk.post(f"{place}publish/", {"published": "Else.", "confirmed": "on"}, as_="officer").status_code == 200
    assert ApplicationRow.objects.get(id=made).published_at is None, "what was not seen is not published"
    assert "Intended use" in desk.text(shown) and "Does exposure to a medicine" in desk.text(shown)
    desk.post(f"{place}publish/", {**seen, "confirmed": "on"}, as_="officer")
    entry = queries.public_one(made)
    assert entry is not None
    assert entry.reasons == "It serves care."


@pytest.mark.attack
def test_a_sign_in_that_is_too_old_decides_nothing_and_loses_nothing_that_was_written(desk: Site) -> None:
    made = assessed(desk.node)
    officer = desk.client("officer")
    session = officer.session
    session[KEPT] = {**session.get(KEPT, {}), "at": 0}
    session.save()
    got = officer.post(f"/applications/{made}/case/decide/", {"outcome": "granted", "reasons": "A long text."})
    assert (got.status_code, "PPL-112" in desk.text(got)) == (409, True)
    assert "A long text." in got.content.decode()
    assert ApplicationRow.objects.get(id=made).state == "processing"


def test_a_part_is_granted_from_the_page(desk: Site) -> None:
    made = assessed(desk.node)
    data = {"outcome": "partly", "drop": ["condition_occurrence"], "conditions": "No export.\n", "reasons": "Less."}
    assert desk.post(f"/applications/{made}/case/decide/", data, as_="officer").status_code == 302
    assert ApplicationRow.objects.get(id=made).outcome == "partly"


def test_what_cannot_be_taken_is_shown_on_the_page(desk: Site) -> None:
    made = processing(desk.node)
    place = f"/applications/{made}/case/"
    wrong = desk.post(f"{place}assess/", {"item": "68(1)(a)", "reason": ""}, as_="officer")
    assert wrong.status_code == 422
    unknown = desk.post(f"{place}assess/", {"item": "68(9)", "holds": "yes", "reason": "?"}, as_="officer")
    assert (unknown.status_code, "APP-213" in desk.text(unknown)) == (409, True)
    closed = desk.post(f"{place}take/", {}, as_="officer")
    assert (closed.status_code, "APP-201" in desk.text(closed)) == (409, True)
    assert desk.get(f"{place}wizardry/", as_="officer").status_code == 404
    assert desk.get("/applications/app-none/case/", as_="officer").status_code == 404


def test_a_thread_is_written_from_the_page(desk: Site) -> None:
    made = submitted(desk.node)
    got = desk.post(f"/applications/{made}/case/post/", {"text": "Which years? <b>"}, as_="officer")
    assert got.status_code == 302
    page = desk.get(f"/applications/{made}/case/", as_="officer").content.decode()
    assert "Which years? &lt;b&gt;" in page
    desk.post(f"/applications/{made}/case/post/", {"text": "Which years? <b>"}, as_="officer")
    assert MessageRow.objects.filter(application=made).count() == 1
    assert desk.post(f"/applications/{made}/case/post/", {"text": ""}, as_="officer").status_code == 409


def test_the_exclusion_list_is_kept_on_its_page(desk: Site, clock: Clock) -> None:
    assert "Nobody is excluded" in desk.text(desk.get("/applications/exclusions/", as_="officer"))
    data = {"organisation": "Firm of Fiction", "country": "fr", "until": clock().date() + timedelta(days=9),
            "reason": "Misuse."}  # fmt: skip
    assert confirmed(desk.post, "/applications/exclusions/", data, as_="officer").status_code == 302
    far = data | {"until": clock().date() + timedelta(days=3000)}
    assert desk.post("/applications/exclusions/", far, as_="officer").status_code == 409
    row = ExclusionRow.objects.get()
    assert desk.post(f"/applications/exclusions/{row.id}/lift/", as_="officer").status_code == 302
    assert "levée le" in desk.text(desk.get("/applications/exclusions/", as_="officer", language="fr"))


@pytest.mark.parametrize(("language", "word"), [("en", "Deliver chu-demo"), ("fr", "Livrer chu-demo")])
def test_stewards_deliver_from_their_page(desk: Site, language: str, word: str) -> None:
    granted(desk.node)
    page = desk.get("/applications/deliveries/", as_="steward", language=language)
    assert word in desk.text(page)
    task = queries.due(desk.node, reader="steward").entries[0]
    place = f"/applications/deliveries/{task.id}"
    assert desk.post(f"{place}/extend/", {"reason": ""}, as_="steward").status_code == 409
    assert desk.post(f"{place}/extend/", {"reason": "Two archives."}, as_="steward").status_code == 302
    assert desk.post(f"{place}/done/", as_="steward").status_code == 302
    opening = queries.due(desk.node, reader="steward").entries[0]
    assert f"/permits/{opening.permit}/" in desk.get("/applications/deliveries/", as_="steward").content.decode()


GETS = ["queue/", "exclusions/", "{id}/case/", "{id}/case/take/", "{id}/case/decide/", "{id}/case/publish/"]
POSTS = [
    "exclusions/", "exclusions/excl-1/lift/", "{id}/case/assess/", "{id}/case/post/", "{id}/case/decide/",
    "{id}/case/publish/", "{id}/case/take/", "{id}/case/extend/",
]  # fmt: skip
SENT = {
    "item": "68(1)(a)", "holds": "yes", "reason": "Mine.", "outcome": "refused", "grounds": "68(1)(a)",
    "reasons": "No.", "published": "No.", "confirmed": "on", "text": "Hello", "organisation": "X", "country": "FR",
    "until": "2026-12-01",
}  # fmt: skip


@pytest.mark.attack
@pytest.mark.parametrize("who", ["eve", "user", "steward", "checker", "operator", ""])
def test_nobody_but_officers_gets_in(desk: Site, who: str) -> None:
    made = processing(desk.node)
    Account.objects.create(name="eve", roles=["user"], created_at=desk.node.clock(), password="!")
    before = ApplicationRow.objects.values().get(id=made)
    for path in GETS:
        assert desk.get(f"/applications/{path.format(id=made)}", as_=who).status_code in (302, 401, 403, 404), path
    for path in POSTS:
        if path.endswith("post/") and who == "user":
            continue
        got = desk.post(f"/applications/{path.format(id=made)}", SENT, as_=who)
        assert got.status_code in (302, 401, 403, 404), path
        assert "/applications/" not in got.headers.get("Location", "").split("?")[0], path
    assert ApplicationRow.objects.values().get(id=made) == before
    assert not ExclusionRow.objects.exists()


@pytest.mark.attack
def test_a_draft_is_nobody_elses_and_an_auditor_only_reads(desk: Site) -> None:
    made = drafted(desk.node)
    for who in ("officer", "auditor"):
        assert desk.get(f"/applications/{made}/case/", as_=who).status_code == 404
    actions.submit(desk.node, made, actor="user")
    assert desk.get(f"/applications/{made}/case/", as_="auditor").status_code == 200
    assert desk.post(f"/applications/{made}/case/take/", {}, as_="auditor").status_code == 403
    for path in ("deliveries/", "deliveries/task-1/done/"):
        got = desk.post(f"/applications/{path}", as_="officer") if "done" in path else desk.get(
            f"/applications/{path}", as_="officer"
        )  # fmt: skip
        assert got.status_code == 403


def test_every_route_of_the_desk_is_tried_by_others() -> None:
    tried = {"queue", "exclusions", "lift", "case", "assess", "case-post", "decide", "publish", "act",
             "deliveries", "deliver"}  # fmt: skip
    assert tried <= {route.name for route in urlpatterns}


def test_pages_ask_few_questions_however_much_there_is(desk: Site) -> None:
    made = [submitted(desk.node) for _ in range(6)]
    for each in made[:3]:
        actions.take(desk.node, each, actor="officer")
    officer = desk.client("officer")
    for url in ("/applications/queue/", f"/applications/{made[0]}/case/"):
        with CaptureQueriesContext(connection) as asked:
            assert officer.get(url).status_code == 200
        assert len(asked) <= 40, [each["sql"][:90] for each in asked]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["What is owed under it", "Make the results public", "SU-61-4a", "or earlier"]),
        ("fr", ["Ce qui est dû à ce titre", "Rendre les résultats publics", "ou plus tôt"]),
    ],
)
def test_a_permit_shows_what_is_owed_under_it(desk: Site, language: str, words: list[str]) -> None:
    got = granted(desk.node)
    text = desk.text(desk.get(f"/permits/{got.permit}/", language=language))
    assert [word for word in words if word not in text] == []


def test_a_case_is_in_its_state_since_the_event_that_brought_it_there(desk: Site, clock: Clock) -> None:
    made = submitted(desk.node)
    clock.advance(days=2)
    actions.take(desk.node, made, actor="officer")
    clock.advance(days=3)
    actions.mark_complete(desk.node, made, actor="officer")
    clock.advance(days=4)
    actions.pause(desk.node, made, "Which period?", actor="officer")
    last = ApplicationRow.objects.get(id=made).events.order_by("id").last()
    assert last is not None
    clock.advance(days=1)
    actions.post(desk.node, made, "All of it.", actor="user")
    day_of_it = date_format(last.at, "j F Y")
    for place, reader in ((f"/applications/{made}/case/", "officer"), (f"/applications/{made}/", "user")):
        page = desk.get(place, as_=reader)
        assert f"Waiting for the applicant since {day_of_it}" in desk.text(page)
        assert f"written in the ledger as event {last.index}" in desk.text(page)
    assert f"since {day_of_it}" in desk.text(desk.get(f"/register/applications/{made}/"))
    assert "since" not in desk.text(desk.get(f"/applications/{drafted(desk.node)}/", as_="user")).partition("Clocks")[0]
