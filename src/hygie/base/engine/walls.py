"""What a DuckDB connection may reach, and the settings that hold it there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from hygie.base.engine.text import literal
from hygie.base.kernel import refuse


@dataclass(frozen=True)
class Walls:
    """The folders, memory and processors of one engine.

    Parameters
    ----------
    home : Path                    the node's folder: read and written
    readable : tuple[Path, ...]    further files or folders, for reading
    memory : str                   DuckDB's `memory_limit`, such as `2GB`
    threads : int                  1 or more
    """

    home: Path
    readable: tuple[Path, ...] = ()
    memory: str = "2GB"
    threads: int = 2

    def folders(self) -> list[str]:
        """Return every folder that may be reached, with symbolic links followed."""
        return [str(self.home.resolve()), *(str(path.resolve()) for path in self.readable if path.is_dir())]

    def files(self) -> list[str]:
        """Return every single file that may be reached besides."""
        return [str(path.resolve()) for path in self.readable if not path.is_dir()]


# Held on every connection and read back before the first query: name, value, refusal when it is not so.
HELD = (
    ("temp_file_encryption", "true", "ENG-108"),
    ("enable_external_file_cache", "false", "ENG-106"),
    ("force_mbedtls_unsafe", "false", "ENG-103"),
    ("autoinstall_known_extensions", "false", "ENG-109"),
    ("autoload_known_extensions", "false", "ENG-109"),
    ("allow_community_extensions", "false", "ENG-109"),
    ("allow_unsigned_extensions", "false", "ENG-109"),
    ("allow_persistent_secrets", "false", "ENG-109"),
    ("python_enable_replacements", "false", "ENG-109"),
    ("enable_logging", "0", "ENG-110"),
    ("log_query_path", "", "ENG-110"),
    ("enable_external_access", "false", "ENG-109"),
    ("lock_configuration", "true", "ENG-109"),
)
ONLY_READ = {"allow_unsigned_extensions", "enable_logging", "log_query_path", "enable_external_access"}


def connect(walls: Walls, spill: Path, httpfs: Path) -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB behind its walls: extension first, then settings, then the lock.

    Parameters
    ----------
    walls : Walls
    spill : Path     an empty folder for what does not fit in memory, encrypted
    httpfs : Path    the extension's file in its wheel

    Errors     ENG-102, ENG-103, ENG-106, ENG-108 to ENG-110
    """
    con = duckdb.connect(":memory:")
    try:
        con.execute(f"LOAD {literal(str(httpfs))}")
    except duckdb.Error as error:
        con.close()
        raise refuse("ENG-102", found="it does not load") from error
    settings = {
        "temp_directory": literal(str(spill)),
        "memory_limit": literal(walls.memory),
        "threads": str(int(walls.threads)),
        "TimeZone": "'UTC'",
        "enable_progress_bar": "false",
        **{name: literal(value) for name, value, _ in HELD if name not in {*ONLY_READ, "lock_configuration"}},
        "allowed_directories": f"[{', '.join(map(literal, walls.folders()))}]",
        "allowed_paths": f"[{', '.join(map(literal, walls.files()))}]",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    try:
        check_loaded(con)
        for name, value in settings.items():
            con.execute(f"SET {name} = {value}")
        check_held(con)
    except duckdb.Error as error:
        con.close()
        raise refuse("ENG-109", setting=str(error).partition("\n")[0][:80]) from error
    except BaseException:
        con.close()
        raise
    return con


def check_loaded(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse when httpfs, whose cryptography is used, is not loaded, or was installed from elsewhere.

    Errors     ENG-102
    """
    found = con.execute(
        "SELECT loaded, installed FROM duckdb_extensions() WHERE extension_name = 'httpfs' AND loaded"
    ).fetchall()
    if found != [(True, False)]:
        raise refuse("ENG-102", found="another copy, or none, is loaded")


def check_held(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse a connection on which a wall does not stand.

    Errors     ENG-103, ENG-106, ENG-108, ENG-109, ENG-110
    """
    found = dict(con.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    for name, value, code in HELD:
        if found.get(name) != value:
            raise refuse(code, setting=name)
