"""No address answers with a blank page: a form's address leads to its page; any other method is refused in words."""

import re

import pytest
from django.core.cache import cache
from django.urls import resolve

from tests.attacks.site import routes

FORMS_ALONE = ("POST",)


class Names(dict):
    """A value for every parameter."""

    def __missing__(self, name):
        return "1" if name in ("number", "index", "passkey") else "some"

    def __contains__(self, name):
        return "." not in name


def test_a_forms_address_leads_to_the_page_of_its_form(site):
    client, led = site.client(), {}
    for route in routes.pages():
        if route.methods != FORMS_ALONE or route.name == "set_language":
            continue
        answer = client.get(route.url(Names()))
        assert answer.status_code == 302, route.name
        led[route.name] = answer.headers["Location"]
        assert "GET" in routes.methods(resolve(led[route.name]).func), route.name
    assert len(led) >= 30
    assert led["applications:hand-in"] == "/applications/some/letter/"
    assert led["airlock:vote"] == "/airlock/some/"
    assert led["extracts:prepare"] == "/permits/some/"
    assert led["people:add"] == "/people/accounts/"
    assert led["applications:deliver"] == "/applications/deliveries/"


@pytest.mark.parametrize(("language", "words"), [("en", "It does not take that."), ("fr", "Elle ne le prend pas.")])
def test_every_page_refuses_other_methods_in_words(site, language, words):
    client, seen = site.client(language=language), 0
    for route in routes.pages():
        cache.clear()
        answer = client.generic("PUT", route.url(Names()))
        if answer.status_code == 405:
            seen += 1
            assert words in site.text(answer) and "WEB-110" in site.text(answer), route.name
            assert set(re.split(", ", answer.headers["Allow"])) >= set(route.methods), route.name
        assert answer.content or answer.status_code == 302, route.name
    assert seen >= 90


@pytest.mark.parametrize(("language", "title"), [("en", "It does not take that."), ("fr", "Elle ne le prend pas.")])
def test_every_operation_refuses_other_methods_by_a_problem_document(site, language, title):
    client = site.client(language=language)
    for route in routes.operations():
        answer = client.generic("TRACE", route.url(Names()))
        told = answer.json()
        assert (answer.status_code, told["code"], told["title"]) == (405, "WEB-110", title), route.name
        assert answer.headers["Content-Type"] == "application/problem+json"
    for nothing in ("/api/v1/nothing", "/api/v1/applications/a/b/c/d", "/api/v1/"):
        answer = client.get(nothing)
        assert (answer.status_code, answer.json()["code"]) == (404, "WEB-102"), nothing


def test_another_language_after_a_refused_form_shows_its_page(site):
    client = site.client("operator")
    refused = client.post("/people/accounts/add/", {"name": "?"})
    here = re.search(r'name="next" value="([^"]*)"', refused.content.decode())
    where = here[1] if here else "/people/accounts/add/"
    shown = client.post("/language/", {"language": "fr", "next": where}, follow=True)
    assert shown.status_code in (200, 401) and shown.headers["Content-Language"] == "fr"
