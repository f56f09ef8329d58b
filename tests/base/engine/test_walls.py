"""Attacks on the engine's walls, each beside the proof that it succeeds without them."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.engine import walls as walls_module
from hygie.base.engine.wheel import httpfs_file
from hygie.base.kernel import Refusal
from hygie.base.keys import new_data_key

pytestmark = pytest.mark.attack

SORT = (
    "SELECT count(*), max(words) FROM (SELECT words, row_number() OVER (ORDER BY hash(id)) AS n FROM "
    "(SELECT range AS id, 'PLANTEDNAME ' || range AS words FROM range(3000000)))"
)
ATTACKS = {
    "read a file": "SELECT content FROM read_text('{outside}/secret.txt')",
    "read a file as CSV": "SELECT * FROM read_csv('{outside}/secret.txt')",
    "list a folder": "SELECT * FROM glob('{outside}/*')",
    "climb out": "SELECT content FROM read_text('{home}/../outside/secret.txt')",
    "follow a link": "SELECT content FROM read_text('{home}/link/secret.txt')",
    "a neighbour with our name as its beginning": "SELECT content FROM read_text('{home}-other/secret.txt')",
    "write a file": "COPY (SELECT 1) TO '{outside}/out.csv'",
    "attach a database": "ATTACH '{outside}/new.duckdb' AS new_one",
    "export": "EXPORT DATABASE '{outside}/export'",
    "fetch": "SELECT * FROM read_text('http://127.0.0.1:9/x')",
    "object store": "SELECT * FROM read_text('s3://bucket/x')",
    "load by name": "LOAD postgres_scanner",
    "load by path": "LOAD '{home}/other.duckdb_extension'",
    "install": "INSTALL spatial",
    "unlock": "SET lock_configuration = false",
    "widen": "SET allowed_directories = ['/']",
    "widen by path": "SET allowed_paths = ['/etc/passwd']",
    "open": "SET enable_external_access = true",
    "weak cipher": "SET force_mbedtls_unsafe = true",
    "clear spill": "SET temp_file_encryption = false",
    "move spill": "SET temp_directory = '/tmp'",
    "log queries": "SET log_query_path = '{home}/log'",
    "log at a setting": "SET enable_logging = true",
    "reset": "RESET lock_configuration",
    "profile to a file": "SET profiling_output = '{outside}/profile'",
}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """A node, and beside it what it must not reach."""
    for folder in ("node", "outside", "node-other"):
        (tmp_path / folder).mkdir()
    for folder in ("outside", "node-other"):
        (tmp_path / folder / "secret.txt").write_text("a,b\n1,2\n")
    (tmp_path / "node" / "link").symlink_to(tmp_path / "outside")
    shutil.copy(httpfs_file(), tmp_path / "node" / "other.duckdb_extension")
    return {"home": str(tmp_path / "node"), "outside": str(tmp_path / "outside")}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_wall_holds(places: dict[str, str], attack: str) -> None:
    before = sorted(Path(places["outside"]).iterdir())
    with Engine(Walls(Path(places["home"]))) as engine:
        with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException, duckdb.IOException, Refusal)):
            engine.rows(ATTACKS[attack].format(**places))
        walls_module.check_held(engine.con)
    assert sorted(Path(places["outside"]).iterdir()) == before


OPEN = ["read a file", "list a folder", "climb out", "follow a link", "write a file", "attach a database", "unlock"]


@pytest.mark.parametrize("attack", OPEN)
def test_without_the_walls_the_attack_succeeds(places: dict[str, str], attack: str) -> None:
    duckdb.connect().execute(ATTACKS[attack].format(**places))


def test_what_is_given_to_read_is_readable_and_its_neighbour_is_not(places: dict[str, str]) -> None:
    outside = Path(places["outside"])
    (outside / "other.txt").write_text("x")
    with Engine(Walls(Path(places["home"]), readable=(outside / "secret.txt",))) as engine:
        assert engine.scalar("SELECT content FROM read_text(?)", [str(outside / "secret.txt")]) == "a,b\n1,2\n"
        with pytest.raises(Refusal, match="ENG-122"):
            engine.scalar("SELECT content FROM read_text(?)", [str(outside / "other.txt")])
    with Engine(Walls(Path(places["home"]), readable=(outside,))) as engine:
        assert engine.scalar("SELECT content FROM read_text(?)", [str(outside / "other.txt")]) == "x"


def spilt(folder: Path, work: Callable[[], object]) -> tuple[int, bool]:
    """Run a work that spills; return the most bytes seen in the folder and whether the planted words were."""
    most, seen, done = 0, False, threading.Event()

    def look() -> None:
        nonlocal most, seen
        while not done.wait(0.02):
            total = 0
            for path in list(folder.rglob("*.tmp")):
                try:
                    content = path.read_bytes()
                except OSError:
                    continue
                total += len(content)
                seen = seen or b"PLANTEDNAME" in content
            most = max(most, total)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        work()
    finally:
        done.set()
        looker.join()
    return most, seen


def test_spilt_rows_are_encrypted_while_the_work_runs(places: dict[str, str], tmp_path: Path) -> None:
    with Engine(Walls(Path(places["home"]), memory="80MB", threads=2)) as engine:
        most, seen = spilt(engine.spill, lambda: engine.rows(SORT))
    assert most > 10_000_000
    assert not seen
    plain = tmp_path / "plain"
    con = duckdb.connect(config={"temp_directory": str(plain), "memory_limit": "80MB", "threads": 2})
    assert spilt(plain, lambda: con.execute(SORT).fetchall())[1], "without the wall the words are on the disk"


def test_keys_are_in_no_log_and_no_view(places: dict[str, str]) -> None:
    key, home = new_data_key(), Path(places["home"])
    with Engine(Walls(home)) as engine:
        written = engine.write_encrypted("SELECT 1 AS a", home / "a.parquet", key)
        engine.attach("v", [EncryptedFile(written.path, key)])
        shown = str(engine.rows("SELECT sql FROM duckdb_views() WHERE NOT internal"))
        shown += str(engine.rows("EXPLAIN SELECT * FROM v"))
        assert engine.rows("SELECT * FROM duckdb_logs") == []
        engine.rows("CALL enable_logging('QueryLog')")
        engine.write_encrypted("SELECT 2 AS a", home / "b.parquet", key)
        engine.attach("w", [EncryptedFile(written.path, key)])
        logged = str(engine.rows("SELECT message FROM duckdb_logs"))
        assert "COPY" in logged
        shown += logged
        assert "getvariable" in shown
        for form in (repr(key)[2:-1], key.hex()):
            assert form not in shown
            assert form not in repr(EncryptedFile(written.path, key))
    assert not [path for path in home.rglob("*") if path.is_file() and key in path.read_bytes()]


def test_python_objects_are_not_tables(places: dict[str, str]) -> None:
    import pyarrow as pa

    secret_table = pa.table({"a": [1]})
    with Engine(Walls(Path(places["home"]))) as engine:
        with pytest.raises(duckdb.CatalogException):
            engine.con.execute("SELECT * FROM secret_table")
    assert secret_table.num_rows == 1


@pytest.mark.parametrize(("name", "value", "code"), walls_module.HELD)
def test_a_wall_left_out_keeps_the_engine_from_opening(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    home = Path(places["home"])
    con = walls_module.connect(Walls(home), home, httpfs_file())
    found = dict(con.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    found[name] = {"true": "false", "false": "true", "0": "1", "": "/log"}[value]

    class Falsified:
        def execute(self, sql: str) -> Falsified:
            return self

        def fetchall(self) -> list[tuple[str, str]]:
            return list(found.items())

    with pytest.raises(Refusal, match=code):
        walls_module.check_held(Falsified())


@pytest.mark.parametrize("name", ["temp_file_encryption", "enable_external_file_cache", "python_enable_replacements"])
def test_a_setting_that_is_not_made_is_noticed(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(walls_module, "ONLY_READ", {*walls_module.ONLY_READ, name})
    code = next(code for held, _, code in walls_module.HELD if held == name)
    with pytest.raises(Refusal, match=code):
        Engine(Walls(Path(places["home"])))
    assert not list(Path(places["home"], "spill").iterdir())
