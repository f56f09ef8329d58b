"""Nothing is lost: whatever write a move stops before or after, it goes on and ends with the same contents."""

import base64
import random
from contextlib import contextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hygie.base.kernel import Refusal, Store
from hygie.node.home import database, opening
from hygie.node.moving import actions, leaving, proving, transit
from hygie.node.moving.inventory import inventory
from hygie.node.moving.records import turn
from hygie.node.moving.values import Item, roots
from tests.node.moving.story import opened

TEXT = st.text("abc/", min_size=1, max_size=6)
ITEMS = st.lists(
    st.builds(
        Item, TEXT, st.just("table"), TEXT, TEXT, TEXT, st.integers(0, 9), TEXT, TEXT, TEXT, st.booleans(),
        st.integers(0, 9), TEXT,
    ),
    min_size=1, max_size=8, unique_by=lambda item: item.name,
)  # fmt: skip


@given(ITEMS, st.randoms(), st.data())
def test_a_root_hangs_on_every_object_and_on_no_order(items, chance, data):
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert roots(shuffled) == roots(items)
    victim = data.draw(st.integers(0, len(items) - 1))
    rest = items[:victim] + items[victim + 1 :]
    assert roots(rest).held != roots(items).held and roots(rest).sent != roots(items).sent
    more = replace(items[victim], rows=items[victim].rows + 1)
    assert roots([*rest, more]).held != roots(items).held
    other = replace(items[victim], sha256=items[victim].sha256 + "x")
    assert roots([*rest, other]).sent != roots(items).sent and roots([*rest, other]).held == roots(items).held
    assert roots([replace(item, key_id="other", wrapped="other") for item in items]) == roots(items)


@given(st.binary(min_size=32, max_size=32), TEXT, TEXT, st.integers(0, 91))
def test_a_sealed_key_opens_for_its_holder_and_its_object_alone(secret, name, other, place):
    mine, theirs = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = transit.seal_to(mine.public_key().public_bytes_raw(), secret, name)
    assert transit.open_sealed(mine, sealed, name) == secret
    assert secret not in base64.b64decode(sealed)
    raw = bytearray(base64.b64decode(sealed))
    raw[place % len(raw)] ^= 1
    wrong = [(theirs, sealed, name), (mine, sealed, f"{other}!"), (mine, base64.b64encode(raw).decode(), name)]
    for holder, text, thing in wrong:
        with pytest.raises(Refusal):
            transit.open_sealed(holder, text, thing)


class Stopped(BaseException):
    pass


def test_a_move_stopped_before_or_after_any_write_goes_on(ends, monkeypatch):
    actions.plan(ends)
    turn(ends.old)
    wanted = roots(inventory(ends.old).items)
    chance, real = random.Random(3), Store.writing
    left, stops = [0], 0

    @contextmanager
    def writing(self, *arguments, **more):
        left[0] -= 1
        if left[0] == 0 and chance.random() < 0.5:
            raise Stopped
        with real(self, *arguments, **more) as handle:
            yield handle
        if left[0] == 0:
            raise Stopped

    monkeypatch.setattr(Store, "writing", writing)
    for _ in range(200):
        left[0] = chance.randrange(1, 12)
        again = opened(ends.old.home.parent)
        try:
            found = actions.run(again)
            break
        except Stopped:
            stops += 1
            turn(again.old)
            assert roots(inventory_kept(again, left)) == wanted, "the old node lost something"
    left[0] = -1
    assert stops >= 5 and found.held == wanted.held and found.sent == wanted.sent
    assert proving.prove(opened(ends.old.home.parent)).new.held == wanted.held


def inventory_kept(ends, left):
    """What the old node holds, looked at without being stopped."""
    left[0] = -1
    return inventory(ends.old).items


def test_what_is_damaged_or_gone_at_the_new_node_is_laid_again(ends):
    actions.plan(ends)
    actions.run(ends)
    lake, vault = (sorted((ends.new.home / name).rglob("*.parquet")) for name in ("lake", "vault"))
    lake[1].unlink()
    for path in (lake[0], vault[0]):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.chmod(0o600)
        with path.open("r+b") as handle:
            handle.write(content)
    with pytest.raises(Refusal, match=r"MOV-(301|203|204)"):
        proving.prove(ends)
    actions.run(ends)
    assert proving.prove(ends).old.objects


def test_a_node_that_never_held_anything_can_leave(tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        for name in ("old", "new"):
            opening.init(tmp_path / name)
        both = opened(tmp_path)
        actions.plan(both)
        actions.run(both)
        assert proving.prove(both).old.objects == 0
        assert leaving.cut_over(both).cut_over
        assert leaving.erase(both, signed_by="security office", early="It never held anything.").closed
        database.close()
