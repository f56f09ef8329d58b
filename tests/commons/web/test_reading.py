"""No text comes in with a control character: not by a form, not by the API, not by the command line."""

import json

import pytest

from hygie.access.applications.desk.forms import Reasoned
from hygie.node.cli.main import main
from tests.conftest import Site

SIGNS = ("\x01", "\x0b", "\x1b", "\x7f", "\x85")


@pytest.mark.parametrize(("language", "word"), [("en", "control character"), ("fr", "caractère de commande")])
def test_a_form_says_so_beside_the_field(node, language, word):
    site = Site(node)
    sent = {"organisation": "A\x01B", "country": "FR", "until": "2027-01-01", "reason": "x\x1by"}
    page = site.post("/applications/exclusions/", sent, as_="officer", language=language)
    assert page.status_code == 422 and site.text(page).count(word) == 2
    for sign in SIGNS:
        assert "KER-106" in [error.code for error in Reasoned({"reason": f"a{sign}b"}).errors.as_data()["reason"]]
    assert Reasoned({"reason": "a\tb\r\nc"}).is_valid()


def test_the_api_and_the_command_line_refuse_it(node, capsys):
    site = Site(node)
    body = json.dumps({"section": {"title": "A\x0bB"}, "revision": 0})
    client = site.client("user")
    for answer in (
        client.put("/api/v1/applications/app-1/sections/public", body, content_type="application/json"),
        client.get("/api/v1/register/applications", {"words": "a\x1bb"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "KER-106"), answer.content
    assert main(["--node", str(node.home), "permit", "revoke", "permit-1", "--reason", "a\x1bb"]) == 10
    assert "KER-106" in capsys.readouterr().err
