"""The pages of people: sign-in cards, one's own account, the operator's accounts, the training; in both languages."""

import time

import pytest
from django.core.cache import cache

from hygie.commons.people import actions, queries
from hygie.commons.people.course import course
from hygie.commons.people.models import Account, Attestation
from hygie.commons.people.signals import KEPT

RIGHT = {question.id: question.right for question in course().questions}


@pytest.fixture(autouse=True)
def no_attempts_counted():
    cache.clear()


@pytest.fixture
def demo(node, site):
    (node.home / ".hygie-demo").touch()
    return site


def enter(site, name, **more):
    client = site.client(**more)
    assert client.post("/people/sign-in/", {"name": name}).status_code == 302
    return client


def age(client, minutes):
    """Make a client's sign-in so many minutes old."""
    session = client.session
    session[KEPT] = {**session[KEPT], "at": time.time() - minutes * 60}
    session.save()


PAGES = {
    "/people/sign-in/": ("", "Enter as officer", "Entrer en tant que officer"),
    "/people/": ("officer", "What you may do here", "Ce que vous pouvez faire ici"),
    "/people/step-up/": ("officer", "Prove once more who you are", "Prouvez encore une fois qui vous êtes"),
    "/people/passkeys/": ("officer", "Your passkeys", "Vos clés d'accès"),
    "/people/training/": ("user", "Training before access", "Formation avant l'accès"),
    "/people/training/outputs/": ("user", "What may leave", "Ce qui peut sortir"),
    "/people/accounts/": ("operator", "Named natural persons", "Des personnes physiques nommées"),
    "/people/accounts/officer/": ("operator", "Disable this account", "Désactiver ce compte"),
}


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_page_answers_in_each_language(demo, url, language, django_assert_max_num_queries):
    as_, english, french = PAGES[url]
    with django_assert_max_num_queries(40):
        answer = demo.get(url, as_=as_, language=language)
    assert answer.status_code == 200
    assert (english if language == "en" else french) in demo.text(answer)
    assert (french if language == "en" else english) not in demo.text(answer)


NEEDS_ACCOUNT = [url for url, (as_, *_) in PAGES.items() if as_] + ["/people/training/result/"]


@pytest.mark.parametrize("url", NEEDS_ACCOUNT)
def test_without_an_account_a_page_leads_to_sign_in(demo, url):
    answer = demo.get(url)
    assert answer.status_code == 401
    assert b"/people/sign-in/" in answer.content


CHANGES = ("roles", "holder", "identity", "sessions", "disable", "enable")
POSTED = [
    "/people/sign-in/",
    "/people/sign-in/identity/",
    "/people/step-up/",
    "/people/sign-out/",
    "/people/language/",
    "/people/sessions/end/",
    "/people/sessions/ses-1/end/",
    "/people/passkeys/",
    "/people/passkeys/enter/",
    "/people/passkeys/1/remove/",
    "/people/training/result/",
    "/people/training/outputs/",
    "/people/accounts/add/",
    *(f"/people/accounts/officer/{what}/" for what in CHANGES),
]


@pytest.mark.parametrize("url", POSTED)
def test_a_form_from_elsewhere_is_refused(demo, url):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(name="operator"), backend="django.contrib.auth.backends.ModelBackend")
    before = list(Account.objects.order_by("name").values_list("name", "roles", "is_active"))
    answer = client.post(url, {"name": "officer", "roles": ["user"]})
    assert answer.status_code == 403
    assert "WEB-104" in demo.text(answer)
    assert list(Account.objects.order_by("name").values_list("name", "roles", "is_active")) == before


def test_the_operator_names_the_holder_that_a_steward_speaks_for(demo):
    where, name = "/people/accounts/steward/", "Hospital of Fiction (synthetic)"
    for language, word in (("en", "Change the holder"), ("fr", "Changer le détenteur")):
        assert word in demo.text(demo.get(where, as_="operator", language=language))
    assert demo.post(f"{where}holder/", {"holder": "x" * 301}, as_="operator").status_code == 422
    assert demo.post(f"{where}holder/", {"holder": f" {name} "}, as_="operator").status_code == 302
    assert Account.objects.get(name="steward").holder == name
    assert name in demo.text(demo.get("/people/accounts/", as_="operator"))
    for language, word in (("en", "you speak for Hospital"), ("fr", "vous parlez pour Hospital")):
        assert word in demo.text(demo.get("/people/", as_="steward", language=language))
    assert demo.post(f"{where}holder/", {"holder": ""}, as_="operator").status_code == 302
    assert "data office" in demo.text(demo.get("/people/", as_="steward", language="en"))


