"""`hygie bench site`: every page of a busy node, asked in this process; the time and the queries each takes."""

from __future__ import annotations

import math
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from hygie.base.engine.node import Node
from hygie.base.kernel import new_id, refuse
from hygie.commons.web import current
from hygie.node.bench.measure import resident
from hygie.node.bench.pages import PAGES
from hygie.node.home import database, opening

ROUNDS = 20
GOALS: Mapping[str, float] = {
    "median_ms": 200, "p95_ms": 500, "queries": 40, "peak_mb": 1024, "verify_seconds_a_million": 20,
}  # fmt: skip


@dataclass(frozen=True)
class Seeded:
    """What a seeded node holds that pages are asked about.

    Parameters
    ----------
    application, mine : str   one in process; one that the account `user` wrote
    draft : str               one for a permit that the account `user` has not submitted
    dataset, permit : str
    run : str                 under the permit
    procedure, message : str  of enforcement, and to another body
    task : str                of the account `user`
    events : int              of the ledger
    """

    application: str
    mine: str
    draft: str
    dataset: str
    permit: str
    run: str
    procedure: str
    message: str
    task: str
    events: int

    @property
    def last(self) -> int:
        """The last event."""
        return self.events - 1


def run(scale: int = 100_000, *, rounds: int = ROUNDS) -> dict[str, object]:
    """Return median, 95th percentile and number of queries of each page, peak memory, and the ledger's verification.

    Parameters
    ----------
    scale : int    applications of twenty events; a tenth as many datasets and permits, a two-hundredth officers
    rounds : int   times each page is asked, after one that is not counted

    Errors   BEN-102 the control database that `HYGIE_DATABASE_URL` names holds something already
    """
    with tempfile.TemporaryDirectory() as folder, throwaway(Path(folder)) as node:
        begun = time.perf_counter()
        held = seed(node, scale)
        seeded = time.perf_counter() - begun
        asked = {name: ask(client, url, rounds) for name, client, url in pages(held)}
        peak, (verified, worked) = peak_mb(), verify(node)
        found: dict[str, object] = {
            "database": engine(),
            "holds": counts(),
            "events": held.events,
            "seeded_seconds": round(seeded, 1),
            "pages": asked,
            "slowest_median_ms": max(each["median_ms"] for each in asked.values()),
            "slowest_p95_ms": max(each["p95_ms"] for each in asked.values()),
            "most_queries": max(each["queries"] for each in asked.values()),
            "peak_mb": peak,
            "resident_mb": round(resident()),
            "verify_seconds": round(verified, 1),
            "verify_seconds_a_million": round(verified / held.events * 1e6, 1),
            "verify_cpu_seconds_a_million": round(worked / held.events * 1e6, 1),
            "load": [round(each, 1) for each in os.getloadavg()],
            "goals": dict(GOALS),
        }
    return {**found, "missed": missed(asked, found)}


def missed(asked: Mapping[str, Mapping[str, float]], found: Mapping[str, object]) -> list[str]:
    """Return every goal that was missed, by page."""
    late = [
        f"{name}: {what} {each[what]}"
        for name, each in asked.items()
        for what in ("median_ms", "p95_ms", "queries")
        if each[what] > GOALS[what]
    ]
    whole = [name for name in ("peak_mb", "verify_seconds_a_million") if float(str(found[name])) > GOALS[name]]
    return [*late, *(f"{name} {found[name]}" for name in whole)]


@contextmanager
def throwaway(folder: Path) -> Iterator[Node]:
    """Make a node that is thrown away, and serve it to pages in this process; go back to the database before."""
    from django.db import connection

    database.start()
    before = connection.settings_dict["NAME"]
    if connection.vendor != "sqlite" and connection.introspection.table_names():
        raise refuse("BEN-102", found=str(before)[:64])
    connection.close()
    node = opening.init(folder / "node", key_file=folder / "root.key")
    secret, settings.SECRET_KEY = settings.SECRET_KEY, "a secret of benchmarks"
    current.serve(node)
    try:
        yield node
    finally:
        database.close()
        connection.settings_dict["NAME"] = before
        settings.SECRET_KEY = secret


