"""What other holders of the country have: a cancer register, vaccinations, wearables, identities, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hygie.base.engine import Engine, literal
from hygie.node.country.figures import published
from hygie.node.country.people import NAMED, listed, pyramid
from hygie.node.country.tables import cell, fill

INS = "urn:oid:1.2.250.1.213.1.4.11"  # demonstration identities
OTHER = "C80"  # sites beyond those that the figures name
INSURED = "insured"
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
CSV = "FORMAT csv, HEADER, DELIMITER ';', COMPRESSION gzip"
LINES = "FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '', COMPRESSION gzip"
MACROS = (
    "CREATE MACRO wrong(k, what) AS k % 2 = 1 AND u(k, 'wrong ' || what) < getvariable('typing_error')",
    "CREATE MACRO typed(text, k) AS CASE floor(3 * u(k, 'slip'))::INTEGER "
    "WHEN 0 THEN text[:len(text) // 2] || text[len(text) // 2 + 2:] "
    "WHEN 1 THEN text[1] || reverse(text[2:3]) || text[4:] "
    "ELSE text[:len(text) // 2] || chr(97 + floor(26 * u(k, 'letter'))::INTEGER) || text[len(text) // 2 + 2:] END",
)


@dataclass(frozen=True)
class File:
    """One delivered table: its folder and name, its rows in order, lines of JSON or not, its schema if any."""

    folder: str
    name: str
    query: str
    lines: bool = False
    schema: dict[str, object] | None = None


def field(name: str, kind: str = "string", role: str = "", **more: object) -> dict[str, object]:
    """Return a field of a Table Schema."""
    return {"name": name, "type": kind, **({"hygie:role": role} if role else {}), **more}


def code(name: str, pattern: str, **more: object) -> dict[str, object]:
    """Return a field of codes, each as a pattern says."""
    return field(name, "string", "code", constraints={"required": True, "pattern": pattern}, **more)


INS_FIELD = field("ins", "string", **{"hygie:identifierSystem": INS})
SEX = field("sexe", "integer", "sex", title="Sexe", constraints={"enum": [1, 2]})
BIRTH = field("naissance", "date", "birth", title="Date de naissance")
DEPARTMENT = field("departement", "string", "place", title="Département de résidence")
CASES: dict[str, object] = {
    "name": "register_case",
    "fields": [
        field("cas", "string", "key", title="Numéro du cas"),
        field("patient", "string", "person"),
        INS_FIELD,
        BIRTH,
        SEX,
        field(
            "incidence",
            "date",
            title="Date d'incidence",
            constraints={"required": True, "minimum": "2024-01-01", "maximum": "2024-12-31"},
        ),
        code("topographie", "C[0-9]{2}", title="Localisation de la tumeur", description="CIM-10"),
        field("stade", title="Stade au diagnostic", constraints={"enum": ["I", "II", "III", "IV"]}),
        DEPARTMENT,
        field("deces", "date", title="Date de décès"),
    ],
    "primaryKey": "cas",
    "hygie:omop": {
        "table": "condition_occurrence",
        "code": "topographie",
        "system": "http://hl7.org/fhir/sid/icd-10",
        "date": "incidence",
    },
}
VACCINATIONS: dict[str, object] = {
    "name": "vaccination",
    "fields": [
        field("acte", "string", "key", title="Numéro de l'acte"),
        field("patient", "string", "person"),
        INS_FIELD,
        BIRTH,
        SEX,
        code("vaccin", "J07[A-Z0-9]{4}", title="Vaccin administré", description="ATC"),
        field("dose", "integer", title="Rang de la dose", constraints={"minimum": 1, "maximum": 4}),
        field("date", "date", title="Date de l'acte", constraints={"required": True}),
        DEPARTMENT,
    ],
    "primaryKey": "acte",
    "hygie:omop": {"table": "drug_exposure", "code": "vaccin", "system": "http://www.whocc.no/atc", "date": "date"},
}
IDENTITIES: dict[str, object] = {
    "name": "identity",
    "fields": [
        field("record", "string", "person"),
        field("family"),
        field("given"),
        field("birth", "date", "birth"),
        field("sex", "integer", "sex", constraints={"enum": [1, 2]}),
        field("department", "string", "place"),
        field("commune"),
        INS_FIELD,
    ],
    "primaryKey": "record",
}
FILES = (
    File(
        "cancer-register",
        "register_case",
        "SELECT id17('C', person) AS cas, id17('K', person) AS patient, CASE WHEN u(person, 'case without nir') < "
        "getvariable('register_without_nir') THEN NULL ELSE ins END AS ins, born AS naissance, sex AS sexe, "
        "day_one() + day AS incidence, code AS topographie, CASE floor(5 * u(person, 'stage'))::INTEGER "
        "WHEN 0 THEN 'I' WHEN 1 THEN 'II' WHEN 2 THEN 'III' WHEN 3 THEN 'IV' END AS stade, "
        "department AS departement, death AS deces "
        "FROM cancer_case ORDER BY person",
        schema=CASES,
    ),
    File(
        "vaccination-register",
        "vaccination",
        "SELECT id17('A', (person * 16 + n) * 4 + dose) AS acte, id17('V', person) AS patient, CASE WHEN "
        "u(person, 'vaccine without nir') < getvariable('vaccine_without_nir') THEN NULL ELSE ins END AS ins, "
        "birth AS naissance, sex AS sexe, code AS vaccin, dose, given_on AS date, department AS departement "
        "FROM vaccination ORDER BY person, n, dose",
        schema=VACCINATIONS,
    ),
    File(
        "wearables",
        "points",
        "SELECT row_number() OVER (ORDER BY person, moment, kind) AS line, raw FROM device_point "
        "ORDER BY person, moment, kind",
        lines=True,
    ),
    File(
        "identities",
        "identity",
        "SELECT record, family, given, birth, sex, department, commune, ins FROM identity ORDER BY record",
        schema=IDENTITIES,
    ),
)


def start(engine: Engine) -> None:
    """Make what every slice's holders share: rates of cancers, vaccines, names and shares."""
    known, said = published().figures, listed("holders.toml")
    variables = {**said["shares"], "wearables": known["wearables"].value, "opt_outs": known["opt_outs"].value}
    for name, value in variables.items():
        engine.con.execute(f"SET VARIABLE {name} = {cell(value)}")
    for name, names in said["names"].items():
        engine.con.execute(f"SET VARIABLE {name} = [{', '.join(map(literal, names))}]")
    for macro in MACROS:
        engine.con.execute(macro)
    engine.con.execute("CREATE TABLE cancer_at (sex TINYINT, age SMALLINT, code VARCHAR, low DOUBLE, high DOUBLE)")
    fill(engine, "cancer_at", cancers())
    engine.con.execute("CREATE TABLE cancer_total AS SELECT sex, age, max(high) AS rate FROM cancer_at GROUP BY ALL")
    engine.con.execute(
        "CREATE TABLE vaccine (n TINYINT, code VARCHAR, share DOUBLE, second DOUBLE, low SMALLINT, high SMALLINT, "
        "sex TINYINT, from_day SMALLINT, to_day SMALLINT, from_age TINYINT, to_age TINYINT)"
    )
    fill(engine, "vaccine", vaccines())


