"""Accounts, sessions and training, as programs reach them; each operation refused to whom it is not for."""

import json

import pytest

from hygie.commons.people import actions, queries
from hygie.commons.people.course import course
from hygie.commons.people.models import Account, Attestation

BASE = "/api/v1/people"
RIGHT = {question.id: question.right for question in course().questions}
OPERATOR_S = [
    ("get", "/accounts", None),
    ("post", "/accounts", {"name": "new", "roles": ["user"]}),
    ("get", "/accounts/checker", None),
    ("put", "/accounts/checker/roles", {"roles": ["operator"]}),
    ("put", "/accounts/checker/holder", {"holder": "X"}),
    ("put", "/accounts/checker/identity", {"issuer": "https://x.example", "subject": "s"}),
    ("post", "/accounts/checker/disable", None),
    ("post", "/accounts/checker/enable", None),
    ("delete", "/accounts/checker/sessions", None),
    ("get", "/sessions", None),
]
ANYONE_S = [
    ("get", "/me", None),
    ("get", "/me/sessions", None),
    ("put", "/me/language", {"language": "fr"}),
    ("get", "/me/passkeys", None),
    ("delete", "/me/passkeys/1", None),
    ("get", "/training", None),
    ("post", "/training", {"answers": RIGHT}),
    ("delete", "/sessions/ses-none", None),
]


def call(site, method, path, body=None, as_=""):
    client = site.client(as_)
    return getattr(client, method)(BASE + path, json.dumps(body) if body else None, content_type="application/json") \
        if method != "get" else client.get(BASE + path)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), [*OPERATOR_S, *ANYONE_S])
def test_nobody_without_an_account(site, method, path, body):
    answer = call(site, method, path, body)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", ["steward", "officer", "user", "auditor"])
@pytest.mark.parametrize(("method", "path", "body"), OPERATOR_S)
def test_what_is_the_operator_s_is_refused_to_others(site, role, method, path, body):
    before = list(Account.objects.order_by("name").values_list("name", "roles", "is_active", "subject"))
    answer = call(site, method, path, body, as_=role)
    assert answer.status_code == 403
    assert answer.json()["code"] == "PPL-101"
    assert list(Account.objects.order_by("name").values_list("name", "roles", "is_active", "subject")) == before


def test_every_operation_stands_in_one_of_the_two_lists(site):
    described = site.get("/api/v1/openapi.json").json()["paths"]
    found = {
        (method, path.removeprefix(BASE))
        for path, operations in described.items()
        if path.startswith(BASE + "/")
        for method in operations
    }
    listed = {
        (
            method,
            path.replace("/checker", "/{name}").replace("ses-none", "{session}").replace("keys/1", "keys/{passkey}"),
        )
        for method, path, _ in OPERATOR_S + ANYONE_S
    }
    assert found == listed


def test_an_account_is_added_changed_and_disabled(site):
    made = call(site, "post", "/accounts", {"name": "new", "roles": ["user"], "language": "fr"}, as_="operator")
    assert (made.status_code, made.json()["roles"], made.json()["language"]) == (201, ["user"], "fr")
    changed = call(site, "put", "/accounts/new/roles", {"roles": ["auditor"]}, as_="operator")
    assert changed.json()["roles"] == ["auditor"]
    assert call(site, "post", "/accounts/new/disable", as_="operator").json()["active"] is False
    assert call(site, "get", "/me", as_="operator").json()["name"] == "operator"
    assert call(site, "get", "/accounts?page=1", as_="operator").json()["count"] == 8


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "Big Name", "roles": ["user"]}, 422, "KER-103"),
        ({"name": "new", "roles": ["king"]}, 422, "PPL-104"),
        ({"name": "new", "roles": []}, 422, "PPL-104"),
        ({"name": "officer", "roles": ["user"]}, 409, "PPL-103"),
        ({"name": "x" * 65, "roles": ["user"]}, 422, "WEB-108"),
        ({"roles": ["user"]}, 422, "WEB-108"),
    ],
)
def test_a_wrong_account_is_a_problem_document(site, body, status, code):
    answer = call(site, "post", "/accounts", body, as_="operator")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_one_s_own_language_is_chosen(site):
    assert call(site, "put", "/me/language", {"language": "fr"}, as_="user").json()["language"] == "fr"
    assert Account.objects.get(name="user").language == "fr"
    assert call(site, "put", "/me/language", {"language": "tlh"}, as_="user").json()["code"] == "PPL-121"
    assert call(site, "put", "/me/language", {"language": ""}, as_="user").json()["language"] == ""


def test_one_s_own_sessions_are_listed_and_ended_and_no_other_s(site, node):
    mine, other = (actions.begin_session(node, name, means="local") for name in ("user", "officer"))
    assert [each["id"] for each in call(site, "get", "/me/sessions", as_="user").json()] == [mine]
    assert call(site, "delete", f"/sessions/{other}", as_="user").status_code == 403
    assert call(site, "delete", f"/sessions/{mine}", as_="user").status_code == 204
    assert [view.id for view in queries.sessions()] == [other]
    assert call(site, "delete", "/accounts/officer/sessions", as_="operator").json() == {"ended": 1}


def test_the_training_is_read_without_its_answers_and_attested(site):
    Attestation.objects.all().delete()
    read = call(site, "get", "/training", as_="user")
    assert len(read.json()["lessons"]) == 5
    assert '"right"' not in read.content.decode()
    assert call(site, "post", "/training", {"answers": {"link": "b"}}, as_="user").json()["code"] == "PPL-130"
    assert call(site, "post", "/training", {"answers": RIGHT}, as_="user").status_code == 200
    assert call(site, "get", "/me", as_="user").json()["trained_until"]


def test_another_s_training_cannot_be_attested(site):
    Attestation.objects.all().delete()
    named = {"answers": RIGHT, "name": "checker", "actor": "checker"}
    assert call(site, "post", "/training", named, as_="user").status_code == 422
    assert not Attestation.objects.exists()
    call(site, "post", "/training", {"answers": RIGHT}, as_="user")
    assert [each.account.name for each in Attestation.objects.select_related("account")] == ["user"]
