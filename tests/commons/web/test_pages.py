"""The frame of every page: both languages, its policy, refusals as pages and as problems."""

import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.template import engines
from django.test import override_settings
from django.urls import path

from hygie.base.kernel import Reason, Verdict, refuse
from hygie.base.kernel.catalogue import entries
from hygie.commons.web.faults import Plain
from hygie.commons.web.middleware import POLICY
from hygie.commons.web.problems import SIGN_IN, STEPS, answer
from hygie.commons.web.views import signed_in
from hygie.node.site import urls as site_urls


def refusing(request):
    raise refuse("LAK-101", found="chu", accepted="–")


@signed_in
def closed(request):
    return HttpResponse("inside")


def broken(request):
    raise RuntimeError("a person's name")


urlpatterns = [
    *site_urls.urlpatterns,
    path("refusing/", refusing),
    path("api/v1/refusing/", refusing),
    path("closed/", closed),
    path("broken/", broken),
]
handler500 = site_urls.handler500
handler404 = site_urls.handler404


@pytest.fixture
def pages():
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "Health data, used with permits and in the open",
                "I audit",
                "persons in all deliveries",
                "Who may use it",
            ],
        ),
        (
            "fr",
            ["Des données de santé, utilisées sur autorisation", "J'audite", "jeux de données", "À qui cela profite"],
        ),
    ],
)
def test_home_in_both_languages(site, language, words):
    response = site.get("/", language=language)
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.content.decode()
    assert [word for word in words if word not in site.text(response)] == []


def test_pages_load_nothing_from_elsewhere_and_no_inline_code(site):
    response = site.get("/")
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Frame-Options"] == "DENY"
    text = response.content.decode()
    assert "https://" not in text
    assert " style=" not in text
    assert "<script>" not in text


def test_static_files_are_served(site):
    for name in ("web/hygie.css", "bootstrap/css/bootstrap.min.css", "django_htmx/htmx-2.min.js", "web/hygie.svg"):
        response = site.get(f"/static/{name}")
        assert response.status_code == 200, name
        b"".join(response.streaming_content)


def test_the_language_is_kept(site):
    client = site.client()
    client.post("/language/", {"language": "fr", "next": "/"})
    assert '<html lang="fr">' in client.get("/").content.decode()


def test_a_refusal_is_a_page_in_the_readers_language(site, pages):
    for language, word in (("en", "Who can help"), ("fr", "Qui peut aider")):
        response = site.get("/refusing/", language=language)
        assert response.status_code == 404
        assert "LAK-101" in site.text(response)
        assert word in site.text(response)
        assert "hygie dataset" not in site.text(response)


def test_a_refusal_is_a_problem_under_the_api(site, pages):
    response = site.get("/api/v1/refusing/")
    assert response.headers["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert (body["status"], body["code"], body["reasons"][0]["code"]) == (404, "LAK-101", "LAK-101")
    assert "command" not in body["reasons"][0]


def test_a_closed_page_leads_to_sign_in(site, pages):
    response = site.get("/closed/")
    assert response.status_code == 401
    assert "Nobody is signed in" in site.text(response)
    assert site.get("/closed/", as_="officer").content == b"inside"
    assert "no-store" in site.get("/closed/", as_="officer").headers["Cache-Control"]


def test_the_title_comes_first_then_what_was_refused_then_the_state():
    page = engines["django"].from_string(
        '{% extends "web/two.html" %}{% block main %}<h1>A case</h1><p>The rest</p>{% endblock %}'
        "{% block side %}The state{% endblock %}"
    )
    for verdict, order in (
        (None, ["A case", "The state", "The rest"]),
        ("refused", ["A case", "The rest", "The state"]),
    ):
        shown = page.render({"verdict": verdict})
        assert sorted(order, key=shown.index) == order
        assert shown.index('<main class="page two"') < shown.index("<h1>") < shown.index("<aside")


@pytest.mark.parametrize(
    ("method", "path", "concerned"),
    [
        ("get", "/permits/permit-1/", "/permits/"),
        ("post", "/applications/app-1/case/decide/", "/applications/app-1/case/decide/"),
        ("get", "/applications/app-1/case/", "/applications/app-1/"),
        ("get", "/nowhere/", "/catalogue/"),
    ],
)
def test_every_refusal_leads_on_into_the_site(site, rf, method, path, concerned):
    """A page that says no has a link to what it concerns, or a button for the next step; one code of each status."""
    codes = {entry.http: code for code, entry in entries().items()}
    codes |= {code: code for code in (SIGN_IN, *STEPS)}
    for code in codes.values():
        request = getattr(rf, method)(path)
        request.session, request.user = SessionStore(), AnonymousUser()
        page = answer(request, Verdict((Reason(code),))).content.decode()
        links = re.findall(r'href="(/[^"]+)"', page.partition("<main")[2].partition("</main>")[0])
        assert concerned in links or code in (SIGN_IN, *STEPS), code
        assert any(not link.startswith(("/?", "/language")) for link in links), code


def test_a_refused_form_leads_back_to_its_page(site, pages):
    page = site.client().post("/refusing/", headers={"referer": "http://testserver/register/"})
    assert page.status_code >= 400 and 'href="/register/">To the page that it concerns' in page.content.decode()
    foreign = site.client().post("/refusing/", headers={"referer": "http://elsewhere.example/register/"})
    assert "elsewhere" not in foreign.content.decode()


def test_what_is_not_there(site):
    response = site.get("/nowhere/")
    assert response.status_code == 404
    assert "There is no such page" in site.text(response)


def test_a_fault_shows_nothing_of_itself_and_logs_where_it_was(site, pages, caplog):
    client = site.client()
    client.raise_request_exception = False
    response = client.get("/broken/", {"asked": "secret"})
    told = Plain().format(caplog.records[-1])
    assert "RuntimeError at test_pages.py:" in told
    assert "on GET /broken/" in told
    assert "person's name" not in told
    assert "secret" not in told
    assert response.status_code == 500
    assert "person's name" not in response.content.decode()
    assert "Something is wrong on our side" in site.text(response)


def test_a_form_without_its_token_is_refused(site):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/language/", {"language": "fr"})
    assert response.status_code == 403
    assert "WEB-104" in site.text(response)


def test_another_host_is_refused(site):
    assert site.client().get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_no_node_no_page():
    from hygie.base.kernel import Refusal
    from hygie.commons.web import current

    current._served.clear()
    with pytest.raises(Refusal) as refused:
        current.node()
    assert refused.value.verdict.reasons[0].code == "WEB-105"
