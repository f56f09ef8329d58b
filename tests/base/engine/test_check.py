"""Each start-up check, with what it checks taken away."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import duckdb
import pytest

from hygie.base.engine import EncryptedFile, Engine, Walls, check, check_engine, wheel
from hygie.base.engine import walls as walls_module
from hygie.base.kernel import Refusal

REAL = importlib.metadata.version


def test_the_real_installation_passes_and_nothing_is_left(tmp_path: Path) -> None:
    check_engine(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("package", wheel.PACKAGES)
def test_a_package_of_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0.3" if name == package else REAL(name))
    with pytest.raises(Refusal, match="ENG-101"):
        check_engine(tmp_path)


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def version(name: str) -> str:
        if name == "duckdb-extensions":
            raise importlib.metadata.PackageNotFoundError(name)
        return REAL(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(Refusal, match="ENG-101"):
        check_engine(tmp_path)


def test_no_wheel_of_httpfs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refusal, match="ENG-102"):
        check_engine(tmp_path)


def test_a_wheel_of_httpfs_without_this_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    with pytest.raises(Refusal, match="ENG-102"):
        check_engine(tmp_path)


def test_httpfs_that_is_no_extension(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "httpfs.duckdb_extension"
    fake.write_bytes(b"not an extension" * 100)
    monkeypatch.setattr("hygie.base.engine.engine.httpfs_file", lambda: fake)
    with pytest.raises(Refusal, match="ENG-102"):
        check_engine(tmp_path)


def test_httpfs_that_is_not_loaded() -> None:
    with pytest.raises(Refusal, match="ENG-102"):
        walls_module.check_loaded(duckdb.connect())


def test_the_weak_cipher_switched_on(tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute(f"LOAD '{wheel.httpfs_file()}'")
    held = {name: value for name, value, _ in walls_module.HELD}
    for name in held:
        if name not in (*walls_module.ONLY_READ, "lock_configuration"):
            con.execute(f"SET {name} = '{held[name]}'")
    con.execute("SET force_mbedtls_unsafe = true")
    with pytest.raises(Refusal, match="ENG-103"):
        walls_module.check_held(con)


def test_files_that_are_written_in_clear(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def plain(engine: Engine, query: str, path: Path, key: bytes) -> None:
        engine.con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")

    monkeypatch.setattr(Engine, "write_encrypted", plain)
    with pytest.raises(Refusal, match="ENG-104"):
        check_engine(tmp_path)


def test_rows_that_do_not_come_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = Engine.write_encrypted

    def fewer(engine: Engine, query: str, path: Path, key: bytes) -> None:
        real(engine, f"SELECT * FROM ({query}) WHERE id < 20000", path, key)

    monkeypatch.setattr(Engine, "write_encrypted", fewer)
    with pytest.raises(Refusal, match="ENG-104"):
        check_engine(tmp_path)


def test_a_file_that_is_altered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = Engine.write_encrypted

    def altered(engine: Engine, query: str, path: Path, key: bytes) -> None:
        real(engine, query, path, key)
        content = bytearray(path.read_bytes())
        content[-20] ^= 1
        path.write_bytes(content)

    monkeypatch.setattr(Engine, "write_encrypted", altered)
    with pytest.raises(Refusal, match="ENG-104"):
        check_engine(tmp_path)


def test_a_wrong_key_that_opens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = Engine.attach
    first: list[EncryptedFile] = []

    def careless(engine: Engine, view: str, files: list[EncryptedFile]) -> None:
        first.extend(files)
        real(engine, view, first[:1])

    monkeypatch.setattr(Engine, "attach", careless)
    with pytest.raises(Refusal, match="ENG-105"):
        check_engine(tmp_path)


@pytest.mark.parametrize(
    ("name", "code"),
    [("enable_external_file_cache", "ENG-106"), ("temp_file_encryption", "ENG-108")],
)
def test_a_setting_left_at_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, code: str) -> None:
    monkeypatch.setattr(walls_module, "ONLY_READ", {*walls_module.ONLY_READ, name})
    with pytest.raises(Refusal, match=code):
        check_engine(tmp_path)


def test_another_sqlglot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "30.30.0" if name == "sqlglot" else REAL(name))
    with pytest.raises(Refusal, match="ENG-107"):
        check_engine(tmp_path)


def test_the_pinned_sqlglot_is_the_locked_one() -> None:
    lines = (Path(__file__).parents[3] / "requirements" / "run.in").read_text("utf-8").splitlines()
    assert f"sqlglot=={check.SQLGLOT}" in lines


def test_rewritten_files_are_read_anew(tmp_path: Path) -> None:
    """The file cache is off because of this: a rewrite of the same size in the same second."""
    with Engine(Walls(tmp_path)) as engine:
        path, found = tmp_path / "a.parquet", []
        for number in range(10, 14):
            duckdb.connect().execute(f"COPY (SELECT {number} AS a) TO '{path}' (FORMAT parquet)")
            found.append(engine.scalar("SELECT a FROM read_parquet(?)", [str(path)]))
    assert found == [10, 11, 12, 13]
