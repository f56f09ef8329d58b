"""A statement is made of every scenario, the same bytes each time, and told in both languages from its JSON."""

import base64
import hashlib
import json
import string
from datetime import UTC, date, datetime

import pytest

from hygie.base.kernel import Refusal, canonical
from hygie.commons.sovereignty.answers import standalone_verifier as verifier
from hygie.commons.sovereignty.answers.statement import Issued, statement
from hygie.commons.sovereignty.answers.telling import first_line, phrases, text
from hygie.commons.sovereignty.rules.outcomes import Outcome
from hygie.commons.sovereignty.rules.placements import evaluate
from hygie.commons.sovereignty.rules.questions import Data, Placement
from hygie.commons.sovereignty.rules.ruleset import ruleset
from tests.commons.sovereignty.rules.asking import question, view
from tests.commons.sovereignty.rules.test_scenarios import cases

RAW = b"\x01" + bytes(32)
NUMBER = hashlib.sha256(b"hygie/node-1\n" + RAW).hexdigest()[:8]
KEY = f"hygie/node-1+{NUMBER}+{base64.b64encode(RAW).decode()}"
ISSUED = Issued("node-1", datetime(2026, 11, 22, tzinfo=UTC))


def made(data, places, seen):
    judged = evaluate(places, data, seen, ruleset())
    return statement(data, judged, seen, ruleset(), ISSUED), judged


@pytest.mark.parametrize("case", cases("scenarios", "cases_hosting", "cases_chain", "cases_space"))
def test_every_scenario_can_be_stated(case):
    asked = question(**{name: case[name] for name in ("data", "placement", "contract") if name in case})
    seen = view(case.get("day", "2026-11-21"), *case.get("packs", ["world"]))
    said, [judged] = made(asked.data, [asked.placement], seen)
    assert canonical(said) == canonical(made(asked.data, [asked.placement], seen)[0])
    read = json.loads(canonical(said))
    [place] = read["placements"]
    assert place["verdict"]["legality"] == judged.ruling.legality.name
    assert place["verdict"]["exposure"] == judged.ruling.exposure.name
    assert len(place["findings"]) == len(judged.ruling.findings)
    open_ = [f for f in judged.ruling.findings if f.outcome is Outcome.INDETERMINATE]
    doubtful = any(f.column in ("legality", "exposure") for f in open_)
    assert read["basis"]["indeterminate"] == (["place"] if doubtful else [])
    assert ("INDETERMINATE" in first_line(read, "en")) == ("INDÉTERMINÉS" in first_line(read, "fr")) == doubtful
    reached = {law["id"] for law in place["laws"]}
    for rule in (f for f in judged.ruling.findings if f.rule == "R19" and f.situation == "special"):
        assert dict(rule.slots)["l"] in reached, "a law that refuses the place is listed"
    notices = [dict(f.slots)["x"] for f in judged.ruling.findings if f.rule == "R07"]
    assert place["notice"] == (notices[0] if notices else None)
    texts = {language: text(read, language) for language in ("en", "fr")}
    assert texts["en"] != texts["fr"] and all(told.endswith("\n") and "None" not in told for told in texts.values())
    for language, told in texts.items():
        assert told.startswith(first_line(read, language))
        assert all(each[language] in told for each in place["findings"])


def test_phrases_are_there_in_both_languages_with_the_same_values():
    for name, phrase in phrases().items():
        fields = [{f for _, f, _, _ in string.Formatter().parse(phrase[lang]) if f} for lang in ("en", "fr")]
        assert fields[0] == fields[1], name


def test_what_nobody_knows_is_stated_as_unknown():
    seen = view("2026-11-21")
    data = Data("things")
    said, _ = made(data, [Placement("a", service="no-such-service"), Placement("b", operator="nobody-known")], seen)
    assert said["dataset"]["category"] is None and said["dataset"]["controller"] is None
    assert "not classified" in text(said, "en") and "nothing is stated" in text(said, "en")
    assert said["basis"]["declared"] == ["b"]
    assert said["placements"][1]["entities"][0]["seat"] is None


def test_rulings_of_another_day_or_none_are_refused():
    data, place = Data("things"), Placement("a")
    seen, other = view("2026-11-21"), view("2026-11-20")
    with pytest.raises(Refusal) as refused:
        statement(data, [], seen, ruleset(), ISSUED)
    assert refused.value.code == "SOV-301"
    with pytest.raises(Refusal) as refused:
        statement(data, evaluate([place], data, other, ruleset()), seen, ruleset(), ISSUED)
    assert refused.value.code == "SOV-302"
    assert date(2026, 11, 21) == seen.as_of


@pytest.mark.parametrize("document", [b"", b"{}", b"null", b'{"statement":{},"signature":{},"proof":{}}', b"[" * 9999])
def test_what_is_no_statement_is_said_to_be_none(document):
    with pytest.raises(verifier.Invalid):
        verifier.verify(document, "hygie/node-1+00000000+AAAA")
    with pytest.raises(verifier.Invalid):
        verifier.verify(document, KEY)
