"""Links that are not by identifier: traits taken, links reviewed by a steward, withdrawn when wrong, remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, new_id, refuse, visible
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check, may
from hygie.intake.linkage import actions, index, scoring, traits, vault
from hygie.intake.linkage.stewarding import ACTION, MEMORY, resettle
from hygie.intake.linkage.tokens import binary
from hygie.intake.sources.values import dataset_system

LINK_ID = re.compile(r"link-[0-9a-f]{20}")
STATES = ("review", "linked", "rejected", "withdrawn")
PROPOSED, DECIDED = "linkage.proposed", "linkage.decided"
DECISIONS = {"accept": ("review", "linked"), "reject": ("review", "rejected"), "withdraw": ("linked", "withdrawn")}


@dataclass(frozen=True)
class Link:
    """A link as a steward sees it: whose records, how alike, and each trait: same, close, different or absent."""

    id: str
    method: str
    a: str
    b: str
    score: float
    model: str
    state: str
    decided_by: str
    traits: dict[str, str]


@dataclass(frozen=True)
class Settled:
    """How many links in review were accepted, how many rejected, and how many are still in review."""

    accepted: int
    rejected: int
    review: int


def take_traits(
    node: Node, dataset: str, path: Path, *, id_column: str = "id", actor: str, synthetic: bool = False
) -> dict[str, int]:
    """Take a dataset's traits in place of those it had, for its records alone; return what was read, kept and unknown.

    Parameters
    ----------
    dataset : str
    path : Path        CSV or Parquet; a folder or a file of FHIR R4 NDJSON
    id_column : str    of a table, the dataset's own patient ids
    actor : str
    synthetic : bool   True when no real person is behind the dataset

    Errors      PPL codes; LNK-102 to LNK-104, LNK-110; SRC codes of a FHIR delivery; LNK-115 none of the lines is of a
                record held here
    """
    check(actor, ACTION, {"dataset": dataset})

    def change(engine: Engine, _: vault.Version) -> dict[str, int]:
        staged = traits.stage(engine, path, id_column)
        read = staged.read
        own, of = binary(literal(dataset_system(dataset)), "own"), literal(dataset)
        some = " OR ".join(f"{trait} IS NOT NULL" for trait in staged.traits)
        columns = ", ".join(index.TABLES["traits"][0])
        chosen = ", ".join(f"any_value({trait}) AS {trait}" for trait in staged.traits)
        engine.con.execute(
            f"CREATE OR REPLACE TEMP TABLE all_traits AS SELECT {columns} FROM index_traits WHERE dataset <> {of} "
            f"UNION ALL BY NAME SELECT {of} AS dataset, t.person_id, {chosen} FROM people p JOIN index_tokens t "
            f"ON t.dataset = {of} AND t.token = {own} WHERE {some} GROUP BY t.person_id"
        )
        kept = int(engine.scalar(f"SELECT count(*) FROM all_traits WHERE dataset = {of}"))
        if not kept:
            raise refuse("LNK-115", file=path.name, dataset=dataset)
        index.keep(engine, "traits")
        return {"read": read, "kept": kept, "left_out": read - kept}

    return changed(node, actor, "linkage.traits-taken", dataset, change, paths=(path,), synthetic=synthetic)


def add(engine: Engine, query: str, now: str) -> None:
    """Add links to `all_links`; one that holds from the beginning was decided by the model.

    Parameters
    ----------
    query : str   SQL -> (id, method, dataset_a, person_a, dataset_b, person_b, score, model, state)
    now : str     SQL of the present time
    """
    by_model = f"CASE WHEN state = 'linked' THEN {now} END AS decided_at, CASE WHEN state = 'linked' THEN 'model' END"
    engine.con.execute(
        f"INSERT INTO all_links BY NAME SELECT *, {now} AS found_at, {by_model} AS decided_by FROM ({query})"
    )


def decide(node: Node, link: str, decision: str, *, actor: str, synthetic: bool = False) -> None:
    """Accept or reject a link in review, or withdraw one that holds; what it was stays in the index.

    Parameters
    ----------
    link : str       its id
    decision : str   accept, reject or withdraw
    actor : str

    Errors      PPL codes; LNK-102; LNK-117 no such link in that state, or no such decision
    """
    check(actor, ACTION, {"datasets": datasets_of(node, link)})
    before, after = DECISIONS.get(decision, (visible(decision, 16), ""))
    if not after or not LINK_ID.fullmatch(link):
        raise refuse("LNK-117", link=visible(link, 64), state=before)

    def change(engine: Engine, _: vault.Version) -> dict[str, int]:
        held = f"id = {literal(link)} AND state = {literal(before)}"
        if engine.scalar(f"SELECT count(*) FROM index_links WHERE {held}") != 1:
            raise refuse("LNK-117", link=link, state=before)
        put(engine, {held: after}, node.clock(), actor)
        return {}

    changed(node, actor, DECIDED, link, change, synthetic=synthetic, more={"decision": decision})


def settle(
    node: Node,
    datasets: Sequence[str],
    method: str,
    *,
    accept_from: float | None = None,
    reject_below: float | None = None,
    many: bool = False,
    actor: str,
    synthetic: bool = False,
) -> Settled:
    """Decide at once on the links in review within a dataset or between two, by scores fixed beforehand.

    Between two datasets a record gets one of the other: a link stays in review where one of its records has another
    link that is accepted now or holds.

    Parameters
    ----------
    datasets : Sequence[str]      one or two
    method : str                  encoded or traits: scores of two methods are no common scale
    accept_from : float or None   links with this score or more are accepted, none when None; 0 to 1
    reject_below : float or None  links with a smaller score are rejected, none when None; not above `accept_from`
    many : bool                   a record may have several of the other dataset
    actor : str

    Errors      PPL codes; LNK-102, LNK-119; LNK-122 scores by which nothing can be decided; LNK-123 nothing of the
                method is in review there
    """
    check(actor, ACTION, {"datasets": tuple(sorted(set(datasets)))})
    given = [each for each in (reject_below, accept_from) if each is not None]
    if not given or sorted(given) != given or not all(0 <= each <= 1 for each in given):
        told = " / ".join("–" if each is None else f"{each:g}" for each in (accept_from, reject_below))
        raise refuse("LNK-122", datasets=", ".join(datasets), found=told)

    def change(engine: Engine, _: vault.Version) -> dict[str, int]:
        ends = ", ".join(literal(each) for each in sorted((*datasets, *datasets)[:2]))
        between = f"list_sort([dataset_a, dataset_b]) = [{ends}]"
        waiting = f"state = 'review' AND method = {literal(method)} AND {between}"
        sure = "false" if accept_from is None else f"score >= {float(accept_from)}"
        if len(set(datasets)) == 2 and not many:
            chosen = f"{between} AND (state = 'linked' OR ({waiting} AND {sure}))"
            sure += f" AND id NOT IN ({rivals(chosen)})"
        poor = "false" if reject_below is None else f"score < {float(reject_below)}"
        tests = {"linked": f"{waiting} AND {sure}", "rejected": f"{waiting} AND {poor}", "review": waiting}
        accepted, rejected, held = engine.rows(
            f"SELECT {', '.join(f'count(*) FILTER (WHERE {each})' for each in tests.values())} FROM index_links"
        )[0]
        if not held:
            raise refuse("LNK-123", datasets=", ".join(datasets), found=visible(method, 16))
        put(engine, {tests[after]: after for after in ("linked", "rejected")}, node.clock(), actor)
        return {"accepted": accepted, "rejected": rejected, "review": held - accepted - rejected}

    scores = {"accept_from": accept_from, "reject_below": reject_below}
    more: dict[str, object] = {"method": method}
    more |= {name: str(score) for name, score in scores.items() if score is not None}
    return Settled(**changed(node, actor, DECIDED, "+".join(datasets), change, synthetic=synthetic, more=more))


def rivals(chosen: str) -> str:
    """Return SQL of the ids of chosen links that share a record with another; `chosen` is SQL of a test."""
    ends = " UNION ALL ".join(
        f"SELECT id, dataset_{end} AS dataset, person_{end} AS person FROM index_links WHERE {chosen}" for end in "ab"
    )
    return f"SELECT id FROM ({ends}) QUALIFY count(*) OVER (PARTITION BY dataset, person) > 1"


def put(engine: Engine, tests: Mapping[str, str], at: datetime, actor: str) -> None:
    """Put the links that meet a test into its state, as decided now by the actor.

    Parameters
    ----------
    tests : Mapping   SQL of a test -> state
    """
    cases = " ".join(f"WHEN {test} THEN {literal(after)}" for test, after in tests.items())
    some = " OR ".join(f"({test})" for test in tests)
    decided = {"decided_at": sql_time(at), "decided_by": literal(actor)}
    replaced = ", ".join(
        f"CASE WHEN {some} THEN {value} ELSE {column} END AS {column}" for column, value in decided.items()
    )
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE all_links AS "
        f"SELECT * REPLACE (CASE {cases} ELSE state END AS state, {replaced}) FROM index_links"
    )
    index.keep(engine, "links")


def set_apart(node: Node, dataset: str, person_id: int, *, actor: str, synthetic: bool = False) -> str:
    """Let a record's identifiers join it to nobody, as they are wrong; return the id under which this is withdrawn.

    Opt-outs by those identifiers go on reaching the record.

    Parameters
    ----------
    dataset : str
    person_id : int   of that dataset
    actor : str

    Errors      PPL codes; LNK-102; LNK-118 no such record, or it is apart already
    """
    check(actor, ACTION, {"dataset": dataset})
    link = new_id("link")

    def change(engine: Engine, _: vault.Version) -> dict[str, int]:
        record = f"dataset = {literal(dataset)} AND person_id = {int(person_id)}"
        engine.con.execute("CREATE OR REPLACE TEMP TABLE all_links AS FROM index_links")
        held = engine.scalar(f"SELECT count(*) FROM index_persons WHERE {record}")
        if not held or engine.scalar(f"SELECT count(*) FROM {index.APART} WHERE {record}"):
            raise refuse("LNK-118", dataset=dataset)
        named = f"SELECT {literal(link)} AS id, 'apart' AS method, {literal(dataset)} AS dataset_a"
        add(engine, f"{named}, {int(person_id)} AS person_a, 'linked' AS state", sql_time(node.clock()))
        engine.con.execute(f"UPDATE all_links SET decided_by = {literal(actor)} WHERE id = {literal(link)}")
        index.keep(engine, "links")
        return {}

    changed(node, actor, "linkage.set-apart", link, change, synthetic=synthetic)
    return link


def changed(
    node: Node,
    actor: str,
    kind: str,
    subject: str,
    change: Callable[[Engine, vault.Version], dict[str, int]],
    *,
    paths: Sequence[Path] = (),
    synthetic: bool = False,
    more: dict[str, object] | None = None,
) -> dict[str, int]:
    """Change the index with its fact in one transaction: LNK-119 before the first delivery."""
    with vault.exclusive(node, "lake"):
        try:
            with node.engine(readable=[path.resolve() for path in paths], memory=MEMORY) as engine:
                version = index.open_index(engine, node)
                if version is None:
                    raise refuse("LNK-119")
                counts = change(engine, version)
                drafted, persons = resettle(
                    engine, node, dict(version.counters), Placement("vault", synthetic=synthetic)
                )
            body: dict[str, object] = {**(more or {}), **counts, "persons": persons}
            with transaction.atomic():
                actions.adopt(drafted)
                ledger.append([Fact(kind, subject, actor, node.clock(), body)])
        finally:
            actions.clean(node)
    return counts


def datasets_of(node: Node, link: str) -> tuple[str, ...]:
    """Return the datasets of a link, none when there is no such link."""
    with node.engine(memory=MEMORY) as engine:
        index.open_index(engine, node)
        rows = engine.rows("SELECT dataset_a, dataset_b FROM index_links WHERE id = ?", [link])
    return tuple(sorted({str(each) for row in rows for each in row if each}))


def listed(node: Node, *, actor: str, state: str = "review") -> list[Link]:
    """Return the links in a state that the actor may decide on, as `part` does."""
    return part(node, actor=actor, state=state)[1]


def part(
    node: Node, *, actor: str, state: str = "review", first: int = 0, most: int | None = None
) -> tuple[int, list[Link]]:
    """Return how many links in a state the actor may decide on, and some of them: the least sure first.

    How each trait agrees is said, and a trait itself never.

    Parameters
    ----------
    actor : str
    state : str   review, linked, rejected or withdrawn
    first : int   how many are passed over
    most : int    how many are returned; all when None

    Errors      PPL codes
    """
    check(actor, ACTION, {})
    with node.engine(memory=MEMORY) as engine:
        index.open_index(engine, node)
        ends = engine.rows(
            "SELECT DISTINCT dataset_a, coalesce(dataset_b, dataset_a) FROM index_links WHERE state = ?", [state]
        )
        theirs = [pair for pair in ends if may(actor, ACTION, {"datasets": tuple(sorted(set(pair)))})]
        if not theirs:
            return 0, []
        among = ", ".join(f"({literal(a)}, {literal(b)})" for a, b in theirs)
        chosen = f"state = {literal(state)} AND (dataset_a, coalesce(dataset_b, dataset_a)) IN ({among})"
        total = int(engine.scalar(f"SELECT count(*) FROM index_links WHERE {chosen}"))
        limit = "ALL" if most is None else str(int(most))
        cut = f"SELECT * FROM index_links WHERE {chosen} ORDER BY score, id LIMIT {limit} OFFSET {int(first)}"
        names = list(scoring.model()["traits"])
        shown = ", ".join(f"{agreement(trait)} AS {trait}" for trait in names)
        fields = ", ".join(f"a.{each} AS {each}_l, b.{each} AS {each}_r" for each in names)
        rows = engine.rows(
            "SELECT id, method, dataset_a || '/' || person_a, coalesce(dataset_b || '/' || person_b, ''), "
            f"coalesce(score, 1), coalesce(model, ''), state, coalesce(decided_by, ''), {shown} "
            f"FROM (SELECT l.*, {fields} FROM ({cut}) l "
            "LEFT JOIN index_traits a ON a.dataset = dataset_a AND a.person_id = person_a "
            "LEFT JOIN index_traits b ON b.dataset = dataset_b AND b.person_id = person_b) ORDER BY score, id"
        )
    return total, [link_of(row, dict(zip(names, row[8:], strict=True))) for row in rows]


def link_of(row: tuple[Any, ...], traits: dict[str, str | None]) -> Link:
    """Return a row of the list as a value."""
    named = dict(zip(("id", "method", "a", "b", "score", "model", "state", "decided_by"), row[:8], strict=True))
    return Link(**named, traits={trait: said for trait, said in traits.items() if said})


def agreement(trait: str) -> str:
    """Return SQL: how a trait agrees, NULL where neither record has it."""
    levels = scoring.model()["levels"][scoring.model()["traits"][trait]["kind"]]
    close = " OR ".join(level.replace("{x}", trait) for level in levels) or "false"
    return (
        f"CASE WHEN {trait}_l IS NULL AND {trait}_r IS NULL THEN NULL WHEN {trait}_l IS NULL OR {trait}_r IS NULL "
        f"THEN 'absent' WHEN {trait}_l = {trait}_r THEN 'same' WHEN {close} THEN 'close' ELSE 'different' END"
    )


def one_person(node: Node, dataset: str, person_id: int, *, actor: str, on: date | None = None) -> list[str]:
    """Return the records that were one person with a record at the end of a day, itself among them.

    Parameters
    ----------
    dataset : str
    person_id : int   of that dataset
    on : date         a day; now when None

    Errors      PPL codes
    """
    check(actor, ACTION, {"dataset": dataset})
    end = node.clock() if on is None else datetime.combine(on + timedelta(days=1), time(), UTC)
    with node.engine(memory=MEMORY) as engine:
        index.open_index(engine, node)
        then = (
            f"SELECT * FROM index_history WHERE begun < {sql_time(end)} AND (ended IS NULL OR ended >= {sql_time(end)})"
        )
        rows = engine.rows(
            f"WITH held AS ({then}) SELECT dataset || '/' || person_id FROM held WHERE person_uid = (SELECT person_uid "
            "FROM held WHERE dataset = ? AND person_id = ?) ORDER BY dataset, person_id",
            [dataset, person_id],
        )
    return [str(row[0]) for row in rows]


def sql_time(moment: datetime) -> str:
    """Return an instant as an SQL literal in UTC."""
    return f"TIMESTAMP {literal(moment.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f'))}"
