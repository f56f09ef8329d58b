"""What an application's variables and settings would leave of each person to be told apart by (art. 66)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from hygie.access.applications.desk.minimising import BIRTH, governed
from hygie.access.applications.document import Document, at
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.reading import own
from hygie.access.applications.recording import attributes
from hygie.access.applications.rules import datasets
from hygie.access.catalogue import bulk, singling
from hygie.access.catalogue.uniqueness import GRAINS, Question, Setting, Uniqueness
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.intake.sources.cdm import TABLES

MOST = 10


def question(document: Document) -> Question | None:
    """Return what the variables asked for would show of each person; None where none of them counts.

    Birth counts as fine as both its setting and the columns asked for, dates by the first day of each table with a
    date that is asked for, the sex and the place where they are.
    """
    tables, settings = at(document, "data.tables", {}), at(document, "data.minimisation", {})
    if not isinstance(tables, Mapping) or not isinstance(settings, Mapping):
        return None
    asked = {str(name): set(columns) for name, columns in tables.items() if isinstance(columns, list)}
    firsts = tuple((name, column) for name in sorted(asked) if (column := first_date(name, asked[name])))
    mine = asked.get("person", set())
    births = [GRAINS.index(BIRTH[column]) for column in mine if column in BIRTH]
    birth = GRAINS[min(max(births), fine(settings, "birth"))] if births else "none"
    dates = GRAINS[fine(settings, "dates")] if firsts else "none"
    location = str(settings.get("location", "none")) if "location_id" in mine else "none"
    setting = Setting(birth, dates, location if location in ("region", "full") else "none")
    found = Question("gender_concept_id" in mine, setting, firsts, *period(document))
    return found if found.sex or setting != Setting() else None


def fine(settings: Mapping[str, object], name: str) -> int:
    """Return how fine a setting is asked for, the coarsest where it is none.

    Example
    -------
    >>> fine({"birth": "month"}, "birth"), fine({}, "birth")
    (1, 0)
    """
    asked = settings.get(name)
    return GRAINS.index(asked) if asked in GRAINS else 0


def first_date(table: str, columns: set[str]) -> str:
    """Return the first of a table's dates that is asked for; empty where there is none, or the table knows nobody.

    Example
    -------
    >>> first_date("visit_occurrence", {"visit_end_date", "visit_start_date"}), first_date("person", {"birth_datetime"})
    ('visit_start_date', '')
    """
    known = TABLES.get(table)
    if known is None or known.person_column != "person_id":
        return ""
    names = [field.name for field in known.columns if field.name in columns]
    return next((name for name in names if governed(table, name) == "dates" and dated(table, name)), "")


def dated(table: str, column: str) -> bool:
    """Return whether a column is a day or a time."""
    field = TABLES[table].field(column)
    return field is not None and field.role in ("date", "datetime")


def period(document: Document) -> tuple[str, str]:
    """Return the period asked for, or two empty days."""
    ends = [at(document, f"data.period.{name}") for name in ("from", "to")]
    try:
        days = [date.fromisoformat(str(end)).isoformat() for end in ends]
    except ValueError:
        return "", ""
    return (days[0], days[1]) if days[0] <= days[1] else ("", "")


def uniqueness(node: Node, application_id: str, dataset: str, *, actor: str) -> Uniqueness:
    """Return which share of the cohort would be alone in what an application asks for, on one of its datasets.

    Parameters
    ----------
    dataset : str   one that the application asks for
    actor : str     of the team, or an officer who may assess the case; new questions are limited by account

    Errors     APP-101; PPL codes; APP-119 not a dataset asked for; APP-130 nothing asked for tells persons apart;
               CAT-110; CAT-301, CAT-302; LAK codes
    Source     Reg. (EU) 2025/327 art. 66(1)
    """
    row = asking(application_id, actor)
    known = datasets(row.document)[:MOST]
    if dataset not in known:
        raise refuse("APP-119", found=dataset[:64], accepted=", ".join(known) or "–")
    asked = question(row.document)
    if asked is None:
        raise refuse("APP-130")
    return singling.ask(node, dataset, asked, criteria(row.document), actor=actor)


def asking(application_id: str, actor: str) -> ApplicationRow:
    """Return the row of an application that an account may ask about: its team, or an officer who may assess it."""
    row = ApplicationRow.objects.filter(id=application_id).first()
    about = attributes(row, actor) if row else {}
    if row is not None and decide(person(actor), "application.write", about).allowed:
        return own(row)
    if row is None or row.state == "draft":
        raise refuse("APP-101", found=application_id[:64])
    check(actor, "application.assess", about)
    return row


def criteria(document: Document) -> Mapping[str, object] | None:
    """Return the cohort asked for, None where there is none yet."""
    value = at(document, "data.cohort")
    return value if isinstance(value, Mapping) and value else None


def answers(node: Node, document: Document) -> list[tuple[str, Uniqueness | None]]:
    """Return each dataset asked for with the answer that the application's present question was given on it."""
    asked = question(document)
    if not asked:
        return []
    return list(bulk.singled(node, datasets(document)[:MOST], asked, criteria(document)).items())
