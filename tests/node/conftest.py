"""A PostgreSQL of one's own, where its server is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def as_postgres(*words):
    """Run a program as a user that PostgreSQL accepts: never root."""
    drop = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*drop, *map(str, words)], check=True, capture_output=True, timeout=60, cwd="/")


@pytest.fixture
def server():
    """A private cluster on a socket of its own; its address."""
    if not PROGRAMS:
        if os.environ.get("HYGIE_TESTS_NEED_EVERYTHING"):
            pytest.fail("PostgreSQL's server is not installed")
        pytest.skip("PostgreSQL's server is not installed")
    programs = PROGRAMS[-1].parent
    cluster = Path(f"/tmp/hygie-pg-{os.getpid()}")
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(cluster, "nobody", "nogroup")
    as_postgres(programs / "initdb", "-k", "-U", "hygie", "-A", "trust", "-D", cluster / "data")
    options = f"-c fsync=off -c listen_addresses='' -c unix_socket_directories={cluster}"
    as_postgres(programs / "pg_ctl", "-w", "-D", cluster / "data", "-l", cluster / "log", "-o", options, "start")
    yield f"postgresql://hygie@/postgres?host={cluster}"
    as_postgres(programs / "pg_ctl", "-D", cluster / "data", "-m", "immediate", "stop")
    shutil.rmtree(cluster, ignore_errors=True)
