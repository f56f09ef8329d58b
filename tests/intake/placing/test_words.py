"""What a file calls the data opens no Gate; and a refusal says why in the reader's language."""

import json

import pytest

from hygie.base.kernel import Placement, Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import queries as ledger
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.placing import actions, files, judging, queries, standing
from hygie.node.cli.main import main
from tests.intake.placing.places import AZURE, ENDING, ENDING_PACK, PACKS

REAL = Placement("lake")
WORDS = {
    "synthetic": AZURE.replace(b'category = "health"', b'category = "health"\nsynthetic = true'),
    "anonymous": AZURE.replace(b"pseudonymised", b"anonymous"),
    "row": AZURE + b'\n[[dataset]]\nid = "strict"\nsynthetic = true\n',
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_file_makes_no_data_synthetic(opened, word):
    with pytest.raises(Refusal) as refused:
        actions.declare(opened, placement=WORDS[word], packs=PACKS, actor="operator")
    assert {each.code for each in refused.value.verdict.reasons} == {"PLC-104"}
    assert files.read(opened.home).placement is None


@pytest.mark.parametrize("word", WORDS)
def test_the_gate_goes_by_the_mark_of_the_bytes_alone(opened, monkeypatch, word):
    """Who writes the file into the node's folder past `declare` gains nothing; without the wall it would open."""
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    opened.store.write(files.PLACEMENT, WORDS[word], files.CONTROL)
    asked = Placement("lake", datasets=("strict",))
    assert not opened.store.gate.ask(asked).allowed and not opened.store.gate.ask(Placement("vault")).allowed
    assert opened.store.gate.ask(Placement("lake", synthetic=True)).allowed
    assert queries.declared(opened).of("strict").personal
    monkeypatch.setattr(judging, "about_people", lambda data: data)
    opened.store.write(files.PLACEMENT, WORDS[word] + b"\n", files.CONTROL)
    assert opened.store.gate.ask(asked).allowed, "the wall removed"


def test_a_refusal_says_the_rules_own_sentence_in_the_readers_language(opened, capsys):
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    (why,) = opened.store.gate.ask(REAL).reasons
    en, fr = explain(why, "en").found, explain(why, "fr").found
    text = ruleset().rule(why.facts["rule"]).situations[opened_situation(opened)].text
    assert text.en.split("{")[1].split("}")[1].strip(" :.") in en and "→" in en
    assert text.fr.split("{")[1].split("}")[1].strip(" :.") in fr and "→" in fr
    more = len(queries.standing(opened).store.against) - 1
    assert more and f"and {more} more" in en and f"et {more} de plus" in fr and len(en) < 500
    body = ledger.event(ledger.indexes(opened.id, "sovereignty.judged")[-1]).body
    assert why.facts["said_fr"] not in json.dumps(body, ensure_ascii=False), "the ledger speaks no language"
    assert main(["--node", str(opened.home), "--language", "fr", "sovereignty", "declare", "--no-packs"]) == 0
    shown = capsys.readouterr().out
    assert "s'oppose" not in shown and "(règle R" in shown
    assert queries.standing(opened).store.said[1].removesuffix("…") in shown


def opened_situation(node):
    return queries.standing(node).store.against[0][2]


def test_what_is_kept_for_the_day_says_the_same(opened):
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    found = queries.standing(opened)
    kept = standing.kept_of(opened.home)
    assert kept is not None and kept.store.said == found.store.said and kept.store.said[0]
    assert kept.verdict("lake") == found.verdict("lake")


def test_an_edit_of_a_pack_in_its_place_is_seen_by_a_running_process(opened):
    actions.declare(opened, placement=ENDING, packs=[ENDING_PACK], actor="operator")
    assert opened.store.gate.ask(REAL).allowed
    pack = opened.home / files.PACKS / ENDING_PACK.name
    folder = pack.parent.stat().st_mtime_ns
    with pack.open("r+", encoding="utf-8") as handle:
        text = handle.read()
        handle.seek(0)
        handle.write(text.replace("country: FR", "country: US"))
        handle.truncate()
    assert pack.parent.stat().st_mtime_ns == folder and "country: FR" in text, "the folder itself is as it was"
    assert not opened.store.gate.ask(REAL).allowed
