"""hygie accounts: what the operator does with accounts, and what --as no longer means once a provider is set."""

import json

import pytest

from hygie.node.cli.main import main

PROVIDER = '[openid]\nissuer = "https://issuer.example"\nclient_id = "n"\nsecret_file = "/nowhere"\n'


@pytest.fixture
def run(node, capsys):
    """Run one command on the test's node and return its exit code, output and errors."""

    def command(*words):
        code = main(["--node", str(node.home), *words])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return command


def test_an_account_is_given_other_roles_disabled_and_shown(run):
    assert run("accounts", "roles", "checker", "--role", "user")[0] == 0
    assert run("accounts", "disable", "checker")[0] == 0
    _, out, _ = run("accounts", "show", "checker", "--json")
    shown = json.loads(out)
    assert (shown["roles"], shown["active"]) == (["user"], False)
    assert "checker: user (disabled)" in run("accounts", "list")[1]
    assert run("accounts", "enable", "checker")[0] == 0


def test_sessions_are_listed_and_ended(run, node):
    from hygie.commons.people import actions

    session = actions.begin_session(node, "officer", means="local")
    assert session in run("accounts", "sessions")[1]
    assert json.loads(run("accounts", "sessions", "--end", "officer", "--json")[1]) == {"name": "officer", "ended": 1}
    assert session not in run("accounts", "sessions")[1]


@pytest.mark.parametrize("by", ["--as", "HYGIE_AS"])
def test_a_typed_name_is_refused_once_a_provider_is_set(run, node, monkeypatch, by):
    (node.home / "sign-in.toml").write_text(PROVIDER)
    if by == "HYGIE_AS":
        monkeypatch.setenv("HYGIE_AS", "operator")
    more = ["--as", "operator"] if by == "--as" else []
    code, _, err = run("accounts", "disable", "checker", *more)
    assert code == 16
    assert "PPL-129" in err


def test_without_a_name_only_the_operator_acts_once_a_provider_is_set(run, node):
    (node.home / "sign-in.toml").write_text(PROVIDER)
    assert run("accounts", "disable", "checker")[0] == 0
    code, _, err = run("optout", "add", "x", "--dataset", "chu")
    assert "PPL-108" not in err
    code, _, err = run("permit", "revoke", "permit-0", "--reason", "x")
    assert code == 16
    assert "PPL-108" in err


def test_an_identity_is_bound_from_the_command_line(run, node):
    assert run("accounts", "link", "officer", "--issuer", "https://issuer.example", "--subject", "s-1")[0] == 0
    assert json.loads(run("accounts", "show", "officer", "--json")[1])["linked"] is True
