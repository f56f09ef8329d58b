"""The airlock's pages on a real request: what a checker sees and when, what an author sees, what strangers do not."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.base.ledger import queries as ledger
from hygie.base.ledger.actions import head
from hygie.commons.people.models import Account
from hygie.commons.web import tasks
from hygie.secure.airlock import actions, evidence, reviewing
from hygie.secure.airlock.models import Reading, Release, Request, Vote
from tests.access.extracts.conftest import lake_of  # noqa: F401
from tests.secure.airlock.test_road import road  # noqa: F401


@pytest.fixture
def asked(node, once, request, site):
    """A site with a request that was asked for in the page; `other` is a researcher whom the permit does not name."""

    def make():
        _, permit, run = request.getfixturevalue("road")
        Account.objects.create(name="other", roles=["user"], created_at=node.clock(), password="!")
        begun = site.post(f"/airlock/ask/{run.id}/", as_="user")
        task = begun.url.split("/")[2]
        tasks.perform(node, task)
        told = tasks.find(task, actor="user")
        assert told.state == "done", told.verdict
        return permit

    permit = once("a request on the road", make)
    return site, Request.objects.get().id, permit


def page(site, request, as_, language="en"):
    return site.get(f"/airlock/{request}/", as_=as_, language=language)


def opened(site, request, *names):
    for name in names:
        assert site.post(f"/airlock/{request}/open/", as_=name).status_code == 302


def voted(site, request, name, vote="yes", comment=""):
    return site.post(f"/airlock/{request}/vote/", {"vote": vote, "comment": comment}, as_=name, follow=True)


def test_a_checker_opens_it_first_and_the_ledger_keeps_that(asked):
    site, request, _ = asked
    for language, queue, closed in (("en", "1 blocked", "Open the files and checks"),
                                    ("fr", "1 bloquée", "Ouvrir les fichiers et les vérifications")):  # fmt: skip
        listed = site.get("/airlock/", as_="checker", language=language)
        assert queue in site.text(listed)
        before = page(site, request, "checker", language)
        assert before.status_code == 200
        assert closed in site.text(before)
        assert "flagged" not in before.content.decode()
        assert "1940-1949" not in site.text(before)
    assert not Reading.objects.exists()
    opened(site, request, "checker")
    assert {row.file for row in Reading.objects.all()} == {"", "good.csv", "small.csv", "note.md"}
    kinds = [ledger.event(index).kind for index in range(head().size)]
    assert (kinds.count("airlock.shown"), kinds.count("airlock.read")) == (1, 3)
    after = page(site, request, "checker")
    text = site.text(after)
    assert "The table holds all persons." in text
    assert 'class="flagged stop" tabindex="0"' in after.content.decode()
    for words in ("too few persons", "at least 8 are needed", "Fix: hide it.", "each figure was counted again",
                  "nobody counted it again", "The smallest change"):  # fmt: skip
        assert words in text, words
    french = site.text(page(site, request, "checker", "fr"))
    for words in ("trop peu de personnes", "il en faut au moins 8", "Remède : le masquer", "recompté"):
        assert words in french, words


def test_the_author_sees_rules_and_no_place(asked):
    site, request, permit = asked
    for language, words, rules in (
        ("en", "checkers see alone", "OpenSAFELY: redact counts of 7 or fewer, then round to 5"),
        ("fr", "seuls les vérificateurs", "OpenSAFELY : effectifs de 7 ou moins masqués, puis arrondis à 5"),
    ):
        found = page(site, request, "user", language)
        text = site.text(found)
        assert words in text and f"{rules} opensafely-7-5" in text
        assert "AIR-221" in text
        for told in ("1940-1949", "flagged", "The table holds all persons", "male"):
            assert told not in found.content.decode()
    assert "What you asked to let out" in site.text(site.get(f"/enclave/{permit}/", as_="user"))
    body = json.loads(site.get(f"/api/v1/airlock/{request}", as_="user").content)
    assert {place for output in body["outputs"] for each in output["checks"] for place in each["where"]} == set()


def test_strangers_find_nothing(asked):
    site, request, _ = asked
    run = Request.objects.get().run
    for name in ("other", "officer", "steward", "operator", "auditor"):
        for url in (f"/airlock/{request}/", f"/airlock/{request}/pictures/0/", f"/api/v1/airlock/{request}"):
            assert site.get(url, as_=name).status_code == 404, (name, url)
        for verb in ("open", "vote", "fix", "release"):
            answer = site.post(f"/airlock/{request}/{verb}/", {"vote": "yes", "file": "small.csv"}, as_=name)
            assert answer.status_code == 404, (name, verb)
        for url in (f"/airlock/{request}/preview/", f"/api/v1/airlock/{request}/preview"):
            assert site.get(url, {"file": "small.csv"}, as_=name).status_code == 404, (name, url)
        for verb, body in (("open", {}), ("read", {"file": "good.csv"}), ("vote", {"agrees": True}),
                           ("fix", {"file": "small.csv"}), ("release", {})):  # fmt: skip
            call = site.client(name).post(
                f"/api/v1/airlock/{request}/{verb}", json.dumps(body), content_type="application/json"
            )
            assert call.status_code == 404, (name, verb)
        assert site.get("/airlock/", as_=name).status_code == 403
        assert site.get("/api/v1/airlock/", as_=name).status_code == 403
        assert site.post(f"/airlock/ask/{run}/", as_=name).status_code == 404
        ask = site.client(name).post("/api/v1/airlock/", json.dumps({"run": run}), content_type="application/json")
        assert ask.status_code == 404
    for url in ("/airlock/", f"/airlock/{request}/", f"/api/v1/airlock/{request}"):
        assert site.get(url).status_code == 401
    assert (Vote.objects.count(), Reading.objects.count(), Request.objects.count()) == (0, 0, 1)


def test_an_author_neither_opens_nor_votes_and_a_checker_does_not_fix(asked):
    site, request, _ = asked
    assert site.post(f"/airlock/{request}/open/", as_="user").status_code == 404
    assert "PPL-10" in site.text(voted(site, request, "user"))
    assert "PPL-10" in site.text(site.post(f"/airlock/{request}/fix/", {"file": "small.csv"}, as_="checker"))
    assert "AIR-314" in site.text(voted(site, request, "checker"))
    assert site.get(f"/airlock/{request}/pictures/0/", as_="checker").status_code == 409
    assert not Vote.objects.exists()


def test_votes_are_blind_and_comments_show_when_all_are_in(asked):
    site, request, permit = asked
    opened(site, request, "checker", "checker2")
    assert voted(site, request, "checker", "maybe").status_code == 422
    mine = site.text(voted(site, request, "checker", comment="Rounded well, I find."))
    assert "Your vote is in" in mine
    for other in ("checker2", "user"):
        text = site.text(page(site, request, other))
        assert "Rounded well" not in text
        assert "1 vote of 2 is in and hidden" in text
    assert "AIR-305" in site.text(voted(site, request, "checker"))
    done = site.text(voted(site, request, "checker2", comment="So do I."))
    for text in (done, site.text(page(site, request, "user"))):
        assert "Rounded well, I find." in text
        assert "So do I." in text
    assert site.post(f"/airlock/{request}/release/", as_="user").status_code == 403
    left = site.post(f"/airlock/{request}/release/", as_="checker", follow=True)
    assert "has left" in site.text(left)
    assert Release.objects.get().files == 2
    assert "good.csv" in site.text(site.get(f"/permits/{permit}/"))
    left = site.text(page(site, request, "user"))
    assert (
        "has left" in left
        and "stayed inside" in left
        and "may leave" not in left.replace("What may leave has left", "")
    )
    shown = site.get(f"/enclave/{permit}/", as_="user").content.decode()
    assert "What left, for you to take" in shown and shown.count(f'href="/airlock/{request}/"') == 3
    taking = f"/airlock/{request}/take/"
    assert page(site, request, "user").content.decode().count(f'action="{taking}"') == 3
    assert taking not in page(site, request, "checker").content.decode()
    assert "Publiée" in site.text(page(site, request, "user", "fr"))
    assert "Nothing waits" in site.text(site.get("/airlock/", as_="checker2"))


def test_the_team_takes_what_left_and_the_ledger_keeps_it(asked):
    site, request, permit = asked
    taking, api = f"/airlock/{request}/take/", f"/api/v1/airlock/{request}/take"

    def called(file, name):
        return site.client(name).post(api, json.dumps({"file": file}), content_type="application/json")

    assert (site.post(taking, as_="user").status_code, called("good.csv", "user").status_code) == (409, 409)
    opened(site, request, "checker", "checker2")
    for name in ("checker", "checker2"):
        voted(site, request, name)
    site.post(f"/airlock/{request}/release/", as_="checker")
    release, before = Release.objects.get(), head().size
    for name, status in (("checker", 403), ("other", 404), ("officer", 404), ("auditor", 404)):
        assert (site.post(taking, {"file": "good.csv"}, as_=name).status_code, called("", name).status_code) == (
            status,
            status,
        ), name
    assert (site.post(taking, {"file": "good.csv"}).status_code, called("good.csv", "user").status_code) == (401, 200)
    for bad in ("small.csv", "../release.json", "release.json"):
        assert site.post(taking, {"file": bad}, as_="user").status_code == 404
    file = site.node.store.path(f"releases/{release.id}/outputs/good.csv")
    got, record = site.post(taking, {"file": "good.csv"}, as_="user"), site.post(taking, as_="user")
    assert (got.content, json.loads(record.content)) == (file.read_bytes(), release.record)
    assert (got.headers["Content-Disposition"], got.headers["Content-Type"]) == (
        'attachment; filename="good.csv"',
        "application/octet-stream",
    )
    facts = [ledger.event(index) for index in ledger.indexes(request, "airlock.taken")]
    assert head().size == before + 3 and {(each.actor, each.body["permit"]) for each in facts} == {("user", permit)}
    assert [each.body["file"] for each in facts] == ["good.csv", "good.csv", "release.json"]
    listed = site.text(site.get("/ledger/seen/?kind=airlock.taken", as_="auditor"))
    assert "Released file taken by the team" in listed
    file.chmod(0o644)
    file.write_bytes(b"another")
    assert "AIR-320" in site.text(site.post(taking, {"file": "good.csv"}, as_="user"))
    assert head().size == before + 3


def test_the_smallest_fix_is_seen_first_and_one_click_makes_it_the_new_version(asked, monkeypatch):
    site, request, _ = asked
    preview = f"/airlock/{request}/preview/"
    before = Request.objects.get()
    assert "AIR-314" in site.text(site.get(preview, {"file": "small.csv"}, as_="checker"))
    opened(site, request, "checker")
    voted(site, request, "checker")
    facts, sealed = head().size, sorted(site.node.store.path(f"airlock/{request}").iterdir())
    for language, words in (("en", ("hide ", "As it would be", "1 vote would end", "Votes on the older version end")),
                            ("fr", ("masquer ", "Tel qu'il serait", "1 vote prendrait fin",
                                    "Les votes sur l'ancienne version prennent fin"))):  # fmt: skip
        for who in ("user", "checker"):
            assert "preview/?file=small.csv" in page(site, request, who, language).content.decode()
            client = site.client(who, language)
            with CaptureQueriesContext(connection) as counted, monkeypatch.context() as patched:
                patched.setattr(evidence, "attached", None)  # nothing is recomputed to be looked at
                found = client.get(preview, {"file": "small.csv"})
                client.get(f"/airlock/{request}/")
            assert len(counted) <= 2 * 30
            assert found.status_code == 200
            assert [word for word in words if word not in site.text(found)] == []
            assert ("1940-1949" in site.text(found)) == (who == "checker")
            assert (f"/airlock/{request}/fix/" in found.content.decode()) == (who == "user")
    as_checker = site.text(site.get(preview, {"file": "small.csv"}, as_="checker"))
    assert " was " in as_checker
    told = json.loads(site.get(f"/api/v1/airlock/{request}/preview", {"file": "small.csv"}, as_="user").content)
    assert (told["before"]["outcome"], told["after"]["outcome"]) == ("block", "pass")
    assert (told["votes_that_would_end"], told["content"]) == (1, before.content)
    with monkeypatch.context() as older:  # a request of before it was kept
        older.setattr(evidence, "previews", lambda *_: None)
        assert " was " in site.text(site.get(preview, {"file": "small.csv"}, as_="checker"))
    now = Request.objects.get()
    assert (now.content, now.details, now.state) == (before.content, before.details, "under review")
    assert head().size == facts, "looking writes nothing"
    assert sorted(site.node.store.path(f"airlock/{request}").iterdir()) == sealed
    for bad in ("nothing.csv", "good.csv", "", "../x"):
        for asked_for in (site.get(preview, {"file": bad}, as_="user"),
                          site.post(f"/airlock/{request}/fix/", {"file": bad}, as_="user")):  # fmt: skip
            assert "AIR-3" in site.text(asked_for), bad
    stale = {"file": "small.csv", "content": "0" * 64}
    assert "AIR-317" in site.text(site.post(f"/airlock/{request}/fix/", stale, as_="user"))
    assert Vote.objects.filter(void=False).count() == 1
    done = site.post(
        f"/airlock/{request}/fix/", {"file": "small.csv", "content": told["content"]}, as_="user", follow=True
    )
    assert "new version with this change" in site.text(done)
    assert Vote.objects.filter(void=True).count() == 1
    after = Request.objects.get()
    assert [each["outcome"] for each in after.outputs].count("block") == 0
    assert after.content != before.content
    assert "Open the files and checks" in site.text(page(site, request, "checker"))
    french = site.text(page(site, request, "user", "fr"))
    assert "réparé par le sas" in french


def test_the_api_opens_reads_votes_and_releases(asked):
    site, request, _ = asked

    def call(verb, body, name):
        url = f"/api/v1/airlock/{request}/{verb}"
        return site.client(name).post(url, json.dumps(body), content_type="application/json")

    assert json.loads(site.get("/api/v1/airlock/", as_="checker").content)["count"] == 1
    assert call("open", {}, "checker").status_code == 200
    read = call("read", {"file": "note.md"}, "checker2")
    assert (read.content, read.headers["Content-Disposition"]) == (b"The table holds all persons.\n", "attachment")
    call("open", {}, "checker2")
    assert call("vote", {"agrees": True}, "checker").json()["state"] == "under review"
    assert call("vote", {"agrees": True}, "checker2").json()["state"] == "approved"
    assert call("release", {}, "checker2").json()["schema"] == "hygie-release/1"


def test_the_queue_asks_few_questions_however_long_it_is(asked):
    site, _, _ = asked
    row = Request.objects.get()
    values = {field.attname: getattr(row, field.attname) for field in Request._meta.fields}
    Request.objects.bulk_create(Request(**{**values, "id": f"request-{number:020x}"}) for number in range(500))
    with CaptureQueriesContext(connection) as counted:
        listed = site.get("/airlock/", as_="checker")
    assert len(counted) <= 40
    assert "page 1 of 11" in site.text(listed)
    count, found = reviewing.queue(site.node, actor="checker", limit=50)
    assert (count, len(found)) == (501, 50)


def test_a_changed_file_is_refused_in_the_page(asked):
    site, request, _ = asked
    opened(site, request, "checker")
    for path in site.node.store.path(f"airlock/{request}").glob("*.sealed"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "AIR-306" in site.text(page(site, request, "checker"))
    assert actions.queries.requests()[0][2] == "requested"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_vote_is_offered_where_every_output_is_blocked(asked, monkeypatch, language):
    site, request, _ = asked
    opened(site, request, "checker")
    ballot = f'action="/airlock/{request}/vote/"'
    assert ballot in page(site, request, "checker", language).content.decode()
    monkeypatch.setattr("hygie.secure.airlock.values.OutputCheck.outcome", property(lambda _: "block"))
    assert ballot not in page(site, request, "checker", language).content.decode()
