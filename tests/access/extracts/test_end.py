"""How an extract is explained, and how it ends: once the permit's key is destroyed nothing opens it."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hygie.access.extracts import actions, queries
from hygie.access.extracts.models import Extract
from hygie.access.permits import actions as permits
from hygie.base.engine import EncryptedFile
from hygie.base.kernel import Refusal
from hygie.base.keys import FileKeys, new_data_key
from hygie.base.ledger import queries as ledger
from hygie.intake.optouts import actions as optouts
from tests.access.extracts.conftest import SYSTEM, granted


def refused(code, work, *args, **named):
    with pytest.raises(Refusal) as caught:
        work(*args, **named)
    assert caught.value.code == code


def test_a_plan_is_explained_in_both_languages_with_guarded_counts(lake_of):
    node = lake_of(chu=range(1, 62))
    permit = granted(node, "chu", minimisation={"birth": "year", "dates": "month"})
    english, french = (
        actions.explain(node, permit, "en", actor="user"),
        actions.explain(node, permit, "fr", actor="user"),
    )
    assert len(english) == len(french)
    assert "Persons whom the permit includes: about 60." in english
    assert "Personnes que l'autorisation inclut : environ 60." in french
    assert any(line.startswith("Table person: person_id, gender_concept_id, year_of_birth") for line in english)
    assert not Extract.objects.exists()
    assert not (node.home / "extracts").exists()
    assert actions.explain(node, permit, "en", actor="user") == english
    refused("EXT-112", actions.explain, node, permit, "de", actor="user")
    refused("PPL-101", actions.explain, node, permit, actor="checker")
    refused("PPL-102", actions.explain, node, permit, actor="nobody")


def test_a_count_does_not_betray_one_wish_and_small_ones_are_hidden(lake_of):
    node = lake_of(chu=range(1, 62))
    one = [re.sub(r"\d\d:\d\d:\d\d", "", line) for line in actions.explain(node, granted(node, "chu"), actor="officer")]
    optouts.record(node, actor="officer", system=SYSTEM, value="PLANTED-00009")
    two = [re.sub(r"\d\d:\d\d:\d\d", "", line) for line in actions.explain(node, granted(node, "chu"), actor="officer")]
    assert one == two
    few = {"codes": {"table": "measurement", "concept_ids": [3004410], "from": "2016-09-01", "to": None, "at_least": 1}}
    few_explained = actions.explain(node, granted(node, "chu", cohort=few), actor="auditor")
    assert "Persons whom the permit includes: fewer than 8." in few_explained


@pytest.mark.attack
@pytest.mark.parametrize("also", ["revoke", "delete"])
def test_a_permit_that_ends_while_its_extract_is_made_leaves_nothing(lake_of, monkeypatch, also):
    node = lake_of(chu=range(1, 61))
    permit, describe = granted(node, "chu"), actions.describe

    def meanwhile(*given):
        permits.revoke(node, permit, "a test", published="a test", confirmed=True, actor="officer")
        if also == "delete":
            refused("LNK-102", actions.delete, node, permit, actor="officer")
        return describe(*given)

    monkeypatch.setattr(actions, "describe", meanwhile)
    refused("PMT-206", actions.extract, node, permit, actor="steward")
    assert not Extract.objects.exists()
    lying = [*node.home.glob("extracts/*/*"), *node.home.glob("vault/pseudonyms/*")]
    assert not lying
    assert not ledger.indexes(permit, "extract.prepared")
    assert actions.delete(node, permit, actor="officer") == 0


def test_nothing_is_deleted_while_the_permit_holds(lake_of):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    actions.extract(node, permit, actor="steward")
    refused("EXT-113", actions.delete, node, permit, actor="officer")
    refused("PPL-101", actions.delete, node, permit, actor="steward")
    refused("PPL-114", actions.delete, node, permit, actor="user")
    with queries.read(node, permit, "person") as reader:
        assert reader.read_all().num_rows == 60


@pytest.mark.attack
def test_nothing_opens_an_extract_whose_permit_is_over(lake_of, tmp_path):
    node = lake_of(chu=range(1, 61))
    permit, other = granted(node, "chu"), granted(node, "chu")
    manifest = actions.extract(node, permit, actor="steward")
    kept = actions.extract(node, other, actor="steward")
    table = manifest.table("person")
    lying = node.home / "extracts" / permit / manifest.id / table.file
    stolen = tmp_path / "stolen.parquet"
    stolen.write_bytes(lying.read_bytes())
    keys_before = {path.name: path.read_bytes() for path in (node.home / "keys").rglob("*") if path.is_file()}
    assert b"PAR1" not in stolen.read_bytes()[:4]
    permits.revoke(node, permit, "a test", published="a test", confirmed=True, actor="officer")
    assert actions.delete(node, permit, actor="officer") == 1
    assert not lying.exists()
    assert not (node.home / "vault" / "pseudonyms" / manifest.id).exists()
    refused("EXT-108", queries.latest, permit)
    assert not node.keys.exists(manifest.key_id)
    wrapped = base64.b64decode(table.wrapped_key)
    context = f"permit:{permit}"
    refused("KEY-102", node.keys.unwrap, manifest.key_id, wrapped, context)
    refused("KEY-102", node.keys.derive, manifest.key_id, "pseudonyms", context)
    again = FileKeys.open(node.home / "keys", node.store, passphrase=None, key_file=tmp_path / "root.key")
    refused("KEY-102", again.unwrap, manifest.key_id, wrapped, context)
    refused("KEY-108", node.keys.unwrap, kept.key_id, wrapped, context)
    root = (tmp_path / "root.key").read_bytes()
    for guess in [root[:32], root[-32:], *(data[:32] for data in keys_before.values() if len(data) >= 32)]:
        with pytest.raises((InvalidTag, ValueError)):
            AESGCM(guess.ljust(32, b"\0")).decrypt(wrapped[:12], wrapped[12:], context.encode())
    with node.engine(readable=[stolen]) as engine:
        for guess in (new_data_key(), wrapped[:32], node.keys.derive(kept.key_id, "pseudonyms", f"permit:{other}")):
            with pytest.raises(Refusal):
                engine.attach("stolen", [EncryptedFile(stolen, guess)])
                engine.rows("SELECT * FROM stolen")
    with queries.read(node, other, "person") as reader:
        assert reader.read_all().num_rows == 60


@pytest.mark.attack
def test_an_altered_file_is_refused(lake_of):
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    manifest = actions.extract(node, permit, actor="steward")
    path = node.home / "extracts" / permit / manifest.id / manifest.table("person").file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with node.engine() as engine:
        refused("EXT-109", queries.attach_extract, engine, node, permit)
        assert queries.attach_extract(engine, node, permit, tables=["measurement"]) == {"measurement": "measurement"}


@pytest.mark.attack
def test_no_planted_name_lies_anywhere_in_clear(lake_of):
    node = lake_of(chu=range(1, 61))
    actions.extract(node, granted(node, "chu"), actor="steward")
    found = [path for path in node.home.rglob("*") if path.is_file() and b"PLANTED" in path.read_bytes()]
    assert not found
