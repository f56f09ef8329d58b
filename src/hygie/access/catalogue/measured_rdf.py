"""What was measured on a dataset, in a record's words: counts, ages, period, codes, variables, quality; guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hygie.access.catalogue import meanings
from hygie.access.catalogue.figures import Figures, Value
from hygie.access.catalogue.graphs import Record
from hygie.access.catalogue.values import LANGUAGES, Words
from hygie.access.cohorts.systems import NAMES, canonical, name_of

if TYPE_CHECKING:
    from rdflib import URIRef

    from hygie.access.catalogue.queries import Dataset

STANDARDS = {
    "OMOP CDM 5.4": "https://ohdsi.github.io/CommonDataModel/cdm54.html",
    "FHIR R4 bulk NDJSON": "http://hl7.org/fhir/R4/",
}
# what a column's type is called in CSV on the Web (XML Schema), by how the engine's name of it begins
DATATYPES = {
    "BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "TINYINT": "integer", "HUGEINT": "integer",
    "UBIGINT": "integer", "DOUBLE": "double", "FLOAT": "float", "DECIMAL": "decimal", "DATE": "date",
    "TIMESTAMP": "dateTime", "TIME": "time", "BOOLEAN": "boolean",
}  # fmt: skip
CONCEPTS = {"http://snomed.info/sct": "http://snomed.info/id/"}  # systems whose codes have addresses of their own
MOST_VARIABLES = 2000
CHECKED = {
    "Completeness": Words(en="Quality checks of completeness that pass", fr="Contrôles de complétude réussis"),
    "Conformance": Words(en="Quality checks of conformance that pass", fr="Contrôles de conformité réussis"),
    "Plausibility": Words(en="Quality checks of plausibility that pass", fr="Contrôles de plausibilité réussis"),
}

FILLED = Words(en="Mean share of values filled, %", fr="Part moyenne des valeurs remplies, en %")
QUARANTINED = Words(en="Share of delivered lines in quarantine, %", fr="Part des lignes livrées en quarantaine, en %")


def measured(record: Record, one: URIRef, found: Dataset, *, variables: bool) -> None:
    """Add what was measured to a dataset's record; nothing where nobody measured.

    Parameters
    ----------
    variables : bool   also each variable with its type and meaning, as CSV on the Web

    Source   HealthDCAT-AP Release 5; Data Quality Vocabulary; Metadata Vocabulary for Tabular Data
    """
    held = found.figures
    if held is None:
        return
    counts(record, one, held)
    codes(record, one, held)
    if variables:
        dictionary(record, one, held)
    quality(record, one, found, held)


def counts(record: Record, one: URIRef, held: Figures) -> None:
    """Add records, persons, typical ages, years and the standard."""
    if held.persons is not None:
        record.value(one, "healthdcatap:numberOfUniqueIndividuals", held.persons, "xsd:nonNegativeInteger")
    record.value(one, "healthdcatap:numberOfRecords", held.rows, "xsd:nonNegativeInteger")
    if held.period:
        period = record.node(one, "dct:temporal", "dct:PeriodOfTime")
        record.value(period, "dcat:startDate", f"{held.period[0]}-01-01", "xsd:date")
        record.value(period, "dcat:endDate", f"{held.period[1]}-12-31", "xsd:date")
    for name, age in zip(("minTypicalAge", "maxTypicalAge"), typical_ages(held), strict=True):
        if age is not None:
            record.value(one, f"healthdcatap:{name}", age, "xsd:nonNegativeInteger")
    if held.standard in STANDARDS:
        record.known(one, "dct:conformsTo", STANDARDS[held.standard], "dct:Standard")


def typical_ages(held: Figures) -> tuple[int | None, int | None]:
    """Return the least and the greatest typical age: of nine persons in ten, else the ends of the bands that are shown.

    An open band has no greatest age.
    """
    if held.ages:
        return held.ages
    bands = [each.ages for each in held.coverage if each.ages and each.persons and each.ages[0].isdigit()]
    lows = [int(band.rstrip("+").split("-")[0]) for band in bands]
    highs = [int(band.split("-")[1]) for band in bands if not band.endswith("+")]
    return min(lows, default=None), max(highs) if highs and len(highs) == len(bands) else None


def codes(record: Record, one: URIRef, held: Figures) -> None:
    """Add the code systems that the data use, and the codes that enough persons share."""
    systems: dict[str, None] = {}
    values: dict[tuple[str, str], Value] = {}
    for each in held.variables:
        if each.name == "source_system":
            systems |= dict.fromkeys(canonical(value.code) for value in each.values)
        if each.name == "source_code":
            for value in each.values:
                system, _blank, code = value.code.partition(" ")
                values.setdefault((canonical(system), code), value)
    for system in systems:
        if is_address(system):
            said = Words(**{language: name_of(system, language) for language in LANGUAGES})
            record.known(one, "healthdcatap:hasCodingSystem", system, "dct:Standard")
            if system in NAMES:
                record.words(term_at(system), "dct:title", said)
    for (system, code), value in values.items():
        if is_address(system) and code and code != "–":
            made = record.node(one, "healthdcatap:hasCodeValues", "rdfs:Resource")
            address = f"{CONCEPTS.get(system, system.rstrip('/') + '/')}{quote(code, safe='')}"
            record.value(made, "dct:identifier", address, "xsd:anyURI")
            record.link(made, "skos:inScheme", system)
            record.value(made, "skos:notation", code, "xsd:string")
            record.words(made, "skos:prefLabel", Words(en=value.label) if value.label else None)


def is_address(system: str) -> bool:
    """Return whether data name a code system by an address, and not by a word of their own.

    Example
    -------
    >>> is_address("http://loinc.org"), is_address("urn:oid:1.2"), is_address("local codes")
    (True, True, False)
    """
    return system.startswith(("http://", "https://", "urn:")) and not set(system) & set(' <>"{}|^`\\')


def term_at(address: str) -> Any:
    """Return a node of an address."""
    from rdflib import URIRef

    return URIRef(address)


def dictionary(record: Record, one: URIRef, held: Figures) -> None:
    """Add each variable with its name, meaning and type, table by table; of very many, none: the page has them."""
    if len(held.variables) > MOST_VARIABLES:
        return
    group = record.node(one, "dct:relation", "csvw:TableGroup")
    for table in held.tables:
        made = record.node(group, "csvw:table", "csvw:Table")
        record.value(made, "csvw:name", table.name, "xsd:string")
        record.link(made, "csvw:url", f"{one}variables/?table={quote(table.name, safe='')}")
        record.words(made, "dct:title", about(table.name) or Words(en=table.name))
        for each in table.variables:
            column = record.node(made, "csvw:column", "csvw:Column")
            record.value(column, "csvw:name", each.name, "xsd:string")
            meaning = {language: meanings.of_variable(each, language) for language in LANGUAGES}
            if len(set(meaning.values())) > 1:
                record.words(column, "csvw:titles", Words(**meaning))
            else:
                record.value(column, "csvw:titles", meaning["en"], "xsd:string")
            record.value(column, "csvw:datatype", datatype(each.type), "xsd:string")


def about(table: str) -> Words | None:
    """Return what a table holds, None where nobody wrote it."""
    said = {language: meanings.of_table(table, language) for language in LANGUAGES}
    return Words(**said) if any(said.values()) else None


def datatype(kind: str) -> str:
    """Return what CSV on the Web calls a column's type; text for any other.

    Example
    -------
    >>> datatype("BIGINT"), datatype("DECIMAL(10,2)"), datatype("TIMESTAMP WITH TIME ZONE"), datatype("VARCHAR")
    ('integer', 'decimal', 'dateTime', 'string')
    """
    return DATATYPES.get(kind.upper().partition("(")[0].partition(" ")[0], "string")


def quality(record: Record, one: URIRef, found: Dataset, held: Figures) -> None:
    """Add what was measured of quality: values filled, lines in quarantine, and how many checks pass of those that ran.

    Source   W3C Data Quality Vocabulary
    """
    told: list[tuple[Words, object]] = [(QUARANTINED, held.quarantine)]
    if held.completeness is not None:
        told.append((FILLED, held.completeness))
    for category, (passed, ran) in found.checked.items():
        share = Words(en=f"{CHECKED[category].en}, of {ran}", fr=f"{CHECKED[category].fr}, sur {ran}")
        told.append((share, passed))
    for said, value in told:
        made = record.node(one, "dqv:hasQualityMeasurement", "dqv:QualityMeasurement")
        record.add(made, "dqv:computedOn", one)
        record.value(made, "dqv:value", value, "xsd:decimal")
        metric = record.node(made, "dqv:isMeasurementOf", "dqv:Metric")
        record.words(metric, "skos:definition", said)
        record.link(metric, "dqv:expectedDataType", "http://www.w3.org/2001/XMLSchema#decimal")
    note = record.node(one, "dqv:hasQualityAnnotation", "dqv:QualityAnnotation")
    said_as = f"{held.quarantine} % of the delivered lines are in quarantine; counts under {held.below} are hidden"
    dit = f"{held.quarantine} % des lignes livrées sont en quarantaine ; les effectifs sous {held.below} sont masqués"
    record.words(record.node(note, "oa:hasBody", "oa:TextualBody"), "rdf:value", Words(en=said_as, fr=dit))
