"""A node whose control database is on PostgreSQL moves to one on another database, and to one on SQLite."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

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
    run(both, "-c", MOVE, tmp_path, "plan", "run")
    if to == "postgresql":
        said = run(both, "-c", MOVE, tmp_path, "prove", "prove --cut-over")
        assert json.loads(said[said.rindex("\n{") :])["state"]["cut_over"] is True
    assert (new / "control.sqlite3").exists() == (to == "sqlite") and not (old / "control.sqlite3").exists()
    run(plain | {"HYGIE_DATABASE_URL": other}, *hygie, "dataset", "verify", "chu", "--node", new)
