"""What doctor sees, what it removes, and what it leaves alone."""

import contextlib
from pathlib import Path

from hygie.base.kernel import Placement
from hygie.node.home import doctor, state
from hygie.node.home.tidying import tidy


def found(node):
    return {finding.name: finding for finding in doctor.examine(node)}


def test_a_healthy_node_has_engine_keys_and_ledger(node):
    findings = found(node)
    for name in ("Python", "engine", "node folder", "leftovers", "keys", "ledger", "study interpreter"):
        assert findings[name].holds, findings[name]
    assert len(findings) > 20


def test_the_command_says_it_in_the_language_asked_for(node, capsys):
    from hygie.node.cli.main import main

    for language, words in (("en", ("holds", "keys: ", "(ipc): ")), ("fr", ("tient", "clés\u00a0: ", "(ipc)\u00a0: "))):
        with contextlib.suppress(SystemExit):
            main(["--node", str(node.home), "--language", language, "doctor"])
        told = capsys.readouterr().out
        assert [word for word in words if word not in told] == [], told


def test_a_folder_open_to_others_is_found(node):
    node.home.chmod(0o755)
    finding = found(node)["node folder"]
    assert not finding.holds
    assert "chmod 700" in finding.fix


def test_a_missing_study_interpreter_is_found(node, tmp_path):
    from dataclasses import replace

    assert not found(replace(node, study_python=tmp_path / "python"))["study interpreter"].holds


def test_a_changed_ledger_is_found(node):
    from django.db import connection

    from hygie.commons.people import actions as people

    people.add_account(node, "alice", ["user"], actor="operator")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("UPDATE ledger_event SET record = replace(record, 'alice', 'mallo')")
    assert not found(node)["ledger"].holds


def test_what_killed_work_left_is_removed_and_the_rest_kept(node):
    place = Placement("lake", synthetic=True)
    node.store.write("notes/keep", b"k", place)
    for name in ("drafts/draft-1/x", "lake/chu/.draft-2", "spill/spill-3/block", "releases/release-4/outputs/a.csv"):
        path: Path = node.home / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"left")
    with node.engine() as engine:
        assert tidy(node) == 4
        assert engine.spill.exists()
    assert tidy(node) == 0
    assert (node.home / "notes" / "keep").read_bytes() == b"k"


def test_status_counts_what_is_there(node):
    status = state.status(node)
    assert status["datasets"] == 0
    assert status["placement"] == "not evaluated"