def cancers() -> Iterator[tuple[object, ...]]:
    """Yield the yearly rate of each cancer site by sex and age, as steps from 0; the other sites by their sum."""
    known = published()
    for sex, word in NAMED.items():
        sites = [(site.icd10[0], site) for site in known.cancers.values() if site.rate.of(word)]
        cases = sum(site.cases[word].value for site in known.cancers.values() if word in site.cases)
        beyond = known.figures[f"cancers_{word}"].value / cases - 1
        for age in sorted({age for of, age in pyramid() if of == sex}):
            upto = 0.0
            rates = [(code, site.rate.at(word, age)) for code, site in sites]
            for code, rate in [*rates, (OTHER, beyond * sum(rate for _, rate in rates))]:
                if rate > 0:
                    yield sex, age, code, upto, upto + rate
                    upto += rate


def vaccines() -> Iterator[tuple[object, ...]]:
    """Yield each vaccine: its number and code, the shares with one and with two doses, whose and when."""
    known = published().figures
    for n, each in enumerate(listed("holders.toml")["vaccine"]):
        second = known[each["second"]].value if "second" in each else 0.0
        days, born = each.get("days", (None, None)), each.get("born", (None, None))
        yield n, each["code"], known[each["share"]].value, second, *each["ages"], each["sex"], *days, *born


def write(engine: Engine, folder: Path, number: int, *, several: bool, as_delivered: bool = False) -> None:
    """Write a slice's files beside those of the slices before.

    Parameters
    ----------
    engine : Engine       with the slice's tables, `holders.sql` run
    folder : Path         receives a folder for each holder
    number : int          of the slice
    several : bool        whether there are several slices
    as_delivered : bool   semicolon CSV and lines of JSON, gzip, as holders deliver them; otherwise Parquet
    """
    for file in FILES:
        place = folder / file.folder
        place.mkdir(exist_ok=True)
        ending = ("ndjson.gz" if file.lines else "csv.gz") if as_delivered else "parquet"
        path = place / (f"{file.name}.{number:03d}.{ending}" if several else f"{file.name}.{ending}")
        query = f"SELECT raw FROM ({file.query})" if file.lines and as_delivered else file.query
        form = (LINES if file.lines else CSV) if as_delivered else PARQUET
        engine.con.execute(f"COPY ({query}) TO {literal(str(path))} ({form})")


def describe(place: Path, file: File) -> None:
    """Write the Data Package that declares a holder's table, over all files that are there."""
    files = sorted(path.name for path in place.iterdir() if path.name.startswith(file.name + "."))
    declared = {"resources": [{"name": file.name, "path": files, "schema": file.schema}]}
    (place / "datapackage.json").write_text(json.dumps(declared, ensure_ascii=False, indent=2) + "\n", "utf-8")


def finish(engine: Engine, folder: Path) -> None:
    """Write what is one file of the whole country: who refuses, who is insured, which identity is whose."""
    out = literal(str(folder / "opt-outs.csv"))
    engine.con.execute(f"COPY (SELECT '{INS}' AS system, ins AS value FROM refusing ORDER BY ins) TO {out} (HEADER)")
    truth = literal(str(folder / "truth-identities.csv"))
    engine.con.execute(f"COPY (SELECT record, person FROM who_is_who ORDER BY record) TO {truth} (HEADER)")
    (folder / INSURED).mkdir()
    whole = literal(str(folder / INSURED / "insured.parquet"))
    engine.con.execute(f"COPY insured TO {whole} ({PARQUET})")
    for file in FILES:
        if file.schema:
            describe(folder / file.folder, file)
    for name in (INSURED, *(file.folder for file in FILES)):
        (folder / name / "hygie-delivery.json").write_text('{"synthetic": true}\n', "utf-8")
