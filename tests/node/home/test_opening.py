"""Making and opening a node: whole or not at all, keys outside, nothing taken over."""

import os
import shutil
import stat
from datetime import date

import pytest
from django.db import connection

from hygie.base.kernel import Refusal
from hygie.base.law import Waiting
from hygie.node.home import custody, database, opening, state

PASSPHRASE = "a long enough passphrase"


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker, blank, monkeypatch):
    """Let the control database of a node made here be used; its tables are copied, as migrations made them."""
    monkeypatch.setattr(database, "_made", [])
    if connection.vendor == "sqlite":
        monkeypatch.setattr(database, "migrate", lambda: shutil.copy(blank, connection.settings_dict["NAME"]))
    with django_db_blocker.unblock():
        yield
        database.close()


def test_a_node_in_la_reunion_is_under_the_law_of_france(tmp_path):
    assert opening.init(tmp_path / "n", country="re").country == "FR"


def test_a_node_is_made_and_opened(tmp_path):
    made = opening.init(tmp_path / "n", country="de")
    opened = opening.open_node(tmp_path / "n")
    assert opened.id == made.id
    assert opened.country == "DE"
    assert opened.keys.public_key() == made.keys.public_key()
    assert stat.S_IMODE((tmp_path / "n").stat().st_mode) == 0o700
    assert (tmp_path / "n.key").exists()


def test_a_second_control_database_of_a_process_has_the_same_tables(tmp_path):
    tables = []
    for home in (tmp_path / "first", tmp_path / "second"):
        home.mkdir()
        database.use(home)
        database.make((home / database.FILE).write_bytes)
        tables.append(set(connection.introspection.table_names()))
    assert tables[0] == tables[1] and "ledger_event" in tables[0]
    assert len(database._made) == (connection.vendor == "sqlite")


def test_a_node_is_called_in_both_languages(tmp_path):
    opening.init(tmp_path / "n", name=" Health  space ", contact="A body", name_fr="Espace " + "é" * 200)
    settings = opening.read_settings(tmp_path / "n")
    assert settings.said("en") == ("Health space", "A body")
    assert settings.said("fr") == ("Espace " + "é" * 113, "A body")


@pytest.mark.parametrize(
    ("said", "kept"), [("", ""), ("https://data.example", "https://data.example/"), ("http://10.0.0.7:8000/",) * 2]
)
def test_a_nodes_public_address_names_its_datasets(tmp_path, said, kept):
    made = opening.init(tmp_path / "n", address=said)
    assert made.address == opening.open_node(tmp_path / "n").address == kept
    assert made.names == (kept or f"urn:hygie:{made.id}:")


@pytest.mark.parametrize(
    "bad", ["data.example", "ftp://data.example/", "https://data.example/a/", "https://", "https://me:you@a.example/",
            "https://a.example/?x", "https://A.example/", "https://a.example:0/", "https://a b/", "https://a>.example/"]
)  # fmt: skip
def test_what_is_no_address_of_a_node_is_refused(tmp_path, bad):
    with pytest.raises(Refusal, match="HOM-113"):
        opening.init(tmp_path / "n", address=bad)
    assert not (tmp_path / "n").exists() and not (tmp_path / "n.key").exists()
    opening.init(tmp_path / "n")
    file = tmp_path / "n" / "node.toml"
    file.write_text(file.read_text().replace('address = ""', f'address = "{bad}"'))
    with pytest.raises(Refusal, match="HOM-113"):
        opening.open_node(tmp_path / "n")


def test_a_node_under_a_passphrase_opens_with_it_alone(tmp_path):
    opening.init(tmp_path / "n", passphrase=PASSPHRASE)
    assert opening.needs_passphrase(tmp_path / "n")
    assert not (tmp_path / "n.key").exists()
    opening.open_node(tmp_path / "n", passphrase=PASSPHRASE)
    with pytest.raises(Refusal, match="KEY-"):
        opening.open_node(tmp_path / "n", passphrase=PASSPHRASE + "!")


