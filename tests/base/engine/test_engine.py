"""The engine: what it writes encrypted comes back, for the right key alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis
import pytest

from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.kernel import Refusal
from hygie.base.keys import new_data_key

PEOPLE = "SELECT (range * 7919) % 50000 AS id, 'PLANTED ' || range AS words, range % 7 = 0 AS odd FROM range(50000)"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "node"
    home.mkdir()
    return home


def refused(code: str, work: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code


def test_written_rows_come_back_in_order_and_nothing_is_in_clear(home: Path) -> None:
    key = new_data_key()
    with Engine(Walls(home)) as engine:
        written = engine.write_encrypted(PEOPLE, home / "a.parquet", key, order_by=["id"])
        engine.attach("people", [EncryptedFile(written.path, key)])
        assert engine.rows("SELECT id FROM people LIMIT 3") == [(0,), (1,), (2,)]
        assert engine.scalar("SELECT words FROM people WHERE id = 7919") == "PLANTED 1"
        assert engine.scalar("SELECT count(*) FROM people WHERE odd AND id > ?", [40_000]) == engine.scalar(
            f"SELECT count(*) FROM ({PEOPLE}) WHERE odd AND id > 40000"
        )
    content = written.path.read_bytes()
    assert written.rows == 50_000
    assert written.columns == (("id", "BIGINT"), ("words", "VARCHAR"), ("odd", "BOOLEAN"))
    assert (written.bytes, written.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert content[:4] == b"PARE"
    assert b"PLANTED" not in content
    assert b"words" not in content
    assert written.path.stat().st_mode & 0o777 == 0o600


def test_columns_without_a_value_are_known_when_written_and_not_read_from_the_file(home: Path) -> None:
    key = new_data_key()
    query = (
        'SELECT range AS id, NULL::DATE AS day, NULL::VARCHAR AS "a""b", [NULL::INTEGER] AS many, '
        "CASE WHEN range = 40000 THEN 1.5 END AS once FROM range(50000)"
    )
    with Engine(Walls(home)) as engine:
        written = engine.write_encrypted(query, home / "a.parquet", key)
        assert written.empty == ("day", 'a"b')
        engine.attach("sparse", [EncryptedFile.of(written, key)])
        engine.attach("whole", [EncryptedFile(written.path, key)])
        assert engine.rows("DESCRIBE sparse") == engine.rows("DESCRIBE whole")
        assert engine.rows("SELECT * FROM sparse WHERE id >= 39999 LIMIT 2") == [
            (39_999, None, None, [None], None),
            (40_000, None, None, [None], 1.5),
        ]
        [(_, plan)] = engine.rows("EXPLAIN SELECT count(day), count(once) FROM sparse")
        assert re.search(r"Projections: once\s", plan)
        told = engine.write_encrypted(query, home / "c.parquet", key, empty=("day",))
        assert (told.columns, told.empty) == (written.columns, written.empty)
        engine.attach("bare", [EncryptedFile(told.path, key)])
        assert [row[0] for row in engine.rows("DESCRIBE bare")] == ["id", 'a"b', "many", "once"]
        engine.attach("narrow", [EncryptedFile.of(told, key)])
        assert engine.rows("FROM narrow ORDER BY id") == engine.rows("FROM whole ORDER BY id")
        nothing = engine.write_encrypted(f"{query} WHERE false", home / "b.parquet", key)
        assert (nothing.rows, nothing.empty) == (0, ())


def test_many_files_each_with_its_own_key_are_one_view_joined_by_name(home: Path) -> None:
    with Engine(Walls(home)) as engine:
        files = []
        for number in range(20):
            key = new_data_key()
            columns = "range AS a, 'x' AS b" if number % 2 else "'x' AS b, range AS a, 1 AS c"
            written = engine.write_encrypted(
                f"SELECT {columns} FROM range(?, ?)",
                home / f"{number}.parquet",
                key,
                params=[number * 10, number * 10 + 10],
            )
            files.append(EncryptedFile(written.path, key))
        engine.attach("all_of_them", files)
        assert engine.rows("SELECT count(*), sum(a), count(c), min(b) FROM all_of_them") == [(200, 19_900, 100, "x")]


@pytest.mark.attack
def test_another_key_no_key_and_an_altered_file_are_refused(home: Path) -> None:
    key = new_data_key()
    with Engine(Walls(home)) as engine:
        path = engine.write_encrypted(PEOPLE, home / "a.parquet", key).path
        refused("ENG-124", lambda: engine.attach("wrong", [EncryptedFile(path, new_data_key())]))
        refused("ENG-124", lambda: engine.rows(f"SELECT * FROM read_parquet('{path}')"))
        altered = bytearray(path.read_bytes())
        altered[len(altered) // 3] ^= 1
        other = home / "b.parquet"
        other.write_bytes(altered)

        def read() -> None:
            engine.attach("altered", [EncryptedFile(other, key)])
            engine.rows("SELECT sum(id), max(words) FROM altered")

        refused("ENG-124", read)
        assert engine.scalar("SELECT 1") == 1


@pytest.mark.parametrize("key", [b"k" * 31, b"k" * 16, "k" * 32, "", None])
def test_only_32_raw_bytes_are_a_key(home: Path, key: bytes) -> None:
    with Engine(Walls(home)) as engine:
        refused("KEY-111", lambda: engine.write_encrypted(PEOPLE, home / "a.parquet", key))
        refused("KEY-111", lambda: EncryptedFile(home / "a.parquet", key))
        assert engine.scalar("SELECT 1") == 1
    assert not (home / "a.parquet").exists()


def test_no_file_is_rewritten_and_a_failed_write_leaves_none(home: Path) -> None:
    key = new_data_key()
    with Engine(Walls(home)) as engine:
        engine.write_encrypted("SELECT 1 AS a", home / "a.parquet", key)
        refused("ENG-120", lambda: engine.write_encrypted("SELECT 2 AS a", home / "a.parquet", key))
        with pytest.raises(duckdb.Error):
            engine.write_encrypted("SELECT CAST('x' || range AS INT) AS a FROM range(3)", home / "b.parquet", key)
        with pytest.raises(duckdb.Error):
            engine.write_encrypted("SELECT 1; SELECT 2", home / "b.parquet", key)
    assert sorted(path.name for path in home.glob("*.parquet")) == ["a.parquet"]


def test_a_missing_file_or_none_is_refused(home: Path) -> None:
    with Engine(Walls(home)) as engine:
        refused("ENG-121", lambda: engine.attach("nothing", []))
        refused("ENG-122", lambda: engine.attach("nothing", [EncryptedFile(home / "no.parquet", new_data_key())]))


def test_hostile_names_stay_names(home: Path) -> None:
    key = new_data_key()
    folder = home / 'l\'an "2026"; DROP'
    folder.mkdir()
    with Engine(Walls(home)) as engine:
        written = engine.write_encrypted('SELECT 1 AS "a""; x"', folder / "f.parquet", key, order_by=['a"; x'])
        engine.attach('v"; DROP', [EncryptedFile(written.path, key)])
        assert engine.rows('SELECT * FROM "v""; DROP"') == [(1,)]


def test_ibis_works_on_the_locked_connection(home: Path) -> None:
    key = new_data_key()
    with Engine(Walls(home)) as engine:
        written = engine.write_encrypted(PEOPLE, home / "a.parquet", key)
        engine.attach("people", [EncryptedFile(written.path, key)])
        backend = engine.backend()
        assert engine.backend() is backend
        people = backend.table("people")
        ids = ibis.memtable({"id": [3, 5, 99_999]})
        kept = people.semi_join(ids, "id").filter(lambda table: table.id > 3)
        assert backend.execute(kept.count()) == 1
        assert backend.to_pyarrow_batches(people.select("id")).read_all().num_rows == 50_000
        again = engine.write_encrypted(ibis.to_sql(people.filter(people.odd), "duckdb"), home / "b.parquet", key)
        assert again.rows == 7_143
        assert engine.scalar("SELECT current_setting('TimeZone')") == "UTC"


def test_closing_leaves_no_spill_and_no_key(home: Path) -> None:
    key = new_data_key()
    engine = Engine(Walls(home))
    written = engine.write_encrypted(PEOPLE, home / "a.parquet", key)
    engine.attach("people", [EncryptedFile(written.path, key)])
    assert engine.scalar("SELECT count(*) FROM duckdb_variables()") == 1
    assert engine.spill.is_dir()
    engine.close()
    engine.close()
    assert not engine.spill.exists()
    assert not engine.variables
    with pytest.raises(duckdb.Error):
        engine.rows("SELECT 1")


def test_two_engines_do_not_see_each_other(home: Path) -> None:
    with Engine(Walls(home)) as one, Engine(Walls(home)) as two:
        one.rows("CREATE TEMP TABLE t AS SELECT 1")
        with pytest.raises(duckdb.CatalogException):
            two.rows("SELECT * FROM t")
        assert one.spill != two.spill


def test_too_little_memory_is_a_refusal(home: Path) -> None:
    with Engine(Walls(home, memory="20MB", threads=1)) as engine:
        refused("ENG-125", lambda: engine.rows("SELECT list(range) FROM range(50000000)"))
        assert engine.scalar("SELECT 1") == 1


@pytest.mark.parametrize("how", ["con", "arrow", "ibis", "python"])
def test_memory_that_ends_anywhere_within_the_engine_is_a_refusal(home: Path, how: str) -> None:
    much = "SELECT list(range) AS all FROM range(50000000)"

    def use() -> None:
        with Engine(Walls(home, memory="20MB", threads=1)) as engine:
            if how == "con":
                engine.con.execute(f"CREATE TEMP TABLE much AS {much}")
            if how == "arrow":
                engine.con.execute(much).to_arrow_reader(1000).read_all()
            if how == "ibis":
                engine.backend().sql(much).to_pyarrow()
            if how == "python":
                raise MemoryError

    refused("ENG-125", use)
    assert not list((home / "spill").iterdir())


def test_a_fault_of_the_program_leaves_the_engine_as_itself(home: Path) -> None:
    with pytest.raises(duckdb.CatalogException), Engine(Walls(home)) as engine:
        engine.con.execute("SELECT * FROM nowhere")
