"""What the API takes: each schema has a name of its own, and no body is read past or taken for another kind."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hygie.commons.web.schema import Body
from tests.conftest import Site

NAMES = Path(__file__).with_name("operation-ids.txt")


@cache
def operations() -> list[tuple[str, Any]]:
    """Every operation of every router and of those within it, with its address."""
    from hygie.node.site.api import api

    return [
        (f"{each.methods[0]} {router.prefix}{path}", each)
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for each in view.operations
    ]


def models(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in an annotation, and those in their fields."""
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        if kind.__module__.startswith("hygie"):
            yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation)
    for part in typing.get_args(kind):
        yield from models(part)


def bodies(operation: Any) -> list[Any]:
    """The operation's parameters that a body fills."""
    return [each for each in operation.models if each.__ninja_param_source__ == "body"]


def test_every_router_is_walked_and_no_two_schemas_share_a_name() -> None:
    """Programs name schemas by the description alone: a second of the same name would hide the first."""
    assert sorted(each.operation_id for _address, each in operations()) == NAMES.read_text("utf-8").split()
    known: dict[str, type[BaseModel]] = {}
    for _address, operation in operations():
        for given in (*operation.models, *operation.response_models.values()):
            for model in models(given):
                assert known.setdefault(model.__name__, model) is model, (model, known[model.__name__])


def test_every_body_is_closed_and_takes_an_object_alone() -> None:
    asked = [(address, body) for address, operation in operations() for body in bodies(operation)]
    assert len(asked) > 30
    for address, body in asked:
        for model in models(body):
            assert issubclass(model, Body), f"{address}: {model.__name__}"
        for name, field in body.model_fields.items():
            if not (inspect.isclass(field.annotation) and issubclass(field.annotation, Body)):
                continue
            for wrong in ([], None, "x", 3, {"surprise": 1}):
                with pytest.raises(ValidationError):
                    body.model_validate({name: wrong})


@pytest.mark.parametrize("language", ["en", "fr"])
def test_another_kind_of_body_is_refused_and_starts_nothing(site: Site, language: str) -> None:
    from hygie.access.applications.models import ApplicationRow

    for wrong in ("[]", "null", '"x"', '{"surprise": 1}'):
        sent = site.post("/api/v1/applications/", wrong, as_="user", language=language, content_type="application/json")
        assert (sent.status_code, sent.json()["code"]) == (422, "WEB-108"), wrong
    assert not ApplicationRow.objects.exists()
    sent = site.post("/api/v1/applications/", "{}", as_="user", language=language, content_type="application/json")
    assert sent.status_code in (200, 201)
