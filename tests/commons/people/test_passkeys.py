"""Passkeys: a device in software makes and uses them; what is not an answer to this site's question is refused."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from hygie.commons.people import actions, passkeys, queries
from hygie.commons.people.models import Account
from hygie.commons.people.signals import KEPT
from tests.commons.people.device import Device

ENTER, LIST = "/people/passkeys/enter/", "/people/passkeys/"


@pytest.fixture(autouse=True)
def no_attempts_counted():
    cache.clear()


def client_of(site, name=""):
    client = site.client(name)
    client.defaults["HTTP_HOST"] = "localhost"
    return client


def options_of(page):
    found = re.search(r'id="passkey-options" type="application/json">(.*?)</script>', page.content.decode(), re.DOTALL)
    return json.loads(found[1])["creation_options"]


def add(client, device):
    made = device.make(options_of(client.get(LIST)))
    return client.post(LIST, {"name": "my telephone", "credential": made})


def enter(client, device, **more):
    asked = client.get(ENTER).json()["request_options"]
    return client.post(ENTER, {"credential": device.use(asked, **more), "next": "/people/"})


@pytest.fixture
def device(site):
    found = Device()
    assert add(client_of(site, "officer"), found).status_code == 302
    return found


def test_a_passkey_opens_the_account_it_was_made_for(site, device):
    client = client_of(site)
    answer = enter(client, device)
    assert (answer.status_code, answer["Location"]) == (302, "/people/")
    [session] = queries.sessions()
    assert (session.account, session.means) == ("officer", "passkey")
    assert "my telephone" in site.text(client.get(LIST))


def test_a_passkey_is_recent_proof_for_a_decision(site, device):
    client = client_of(site, "officer")
    session = client.session
    session[KEPT] = {**session[KEPT], "at": 0}
    session.save()
    assert client.get(LIST)["Location"].startswith("/people/step-up/")
    assert enter(client, device).status_code == 302
    assert client.get(LIST).status_code == 200


def refused(site, answer, code="PPL-132", status=401):
    assert answer.status_code == status
    assert code in site.text(answer)
    assert not queries.sessions()


def test_an_answer_to_an_earlier_question_is_refused(site, device):
    client = client_of(site)
    old = client.get(ENTER).json()["request_options"]
    client.get(ENTER)
    refused(site, client.post(ENTER, {"credential": device.use(old)}))


def test_an_answer_serves_once(site, device):
    client = client_of(site)
    given = device.use(client.get(ENTER).json()["request_options"])
    assert client.post(ENTER, {"credential": given}).status_code == 302
    client.post("/people/sign-out/")
    refused(site, client.post(ENTER, {"credential": given}))


def test_an_answer_made_on_a_false_site_is_refused(site, device):
    device.origin = "https://hygie-login.example"
    refused(site, enter(client_of(site), device))


def test_without_finger_face_or_code_it_is_refused(site, device):
    device.flags = Device(verified=False).flags
    refused(site, enter(client_of(site), device))


def test_another_key_under_the_same_name_is_refused(site, device):
    forged = Device()
    forged.id, forged.handle = device.id, device.handle
    refused(site, enter(client_of(site), forged))


def test_one_s_own_passkey_does_not_open_another_s_account(site, device):
    other = Device()
    add(client_of(site, "operator"), other)
    refused(site, enter(client_of(site), device, handle=other.handle))


@pytest.mark.parametrize("given", ["", "no json", "[]", "null", '{"id": 1}', '{"response": []}', '{"rawId": "x"}'])
def test_what_is_no_answer_at_all_is_refused(site, device, given):
    client = client_of(site)
    client.get(ENTER)
    refused(site, client.post(ENTER, {"credential": given}))


@pytest.mark.parametrize("given", ["", "{}", "null", '{"id": 1, "response": {}}'])
def test_what_is_no_passkey_is_not_kept(site, given):
    client = client_of(site, "officer")
    client.get(LIST)
    refused(site, client.post(LIST, {"credential": given}))
    assert not passkeys.mine("officer")


def test_a_passkey_made_without_verification_is_not_kept(site):
    refused(site, add(client_of(site, "officer"), Device(verified=False)))
    assert not passkeys.mine("officer")


def test_a_disabled_account_does_not_enter_by_its_passkey(site, device, node):
    actions.set_active(node, "officer", False, actor="operator")
    refused(site, enter(client_of(site), device), "PPL-119", 403)


def test_a_passkey_of_the_demonstration_opens_nothing_once_a_provider_is_set(site, device, node):
    (node.home / "sign-in.toml").write_text('[openid]\nissuer = "https://issuer.example"\n')
    refused(site, enter(client_of(site), device), "PPL-113")


def test_one_removes_one_s_own_and_no_other_s(site, device):
    key = passkeys.mine("officer")[0].pk
    refused(site, client_of(site, "user").post(f"/people/passkeys/{key}/remove/"), "PPL-133", 404)
    assert client_of(site, "officer").post(f"/people/passkeys/{key}/remove/").status_code == 302
    assert not passkeys.mine("officer")
    refused(site, enter(client_of(site), device))


def test_a_program_lists_and_removes_one_s_own_after_a_new_sign_in_alone(site, device):
    api, key = "/api/v1/people/me/passkeys", passkeys.mine("officer")[0].pk
    client = client_of(site, "officer")
    [told] = client.get(api).json()
    assert (told["id"], told["name"], told["used_at"]) == (key, "my telephone", None)
    assert client_of(site, "user").get(api).json() == []
    assert client_of(site, "user").delete(f"{api}/{key}").json()["code"] == "PPL-133"
    session = client.session
    session[KEPT] = {**session[KEPT], "at": 0}
    session.save()
    for late in (client.get(api), client.delete(f"{api}/{key}")):
        assert (late.status_code, late.json()["code"]) == (401, "PPL-112")
    assert client_of(site, "officer").delete(f"{api}/{key}").status_code == 204
    assert not passkeys.mine("officer")


def test_pages_load_scripts_of_this_site_and_none_of_their_own(site):
    page = client_of(site, "officer").get(LIST)
    scripts = re.findall(r"<script([^>]*)>", page.content.decode())
    assert all('src="/static/' in script or 'type="application/json"' in script for script in scripts)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    from django.contrib.staticfiles import finders

    for source in re.findall(r'src="/static/([^"]+)"', page.content.decode()):
        assert finders.find(source), source


def test_a_passkey_goes_with_the_identity_it_was_made_under(site, device):
    for subject, left in (("person-1", 0), ("person-1", 1), ("person-2", 0), ("person-2", 1), ("", 0)):
        if left:
            Authenticator.objects.create(user=Account.objects.get(name="officer"), type="webauthn", data={})
        actions.link(site.node, "officer", "https://issuer", subject, actor="operator")
        assert len(passkeys.mine("officer")) == left, subject
    assert enter(client_of(site), device).status_code in (401, 422)