def test_a_folder_that_holds_something_is_not_taken(tmp_path):
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "letter").write_text("mine")
    with pytest.raises(Refusal, match="HOM-101"):
        opening.init(tmp_path / "n")
    assert sorted(os.listdir(tmp_path)) == ["n"]
    assert (tmp_path / "n" / "letter").read_text() == "mine"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('preset = "casd-11"', ""),
        ("", ""),
        ('preset = "none-at-all"', "HOM-110"),
        ("preset = 7", "HOM-110"),
        ("preset = []", "HOM-110"),
        ('presets = "casd-11"', "HOM-110"),
    ],
)
def test_the_catalogues_preset_is_a_setting_of_the_node(tmp_path, said, code):
    assert opening.init(tmp_path / "n").catalogue_preset == "opensafely-7-5"
    file = tmp_path / "n" / "node.toml"
    head, own, default = file.read_text().partition("[catalogue]\n")
    assert own and default == 'preset = "opensafely-7-5"\n'
    file.write_text(f"{head}{own}{said}\n")
    if code:
        with pytest.raises(Refusal, match=code) as refused:
            opening.open_node(tmp_path / "n")
        assert "opensafely-7-5" in str(refused.value.verdict.reasons[0].facts)
        return
    node = opening.open_node(tmp_path / "n")
    assert node.catalogue_preset == ("casd-11" if said else "opensafely-7-5")
    custody.keep(node, opening.read_settings(tmp_path / "n"))
    assert opening.open_node(tmp_path / "n").catalogue_preset == node.catalogue_preset


def test_the_rules_for_outputs_are_a_setting_of_the_node(tmp_path):
    made = opening.init(tmp_path / "n", output_preset="ohdsi-5")
    assert (made.output_preset, made.catalogue_preset) == ("ohdsi-5", "opensafely-7-5")
    assert state.status(made)["rules for outputs"] == "ohdsi-5"
    with pytest.raises(Refusal, match="HOM-110"):
        opening.init(tmp_path / "other", output_preset="none-at-all")
    assert not (tmp_path / "other").exists()
    file = tmp_path / "n" / "node.toml"
    own = '[outputs]\npreset = "ohdsi-5"\n'
    whole = file.read_text()
    assert own in whole
    file.write_text(whole.replace(own, ""))
    assert opening.open_node(tmp_path / "n").output_preset == "opensafely-7-5"
    file.write_text(whole.replace(own, own.replace("ohdsi-5", "none")))
    with pytest.raises(Refusal, match="HOM-110") as refused:
        opening.open_node(tmp_path / "n")
    assert refused.value.verdict.reasons[0].facts["table"] == "outputs"


def test_what_waiting_does_to_the_clocks_is_a_setting_of_the_node(tmp_path):  # T2
    assert opening.init(tmp_path / "n").waiting == Waiting("pause")
    file = tmp_path / "n" / "node.toml"
    default = '[clocks]\nwaiting = "pause"\n'
    head, own, rest = file.read_text().partition(default)
    assert own
    for said, chosen in (
        ('waiting = "restart"\nsince = "2030-01-01"', Waiting("restart", date(2030, 1, 1))),
        ("waiting = 'restart'\nsince = 2030-01-01", Waiting("restart", date(2030, 1, 1))),
        ('waiting = "stop"', None),
        ('since = "soon"', None),
        ("wait = 1", None),
    ):
        file.write_text(f"{head}[clocks]\n{said}\n{rest}")
        if chosen is None:
            with pytest.raises(Refusal, match="HOM-111"):
                opening.open_node(tmp_path / "n")
            continue
        node = opening.open_node(tmp_path / "n")
        custody.keep(node, opening.read_settings(tmp_path / "n"))
        assert node.waiting == opening.open_node(tmp_path / "n").waiting == chosen


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "n").mkdir()
    opening.init(tmp_path / "n")
    assert (tmp_path / "n" / "node.toml").exists()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"country": "France"}, "HOM-103"),
        ({"country": "9x"}, "HOM-103"),
        ({"passphrase": "short"}, "KEY-103"),
        ({"key_file": "n/inside.key"}, "KEY-"),
    ],
)
def test_bad_beginnings_leave_nothing(tmp_path, settings, code):
    if "key_file" in settings:
        settings = {"key_file": tmp_path / settings["key_file"]}
    with pytest.raises(Refusal, match=code):
        opening.init(tmp_path / "n", **settings)
    assert not os.listdir(tmp_path)