@pytest.mark.parametrize("role", ["steward", "officer", "user", "checker", "auditor"])
@pytest.mark.parametrize("url", ["/people/accounts/", "/people/accounts/checker2/"])
def test_accounts_are_the_operator_s_alone(demo, role, url):
    assert demo.get(url, as_=role).status_code == 403


@pytest.mark.parametrize("role", ["officer", "user", "auditor"])
@pytest.mark.parametrize("what", CHANGES)
def test_nobody_else_changes_an_account(demo, role, what):
    given = {"roles": ["operator"], "issuer": "https://x.example", "subject": "s"}
    assert demo.post(f"/people/accounts/checker2/{what}/", given, as_=role).status_code == 403
    assert demo.post("/people/accounts/add/", {"name": "mine", "roles": ["operator"]}, as_=role).status_code == 403
    assert Account.objects.get(name="checker2").roles == ["checker"]
    assert not Account.objects.filter(name="mine").exists()


def test_another_s_session_is_not_ended_from_one_s_own_page(demo, node):
    session = actions.begin_session(node, "officer", means="local")
    assert demo.post(f"/people/sessions/{session}/end/", as_="user").status_code == 403
    assert actions.see_session(node, session)


def test_cards_open_the_demonstration_and_no_other_node(site, node):
    assert "Enter as" not in site.text(site.get("/people/sign-in/"))
    answer = site.post("/people/sign-in/", {"name": "operator"})
    assert answer.status_code == 403
    assert "PPL-128" in site.text(answer)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("checker", "/airlock/"),
        ("officer", "/applications/queue/"),
        ("steward", "/applications/deliveries/"),
        ("user", "/applications/"),
        ("operator", "/node/"),
        ("auditor", "/ledger/"),
    ],
)
def test_a_card_leads_to_where_the_work_of_its_role_waits(demo, name, place):
    client = demo.client()
    answer = client.post("/people/sign-in/", {"name": name})
    assert (answer.status_code, answer.url) == (302, place)
    assert client.get(place).status_code == 200
    asked = demo.client().post("/people/sign-in/", {"name": name, "next": "/people/"})
    assert asked.url == "/people/", "what the visitor was on the way to comes first"


def test_a_card_says_whose_person_it_is(demo, node):
    actions.set_holder(node, "steward", "Hospital of Fiction", actor="operator")
    assert "steward Hospital of Fiction" in demo.text(demo.get("/people/sign-in/"))
    (node.home / ".hygie-demo").write_text('[officer]\nen = "Access body <of> Fiction"\nfr = "Organisme de Fiction"\n')
    assert "officer Access body &lt;of&gt; Fiction" in demo.get("/people/sign-in/").content.decode().replace(
        '</h2><p class="mb-1"><strong>', " "
    )
    assert "officer Organisme de Fiction" in demo.text(demo.get("/people/sign-in/", language="fr"))


def test_a_card_for_nobody_is_refused(demo):
    assert demo.post("/people/sign-in/", {"name": "nobody"}).status_code == 403


def test_attempts_on_cards_are_counted(demo):
    codes = [demo.post("/people/sign-in/", {"name": "nobody"}).status_code for _ in range(21)]
    assert codes == [403] * 20 + [429]


def test_a_sign_in_that_is_too_old_loses_no_word_of_an_account(demo):
    client, listed = enter(demo, "operator"), "/people/accounts/"
    age(client, 11)
    written = {"name": "dr.new", "roles": ["steward", "user"], "holder": "Hospital of Fiction (synthetic)"}
    away = client.post(f"{listed}add/", written, headers={"referer": f"http://testserver{listed}"})
    assert away["Location"] == "/people/step-up/?next=%2Fpeople%2Faccounts%2F"
    assert client.post("/people/step-up/", {"next": listed})["Location"] == listed
    form = client.get(listed).context["form"]
    assert {name: form[name].value() for name in written} == written
    assert client.get(listed).context["form"]["name"].value() is None, "it is handed back once"
    assert client.post(f"{listed}add/", written)["Location"] == f"{listed}dr.new/"


def test_a_change_of_roles_ends_the_sessions_in_every_browser_at_once(demo):
    first, second = enter(demo, "checker"), enter(demo, "checker")
    boss = enter(demo, "operator")
    assert boss.post("/people/accounts/checker/roles/", {"roles": ["user", "auditor"]}).status_code == 302
    assert first.get("/people/").status_code == second.get("/people/").status_code == 401
    assert queries.person("checker").roles == ("auditor", "user")


def test_a_session_that_the_operator_ends_is_gone_at_the_next_request_and_the_others_stay(demo):
    first, second = enter(demo, "checker"), enter(demo, "checker")
    session = first.session[KEPT]["id"]
    enter(demo, "operator").post(f"/people/sessions/{session}/end/", {"from": "accounts"})
    assert first.get("/people/").status_code == 401
    assert second.get("/people/").status_code == 200


