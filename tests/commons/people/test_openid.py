"""Signing in by an identity provider: a real one, on this machine, that can be told to lie."""

import html
import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.core.cache import cache

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, configuration, queries
from hygie.commons.people.signals import KEPT
from tests.commons.people.issuer import CLIENT, SECRET, new_key, running


@pytest.fixture(autouse=True)
def no_attempts_counted():
    cache.clear()


@pytest.fixture
def issuer(node, site, tmp_path):
    with running() as found:
        (tmp_path / "secret").write_text(SECRET + "\n")
        (node.home / "sign-in.toml").write_text(
            f'[openid]\nname = "Test identity"\nissuer = "{found.url}"\nclient_id = "{CLIENT}"\n'
            f'secret_file = "{tmp_path / "secret"}"\n'
        )
        actions.link(node, "officer", found.url, "person-1", actor="operator")
        yield found


def begin(client, next_url="/people/"):
    """Go to the provider and agree; return the address it sends the browser back to."""
    away = client.post("/people/sign-in/identity/", {"next": next_url})
    assert away.status_code == 200, away.content
    there = html.unescape(re.search(r'id="away" href="([^"]+)"', away.content.decode())[1])
    back = requests.get(there, allow_redirects=False, timeout=5)
    return back.headers["Location"].replace("http://testserver", "")


def sign_in(client, next_url="/people/"):
    return client.get(begin(client, next_url))


def refused(site, response, status, code, word=""):
    assert response.status_code == status
    text = site.text(response)
    assert code in text
    assert word in text
    assert not queries.sessions()


def test_a_person_enters_as_the_account_that_their_identity_is_bound_to(site, issuer):
    client = site.client()
    answer = sign_in(client, "/people/")
    assert (answer.status_code, answer["Location"]) == (302, "/people/")
    page = site.text(client.get("/people/"))
    assert "officer" in page
    assert "assurance substantial" in page
    [session] = queries.sessions()
    assert (session.account, session.means, session.assurance) == ("officer", "openid", "substantial")


def test_what_is_asked_of_the_provider(site, issuer):
    sign_in(site.client())
    [asked] = issuer.asked
    assert asked["acr_values"] == "eidas2"
    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert len(asked["nonce"]) >= 22
    assert len(asked["state"]) >= 16


def change(**values):
    return lambda claims: claims.update(values)


