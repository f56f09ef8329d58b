"""hygie accounts: what the operator does with accounts, and what --as no longer means once a provider is set."""

import json

import pytest

from hygie.node.cli.main import main
from hygie.node.home.opening import open_node

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


def test_a_refusal_says_the_command_that_helps(run):
    code, _, said = run("--language", "fr", "accounts", "show", "nobody")
    assert (code, "Commande: hygie accounts list" in said) == (16, True)


def test_sessions_are_listed_and_ended(run, node):
    from hygie.commons.people import actions

    session = actions.begin_session(open_node(node.home), "officer", means="local")
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


RIGHT = "bcabaccbabcacba"


@pytest.fixture
def untrained(node):
    from hygie.commons.people.models import Attestation

    Attestation.objects.all().delete()


def test_the_training_is_taken_with_a_letter_a_question(run, untrained):
    code, out, _ = run("accounts", "train", "user", "--answers", RIGHT, "--json")
    shown = json.loads(run("accounts", "show", "user", "--json")[1])
    assert code == 0
    assert json.loads(out)["until"][:10] == shown["trained_until"][:10]


@pytest.mark.parametrize(("letters", "code"), [("b" * 15, "PPL-131"), (RIGHT[:14], "PPL-130"), ("x" * 15, "PPL-130")])
def test_wrong_letters_attest_nothing(run, untrained, letters, code):
    assert code in run("accounts", "train", "user", "--answers", letters)[2]
    assert json.loads(run("accounts", "show", "user", "--json")[1])["trained_until"] is None


def test_too_few_letters_are_counted(run, untrained):
    told = run("accounts", "train", "user", "--answers", "xyb")[2]
    assert "PPL-130  $.answers" in told
    assert "Of 3 answers given, 1 are a letter a, b or c; 14 questions are left open." in told
    told = run("accounts", "train", "user", "--answers", "xyb", "--language", "fr")[2]
    assert "Sur 3 réponses données, 1 sont une lettre a, b ou c ; 14 questions" in told


@pytest.mark.parametrize(("language", "word"), [("en", "What may leave"), ("fr", "Ce qui peut sortir")])
def test_the_training_is_asked_lesson_by_lesson(run, untrained, monkeypatch, language, word):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(RIGHT) + "\n"))
    code, out, _ = run("accounts", "train", "user", "--language", language)
    assert code == 0
    assert word in out


def test_nobody_is_trained_by_a_typed_name_once_a_provider_is_set(run, untrained, node):
    (node.home / "sign-in.toml").write_text(PROVIDER)
    assert "PPL-129" in run("accounts", "train", "user", "--answers", RIGHT)[2]
