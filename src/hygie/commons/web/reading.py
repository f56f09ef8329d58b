"""Where texts come in from forms and calls: none is taken with a control character."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja.parser import Parser

from hygie.base.kernel import legible
from hygie.base.kernel.catalogue import explain
from hygie.commons.web import current


def readable(value: str) -> None:
    """Refuse a form's text with a control character, beside its field: KER-106."""
    for reason in legible(value).reasons:
        said = explain(reason, current.language())
        raise ValidationError(f"{said.found} {said.accepted}", code=said.code)


def guard() -> None:
    """Have every text of every form read so."""
    forms.CharField.default_validators = [readable]


class Texts(Parser):
    """Reads what calls of the API send, and refuses it with a control character."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return a call's JSON; KER-106."""
        body = super().parse_body(request)
        legible(body).check()
        return body

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        """Return what stands in a call's address or form; KER-106."""
        found = super().parse_querydict(data, list_fields, request)
        legible(found).check()
        return found
