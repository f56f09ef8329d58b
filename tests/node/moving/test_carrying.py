"""A move between two nodes: everything comes, under keys the old node never had, and nothing else."""

import random

import pytest

from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as held
from hygie.intake.linkage import index, linking
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as wishes
from hygie.node.moving import actions, carrying
from hygie.node.moving.inventory import inventory
from hygie.node.moving.records import Ends, turn
from tests.node.moving.story import hold


def counts(node):
    """Rows by dataset and table, as readers see them."""
    turn(node)
    found = {}
    with node.engine(memory="256MB") as engine:
        for each in held.datasets():
            for snapshot in (name for name, state in each.snapshots.items() if state != "erased"):
                for table, view in held.attach_snapshot(engine, node, each.id, snapshot).items():
                    found[each.id, snapshot, table] = engine.rows(f"SELECT count(*), bit_xor(hash(t)) FROM {view} t")[0]
    return found


def out(node):
    """Who is out today, and the register's state."""
    turn(node)
    with node.engine(memory="256MB") as engine:
        wishes.opted_out(node, engine, decided_on=node.clock())
        persons = engine.rows("SELECT person_uid FROM opted_out ORDER BY 1")
        return persons, wishes.version(node, engine)


def test_the_plan_says_what_there_is_and_what_is_due(ends):
    made = actions.plan(ends, copies=(actions.Left("backup", "2027-03-01"),))
    assert made.datasets == {"chu": 2, "other": 1} and made.objects > 10 and made.rows > 0
    assert set(made.derived) == {"permits", "extracts", "runs of studies", "airlock requests", "releases"}
    assert [each.id for each in made.copies] == ["old-node", "backup"]
    due = {str(each["duty"]): str(each["by"]) for each in made.dues}
    assert due["notice"] < due["transition"] < due["retrieval"] < due["erasure"] == made.erasure
    assert due["controller"] == made.notice
    whom = {who for each in made.dues for who in each["whom"]}
    assert {"host", "controller", "data-protection-officer", "permit-holders", "public"} <= whom
    assert events.indexes(made.id) and actions.plan(ends).id == made.id, "the same move, planned again"
    assert [each.id for each in actions.planned(ends).copies] == ["old-node", "backup"]


def test_everything_comes_under_keys_the_old_node_never_had(ends):
    actions.plan(ends)
    before, who = counts(ends.old), out(ends.old)
    carried = actions.run(ends)
    assert counts(ends.new) == before and out(ends.new) == who
    assert counts(ends.old) == before and out(ends.old) == who, "the old node is only read"
    turn(ends.new)
    assert {lake.verify(ends.new, name, actor="operator").dataset for name in ("chu", "other")} == {"chu", "other"}
    assert [event.body["held"] for event in events.chosen(events.indexes(ends.new.id, "move.received"))] == [
        carried.held
    ]
    turn(ends.old)
    items = inventory(ends.old).items
    old_files = {path.read_bytes() for path in (ends.old.home / "lake").rglob("*.parquet")}
    old_files |= {path.read_bytes() for path in (ends.old.home / "vault").rglob("*.parquet")}
    keys = {carrying.data_key(ends.old, item) for item in items}
    for path in ends.new.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert content not in old_files, "the very same ciphertext lies at the new place"
            assert not any(key in content for key in keys), "an old data key lies at the new place in clear"
    assert not list((ends.new.home / "moving").rglob("incoming/*"))
    old_ids = {item.key_id for item in items}
    assert not any(ends.new.keys.exists(key_id) for key_id in old_ids)
    assert not old_ids & {path.stem for path in (ends.new.home / "keys").rglob("*.json")}


def test_the_new_node_goes_on_with_deliveries_and_wishes(ends, tmp_path):
    actions.plan(ends)
    actions.run(ends)
    turn(ends.new)
    before = out(ends.new)[0]
    optouts.record(ends.new, actor="operator", dataset="chu", value="5")
    assert len(out(ends.new)[0]) == len(before) + 1, "an identifier is known again under the carried token key"
    hold(ends.new, tmp_path / "later")
    assert ledger.verify(ends.new.keys, origin=ledger.origin_of(ends.new.id))


