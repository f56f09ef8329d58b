"""Whom the applications name: what no text that is published may repeat."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from hygie.access.applications.document import Document
from hygie.access.applications.enforcement.keys import business_key, name_key
from hygie.access.applications.models import ApplicationRow, DatasetRow
from hygie.access.applications.naming import NATURAL, of_document
from hygie.access.catalogue.models import Entry
from hygie.commons.web.publishing import Held, persons

READ = ("public", "applicant", "processing")


def of_rows(rows: QuerySet[ApplicationRow]) -> tuple[Held, ...]:
    """Return the persons whom some applications name, each once; of a document only what names them is read."""
    sections = rows.values_list(*(f"document__{name}" for name in READ)).iterator(chunk_size=200)
    documents: Iterable[Document] = ({n: v for n, v in zip(READ, row, strict=True) if v} for row in sections)
    return tuple(dict.fromkeys(held for document in documents for held in of_document(document)))


@persons("permit")
def of_permit(permit_id: str) -> tuple[Held, ...]:
    """Return the persons whom the application names that led to a permit."""
    return of_rows(ApplicationRow.objects.filter(permit=permit_id))


@persons("dataset")
def of_dataset(dataset: str) -> tuple[Held, ...]:
    """Return the persons whom the applications name that asked for a dataset and were received."""
    return of_rows(ApplicationRow.objects.filter(datasets__dataset=dataset, submitted_at__isnull=False))


@persons("holder")
def of_holder(holder: str) -> tuple[Held, ...]:
    """Return the persons whom the applications name that asked for a holder's data and were received."""
    asked = DatasetRow.objects.filter(dataset__in=Entry.objects.filter(holder=holder).values("dataset"))
    return of_rows(ApplicationRow.objects.filter(id__in=asked.values("application"), submitted_at__isnull=False))


def of_user(organisation: str, country: str, business_id: str, *, natural: bool) -> tuple[Held, ...]:
    """Return the persons whom a user's applications name, and the user where it is a natural person."""
    alone = (Held("organisation", organisation.strip()),) if natural else ()
    return (*alone, *of_rows(made_by(organisation, country, business_id)))


def made_by(organisation: str, country: str, business_id: str) -> QuerySet[ApplicationRow]:
    """Return the applications that an organisation handed in, found as exclusions find them."""
    return like(name_key(organisation, country), business_key(business_id, country))


def like(organisation_key: str, known: str) -> QuerySet[ApplicationRow]:
    """Return the applications that an organisation handed in, by its keys; `known` is its business id's, or empty.

    Anyone may type its name into a draft: those count for nothing.
    """
    same = Q(organisation_key=organisation_key)
    return ApplicationRow.objects.filter(same | Q(business_key=known) if known else same, submitted_at__isnull=False)


def is_natural(organisation: str, country: str) -> bool:
    """Return whether who goes by a name has applied here as a natural person."""
    return like(name_key(organisation, country), "").filter(applicant_kind=NATURAL).exists()
