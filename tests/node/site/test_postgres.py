"""The control database on a real PostgreSQL: made, used, and its ledger verified."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hygie.base.kernel import Refusal
from hygie.node.home.control import database

MANY_EVENTS = """
from datetime import UTC, datetime
from hygie.node.home import database
database.start()
from django.db import transaction
from hygie.base.kernel import Fact
from hygie.base.ledger import actions, queries
for _ in range(3):
    with transaction.atomic():
        first = actions.append([Fact("thing.made", f"thing-{n % 7}", "alice", datetime.now(UTC)) for n in range(300)])
assert len(queries.indexes("thing-3")) == 3 * 43
assert queries.indexes("thing-0")[-1] == first[294]
"""
ROOT = Path(__file__).parents[3]
# tests of models and actions that need nothing but a node
ON_BOTH = (
    "tests/access/applications/test_answering.py",
    "tests/access/applications/test_deciding.py",
    "tests/access/catalogue/test_checking.py",
    "tests/access/catalogue/test_searching.py",
    "tests/access/permits/test_permits.py",
    "tests/base/ledger/test_remembered.py",
    "tests/commons/people/test_accounts.py",
    "tests/commons/web/test_tasks.py",
    "tests/public/register/test_document.py",
    "tests/secure/enclave/test_lives.py",
)
# what asks nothing of the database, or asks it the same again
ON_ONE = ("changed_by_one_byte", "example_of_real_data", "account_s_words_are_checked")


@pytest.mark.slow
def test_a_node_lives_on_postgresql(server, tmp_path):
    environment = {**os.environ, "HYGIE_DATABASE_URL": server, "HYGIE_HOME": str(tmp_path / "n")}

    def hygie(*words):
        command = [sys.executable, "-m", "hygie.node.cli.main", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    hygie("init")
    hygie("accounts", "add", "alice", "--role", "user")
    assert not (tmp_path / "n" / "control.sqlite3").exists()
    assert {account["name"] for account in json.loads(hygie("accounts", "list", "--json"))} == {"alice", "operator"}
    subprocess.run([sys.executable, "-c", MANY_EVENTS], env=environment, check=True, timeout=120)
    hygie("ledger", "export", str(tmp_path / "proof"))
    hygie("ledger", "verify", "--against", str(tmp_path / "proof" / "checkpoint"))


@pytest.mark.slow
def test_pages_and_two_officers_at_once_on_postgresql(server):
    environment = {**os.environ, "HYGIE_DATABASE_URL": server}
    program = Path(__file__).with_name("deciding_at_once.py")
    done = subprocess.run(
        [sys.executable, program], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("PostgreSQL")


@pytest.mark.slow
def test_rooms_work_on_postgresql(server):
    environment = {**os.environ, "HYGIE_DATABASE_URL": server}
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-p", "no:cacheprovider", *map(str, ON_BOTH)]
    command += ["-k", f"not ({' or '.join(ON_ONE)})"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "passed" in done.stdout


def test_sqlite_is_durable_and_one_writer():
    options = database("", Path("n"))["OPTIONS"]
    assert "synchronous=FULL" in options["init_command"]
    assert options["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize("address", ["mysql://x/y", "postgresql://host", "nonsense"])
def test_other_addresses_are_refused(address):
    with pytest.raises(Refusal, match="HOM-105"):
        database(address, Path("n"))
