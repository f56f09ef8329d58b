"""The command line's own manners: options anywhere, refusals told, no traceback, no half-made node."""

import json
import sys
from types import ModuleType

import pytest
import typer

from hygie.base.kernel import refuse
from hygie.node.cli import main as entry
from hygie.node.cli.main import hoist, main


@pytest.fixture
def run(node, capsys):
    """Run one command on the test's node and return its exit code, output and errors."""

    def command(*words):
        code = main(["--node", str(node.home), *words])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return command


@pytest.fixture
def broken(monkeypatch):
    """A command that fails as the test says."""

    def install(error):
        module = ModuleType("hygie.node.cli.broken")
        module.app = typer.Typer()

        @module.app.command()
        def broken() -> None:
            raise error

        monkeypatch.setitem(sys.modules, "hygie.node.cli.broken", module)
        monkeypatch.setitem(entry.COMMANDS, "broken", ("broken", "Fails."))

    return install


def test_options_of_every_command_go_anywhere():
    words = ["dataset", "--json", "list", "--node=n", "--as", "x", "--language", "fr"]
    assert hoist(words) == ["--json", "--node=n", "--as", "x", "--language", "fr", "dataset", "list"]


def test_what_follows_two_dashes_is_left_alone():
    assert hoist(["a", "--", "--json"]) == ["a", "--", "--json"]


def test_accounts_are_added_and_listed(run):
    assert run("accounts", "add", "alice", "--role", "user", "--role", "auditor")[0] == 0
    code, out, _ = run("accounts", "list", "--json")
    assert code == 0
    assert {"name": "alice", "roles": ["auditor", "user"]} in json.loads(out)


def test_a_refusal_is_told_with_its_exit_code_and_no_traceback(run):
    code, out, err = run("accounts", "add", "Alice B", "--role", "user")
    assert code == 10
    assert not out
    assert err.startswith("KER-103")
    assert "Traceback" not in err


def test_a_refusal_is_told_in_french(run):
    _, _, err = run("accounts", "add", "x", "--role", "king", "--language", "fr")
    assert "Ce rôle n'existe pas." in err


def test_a_refusal_is_json_when_asked(run):
    code, out, _ = run("accounts", "add", "x", "--role", "king", "--json")
    assert code == 16
    assert json.loads(out)["refused"][0]["code"] == "PPL-104"


@pytest.mark.parametrize(
    "words", [["nothing"], ["accounts"], ["accounts", "frob"], ["accounts", "add"], ["accounts", "list", "--frob"], []]
)
def test_wrong_words_end_with_2(run, words):
    code, _, err = run(*words)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["nothing"], ["accounts", "add"], ["accounts", "list", "--frob"]])
def test_wrong_words_are_told_in_json_when_asked(run, words):
    code, out, _ = run(*words, "--json")
    assert code == 2
    assert json.loads(out)["usage"]


def test_a_folder_without_a_node_is_refused(tmp_path, capsys):
    assert main(["accounts", "list", "--node", str(tmp_path / "none")]) == 50
    assert "HOM-102" in capsys.readouterr().err


def test_a_fault_is_told_without_its_message(run, broken):
    broken(ValueError("SIMPSON HOMER"))
    code, out, err = run("broken")
    assert code == 70
    assert "ValueError" in err
    assert "SIMPSON" not in out + err
    assert "Traceback" not in err


def test_a_path_that_the_machine_does_not_give_is_refused(run, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = run("generate", "country", str(tmp_path / "file" / "beneath"), "--persons", "1000")
    assert code not in (0, 70) and "CLI-104" in err and "beneath" in err and "Traceback" not in err


def test_a_refusal_inside_a_command_has_its_own_code(run, broken):
    broken(refuse("HOM-103", found="x"))
    assert run("broken")[0] == 50


def test_an_interruption_ends_with_130(run, broken):
    broken(KeyboardInterrupt())
    assert run("broken")[0] == 130


def test_an_exit_code_is_kept(run, broken):
    broken(typer.Exit(7))
    assert run("broken")[0] == 7


def test_without_a_name_the_only_account_that_may_acts(node, run):
    from hygie.commons.people.models import Account

    _, _, err = run("permit", "revoke", "permit-none", "--reason", "x")
    assert "acting as officer" in err
    Account.objects.create(name="officer2", roles=["officer"], created_at=node.clock(), password="!")
    code, _, err = run("permit", "revoke", "permit-none", "--reason", "x")
    assert code == 16
    assert "PPL-108" in err
    assert "officer, officer2" in err
