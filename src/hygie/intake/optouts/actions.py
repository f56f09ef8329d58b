"""Recording wishes: to be out, and to be in again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction

from hygie.base import law
from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Reason, Refusal, Verdict, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.linkage import queries as linkage
from hygie.intake.linkage import tokens, vault
from hygie.intake.linkage.systems import check_address, national, systems
from hygie.intake.optouts.register import NAME, open_register, utc
from hygie.intake.optouts.values import SCOPES, Line
from hygie.intake.sources.values import dataset_system

VALUE_LENGTH = 200
SHOWN = 20  # wrong lines a refusal names one by one


def record(
    node: Node,
    *,
    actor: str,
    value: str,
    system: str | None = None,
    dataset: str | None = None,
    scope: str = "all",
    detail: str = "",
    valid_from: datetime | None = None,
) -> str:
    """Record that a person opts out and return the wish's id.

    The person is named by an identifier of a national system or of one that a held dataset declared, or by a held
    dataset's own patient id; data that arrive later count.

    Parameters
    ----------
    value : str             the identifier; only its keyed hash is kept
    system : str            the identifier system's address; or
    dataset : str           the dataset whose own patient id it is
    scope : str             all, category or purpose; the last two with `detail`
    detail : str            a category of art. 51(1) or a purpose of art. 53(1), by its letter
    valid_from : datetime   from when it holds; default now; earlier for a wish that reached the body before
    actor : str

    Errors      PPL codes; LNK-101; OPT-101 to OPT-104, OPT-106, OPT-111 to OPT-113
    Source      Reg. (EU) 2025/327 art. 71(1) and (3)
    """
    address = address_of(system, dataset)
    return express(node, actor, Line(1, address, value, "add", scope, detail, valid_from))


def withdraw(
    node: Node,
    *,
    actor: str,
    value: str,
    system: str | None = None,
    dataset: str | None = None,
    scope: str = "all",
    detail: str = "",
    valid_from: datetime | None = None,
) -> str:
    """Record that a person takes an opt-out back and return the wish's id.

    It never holds for the past: a permit decided while the person was out goes on without them.

    Parameters
    ----------
    value, system, dataset, scope, detail, actor   as for `record`
    valid_from : datetime   now (the default) or later

    Errors      PPL codes; LNK-101; OPT-101 to OPT-106, OPT-111 to OPT-113
    Source      Reg. (EU) 2025/327 art. 71(1): reversible
    """
    address = address_of(system, dataset)
    return express(node, actor, Line(1, address, value, "withdraw", scope, detail, valid_from))


def address_of(system: str | None, dataset: str | None) -> str:
    """Return the identifier system's address that is meant: OPT-101 unless exactly one is named; LNK-101."""
    if (system is None) == (dataset is None):
        raise refuse("OPT-101")
    return check_address(system if system is not None else dataset_system(str(dataset)))


def express(node: Node, actor: str, line: Line) -> str:
    """Append one wish."""
    check(actor, "optout.record", {})
    with vault.exclusive(node, "optouts", wait=True), node.engine(memory="512MB") as engine:
        return append(node, engine, actor, [line])[0]


def bring(node: Node, lines: Sequence[Line], *, actor: str) -> int:
    """Record many wishes, all or none, and return how many.

    Parameters
    ----------
    lines : Sequence[Line]   with their line numbers, so that a refusal names them
    actor : str

    Errors      PPL codes; OPT-102 to OPT-106 and OPT-111 to OPT-113, each with its line; OPT-107 for no line
    """
    check(actor, "optout.record", {})
    if not lines:
        raise refuse("OPT-107")
    with vault.exclusive(node, "optouts", wait=True), node.engine(memory="1GB") as engine:
        return len(append(node, engine, actor, lines))


def details(scope: str) -> list[str]:
    """Return the letters a scope can be about: categories of art. 51(1), purposes of art. 53(1)."""
    if scope == "category":
        return sorted(law.categories())
    return sorted({basis.split("(")[2].rstrip(")") for basis in law.purposes()})


def place_faults(line: Line, path: str, places: tuple[frozenset[str], frozenset[str]]) -> list[Reason]:
    """Return a reason when no record could ever carry an identifier of the line's system.

    National systems count before any data are there; other systems once a held dataset declared them.
    """
    datasets, declared = places
    of_datasets = {dataset_system(each) for each in datasets}
    if line.system in of_datasets | declared or national(line.system):
        return []
    if line.system.startswith(dataset_system("")):
        return [Reason("OPT-112", {"accepted": ", ".join(sorted(datasets)) or "–"}, path)]
    known = sorted({uri for system in systems().values() for uri in system.uris[:1]} | declared)
    return [Reason("OPT-113", {"accepted": ", ".join(known)}, path)]