def test_an_interrupted_beginning_leaves_nothing(tmp_path, monkeypatch):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr(database, "migrate", stop)
    with pytest.raises(KeyboardInterrupt):
        opening.init(tmp_path / "n")
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_no_node_is_refused(tmp_path):
    with pytest.raises(Refusal, match="HOM-102"):
        opening.open_node(tmp_path)


def test_a_node_of_a_later_form_is_refused(tmp_path):
    opening.init(tmp_path / "n")
    file = tmp_path / "n" / "node.toml"
    file.write_text(file.read_text().replace("format = 1", "format = 2"))
    with pytest.raises(Refusal, match="HOM-104"):
        opening.open_node(tmp_path / "n")


def test_the_first_fact_says_what_was_declared(tmp_path):
    from hygie.base.ledger import actions as ledger
    from hygie.base.ledger import queries

    opening.init(tmp_path / "n")
    assert ledger.head().size == 2, "and the verdict on it"
    assert queries.event(0).kind == "node.initialised"


def test_the_root_key_changes_hands_without_rewriting_data(tmp_path):
    node = opening.init(tmp_path / "n")
    key_id = node.keys.create("dataset:x")
    wrapped = node.keys.wrap(key_id, b"k" * 32, "dataset:x")
    custody.rotate(node, passphrase=None, key_file=tmp_path / "second.key", actor="operator")
    opened = opening.open_node(tmp_path / "n")
    assert opened.keys.unwrap(key_id, wrapped, "dataset:x") == b"k" * 32
    (tmp_path / "second.key").unlink()
    with pytest.raises(Refusal, match="KEY-"):
        opening.open_node(tmp_path / "n")


def test_a_rotation_cut_off_after_its_decision_opens_with_the_new_key(tmp_path, monkeypatch):
    node = opening.init(tmp_path / "n")
    key_id = node.keys.create("dataset:x")
    wrapped = node.keys.wrap(key_id, b"k" * 32, "dataset:x")

    def die(facts):
        raise KeyboardInterrupt

    monkeypatch.setattr(custody.ledger, "append", die)
    with pytest.raises(KeyboardInterrupt):
        custody.rotate(node, passphrase=None, key_file=tmp_path / "second.key", actor="operator")
    opened = opening.open_node(tmp_path / "n")
    assert opened.keys.unwrap(key_id, wrapped, "dataset:x") == b"k" * 32


def test_a_rotation_cut_off_before_its_decision_opens_with_the_old_key(tmp_path, monkeypatch):
    node = opening.init(tmp_path / "n")

    def die(self, **secrets):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(node.keys), "rotate_root", die)
    with pytest.raises(KeyboardInterrupt):
        custody.rotate(node, passphrase=None, key_file=tmp_path / "second.key", actor="operator")
    assert opening.open_node(tmp_path / "n").keys.public_key() == node.keys.public_key()


@pytest.mark.parametrize("name", ['a"b.key', "a\\b.key", "clé racine.key"])
def test_any_name_of_a_key_file_is_kept_as_it_is(tmp_path, name):
    opening.init(tmp_path / "n", key_file=tmp_path / name)
    opening.open_node(tmp_path / "n")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("node.toml", b"id = "),
        ("node.toml", b'colour = "blue"\n'),
        ("node.toml", b"\xff\xfe"),
        ("control.sqlite3", b"not a database at all, and long enough" * 100),
        ("control.sqlite3", b""),
        ("control.sqlite3", None),
    ],
)
def test_a_damaged_node_is_refused_by_name(tmp_path, file, content):
    opening.init(tmp_path / "n")
    database.close()
    path = tmp_path / "n" / file
    path.unlink()
    for beside in (tmp_path / "n").glob("control.sqlite3-*"):
        beside.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refusal, match="HOM-106"):
        opening.open_node(tmp_path / "n")
    assert path.exists() == (content is not None)


def test_a_node_that_cannot_be_written_is_not_called_damaged(tmp_path, monkeypatch):
    opening.init(tmp_path / "n")
    real = os.access
    monkeypatch.setattr(database.os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))
    with pytest.raises(Refusal, match="HOM-107"):
        opening.open_node(tmp_path / "n")
