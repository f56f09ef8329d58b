"""Ibis on a connection whose configuration is locked: the one place that touches its backend's inside."""

from __future__ import annotations

import duckdb
from ibis.backends.duckdb import Backend


class LockedBackend(Backend):
    """Ibis' DuckDB backend without the settings it makes on connecting; `walls.connect` has made the same."""

    def _post_connect(self, extensions: object = None) -> None:  # noqa: ARG002
        self._record_batch_readers_consumed: dict[str, bool] = {}


def backend_on(con: duckdb.DuckDBPyConnection) -> Backend:
    """Return an Ibis backend that speaks through an open connection."""
    return LockedBackend.from_connection(con)