def faults(line: Line, now: datetime, places: tuple[frozenset[str], frozenset[str]]) -> list[Reason]:
    """Return what speaks against one wish."""
    path = f"line {line.number}"
    found = []
    if not 1 <= len(line.value.strip()) <= VALUE_LENGTH:
        found.append(Reason("OPT-102", {}, path))
    if line.scope not in SCOPES:
        found.append(Reason("OPT-103", {"accepted": ", ".join(SCOPES)}, path))
    elif (line.scope == "all") == bool(line.detail):
        found.append(Reason("OPT-106", {"scope": line.scope}, path))
    elif line.detail and line.detail not in details(line.scope):
        found.append(Reason("OPT-111", {"scope": line.scope, "accepted": ", ".join(details(line.scope))}, path))
    found += place_faults(line, path, places)
    if line.valid_from is not None and line.wish == "withdraw" and line.valid_from < now:
        found.append(Reason("OPT-105", {}, path))
    return found


def append(node: Node, engine: Engine, actor: str, lines: Sequence[Line]) -> list[str]:
    """Write the register with new wishes at its end, make it current with its fact, and destroy the former."""
    version = open_register(engine, node)
    counters = dict(version.counters) if version else {"seq": 0, "recorded_at": ""}
    now = node.clock()
    last = str(counters["recorded_at"])
    recorded_at = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1)) if last else now
    places = linkage.places()
    refuse_all([reason for line in lines for reason in faults(line, now, places)])
    ids = [new_id("optout") for _ in lines]
    stage(engine, node, lines, ids, now)
    unread = [row[0] for row in engine.rows("SELECT number FROM incoming WHERE token IS NULL ORDER BY number")]
    refuse_all([Reason("OPT-104", {}, f"line {number}") for number in unread])
    first = int(str(counters["seq"]))
    columns = "id, seq, token, wish, scope, detail, valid_from, recorded_at"
    query = (
        f"SELECT {columns} FROM wishes UNION ALL SELECT id, {first} + row_number() OVER (ORDER BY place), token, wish, "
        f"scope, detail, valid_from, {utc(recorded_at)} FROM incoming"
    )
    counters = {
        "seq": first + len(lines),
        "recorded_at": recorded_at.isoformat(),
        "next": next_beginning(engine, query, recorded_at),
    }
    drafted = vault.draft(engine, node, NAME, {"wishes": (query, ("seq",))}, counters, vault.RIGHT)
    with transaction.atomic():
        vault.adopt(NAME, drafted.id)
        ledger.append([fact(actor, recorded_at, lines, ids)])
    vault.clean(node, NAME)
    return ids


def next_beginning(engine: Engine, wishes: str, at: datetime) -> str:
    """Return when the next wish that does not hold yet will, empty where none waits."""
    found = engine.scalar(f"SELECT min(valid_from) FROM ({wishes}) WHERE valid_from > {utc(at)}")
    return found.replace(tzinfo=UTC).isoformat() if isinstance(found, datetime) else ""


def fact(actor: str, at: datetime, lines: Sequence[Line], ids: Sequence[str]) -> Fact:
    """Return the ledger's word of it: what was wished, never by whom."""
    if len(lines) > 1:
        wishes = {wish: sum(line.wish == wish for line in lines) for wish in ("add", "withdraw")}
        return Fact("optouts.imported", ids[0], actor, at, {"wishes": wishes})
    kind = "optout.recorded" if lines[0].wish == "add" else "optout.withdrawn"
    return Fact(kind, ids[0], actor, at, {"scope": lines[0].scope, "detail": lines[0].detail})


def stage(engine: Engine, node: Node, lines: Sequence[Line], ids: Sequence[str], now: datetime) -> None:
    """Make the table `incoming` of new wishes, their identifiers turned into tokens."""
    import pyarrow as pa

    tokens.prepare(engine, vault.token_key(node))
    raw = pa.table(
        {
            "place": pa.array(range(len(lines)), pa.int64()),
            "number": pa.array([line.number for line in lines], pa.int64()),
            "id": pa.array(ids, pa.string()),
            "system": pa.array([line.system for line in lines], pa.string()),
            "value": pa.array([line.value for line in lines], pa.string()),
            "wish": pa.array([line.wish for line in lines], pa.string()),
            "scope": pa.array([line.scope for line in lines], pa.string()),
            "detail": pa.array([line.detail for line in lines], pa.string()),
            "valid_from": pa.array([naive(line.valid_from or now) for line in lines], pa.timestamp("us")),
        }
    )
    engine.con.register("raw_wishes", raw)
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT place, number, id, wish, scope, detail, valid_from, "
        f"{tokens.token('system', 'value')} AS token FROM raw_wishes"
    )
    engine.con.unregister("raw_wishes")


def naive(moment: datetime) -> datetime:
    """Return an instant as the UTC time without offset that the register holds."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def refuse_all(reasons: list[Reason]) -> None:
    """Refuse with the first reasons, unless there are none."""
    if reasons:
        raise Refusal(Verdict(tuple(reasons[:SHOWN])))
