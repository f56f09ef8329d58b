"""Which columns are protected by somebody's rights, and whether what a permit would give has measures against that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hygie.access.catalogue import indexing
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.values import Protected
from hygie.base.kernel import Reason, Verdict


def unmeasured(datasets: Iterable[str], tables: Mapping[str, Iterable[str]]) -> Verdict:
    """Return whether every protected column that would be given has a recorded measure.

    Parameters
    ----------
    datasets : Iterable[str]   that a permit would open
    tables : Mapping           table -> columns

    Errors     none raised; CAT-116 for each column whose protection has no measure
    Source     Reg. (EU) 2025/327 art. 52(2)-(5) (SU-52)
    """
    wanted = {(table, column) for table, columns in tables.items() for column in columns}
    return Verdict(
        tuple(
            Reason(
                "CAT-116",
                {"dataset": dataset, "found": f"{each.table}.{each.column}", "kind": each.kind},
                f"$.data.tables.{each.table}",
            )
            for dataset in datasets
            for each in protections(dataset)
            if (each.table, each.column) in wanted and each.measure is None
        )
    )


def protected(datasets: Iterable[str], tables: Mapping[str, Iterable[str]]) -> bool:
    """Return whether a protected column is among those wanted, with or without a measure against the risk (52(5))."""
    wanted = {(table, column) for table, columns in tables.items() for column in columns}
    return any((each.table, each.column) in wanted for dataset in datasets for each in protections(dataset))


def protections(dataset: str) -> tuple[Protected, ...]:
    """Return a dataset's protected columns; none where nobody described it."""
    row = indexing.latest(dataset)
    return read(row.document.encode()).protected if row else ()


def told(protected: Iterable[Protected], table: str, column: str) -> Iterator[Protected]:
    """Yield what protects a column."""
    return (each for each in protected if (each.table, each.column) == (table, column))