def test_a_disabled_person_is_out(demo):
    client = enter(demo, "checker")
    enter(demo, "operator").post("/people/accounts/checker/disable/")
    assert client.get("/people/").status_code == 401
    assert demo.post("/people/sign-in/", {"name": "checker"}).status_code == 403


def test_signing_out_ends_the_node_s_session_too(demo):
    client = enter(demo, "checker")
    assert len(queries.sessions()) == 1
    client.post("/people/sign-out/")
    assert not queries.sessions()
    assert client.get("/people/").status_code == 401


def test_accounts_change_only_after_a_recent_sign_in(demo):
    client = enter(demo, "operator")
    age(client, 11)
    away = client.post(
        "/people/accounts/checker/disable/", headers={"referer": "http://testserver/people/accounts/checker/"}
    )
    assert (away.status_code, away["Location"]) == (302, "/people/step-up/?next=%2Fpeople%2Faccounts%2Fchecker%2F")
    assert queries.person("checker")
    back = client.post("/people/step-up/", {"next": "/people/accounts/checker/"})
    assert back["Location"] == "/people/accounts/checker/"
    assert client.post("/people/accounts/checker/disable/").status_code == 302
    assert not Account.objects.get(name="checker").is_active


def test_an_account_is_added_and_what_is_wrong_is_said(demo):
    client = enter(demo, "operator")
    wrong = client.post("/people/accounts/add/", {"name": "Big Name", "roles": ["user"]})
    assert wrong.status_code == 422
    assert "KER-103" in demo.text(wrong)
    assert client.post("/people/accounts/add/", {"name": "new", "roles": ["king"]}).status_code == 422
    given = {"name": "new", "roles": ["user"], "organisation": "university", "language": "fr", "is_active": "", "id": 1}
    assert client.post("/people/accounts/add/", given)["Location"] == "/people/accounts/new/"
    view = queries.account("new", demo.node.clock())
    assert (view.roles, view.organisation, view.language, view.active) == (("user",), "university", "fr", True)


def test_the_language_one_reads_is_kept(demo):
    client = enter(demo, "officer")
    client.post("/people/language/", {"language": "fr"})
    assert "Ce que vous pouvez faire ici" in demo.text(client.get("/people/"))
    again = enter(demo, "officer")
    assert "Ce que vous pouvez faire ici" in demo.text(again.get("/people/"))
    assert client.post("/people/language/", {"language": "de"}).status_code == 422


def test_the_training_is_taken_page_by_page(demo):
    Attestation.objects.all().delete()
    client = enter(demo, "user")
    lessons = [lesson.id for lesson in course().lessons]
    first = client.post(f"/people/training/{lessons[0]}/", {"pseudonym": "b"})
    assert first.status_code == 422
    for lesson, after in zip(course().lessons, [*lessons[1:], ""], strict=True):
        answers = {question.id: question.right for question in lesson.questions}
        answer = client.post(f"/people/training/{lesson.id}/", answers)
        assert answer["Location"] == (f"/people/training/{after}/" if after else "/people/training/")
    done = client.post("/people/training/result/")
    assert done.status_code == 200
    assert "Attested until 21 November 2027" in demo.text(done)
    assert queries.account("user", demo.node.clock()).trained_until


def test_wrong_answers_lead_back_to_every_lesson_three_times_an_hour_and_attest_nothing(demo):
    Attestation.objects.all().delete()
    client = enter(demo, "user")
    for lesson in course().lessons:
        client.post(f"/people/training/{lesson.id}/", {question.id: "a" for question in lesson.questions})
    for _ in range(3):
        answer = client.post("/people/training/result/")
        assert answer.status_code == 422
        assert "PPL-131" in demo.text(answer)
        assert all(lesson.title["en"] in demo.text(answer) for lesson in course().lessons), (
            "which are wrong is not told"
        )
    over = client.post("/people/training/result/", headers={"accept-language": "fr"})
    assert (over.status_code, "PPL-136" in demo.text(over)) == (429, True)
    assert not Attestation.objects.exists()
    assert client.post("/people/training/unknown/").status_code == 404


@pytest.mark.parametrize(("language", "word"), [("en", "Take the training"), ("fr", "Suivre la formation")])
def test_who_lacks_training_is_led_to_it(demo, language, word):
    from django.test import RequestFactory

    from hygie.base.kernel import Reason, Verdict
    from hygie.commons.web.problems import answer

    request = RequestFactory().get("/enclave/")
    from django.utils import translation

    with translation.override(language):
        page = answer(request, Verdict((Reason("PPL-115", {"action": "study.run", "name": "user"}),)))
    assert page.status_code == 403
    assert word in demo.text(page)
    assert b"/people/training/?next=/enclave/" in page.content
