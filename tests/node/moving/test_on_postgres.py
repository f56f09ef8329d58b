"""A node whose control database is on PostgreSQL moves to one on another database, and to one on SQLite."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.node.moving.stepping import stepping

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from hygie.node.home import database, opening
database.start()
from tests.node.moving.story import hold
folder = Path(sys.argv[1])
hold(opening.init(folder / "old"), folder / "deliveries")
"""


MOVE = """
import sys
from hygie.node.cli.main import main
folder = sys.argv[1]
for step in sys.argv[2:]:
    main(["sovereignty", "migrate", *step.split(), "--node", folder + "/old", "--to", folder + "/new", "--json"])
"""


def run(environment, *command):
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        env=environment | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr + done.stdout


def moved_and_killed(environment, other, folder):
    """Play a move to its end, each step killed in the transaction in which the new node's database takes its facts."""
    erase = ("prove", "--erase", "--signed-by", "security office")
    with stepping(folder, environment) as step:
        step.play("plan")
        killed("move.received", step, other, "run")
        assert list((folder / "new" / "moving").rglob("receipts/*.json")), "killed when everything had come"
        assert not {"dataset.moved", "move.received"} & facts(other)
        assert rows(other, "SELECT id FROM lake_snapshot") == []
        step.play("run")
        assert "move.received" in facts(other)
        killed("move.proven", step, other, "prove")
        step.play("prove")
        killed("node.took-over", step, other, "prove", "--cut-over")
        assert not {"node.took-over", "copy.erased"} & facts(other)
        step.play("prove", "--cut-over")
        held = {path.stem for path in (folder / "old" / "keys").rglob("key-*.json")}
        killed("copy.erased", step, other, *erase, "--early", "Made-up data.")
        assert held and not list((folder / "old" / "keys").rglob("key-*.json"))
        step.play(*erase)
    said = [json.loads(record) for (record,) in rows(other, "SELECT record FROM ledger_event")]
    for kind in ("move.received", "move.proven", "node.took-over", "copy.erased"):
        assert len([each for each in said if each["kind"] == kind]) == 1, kind
    [erased] = [each["body"] for each in said if each["kind"] == "copy.erased"]
    assert held <= set(erased["keys"]) and erased["early"] == "Made-up data."


HOLD_BACK = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
CREATE TRIGGER hold BEFORE INSERT ON ledger_event FOR EACH ROW
    WHEN (NEW.record LIKE '%"kind":"{kind}"%') EXECUTE FUNCTION wait()
"""
WAITS = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted"


def killed(kind, step, address, *words):
    """Kill a command in the transaction that writes a fact of a kind, which the database holds back."""
    with psycopg.connect(address, autocommit=True) as holding:
        holding.execute(HOLD_BACK.format(kind=kind))
        holding.execute("SELECT pg_advisory_lock(7)")
        child, until = step.begin(*words), time.monotonic() + 120
        while not rows(address, WAITS):
            assert time.monotonic() < until, "it never came to write"
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        assert step.number() == -signal.SIGKILL
        holding.execute("SELECT pg_advisory_unlock(7)")
        holding.execute("DROP FUNCTION wait CASCADE")


def rows(address, query):
    """What a database answers."""
    with psycopg.connect(address) as connection:
        return connection.execute(query).fetchall()


def facts(address):
    """The kinds of facts in a node's ledger."""
    return {json.loads(record)["kind"] for (record,) in rows(address, "SELECT record FROM ledger_event")}


@pytest.mark.slow
@pytest.mark.parametrize("to", ["postgresql", "sqlite"])
def test_a_node_on_postgresql_moves(server, tmp_path, to):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE other")
    other = server.replace("/postgres?", "/other?") if to == "postgresql" else ""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HYGIE_DATABASE")}
    old, new = tmp_path / "old", tmp_path / "new"
    run(plain | {"HYGIE_DATABASE_URL": server}, "-c", HOLD, tmp_path)
    hygie = ("-m", "hygie.node.cli.main")
    run(plain | {"HYGIE_DATABASE_URL": other}, *hygie, "init", "--node", new)
    both = plain | {"HYGIE_DATABASE_URL": server, "HYGIE_TO_DATABASE_URL": other}
    said = run(both | {"HYGIE_TO_DATABASE_URL": server}, "-c", MOVE, tmp_path, "plan")
    assert "MOV-102" in said
    with psycopg.connect(server) as connection:
        [(events, foreign)] = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE record LIKE '%%node.initialised%%') FROM ledger_event"
        )
    assert events > foreign == 1, "nothing of the new node was written into the old one's ledger"
    if to == "postgresql":
        moved_and_killed(both, other, tmp_path)
    else:
        run(both, "-c", MOVE, tmp_path, "plan", "run")
    assert (new / "control.sqlite3").exists() == (to == "sqlite") and not (old / "control.sqlite3").exists()
    run(plain | {"HYGIE_DATABASE_URL": other}, *hygie, "dataset", "verify", "chu", "--node", new)
