"""Files appear whole or not at all, only inside the store, and only when the Gate lets them."""

import os

import pytest

from hygie.base.kernel import DeclaredGate, Placement, Reason, Refusal, Store, Verdict, hash_file

LAKE = Placement("lake")


class ShutGate:
    def ask(self, placement):
        return Verdict((Reason("KER-103", {"found": placement.place, "accepted": "-"}),))

    def statement(self):
        return "shut"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path, DeclaredGate("FR"))


def test_a_file_is_written_whole_and_private(store):
    path = store.write("a/b.bin", b"abc", LAKE)
    assert path.read_bytes() == b"abc"
    assert path.stat().st_mode & 0o777 == 0o600
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_an_interrupted_write_leaves_what_was_there(store):
    store.write("a.bin", b"old", LAKE)

    def interrupted():
        with store.writing("a.bin", LAKE) as handle:
            handle.write(b"new")
            raise KeyboardInterrupt

    pytest.raises(KeyboardInterrupt, interrupted)
    assert store.path("a.bin").read_bytes() == b"old"
    assert sorted(os.listdir(store.root)) == ["a.bin"]


def test_a_folder_appears_whole(store):
    with store.drafting("lake/x", LAKE) as draft:
        (draft / "one").write_bytes(b"1")
        assert not store.path("lake/x").exists()
    assert (store.path("lake/x") / "one").read_bytes() == b"1"


def test_an_interrupted_folder_leaves_nothing(store):
    def interrupted():
        with store.drafting("lake/x", LAKE) as draft:
            (draft / "one").write_bytes(b"1")
            raise KeyboardInterrupt

    pytest.raises(KeyboardInterrupt, interrupted)
    assert not store.path("lake/x").exists()
    assert not list(store.path("drafts").iterdir())


def test_what_is_stored_is_never_rewritten(store):
    with store.drafting("lake/x", LAKE):
        pass

    def again():
        with store.drafting("lake/x", LAKE):
            pass

    with pytest.raises(Refusal, match="KER-105"):
        again()


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out"])
def test_names_that_lead_outside_are_refused(store, name):
    with pytest.raises(Refusal, match="KER-104"):
        store.write(name, b"x", LAKE)


def test_a_link_that_leads_outside_is_refused(store, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (store.root / "link").symlink_to(outside)
    with pytest.raises(Refusal, match="KER-104"):
        store.write("link/x", b"x", LAKE)
    assert not list(outside.iterdir())


def test_nothing_is_written_when_the_gate_refuses(tmp_path):
    store = Store(tmp_path, ShutGate())
    with pytest.raises(Refusal):
        store.write("a.bin", b"x", LAKE)

    def drafted():
        with store.drafting("b", LAKE):
            pass

    pytest.raises(Refusal, drafted)
    assert not list(tmp_path.iterdir())


def test_sweeping_removes_what_a_kill_left(store):
    store.write("keep", b"k", LAKE)
    store.path("a").mkdir()
    (store.path("a") / ".draft-1").write_bytes(b"half")
    store.path("drafts/draft-2").mkdir(parents=True)
    assert store.sweep() == 2
    assert store.sweep() == 0
    assert store.path("keep").read_bytes() == b"k"


def test_sweeping_keeps_what_another_still_writes(store):
    with store.drafting("lake/x", LAKE) as draft, store.writing("y", LAKE) as handle:
        (draft / "one").write_bytes(b"1")
        handle.write(b"2")
        assert store.sweep() == 0
    assert (store.path("lake/x") / "one").read_bytes() == b"1"
    assert store.path("y").read_bytes() == b"2"
