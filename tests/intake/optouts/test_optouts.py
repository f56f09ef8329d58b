"""Wishes with two times: art. 71(3)'s boundary, withdrawal, and answers that later changes do not change."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.intake.linkage import queries as linkage
from hygie.intake.optouts import actions, files, queries
from hygie.intake.optouts.values import Line
from tests.conftest import START, Clock
from tests.intake.linkage.test_linkage import NIR, deliver

DECIDED = datetime(2026, 11, 25, 10, tzinfo=UTC)


def out(
    node: Node, decided_on: date | datetime = DECIDED, known_at: datetime | None = None, **of: list[str]
) -> set[int]:
    with node.engine(memory="256MB") as engine:
        view = queries.opted_out(node, engine, decided_on=decided_on, known_at=known_at, **of)
        return {row[0] for row in engine.rows(f"SELECT person_uid FROM {view}")}


def version(node: Node, known_at: datetime | None = None) -> str:
    with node.engine(memory="256MB") as engine:
        return queries.version(node, engine, known_at=known_at)


def uid(node: Node, name: str, dataset: str = "a") -> int:
    found = linkage.find(node, f"urn:hygie:dataset:{dataset}", name)
    assert found is not None
    return found


def code(act: object) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def test_boundary_of_article_71(node: Node) -> None:
    deliver(node, "a", [], people=["before", "same-before", "same-at", "same-after", "after"])
    for name, moment in {
        "before": DECIDED - timedelta(days=1),
        "same-before": DECIDED - timedelta(microseconds=1),
        "same-at": DECIDED,
        "same-after": DECIDED + timedelta(microseconds=1),
        "after": DECIDED + timedelta(days=1),
    }.items():
        actions.record(node, dataset="a", value=name, valid_from=moment, actor="officer")
    assert out(node) == {uid(node, "before"), uid(node, "same-before")}
    named = ("before", "same-before", "same-at", "same-after")
    assert out(node, DECIDED.date()) == {uid(node, name) for name in named}, "a day counts to its end"
    other = DECIDED.astimezone().replace(tzinfo=None)
    with pytest.raises(ValueError, match="offset"):
        out(node, other)


def test_a_person_in_two_sources_is_out_of_both_through_either_id(node: Node) -> None:
    deliver(node, "a", [("p", NIR, "1841276451089"), ("other", NIR, "1841276451090")])
    deliver(node, "b", [("x", NIR, "184127645108946")])
    actions.record(node, dataset="b", value="x", actor="officer")
    assert out(node) == {uid(node, "p")} == {uid(node, "x", "b")}


def test_a_wish_known_before_the_data_counts_when_they_arrive(node: Node) -> None:
    actions.record(node, system=NIR, value="1841276451089", actor="officer")
    assert queries.listed(node)[0].matched == 0
    assert out(node) == set()
    deliver(node, "a", [("p", NIR, "184127645108946"), ("q", NIR, "1841276451090")])
    assert out(node) == {uid(node, "p")}
    assert queries.listed(node)[0].matched == 1


def test_withdrawal_holds_for_later_decisions_only(node: Node, clock: Clock) -> None:
    deliver(node, "a", [], people=["p"])
    actions.record(node, dataset="a", value="p", actor="officer")
    while_out = clock()
    clock.advance(days=1)
    actions.withdraw(node, dataset="a", value="p", actor="officer")
    later = clock()
    assert out(node, while_out) == {uid(node, "p")}
    assert out(node, later) == set()
    clock.advance(days=1)
    actions.record(node, dataset="a", value="p", actor="officer")
    assert out(node, clock()) == {uid(node, "p")}
    past = clock() - timedelta(days=1)
    assert code(lambda: actions.withdraw(node, dataset="a", value="p", valid_from=past, actor="officer")) == "OPT-105"


def test_scopes(node: Node) -> None:
    deliver(node, "a", [], people=["p", "q", "r"])
    actions.record(node, dataset="a", value="p", actor="officer")
    actions.record(node, dataset="a", value="q", scope="category", detail="g", actor="officer")
    actions.record(node, dataset="a", value="r", scope="purpose", detail="e", actor="officer")
    p, q, r = (uid(node, name) for name in "pqr")
    assert out(node) == {p}
    assert out(node, categories=["a", "g"]) == {p, q}
    assert out(node, purposes=["e"]) == {p, r}
    actions.withdraw(node, dataset="a", value="q", actor="officer")
    assert out(node, categories=["g"]) == {p, q}, "each scope has its own wish"


def test_what_cannot_be_a_wish_is_refused(node: Node) -> None:
    deliver(node, "a", [], people=["q"])

    def record(**fields: str) -> str:
        return code(lambda: actions.record(node, actor="officer", **fields))

    assert record(value="p") == "OPT-101"
    assert record(value="p", system=NIR, dataset="a") == "OPT-101"
    assert record(value=" ", dataset="a") == "OPT-102"
    assert record(value="p" * 201, dataset="a") == "OPT-102"
    assert record(value="p", dataset="a", scope="nothing") == "OPT-103"
    assert record(value="12", system=NIR) == "OPT-104"
    assert record(value="p", dataset="a", detail="x") == "OPT-106"
    assert record(value="p", dataset="a", scope="category") == "OPT-106"
    assert record(value="p", dataset="a", scope="purpose", detail="zzz") == "OPT-111"
    assert record(value="p", dataset="a", scope="category", detail="r") == "OPT-111"
    assert record(value="p", dataset="typo") == "OPT-112"
    assert record(value="p", system="urn:local:mrn") == "OPT-113"
    assert record(value="p", system="no spaces'; DROP") == "LNK-101"
    assert code(lambda: actions.record(node, actor="user", dataset="a", value="p")) == "PPL-101"
    assert queries.listed(node) == []
    assert queries.count() == 0
    assert ledger.indexes("optout") == []


def test_no_identity_in_the_database_the_ledger_or_in_clear(node: Node) -> None:
    deliver(node, "a", [], people=["p"])
    wish = actions.record(node, dataset="a", value="Zebulon-Quix", actor="officer")
    dump = "\n".join(sqlite3.connect(node.home / "control.sqlite3").iterdump())
    clear = b"".join(path.read_bytes() for path in node.home.rglob("*") if path.is_file())
    assert wish in dump
    assert "Zebulon" not in dump
    assert b"Zebulon" not in clear
    assert ledger.event(ledger.indexes(wish)[0]).body == {"detail": "", "scope": "all"}


def test_what_a_refused_wish_could_have_been_is_named(node: Node) -> None:
    deliver(node, "a", [("p", "urn:regional", "7")], declared=("urn:regional",))
    with pytest.raises(Refusal) as caught:
        actions.bring(
            node,
            [
                Line(2, "urn:hygie:dataset:a", "p", "add", "purpose", "nonsense"),
                Line(3, "urn:hygie:dataset:typo", "p", "add"),
                Line(4, "urn:local:mrn", "p", "add"),
            ],
            actor="officer",
        )
    detail, dataset, system = caught.value.verdict.reasons
    assert detail.facts["accepted"] == "a, b, c, d, e, f"
    assert (dataset.path, dataset.facts["accepted"]) == ("line 3", "a")
    assert {NIR, "urn:regional"} <= set(str(system.facts["accepted"]).split(", "))
    actions.record(node, system="urn:regional", value="7", actor="officer")
    assert [wish.matched for wish in queries.listed(node)] == [1]


def test_a_time_beyond_the_calendar_is_refused() -> None:
    assert code(lambda: files.moment("9999-12-31T23:59:59-14:00")) == "OPT-110"


def test_a_file_of_wishes_is_recorded_all_or_none(node: Node, tmp_path: Path) -> None:
    deliver(node, "a", [("p", NIR, "1841276451089")], people=["q", "r"])
    path = tmp_path / "wishes.csv"
    path.write_text(
        f"dataset,system,value,valid_from\n,{NIR},184127645108946,2026-11-24\na,,q,2026-11-25T09:00:00+00:00\na,,r,2026-11-26\n"
    )
    assert actions.bring(node, files.read(path), actor="officer") == 3
    assert out(node) == {uid(node, "p"), uid(node, "q")}
    path.write_text(f"system,value\n{NIR},1841276451089\n{NIR},nonsense\n")
    with pytest.raises(Refusal) as caught:
        actions.bring(node, files.read(path), actor="officer")
    assert [(reason.code, reason.path) for reason in caught.value.verdict.reasons] == [("OPT-104", "line 3")]
    assert len(queries.listed(node)) == queries.count() == 3


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (b"", "OPT-108"),
        (b"name\nx\n", "OPT-108"),
        (b"dataset,value,surname\na,p,q\n", "OPT-108"),
        ("dataset,value\na,é\n".encode("latin-1"), "OPT-108"),
        (b'dataset,value\na,"p\n', "OPT-108"),
        (b"dataset,value,value\na,p,q\n", "OPT-108"),
        (b"dataset,value,valid_from\na,p,9999-12-31T23:59:59-14:00\n", "OPT-109"),
        (b"dataset,value\na\n", "OPT-109"),
        (b"dataset,value,wish\na,p,perhaps\n", "OPT-109"),
        (b"dataset,value,valid_from\na,p,2026-13-01\n", "OPT-109"),
        (b"dataset,value,valid_from\na,p,2026-11-01T10:00:00\n", "OPT-109"),
        (b"dataset,system,value\na,urn:x,p\n", "OPT-109"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: bytes, wrong: str) -> None:
    (tmp_path / "wishes.csv").write_bytes(text)
    assert code(lambda: files.read(tmp_path / "wishes.csv")) == wrong


WISHES = st.lists(
    st.tuples(st.sampled_from("pqr"), st.sampled_from(["add", "withdraw"]), st.integers(-3, 3)), min_size=1, max_size=6
)


def oracle(history: list[tuple[str, str, datetime, datetime]], decided: datetime, known_at: datetime) -> set[str]:
    """Who is out, in plain Python: the wish that began last before the decision, as known."""
    last: dict[str, tuple[datetime, datetime, str]] = {}
    for name, wish, begins, recorded in history:
        if recorded <= known_at and begins < decided:
            last[name] = max(last.get(name, (begins, recorded, wish)), (begins, recorded, wish))
    return {name for name, (_, _, wish) in last.items() if wish == "add"}


@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WISHES, st.integers(-3, 4))
def test_as_of_answers_equal_the_oracle_and_never_change(
    node: Node, clock: Clock, wishes: list[tuple[str, str, int]], hours: int
) -> None:
    if linkage.find(node, "urn:hygie:dataset:a", "p") is None:
        deliver(node, "a", [], people=["p", "q", "r"])
    names = {uid(node, name): name for name in "pqr"}
    for name in "pqr":  # what earlier examples left is taken back
        actions.withdraw(node, dataset="a", value=name, actor="officer")
    clock.advance(hours=10)
    base = clock()
    for name in "pqr":
        actions.withdraw(node, dataset="a", value=name, actor="officer")
    history = [(name, "withdraw", base, base) for name in "pqr"]
    decided = base + timedelta(hours=hours, minutes=30)
    seen: list[tuple[datetime, set[str], str]] = []
    for name, wish, offset in wishes:
        clock.advance(minutes=1)
        begins = clock() + timedelta(hours=max(offset, 1) if wish == "withdraw" else offset)
        act = actions.record if wish == "add" else actions.withdraw
        act(node, dataset="a", value=name, valid_from=begins, actor="officer")
        recorded = queries.listed(node)[-1].recorded_at
        history.append((name, wish, begins, recorded))
        moment = clock()
        answer = {names[found] for found in out(node, decided, moment)}
        seen.append((moment, answer, version(node, moment)))
    for moment, answer, named in seen:
        assert {names[found] for found in out(node, decided, moment)} == answer
        assert version(node, moment) == named
        if hours >= 0:
            assert answer == oracle(history, decided, moment)
    assert len({named for _, _, named in seen}) == len(seen)
    assert clock() > START


def test_the_state_of_the_list_changes_with_a_wish_and_when_one_begins(node: Node, clock: Clock) -> None:
    deliver(node, "a", [], people=["one", "two"])

    def state() -> str:
        return queries.state(node, at=clock())

    empty = state()
    actions.record(node, dataset="a", value="one", actor="officer")
    first = state()
    actions.record(node, dataset="a", value="two", valid_from=clock.time + timedelta(days=1), actor="officer")
    waiting = state()
    clock.advance(hours=23)
    assert state() == waiting
    clock.advance(hours=2)
    begun = state()
    clock.advance(days=400)
    assert state() == begun and len({empty, first, waiting, begun}) == 4
