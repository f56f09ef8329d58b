"""Who may ask for each route and operation: a table, compared with what the site answers to nobody and to every role.

`user` wrote the application, is named on the permit and made the run and the request; `stranger` has the same role and
none of these. `other-holder` is a steward, of another holder than the data's: a list is open and has nothing of them, a
form without words is told so first. A route that has no row here fails. Where the table lets somebody in, any answer
but a closed door and an empty room will do: what is then asked may be refused for what it says.
"""

import csv
from pathlib import Path

import pytest
from django.core.cache import cache

from tests.attacks.site import real, routes
from tests.attacks.site.conftest import ROLES, Busy

TABLE = Path(__file__).with_name("access.csv")
ROWS = {(row["route"], row["method"]): row for row in csv.DictReader(TABLE.read_text("utf-8").splitlines())}
SHUT = (401, 403)
# what an action refuses even to those who may do it: the node has no cards, no study, nothing to be seen yet
STILL_SHUT = {"people:sign-in", "people:step-up", "people:passkeys", "people:passkey-enter"}
# what only a sealed answer in statistics, a proposed link or a registered passkey can stand behind: tested elsewhere
NOT_THERE = {
    "applications:take-table",
    "api:application_take_table",
    "catalogue:decide-link",
    "api:catalogue_decide_link",
    "people:passkey-remove",
    "api:people_passkey_remove",
}


@pytest.fixture(scope="module")
def furnished(busy, tmp_path_factory):
    """The busy site with a real thing behind every address, and by route what their addresses name."""
    values = real.furnish(busy.node, busy.values, tmp_path_factory.mktemp("real"))
    return Busy(busy.node, {**busy.values, **values.pop(""), "by route": values})


def wanted() -> list[tuple[str, str]]:
    """Return every route with every method."""
    return sorted((route.name, method) for route in everything() for method in route.methods)


def everything() -> list[routes.Route]:
    """Return pages and operations."""
    return [*routes.pages(), *routes.operations()]


def test_every_route_has_a_row_and_every_row_a_route():
    asked = set(wanted())
    assert len(asked) >= 150
    assert not asked - set(ROWS), "routes without a row in access.csv"
    assert not set(ROWS) - asked, "rows of access.csv whose route is gone"


def test_rows_name_roles_and_shut_doors():
    for key, row in ROWS.items():
        who = set(row["who"].split())
        assert who in ({"everyone"}, {"signed-in"}, {"nobody"}) or (who and who <= set(ROLES)), key
        assert (row["other-holder"] != "") == ("steward" in who), key
        assert (row["stranger"] in ("403", "404")) == (who not in ({"everyone"}, {"signed-in"})), key


def answers(busy, route, method, who):
    """Return the status that somebody gets, as if they were the first today."""
    cache.clear()
    values = busy.values | ({"task_id": "work-1"} if route.name.startswith("api:task_") else {})
    values |= {"step": "pause"} if route.name == "api:application_reasoned_step" else {}
    values |= {"permit_id": values["revoked_id"]} if route.name.endswith(("revoke", "_revoke")) else {}
    values |= values["by route"].get(route.name, {})
    api = route.name.startswith("api:")
    data = {"run": values["run_id"]} if route.name == "api:airlock_ask" else routes.body(route) if api else None
    asked = f"?{routes.query(route)}" if api and routes.query(route) else ""
    return busy.ask(who, method, route.url(values) + asked, data).status_code


def compared(busy, route, method):
    """Yield what is wrong: who asked, what they got."""
    row = ROWS[route.name, method]
    who, stranger = row["who"].split(), int(row["stranger"] or 0)
    if who == ["everyone"]:
        for name in ("anonymous", "stranger"):
            got = answers(busy, route, method, name)
            if (got in (*SHUT, 404) and route.name not in STILL_SHUT | NOT_THERE) or got == 500:
                yield name, got
        return
    if who == ["nobody"]:
        for name in ("anonymous", "stranger", "operator"):
            if (got := answers(busy, route, method, name)) != stranger:
                yield name, got
        return
    if (got := answers(busy, route, method, "anonymous")) != 401:
        yield "anonymous", got
    if who == ["signed-in"]:
        got = answers(busy, route, method, "stranger")
        if (got in (*SHUT, 404) and route.name not in STILL_SHUT | NOT_THERE) or got == 500:
            yield "stranger", got
        return
    for name in [each for each in ROLES if each not in who]:
        got = answers(busy, route, method, name)
        if got not in (403, 404) or (name == "stranger" and got != stranger):
            yield name, got
    for name in who:
        got = answers(busy, route, method, name)
        real.again()
        if got in (401, 403, 500) or (got == 404 and route.name not in NOT_THERE):
            yield name, got


@pytest.mark.attack
def test_a_steward_speaks_for_no_other_holder(furnished):
    wrong = []
    for route in everything():
        for method in route.methods:
            if status := ROWS[route.name, method]["other-holder"]:
                got = answers(furnished, route, method, "other-holder")
                wrong += [f"{method} {route.name}: {got}"] * (got != int(status))
                furnished.again()
    assert not wrong, "\n".join(wrong)


GROUPS = sorted({name.partition(":")[0] if ":" in name else "site" for name, _ in ROWS if not name.startswith("api:")})


@pytest.mark.attack
@pytest.mark.parametrize("room", [*GROUPS, "api"])
def test_each_role_gets_what_the_table_says(furnished, room):
    wrong = []
    for route in everything():
        if (route.name.partition(":")[0] if ":" in route.name else "site") != room:
            continue
        for method in route.methods:
            wrong += [f"{method} {route.name} as {who}: {got}" for who, got in compared(furnished, route, method)]
            furnished.again()
    assert not wrong, "\n".join(wrong)
