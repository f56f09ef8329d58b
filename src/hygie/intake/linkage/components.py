"""Connected components in SQL: every node ends at the lowest node it can reach, in few passes over the edges."""

from __future__ import annotations

from hygie.base.engine import Engine


def settle(engine: Engine) -> int:
    """Make the table `component(node, parent)` from `edges(a, b)` and return how many passes it took.

    In each pass a node and its parent take the lowest grandparent among the node's neighbours, and every path is
    halved; the passes grow with the logarithm of the longest chain.

    Parameters
    ----------
    engine : Engine   `edges` holds pairs of integers, each edge once, in either direction; no edge leads to itself

    Source      Zhang, Azad, Hu, FastSV: a distributed-memory connected component algorithm, SIAM PP 2020
    """
    con = engine.con
    if stars(engine):
        con.execute("CREATE OR REPLACE TEMP TABLE component AS FROM edges UNION ALL SELECT DISTINCT b, b FROM edges")
        con.execute("ALTER TABLE component RENAME a TO node; ALTER TABLE component RENAME b TO parent")
        return 0
    con.execute("CREATE OR REPLACE TEMP TABLE twoway AS SELECT a, b FROM edges UNION SELECT b, a FROM edges")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE component AS SELECT a AS node, min(least(a, b)) AS parent FROM twoway GROUP BY a"
    )
    passes = 0
    while True:
        passes += 1
        con.execute(
            "CREATE OR REPLACE TEMP TABLE grand AS SELECT c.node, c.parent, p.parent AS low FROM component c "
            "JOIN component p ON p.node = c.parent"
        )
        con.execute(
            "CREATE OR REPLACE TEMP TABLE component AS WITH heard AS (SELECT e.a AS node, min(g.low) AS low "
            "FROM twoway e JOIN grand g ON g.node = e.b GROUP BY e.a) SELECT node, min(low) AS parent FROM "
            "(SELECT node, low FROM heard UNION ALL SELECT node, low FROM grand "
            "UNION ALL SELECT g.parent, h.low FROM heard h JOIN grand g USING (node)) GROUP BY node"
        )
        if not engine.scalar("SELECT count(*) FROM grand g JOIN component c USING (node) WHERE c.parent <> g.parent"):
            break
    con.execute("DROP TABLE twoway")
    con.execute("DROP TABLE grand")
    return passes


def stars(engine: Engine) -> bool:
    """Return whether every edge leads straight to the lowest node of its component, as between two tidy datasets."""
    return not engine.scalar(
        "SELECT count(*) FILTER (a < b OR b IN (SELECT a FROM edges)) + count(*) - count(DISTINCT a) FROM edges"
    )
