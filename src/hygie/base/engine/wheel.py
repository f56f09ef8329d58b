"""Where the pieces of DuckDB come from: their wheels, all of one version."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

import duckdb

from hygie.base.kernel import refuse

PACKAGES = ("duckdb", "duckdb-extensions", "duckdb-extension-httpfs")


def httpfs_file() -> Path:
    """Return the httpfs extension's file inside its wheel; nothing is fetched or copied.

    Errors     ENG-102
    """
    found = importlib.util.find_spec("duckdb_extension_httpfs")
    if found is None or found.origin is None:
        raise refuse("ENG-102", found="the wheel is not installed")
    file = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    if not file.is_file():
        raise refuse("ENG-102", found="the wheel has no file for this version")
    return file


def versions() -> dict[str, str]:
    """Return the installed version of each DuckDB package; `missing` for one that is not there."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "missing"
    return found
