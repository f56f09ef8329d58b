"""A small synthetic delivery of SNDS tables, as rows, written as holders write them or as Parquet."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

Row = dict[str, object]
KEY = ("FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD", "ORG_CLE_NUM", "DCT_ORD_NUM",
       "PRS_ORD_NUM", "REM_TYP_AFF")  # fmt: skip
STYLES = ("{0:%Y-%m-%d}", "{0:%d/%m/%Y}", "{0:%d%b%Y}:00:00:00")
FLUX = {"FLX_EMT_TYP": 1, "FLX_EMT_NUM": 1, "FLX_EMT_ORD": 12, "ORG_CLE_NUM": "01C750000", "REM_TYP_AFF": 0}


def psa(person: int) -> str:
    """Return a person's pseudonym, with a zero before it that matters."""
    return f"0{person:016d}"


def day(number: int) -> str:
    """Return a day of 2019 in ISO's form."""
    return f"2019-{1 + number % 12:02d}-{1 + number % 28:02d}"


def rows(persons: int = 30) -> dict[str, list[Row]]:
    """Return the rows of each table: persons of 1, 2, ... with three lines each, every fifth with a stay."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ["IR_BEN_R", "ER_PRS_F", "ER_PHA_F", "ER_CAM_F", "ER_BIO_F", "IR_IMB_R", "KI_CCI_R"]
    }
    stays: dict[str, list[Row]] = {"T_MCO19B": [], "T_MCO19C": [], "T_MCO19D": [], "T_MCO19A": []}
    for p in range(1, persons + 1):
        who = {"BEN_NIR_PSA": psa(p), "BEN_RNG_GEM": 1}
        died = day(p) if p % 10 == 0 else "1600-01-01"
        place = {"BEN_RES_DPT": "075", "BEN_RES_COM": f"{p % 3:03d}"}
        tables["IR_BEN_R"].append(
            {**who, "BEN_IDT_ANO": f"A{p:016d}", "BEN_NAI_ANN": 1940 + p, "BEN_NAI_MOI": f"{1 + p % 12:02d}",
             "BEN_SEX_COD": 1 + p % 2, "BEN_DCD_DTE": died, "BEN_TOP_CNS": 1, **place}
        )  # fmt: skip
        for n in range(3):
            line = {"FLX_DIS_DTD": day(p + n + 1), "FLX_TRT_DTD": day(p + n), **FLUX, "DCT_ORD_NUM": p * 10 + n,
                    "PRS_ORD_NUM": n + 1}  # fmt: skip
            nature = (1111, 3313, 1352)[n]
            tables["ER_PRS_F"].append(
                {**line, **who, "BEN_SEX_COD": 1 + p % 2, "BEN_NAI_ANN": 1940 + p, "EXE_SOI_DTD": day(p),
                 "PRS_NAT_REF": nature, "PRS_ACT_QTE": 1, "PRS_PAI_MNT": "23.5", "DPN_QLF": 0, "CPL_MAJ_TOP": 0,
                 "PFS_EXE_NUM": "750000001", "EXE_SOI_AMD": day(p)[:7].replace("-", "")}
            )  # fmt: skip
            if n == 1:
                tables["ER_PHA_F"].append({**line, "PHA_PRS_C13": 3400930000000 + p % 3, "PHA_ACT_QSN": 2})
            if n == 2:
                tables["ER_CAM_F"].append({**line, "CAM_PRS_IDE": "DEQP003"})
                tables["ER_BIO_F"].append({**line, "BIO_PRS_IDE": 1104, "BIO_ACT_QSN": 1})
        if p % 4 == 0:
            tables["IR_IMB_R"].append({**who, "IMB_ALD_NUM": 8, "IMB_ALD_DTD": day(p), "MED_MTF_COD": "E11"})
        if p % 10 == 0:
            tables["KI_CCI_R"].append({"BEN_IDT_ANO": f"A{p:016d}", "BEN_DCD_DTE": died, "DCD_CIM_COD": "I219"})
        if p % 5 == 0:
            stay = {"ETA_NUM": "750000001", "RSA_NUM": f"{p:010d}"}
            stays["T_MCO19B"].append({**stay, "DGN_PAL": "I500", "COD_SEX": str(1 + p % 2), "AGE_ANN": 60})
            stays["T_MCO19C"].append(
                {**stay, "NIR_ANO_17": psa(p), "NIR_RET": 0, "EXE_SOI_DTD": f"{day(p)} 00:00:00", "SOR_DAT": day(p)}
            )
            stays["T_MCO19D"].append({**stay, "ASS_DGN": "E119"})
            stays["T_MCO19A"].append({**stay, "CDC_ACT": "DEQP003", "ENT_DAT_DEL": 0, "NBR_EXE_ACT": 1})
    return {name: lines for name, lines in {**tables, **stays}.items() if lines}


def csv_text(lines: Sequence[Row], separator: str = ";") -> str:
    """Return rows as CSV."""
    names = list(lines[0])
    body = [separator.join(str(row.get(name, "")) for name in names) for row in lines]
    return "\n".join([separator.join(names), *body, ""])


def write_csv(folder: Path, tables: Mapping[str, list[Row]], separator: str = ";", encoding: str = "utf-8") -> Path:
    """Write tables as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, lines in tables.items():
        (folder / f"{table}.csv").write_bytes(csv_text(lines, separator).encode(encoding))
    return folder


def as_delivered(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """Write tables as holders deliver them: gzip, names in any case, days in three styles within a column."""
    from datetime import date

    folder.mkdir(parents=True, exist_ok=True)
    for number, (table, lines) in enumerate(tables.items()):
        styled = []
        for at, row in enumerate(lines):
            cells = dict(row)
            for name, value in row.items():
                if isinstance(value, str) and len(value) == 10 and value[4] == "-":
                    cells[name] = STYLES[at % 3].format(date.fromisoformat(value)).upper()
            styled.append(cells)
        half = len(styled) // 2
        shown = table.lower() if number % 2 else table
        for part, piece in enumerate((styled[:half], styled[half:])):
            if piece:
                (folder / f"{shown}_{part + 1:02d}.csv.gz").write_bytes(gzip.compress(csv_text(piece).encode()))
    return folder


def write_parquet(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """Write tables as Parquet in types of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        for table, lines in tables.items():
            source = folder / f"{table}.csv.tmp"
            source.write_text(csv_text(lines))
            texts = ", ".join(
                f"'{name}': 'VARCHAR'"
                for name, value in lines[0].items()
                if isinstance(value, str) and "-" not in value
            )
            con.execute(
                f"COPY (SELECT * FROM read_csv('{source}', delim = ';', types = {{{texts}}})) "
                f"TO '{folder / table}.parquet' (FORMAT parquet)"
            )
            source.unlink()
    return folder