def seed(node: Node, scale: int) -> Seeded:
    """Fill a node and return what pages are asked about."""
    from hygie.access.applications.models import ApplicationRow
    from hygie.base.ledger import actions as ledger
    from hygie.node.bench import seeding, seeding_desk, seeding_permits
    from hygie.public.register import document
    from hygie.secure.enclave.models import Run

    size = seeding.Size(scale)
    officers = seeding.people(node, size)
    datasets = seeding.catalogue(node, size)
    granted = seeding_permits.permits(node, size, datasets)
    seeding.applications(node, size, officers, datasets, granted)
    case = ApplicationRow.objects.filter(state="processing").order_by("id").first()
    mine = ApplicationRow.objects.filter(author="user").order_by("id").first()
    assert case is not None
    assert mine is not None
    draft = seeding.draft(node, datasets)
    desk = seeding_desk.desk(node, size, datasets, case.id)
    analyse()
    document.write(node)
    run = Run.objects.get(permit=granted[0])
    return Seeded(
        case.id, mine.id, draft, datasets[0], granted[0], run.id, desk.procedure, desk.message, desk.task,
        ledger.head().size,
    )  # fmt: skip


def counts() -> dict[str, int]:
    """Return how much a seeded node holds, by what it is."""
    from hygie.access.applications.models import ApplicationRow, EventRow
    from hygie.access.catalogue.models import Entry
    from hygie.commons.people.queries import everyone

    return {
        "applications": ApplicationRow.objects.exclude(state="draft").count(),
        "application events": EventRow.objects.count(),
        "datasets": Entry.objects.count(),
        "officers": sum("officer" in person.roles for person in everyone()),
    }


def analyse() -> None:
    """Let the database look at how its columns are filled, as a running one does by itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def engine() -> str:
    """Return the database's name and version."""
    from django.db import connection

    if connection.vendor == "sqlite":
        import sqlite3

        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def pages(held: Seeded) -> Iterator[tuple[str, Any, str]]:
    """Yield each page: its name, a client signed in as who reads it, and its address."""
    clients: dict[str, Any] = {}
    for name, who, url in (line.split(" ", 2) for line in PAGES):
        if who not in clients:
            clients[who] = signed_in(who)
        yield name, clients[who], url.format(held=held)


def signed_in(who: str) -> Any:
    """Return a client with a session that the node keeps, as one that signed in has; nobody's for a dash."""
    from django.test import Client

    from hygie.commons.people.models import Account, Session
    from hygie.commons.people.signals import KEPT

    client = Client(SERVER_NAME="localhost")
    if who == "-":
        return client
    account, at = Account.objects.get(name=who), current.node().clock()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    held = Session.objects.create(id=new_id("ses"), account=account, began_at=at, seen_at=at, means="local")
    session = client.session
    session[KEPT] = {**session[KEPT], "id": held.id}
    session.save()
    return client


def ask(client: Any, url: str, rounds: int) -> dict[str, Any]:
    """Ask for a page again and again, and once more with its queries counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    answer = client.get(url)
    if answer.status_code not in (200, 302):
        raise AssertionError(f"{url} answers {answer.status_code}")
    found = [timed(lambda: client.get(url)) for _ in range(rounds)]
    taken, worked = sorted(wall for wall, _ in found), sorted(cpu for _, cpu in found)
    with CaptureQueriesContext(connection) as counted:
        client.get(url)
    return {
        "median_ms": round(statistics.median(taken) * 1e3, 1),
        "p95_ms": round(taken[math.ceil(len(taken) * 0.95) - 1] * 1e3, 1),
        "cpu_ms": round(statistics.median(worked) * 1e3, 1),
        "queries": len(counted),
        "kb": round(len(answer.getvalue()) / 1024) if answer.streaming else round(len(answer.content) / 1024),
    }


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a piece of work takes, and those of them that this process computes."""
    begun, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - worked


def verify(node: Node) -> tuple[float, float]:
    """Return the seconds that the verification of the whole ledger takes, and those that this process computes."""
    from hygie.base.ledger import actions as ledger

    return timed(lambda: ledger.verify(node.keys, origin=ledger.origin_of(node.id)))


def peak_mb() -> int:
    """Return the largest resident memory of this process, MiB, seeding included."""
    scale = 1024 if os.uname().sysname == "Linux" else 1024 * 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale)