def test_the_vault_of_traits_comes_too(little, tmp_path):
    file = tmp_path / "traits.csv"
    file.write_text("id,nom,dob\n" + "".join(f"{n},Zebulon,194{n}-05-06\n" for n in range(1, 6)), "utf-8")
    turn(little.old)
    assert linking.take_traits(little.old, "chu", file, actor="operator", synthetic=True)["kept"] == 5
    link = linking.set_apart(little.old, "chu", 2, actor="operator", synthetic=True)
    actions.plan(little)
    actions.run(little)
    turn(little.new)
    with little.new.engine(memory="256MB") as engine:
        index.open_index(engine, little.new)
        names = engine.rows("SELECT family_name, birth_date FROM index_traits ORDER BY 2")
        assert names == [("zebulon", f"194{n}0506") for n in range(1, 6)]
        assert engine.rows("SELECT id, state FROM index_links") == [(link, "linked")]
    assert not any(b"ebulon" in path.read_bytes() for path in little.new.home.rglob("*") if path.is_file())
    linking.decide(little.new, link, "withdraw", actor="operator", synthetic=True)


def test_a_second_run_brings_what_changed_and_drops_what_was_erased(ends, tmp_path):
    actions.plan(ends)
    actions.run(ends)
    again = actions.run(ends)
    turn(ends.new)
    assert len(events.indexes(ends.new.id, "move.received")) == 1, "nothing new came, nothing new is said"
    turn(ends.old)
    optouts.record(ends.old, actor="operator", dataset="chu", value="7")
    lake.erase(ends.old, "chu", person="4", actor="operator")
    after = actions.run(ends)
    assert after.held != again.held
    assert counts(ends.new) == counts(ends.old) and out(ends.new) == out(ends.old)
    assert len(list((ends.new.home / "lake" / "chu").iterdir())) == 1, "snapshots with the erased person are gone"
    turn(ends.new)
    assert len(events.indexes("chu", "dataset.withdrawn")) == 2


def test_damaged_and_missing_objects_are_named_and_nothing_is_adopted(ends):
    chance = random.Random(7)
    files = sorted([*(ends.old.home / "lake").rglob("*.parquet"), *(ends.old.home / "vault").rglob("*.parquet")])
    for number, victim in enumerate(chance.sample(files, 6)):
        whole = victim.read_bytes()
        if number % 2:
            victim.unlink()
        else:
            place = chance.randrange(len(whole))
            victim.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        with pytest.raises(Refusal) as refused:
            actions.plan(ends)
        assert refused.value.code == ("MOV-204" if number % 2 else "MOV-203")
        victim.write_bytes(whole)
    actions.plan(ends)
    victim.write_bytes(whole[:-1])
    with pytest.raises(Refusal) as refused:
        actions.run(ends)
    assert refused.value.code == "MOV-203"
    turn(ends.new)
    assert held.datasets() == []
    victim.write_bytes(whole)
    actions.run(ends)
    assert counts(ends.new) == counts(ends.old)


def test_what_must_not_be_moved_is_refused(ends, tmp_path):
    with pytest.raises(Refusal) as refused:
        Ends(ends.old, ends.old, "operator")
    assert refused.value.code == "MOV-101"
    with pytest.raises(Refusal) as refused:
        actions.run(ends)
    assert refused.value.code == "MOV-104"
    with pytest.raises(Refusal) as refused:
        actions.plan(Ends(ends.old, ends.new, "nobody"))
    assert refused.value.code.startswith("PPL")
    hold(ends.new, tmp_path / "own")
    with pytest.raises(Refusal) as refused:
        actions.plan(ends)
    assert refused.value.code == "MOV-106"