@pytest.mark.parametrize(
    ("lie", "word"),
    [
        (change(iss="https://elsewhere.example"), "issuer"),
        (change(aud="another-node"), "audience"),
        (change(aud=[CLIENT, "another-node"]), "audience"),
        (change(exp=int(time.time()) - 3600), "expired"),
        (change(nonce="of-another-sign-in"), "nonce"),
        (change(iat=int(time.time()) + 3600), "not yet valid"),
        (lambda claims: claims.pop("nonce"), "claim missing"),
        (lambda claims: claims.pop("exp"), "claim missing"),
        (lambda claims: claims.pop("sub"), "claim missing"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(site, issuer, lie, word):
    issuer.lie = lie
    refused(site, sign_in(site.client()), 401, "PPL-125", word)


def test_several_audiences_are_taken_when_the_token_was_made_for_this_node(site, issuer):
    issuer.lie = change(aud=[CLIENT, "another-node"], azp=CLIENT)
    assert sign_in(site.client()).status_code == 302


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_the_provider_s_key_is_refused(site, issuer, algorithm):
    issuer.algorithm = algorithm
    refused(site, sign_in(site.client()), 401, "PPL-125", "algorithm")


def test_a_token_signed_with_another_key_is_refused(site, issuer):
    issuer.signing_key = new_key()
    refused(site, sign_in(site.client()), 401, "PPL-125", "signature")


def test_a_description_of_another_provider_is_refused(site, issuer):
    issuer.discovered = {"issuer": "https://elsewhere.example"}
    answer = site.client().post("/people/sign-in/identity/")
    refused(site, answer, 401, "PPL-125", "issuer")


def test_an_answer_to_no_question_of_ours_is_refused(site, issuer):
    back = begin(site.client())
    refused(site, site.client().get(back), 401, "PPL-125", "state")
    client = site.client()
    query = parse_qs(urlsplit(begin(client)).query)
    forged = client.get("/people/sign-in/callback/", {"code": query["code"][0], "state": "forged"})
    refused(site, forged, 401, "PPL-125", "state")


def test_an_answer_serves_once(site, issuer):
    client = site.client()
    back = begin(client)
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 401


def test_a_person_who_changed_their_mind_is_told_so(site, issuer):
    client = site.client()
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    refused(site, client.get("/people/sign-in/callback/", {"error": "access_denied", "state": state}), 401, "PPL-125")


@pytest.mark.parametrize("acr", ["eidas1", "http://eidas.europa.eu/LoA/low", "invented", "", None])
def test_a_low_or_unknown_level_of_assurance_is_refused(site, issuer, acr):
    issuer.acr = acr
    refused(site, sign_in(site.client()), 401, "PPL-113")


@pytest.mark.parametrize(
    ("acr", "level"), [("eidas3", "high"), ("http://eidas.europa.eu/LoA/substantial", "substantial")]
)
def test_a_sufficient_level_is_kept_with_the_session(site, issuer, acr, level):
    issuer.acr = acr
    assert sign_in(site.client()).status_code == 302
    assert queries.sessions()[0].assurance == level


def test_an_identity_that_nobody_prepared_makes_no_account(site, issuer):
    before = {view.name for view in queries.accounts(site.node.clock())}
    issuer.subject = "a-stranger"
    answer = sign_in(site.client())
    refused(site, answer, 403, "PPL-126", "operator of node-test")
    assert {view.name for view in queries.accounts(site.node.clock())} == before
    assert "a-stranger" not in answer.content.decode()


def test_the_same_subject_of_another_issuer_is_another_identity(site, issuer, node):
    actions.link(node, "officer", "https://elsewhere.example", "person-1", actor="operator")
    refused(site, sign_in(site.client()), 403, "PPL-126")


def test_a_disabled_account_does_not_enter(site, issuer, node):
    actions.set_active(node, "officer", False, actor="operator")
    refused(site, sign_in(site.client()), 403, "PPL-119")


def test_a_provider_that_is_away_is_named_as_that(site, issuer):
    issuer.discovered = {"jwks_uri": f"{issuer.url}/nothing"}
    refused(site, sign_in(site.client()), 502, "PPL-127")


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "people"])
def test_nobody_is_led_away_from_the_site(site, issuer, away):
    assert sign_in(site.client(), away)["Location"] == "/"


def test_cards_do_not_open_where_a_provider_is_set(site, issuer, node):
    (node.home / ".hygie-demo").touch()
    assert "Enter as" not in site.text(site.get("/people/sign-in/"))
    refused(site, site.post("/people/sign-in/", {"name": "operator"}), 403, "PPL-128")


def test_signing_in_again_asks_the_provider_to_look_again(site, issuer):
    client = site.client()
    sign_in(client)
    sign_in(client, "/register/")
    assert issuer.asked[1]["prompt"] == "login"
    assert len(queries.sessions()) == 1


def aged(client, minutes):
    """Let the proof of a session be so many minutes old."""
    session = client.session
    session[KEPT] = {**session[KEPT], "at": time.time() - minutes * 60}
    session.save()


def plainly(client, next_url="/people/"):
    """Go to the provider by an address from which the browser took what asks for a new proof."""
    away = client.post("/people/sign-in/identity/", {"next": next_url})
    parts = urlsplit(html.unescape(re.search(r'id="away" href="([^"]+)"', away.content.decode())[1]))
    query = {name: values[0] for name, values in parse_qs(parts.query).items() if name not in ("prompt", "max_age")}
    there = requests.get(parts._replace(query=urlencode(query)).geturl(), allow_redirects=False, timeout=5)
    return client.get(there.headers["Location"].replace("http://testserver", ""))


@pytest.mark.parametrize(
    ("lie", "word"),
    [
        (lambda claims: claims.pop("auth_time"), "claim missing"),
        (lambda claims: claims.update(auth_time=int(time.time()) - 8 * 3600), "auth_time"),
        (lambda claims: claims.update(auth_time="now"), "auth_time"),
        (lambda claims: claims.update(auth_time=True), "auth_time"),
        (lambda claims: claims.update(auth_time=float("nan")), "auth_time"),
    ],
)
def test_a_step_up_that_the_provider_does_not_prove_is_none(site, issuer, lie, word):
    client = site.client()
    sign_in(client)
    aged(client, 60)
    before = client.session[KEPT]
    issuer.lie = lie
    for answer in (sign_in(client), plainly(client)):
        assert answer.status_code == 401
        assert "PPL-125" in site.text(answer)
        assert word in site.text(answer)
    assert client.session[KEPT] == before
    assert client.get("/people/passkeys/").status_code == 302
    issuer.lie = lambda claims: None
    assert sign_in(client).status_code == 302
    assert client.get("/people/passkeys/").status_code == 200


@pytest.mark.parametrize("told", [None, -8 * 3600, "now", 3600])
def test_a_sign_in_over_the_provider_s_running_session_is_no_fresh_proof(site, issuer, told):
    client = site.client()
    now = time.time()
    said = {None: 0.0, "now": 0.0, 3600: now}.get(told, now - 8 * 3600)
    issuer.lie = lambda claims: claims.update(auth_time=told if isinstance(told, str | None) else int(now) + told)
    assert sign_in(client).status_code == 302
    at = client.session[KEPT]["at"]
    assert abs(at - said) < 60 and at <= time.time()
    assert client.get("/people/passkeys/").status_code == (200 if told == 3600 else 302)


def attempts(site, count, **more):
    """Begin so many sign-ins, each by a browser of its own; how many the limit refused."""
    answers = [site.client().post("/people/sign-in/", {"name": "user"}, **more).status_code for _ in range(count)]
    return answers.count(429)


def test_attempts_are_counted_by_address(site, issuer):
    assert [site.client().get("/people/passkeys/enter/").status_code for _ in range(25)] == [200] * 25
    assert [site.client().get("/people/sign-in/callback/", {"state": "x"}).status_code for _ in range(22)] == [401] * 22
    assert attempts(site, 22) == 2
    assert attempts(site, 1, HTTP_X_FORWARDED_FOR="192.0.2.1") == 1, "without a proxy nobody is believed"


def test_behind_a_proxy_the_address_is_the_one_that_it_saw(site, issuer, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(20):
        assert attempts(site, 1, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 192.0.2.1") == 0
    assert attempts(site, 1, HTTP_X_FORWARDED_FOR="10.0.0.99, 192.0.2.1") == 1, "what the browser wrote changes nothing"
    assert attempts(site, 1, HTTP_X_FORWARDED_FOR="192.0.2.2") == 0, "another person has a limit of their own"
    settings.TRUSTED_PROXIES = 2
    assert attempts(site, 1, HTTP_X_FORWARDED_FOR="192.0.2.2, 192.0.2.1") == 0
    assert attempts(site, 22, HTTP_X_FORWARDED_FOR="192.0.2.1") == 2, "fewer names than proxies: the other end's"


def test_attempts_are_counted_by_account_whatever_the_address(site, node, settings):
    settings.TRUSTED_PROXIES = 1
    (node.home / ".hygie-demo").touch()
    codes = [
        site.client().post("/people/sign-in/", {"name": "user"}, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").status_code
        for number in range(22)
    ]
    assert codes == [302] * 20 + [429] * 2


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[openid]\n", "$.openid.issuer"),
        ('[openid]\nissuer = "http://elsewhere.example"\nclient_id = "x"\nsecret_file = "x"\n', "$.openid.issuer"),
        ('[openid]\nissuer = "https://x"\nclient_id = "x"\nsecret_file = "/nowhere"\n', "$.openid.secret_file"),
        ('[openid]\nissuer = "https://x"\nclient_id="x"\nsecret_file="x"\nlevels = {a = "gold"}\n', "$.openid.levels"),
        ("[openid", "sign-in.toml"),
    ],
)
def test_a_configuration_that_is_not_whole_is_refused(tmp_path, text, path):
    (tmp_path / "sign-in.toml").write_text(text)
    if text == "[openid]\n":
        assert configuration.issuer(tmp_path) is None
        return
    with pytest.raises(Refusal, match="PPL-124") as refusal:
        configuration.issuer(tmp_path)
    assert refusal.value.verdict.reasons[0].path == path


def test_the_environment_comes_first_and_the_secret_is_not_shown(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("hush")
    for word, value in {
        "ISSUER": "https://a.example",
        "CLIENT_ID": "n",
        "SECRET_FILE": str(tmp_path / "secret"),
    }.items():
        monkeypatch.setenv(f"HYGIE_OIDC_{word}", value)
    monkeypatch.setenv("HYGIE_OIDC_ACR", "eidas3 eidas2")
    found = configuration.issuer(tmp_path)
    assert (found.name, found.secret, found.ask) == ("a.example", "hush", ("eidas3", "eidas2"))
    assert "hush" not in repr(found)
