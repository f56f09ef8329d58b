"""The API's contract: its form, names that stay, refusals as problems, and no fault whatever it is asked."""

from pathlib import Path

import pytest
import schemathesis
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.attacks.site import routes
from tests.attacks.site.conftest import BACKEND, busy  # noqa: F401 - the fixture

NAMES = Path(__file__).with_name("operation-ids.txt")
EDGES = (0, -1, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30)


@pytest.fixture(scope="module")
def schema():
    """The description."""
    return routes.described()


def operations(schema):
    """Yield address, method and operation."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_operation_ids_stay(schema):
    found = sorted(operation["operationId"] for _, _, operation in operations(schema))
    assert len(found) == len(set(found))
    kept = NAMES.read_text("utf-8").split()
    assert found == kept, "programs call operations by these names; a new one is added to operation-ids.txt"


def test_form(schema):
    assert schema["openapi"].startswith("3.1")
    for path, method, operation in operations(schema):
        assert operation["description"], f"{method} {path}"
        for status in ("4XX", "5XX"):
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def bare(part, path=""):
    """Yield where a whole number has no bounds."""
    if isinstance(part, dict):
        if part.get("type") == "integer" and not ("maximum" in part or "exclusiveMaximum" in part):
            yield path
        for name, inner in part.items():
            yield from bare(inner, f"{path}/{name}")
    elif isinstance(part, list):
        for place, inner in enumerate(part):
            yield from bare(inner, f"{path}/{place}")


def test_whole_numbers_asked_for_after_an_address_have_bounds(schema):
    unbound = [
        f"{method} {path}{place}"
        for path, method, operation in operations(schema)
        for place in bare(operation.get("parameters", []))
    ]
    assert not unbound


@pytest.mark.parametrize("who", ["anonymous", "user", "operator"])
def test_numbers_at_their_edges_are_no_fault(busy, schema, who):  # noqa: F811
    client, faults = busy.client(who), []
    for path, method, operation in operations(schema):
        numbers = [
            each["name"]
            for each in operation.get("parameters", [])
            if each["in"] == "query" and "integer" in str(each["schema"])
        ]
        for name in numbers:
            for edge in EDGES:
                cache.clear()
                route = routes.Route("api:edge", path, (method.upper(),))
                answer = getattr(client, method)(f"{route.url(busy.values)}?{name}={edge}")
                if answer.status_code >= 500:
                    faults.append(f"{method} {path}?{name}={edge}: {answer.status_code}")
                if answer.status_code >= 400:
                    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not faults


def cookie(who):
    """Return the headers of a program that is signed in, with its token."""
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    from hygie.commons.people.models import Account

    if who == "anonymous":
        return {}
    client, token = Client(SERVER_NAME="localhost"), _get_new_csrf_string()
    client.force_login(Account.objects.get(name=who), backend=BACKEND)
    session = client.cookies["sessionid"].value
    return {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token}


CALLERS = ("anonymous", "user", "officer", "steward", "operator", "checker")


@pytest.mark.slow
def test_no_call_that_fits_the_description_is_a_fault(busy):  # noqa: F811
    """Each call is made once as everybody: what it asks does not depend on who asks."""
    site = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    callers = {who: {"Host": "localhost", **cookie(who)} for who in CALLERS}
    tried = {who: [] for who in CALLERS}

    for result in site.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=8,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def asked(case):
            for who, headers in callers.items():
                cache.clear()
                answer = case.call(headers={**headers, **(case.headers or {})})
                case.validate_response(
                    answer, checks=[not_a_server_error, content_type_conformance, response_schema_conformance]
                )
                tried[who].append(answer.status_code)

        asked()
    for who, found in tried.items():
        assert len(found) >= len(routes.operations()) * 2, who
        assert {200} <= set(found), who
