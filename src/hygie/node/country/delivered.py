"""The same tables as their holder delivers them: gzip CSV with semicolons, latin-1, days and decimals in any style."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds.schema import Field
from hygie.node.country.snds import shapes

ACCENTED = frozenset({"T_MCOaaE", "MS_SOR_V", "IR_CIM_V", "IR_CCAM_V63", "IR_BIO_R", "IR_ALD_V"})


def turn(engine: Engine, files: Sequence[Path]) -> None:
    """Turn Parquet files of the SNDS into gzip CSV beside them, and remove the Parquet.

    Parameters
    ----------
    engine : Engine           may read and write their folder
    files : Sequence[Path]    `ER_PRS_F.parquet` becomes `ER_PRS_F.csv.gz`
    """
    for path in files:
        title = path.name.split(".")[0]
        fields = shapes()[title].fields
        columns = ", ".join(f"{written(field)} AS {name(field.name)}" for field in fields)
        query = f"SELECT {columns} FROM read_parquet({literal(str(path))})"
        target = path.with_name(path.name.removesuffix(".parquet") + ".csv.gz")
        if title in ACCENTED:
            latin(engine, query, [field.name for field in fields], target)
        else:
            engine.con.execute(
                f"COPY ({query}) TO {literal(str(target))} (FORMAT csv, DELIMITER ';', HEADER true, COMPRESSION gzip)"
            )
        path.unlink()


def latin(engine: Engine, query: str, header: list[str], target: Path) -> None:
    """Write a small table whose texts have accents, in latin-1: DuckDB writes UTF-8 alone."""
    lines = [";".join(header), *(";".join(cell or "" for cell in row) for row in engine.rows(query))]
    target.write_bytes(gzip.compress("\r\n".join([*lines, ""]).encode("latin-1"), mtime=0))


def written(field: Field) -> str:
    """Return SQL: a field as text, its style told by its value, so that one column has them all.

    Parameters
    ----------
    field : Field
    """
    column = name(field.name)
    style = f"hash({column}) % 3"
    match field.sql_type:
        case "DATE":
            digits = "%d%m%Y" if field.format == "%d%m%Y" else "%Y%m%d"
            return (
                f"CASE {style} WHEN 0 THEN strftime({column}, '%d/%m/%Y') "
                f"WHEN 1 THEN upper(strftime({column}, '%d%b%Y')) ELSE strftime({column}, {literal(digits)}) END"
            )
        case "TIMESTAMP":
            return (
                f"CASE {style} WHEN 0 THEN strftime({column}, '%Y-%m-%d') "
                f"ELSE upper(strftime({column}, '%d%b%Y:%H:%M:%S')) END"
            )
        case "DOUBLE":
            return f"CASE {style} WHEN 0 THEN replace({column}::VARCHAR, '.', ',') ELSE {column}::VARCHAR END"
    return f"{column}::VARCHAR"
