"""Packs: what is refused and by which code, all or nothing, an operator's pack beside ours, and what comes along."""

import re
from datetime import UTC, date, datetime

import pytest

from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.law import countries
from hygie.commons.sovereignty.knowledge.edges import OperatedBy, PlacedOn
from hygie.commons.sovereignty.knowledge.loading import check, load, own_facts, own_packs
from hygie.commons.sovereignty.knowledge.nodes import Certificate, Entity, Law, Service, Source
from hygie.commons.sovereignty.knowledge.reading import MOST_BYTES
from hygie.commons.sovereignty.knowledge.unproven import unproven
from hygie.commons.sovereignty.knowledge.values import Certainty, Record
from hygie.commons.sovereignty.reach.ownership import non_eu_holding
from hygie.commons.sovereignty.reach.paths import readers
from tests.house.code import ROOT

HEAD = """schema: hygie-sovereignty-pack/1
pack: test
defaults: {recorded_at: 2026-11-21, asserted_by: test, confidence: M, status: asserted, sources: [said]}
source:
  - {id: said, name: Said, source: statement}
"""
KNOWN = datetime(2026, 12, 1, tzinfo=UTC)
TODAY = date(2026, 12, 1)


@pytest.fixture
def pack(tmp_path):
    """Write a pack and return where it is."""

    def write(text, name="test.yaml", head=HEAD):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else (head + text).encode())
        return path

    return write


ENTITIES = """entity:
  - {id: a, name: A, entity: company, seat: FR}
  - {id: b, name: B, entity: company, seat: FR}
  - {id: c, name: C, entity: company, seat: FR}
"""
BOMB = "x: &a [1,1,1,1,1,1,1,1,1]\ny: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nz: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
LAW = "law:\n  - {id: l, name: L, issuer: FR, reach: access, "
BAD = {
    "SOV-103 not YAML": "entity: [\n",
    "SOV-104 alias bomb": BOMB,
    "SOV-104 tag": "entity: !!python/object/apply:os.system [ls]\n",
    "SOV-104 too deep": "entity: " + "[" * 200 + "]" * 200 + "\n",
    "SOV-104 two documents": "entity: []\n---\nentity: []\n",
    "SOV-105 key twice": "entity:\n  - {id: a, id: b, name: A, entity: company}\n",
    "SOV-107 unknown kind": "spaceship:\n  - {id: a}\n",
    "SOV-107 subject_to by hand": "subject_to:\n  - {from: a, to: b}\n",
    "SOV-108 unknown field": "entity:\n  - {id: a, name: A, entity: company, colour: red}\n",
    "SOV-109 not one of the words": "entity:\n  - {id: a, name: A, entity: spaceship}\n",
    "SOV-109 id that is none": "entity:\n  - {id: '../a', name: A, entity: company}\n",
    "SOV-109 flag that is text": ENTITIES + "owns:\n  - {from: a, to: b, capital: 10, listed: yes}\n",
    "SOV-109 row that is text": "entity: [a]\n",
    "SOV-110 field missing": "entity:\n  - {id: a, name: A}\n",
    "SOV-111 no date": "entity:\n  - {id: a, name: A, entity: company, valid_from: 2026-02-30}\n",
    "SOV-111 no interval": LAW + "statute: 2018-01-01, operative: 2018-01-01/}\n",
    "SOV-111 no time": "entity:\n  - {id: a, name: A, entity: company, recorded_at: yesterday}\n",
    "SOV-112 ends first": "entity:\n  - {id: a, name: A, entity: fund, valid_from: 2026-05-02, valid_to: 2026-05-01}\n",
    "SOV-112 law ends first": LAW + "statute: 2018/2017, operative: 2018/}\n",
    "SOV-112 superseded first": "entity:\n  - {id: a, name: A, entity: company, superseded_at: 2020-01-01}\n",
    "SOV-113 over the whole": ENTITIES + "owns:\n  - {from: a, to: b, capital: 120}\n",
    "SOV-113 ends swapped": ENTITIES + "owns:\n  - {from: a, to: b, capital: 30-20}\n",
    "SOV-110 no share": ENTITIES + "owns:\n  - {from: a, to: b}\n",
    "SOV-110 no owner": ENTITIES + "owns:\n  - {to: b, capital: 10}\n",
    "SOV-113 negative": ENTITIES + "owns:\n  - {from: a, to: b, capital: -5}\n",
    "SOV-114 no source": "entity:\n  - {id: a, name: A, entity: company, sources: []}\n",
    "SOV-115 together over the whole": ENTITIES
    + "owns:\n  - {from: a, to: c, capital: 60}\n  - {from: b, to: c, capital: 41}\n",
    "SOV-115 votes over the whole": ENTITIES
    + "owns:\n  - {from: a, to: c, capital: 1, votes: 60}\n  - {from: b, to: c, capital: 1, votes: 41-50}\n",
    "SOV-116 unknown country": "entity:\n  - {id: a, name: A, entity: company, seat: XX}\n",
    "SOV-117 verified hearsay": "entity:\n  - {id: a, name: A, entity: company, status: verified}\n",
    "SOV-118 id twice": "entity:\n  - {id: a, name: A, entity: company}\n  - {id: a, name: A, entity: fund}\n",
    "SOV-118 id of two kinds": "entity:\n  - {id: said, name: A, entity: company}\n",
    "SOV-119 dangling": ENTITIES + "owns:\n  - {from: a, to: nobody, capital: 10}\n",
    "SOV-122 wrong kind": ENTITIES + "owns:\n  - {from: a, to: said, capital: 10}\n",
    "SOV-121 own holder": ENTITIES + "owns:\n  - {from: a, to: a, capital: 10}\n",
    "SOV-109 scheme in capitals": "certificate:\n  - {id: x, name: X, scheme: HDS, state: held}\n",
    "SOV-112 over before issued": "certificate:\n"
    "  - {id: x, name: X, scheme: hds, state: held, issued: 2026-02, expires: 2026-01}\n",
    "SOV-119 source unknown": "entity:\n  - {id: a, name: A, entity: company, sources: [rumour]}\n",
    "SOV-120 certificate of a brand": ENTITIES
    + "certificate:\n  - {id: x, name: X, scheme: hds, state: held, holder: a}\n",
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_pack_is_refused_with_its_code_and_line(case, pack):
    checked = check([pack(BAD[case])])
    assert [reason.code for reason in checked.verdict.reasons] == [case.split()[0]] * len(checked.verdict.reasons)
    assert checked.verdict.reasons
    assert checked.facts.records == ()
    for reason in checked.verdict.reasons:
        assert re.fullmatch(r"test\.yaml:\d+", reason.path)
        for language in ("en", "fr"):
            told = explain(reason, language)
            assert "–" not in (told.asked, told.found, told.accepted)
            assert "– None" not in told.asked + told.found + told.accepted


@pytest.mark.parametrize("schema", ["hygie-sovereignty-pack/2", "something-else/1", ""])
def test_a_pack_of_another_schema_is_refused(schema, pack):
    (reason,) = check([pack(f"schema: {schema}\npack: test\n".encode())]).verdict.reasons
    assert reason.code == "SOV-106"


def test_a_file_that_is_missing_too_large_or_not_text(pack, tmp_path):
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    latin = pack("é".encode("latin-1"), "latin.yaml")
    checked = check([tmp_path / "none.yaml", large, latin, tmp_path])
    assert [reason.code for reason in checked.verdict.reasons] == ["SOV-101", "SOV-102", "SOV-103", "SOV-101"]


def test_a_byte_order_mark_is_no_mistake_and_no_line_is_the_0th(pack):
    assert load([pack(b"\xef\xbb\xbf" + (HEAD + ENTITIES).encode())]).records
    for content in (HEAD.encode() + "é".encode("latin-1"), HEAD.encode() + b"\x07", b"\xff\xfe"):
        (reason,) = check([pack(content)]).verdict.reasons
        assert (reason.code, reason.facts["line"]) == ("SOV-103", 1 + content.rstrip(b"\n").count(b"\n"))


def test_a_day_that_is_none_is_said_as_it_was_written(pack):
    (reason,) = check(
        [pack(ENTITIES + "  - {id: d, name: D, entity: company, valid_from: 31/12/2025}\n")]
    ).verdict.reasons
    assert (reason.code, reason.facts["found"]) == ("SOV-111", "31/12/2025")


def test_an_id_with_a_slip_is_told_the_nearest(pack):
    text = (
        ENTITIES
        + "service:\n  - {id: outscale, name: O, service: iaas}\n"
        + "operated_by:\n  - {from: outscal, to: a}\n"
    )
    (reason,) = check([pack(text)]).verdict.reasons
    assert (reason.code, reason.facts["accepted"]) == ("SOV-119", "outscale")


def test_every_country_has_a_name_in_both_languages():
    view = own_facts().at(TODAY, KNOWN)
    for language in ("en", "fr"):
        assert not {code for code in countries() if view.name(code, language) == code}
    assert view.name("BR", "fr") == "Brésil" and view.name("ZW", "en") == "Zimbabwe"


def test_every_mistake_of_every_pack_is_told_at_once(pack):
    first = pack("entity:\n  - {id: a, name: A, entity: company, seat: XX, lei: []}\n  - {name: B}\n", "one.yaml")
    second = pack("owns:\n  - {from: p, to: q, capital: 300}\n", "two.yaml", HEAD.replace("said", "heard"))
    found = [(reason.code, reason.path) for reason in check([first, second]).verdict.reasons]
    assert found == [
        ("SOV-116", "one.yaml:7"), ("SOV-109", "one.yaml:7"), ("SOV-110", "one.yaml:8"), ("SOV-110", "one.yaml:8"),
        ("SOV-113", "two.yaml:7"),
    ]  # fmt: skip


def test_packs_that_were_read_are_worth_what_their_files_are(pack, tmp_path):
    good, bad = pack(ENTITIES), pack(ENTITIES + "owns:\n  - {from: a, to: b, capital: 300}\n", "bad.yaml")
    given = [(path.name, path.read_bytes()) for path in (good, bad)]
    assert load(given[:1]).hash == load([good]).hash
    assert check(given).verdict == check([good, bad]).verdict and not check(given).verdict.allowed
    with pytest.raises(Refusal):
        load([("bad.yaml", b"owns: [1]\n")])


def test_no_word_is_guessed_to_be_something_else(pack):
    facts = load([pack("entity:\n  - {id: oslo, name: 12:30, entity: company, seat: NO, national_id: 010}\n")])
    (found,) = (record for record in facts.records if isinstance(record, Entity))
    assert (found.seat, found.name.en, found.national_id) == ("NO", "12:30", "010")


def test_short_forms_become_relations(pack):
    text = ENTITIES + "service:\n  - {id: s, name: S, service: iaas, operator: a, valid_from: 2020-01-01}\n"
    (edge,) = (record for record in load([pack(text)]).records if isinstance(record, OperatedBy))
    assert (edge.id, edge.valid.start.text, edge.sources) == ("operated_by/s/a", "2020-01-01", ("said",))


def test_votes_are_as_capital_unless_said(pack):
    text = ENTITIES + "owns:\n  - {from: a, to: b, capital: 20-28}\n  - {from: a, to: c, votes: 10, capital: unknown}\n"
    facts = load([pack(text)])
    first, second = (next(r for r in facts.records if r.id == f"owns/a/{name}") for name in "bc")
    assert (str(first.votes), str(second.capital), str(second.votes)) == ("20 %–28 %", "0 %–100 %", "10 %")


def test_an_operators_pack_stands_beside_ours(pack):
    text = """entity:
  - {id: our-hospital, name: Our hospital, entity: hospital, seat: FR, classes: [hospital]}
dataset:
  - {id: our-data, name: Our data, category: health, identifiability: pseudonymised, controller: our-hospital}
placed_on:
  - {from: our-data, to: azure-eu, access: clear}
"""
    facts = load([*own_packs(), pack(text)])
    seen = facts.at(TODAY, KNOWN)
    assert [edge.target for edge in seen.out(PlacedOn, "our-data")] == ["azure-eu"]
    assert facts.hash != own_facts().hash


def test_packs_that_contradict_each_other_are_kept_and_reported(pack):
    text = """entity:
  - {id: bleu-sas, name: Bleu, entity: company, seat: US, valid_from: by 2024-01-15}
owns:
  - {from: microsoft-corp, to: bleu-sas, capital: 51, valid_from: by 2024-01-15}
"""
    checked = check([*own_packs(), pack(text)])
    assert checked.verdict.allowed
    assert "bleu-sas" in {conflict.subject for conflict in checked.conflicts}
    assert len(checked.facts.at(TODAY, KNOWN).claims("bleu-sas")) == 2
    assert non_eu_holding("bleu-sas", own_facts().at(TODAY, KNOWN)).above is Certainty.NO
    assert non_eu_holding("bleu-sas", checked.facts.at(TODAY, KNOWN)).above is Certainty.MAYBE


def test_the_packs_that_come_along_are_good():
    checked = check(own_packs())
    assert checked.verdict.allowed
    assert [conflict.subject for conflict in checked.conflicts] == ["secnumcloud scaleway-public-cloud"]
    assert checked.facts.hash == own_facts().hash
    kinds = {record.kind for record in checked.facts.records}
    assert kinds >= {"service", "entity", "law", "nexus", "certificate", "owns", "event", "instrument", "assessment"}


def test_every_fact_that_comes_along_has_a_source_and_no_more_standing_than_it_earned():
    for record in own_facts().records:
        assert record.sources or isinstance(record, Source)
        assert record.status != "verified" or record.confidence == "H"
        assert "knowledge" not in record.sources or record.confidence == "K" or len(record.sources) > 1


def test_the_brands_are_there_by_service():
    services = {record.id for record in own_facts().records if isinstance(record, Service)}
    assert services >= {
        "azure-eu", "microsoft-sovereign-cloud", "bleu-cloud", "s3ns-premi3ns", "s3ns-crypt3ns", "outscale-iaas",
        "outscale-other-regions", "ovh-public-cloud", "ovh-hpc-vmware", "ovh-bare-metal-pod",
        "orange-cloud-avenue-secnum", "docaposte-hosting", "numspot-platform", "scaleway-public-cloud",
        "cloud-temple-iaas", "cloud-temple-paas", "clever-cloud-paas", "aws-eu-regions", "aws-esc", "google-cloud-eu",
        "oracle-eu-sovereign-cloud", "ibm-cloud", "ionos-cloud", "hetzner-cloud-eu", "stackit-cloud",
        "open-telekom-cloud", "exoscale-ch", "exoscale-eu", "upcloud", "aruba-cloud", "tencent-cloud",
        "alibaba-cloud", "huawei-cloud", "cnam-snds", "cnam-dmp", "aphp-hosting", "eucaim-federated-node",
        "eucaim-reference-node",
    }  # fmt: skip


def test_a_qualification_is_of_a_service_and_two_claims_stay_two():
    seen = own_facts().at(date(2026, 11, 21), KNOWN)
    assert seen.certificates("s3ns-crypt3ns", "secnumcloud") == ()
    assert seen.certificates("ovh-public-cloud", "secnumcloud") == ()
    assert [c.state for c in seen.certificates("s3ns-premi3ns", "secnumcloud")] == ["held"]
    claims = seen.certificates("scaleway-public-cloud", "secnumcloud")
    assert {(claim.state, seen.sure(claim)) for claim in claims} == {
        ("held", Certainty.MAYBE), ("candidate", Certainty.MAYBE),
    }  # fmt: skip
    before = own_facts().at(date(2025, 12, 16), KNOWN)
    assert before.certificates("s3ns-premi3ns", "secnumcloud") == ()


def test_the_union_is_not_the_economic_area():
    seen = own_facts().at(date(2026, 11, 21), KNOWN)
    assert [seen.belongs("NO", zone) for zone in ("EU", "EEA")] == [Certainty.NO, Certainty.YES]
    assert seen.belongs("CH", "EEA") is Certainty.NO
    assert own_facts().at(date(2020, 1, 31), KNOWN).belongs("GB", "EU") is Certainty.YES
    assert own_facts().at(date(2020, 2, 1), KNOWN).belongs("GB", "EU") is Certainty.NO
    shield = [
        own_facts().at(day, KNOWN).instruments("US", "adequacy") for day in (date(2020, 7, 15), date(2020, 7, 16))
    ]
    assert [[each.id for each in found] for found in shield] == [["adequacy-us-privacy-shield"], []]


def test_what_a_law_is_and_what_it_can_still_do_are_two_things():
    facts = own_facts().at(date(2026, 11, 21), KNOWN)
    lapsed, sren = facts.get("us-fisa-702", Law), facts.get("fr-sren-31", Law)
    assert (lapsed.statute.covers(facts.as_of), lapsed.operative.covers(facts.as_of)) == (Certainty.NO, Certainty.YES)
    assert (sren.statute.covers(facts.as_of), sren.operative.covers(facts.as_of)) == (Certainty.YES, Certainty.MAYBE)


def test_every_kind_of_record_can_be_named_and_hashed():
    assert all(
        isinstance(record, Record) and record.contents()["kind"] == record.kind for record in own_facts().records
    )
    assert any(isinstance(record, Certificate) for record in own_facts().records)


def test_what_still_needs_a_primary_source_is_listed_weakest_first(pack):
    text = """source:
  - {id: law, name: Law, source: law, primary: true}
entity:
  - {id: proven, name: P, entity: company, confidence: H, status: verified, sources: [law]}
  - {id: read, name: R, entity: company, confidence: H, sources: [law]}
  - {id: quoted, name: Q, entity: company, confidence: H}
  - {id: two, name: T, entity: company}
  - {id: told, name: W, entity: company, confidence: K}
  - {id: contested, name: C, entity: company, status: disputed}
  - {id: gone, name: G, entity: company, status: retracted}
  - {id: old, name: O, entity: company, superseded_at: 2026-11-22}
"""
    head = HEAD.replace("source:\n", "", 1).replace("  - {id: said, name: Said, source: statement}\n", "")
    both = text.replace("source:\n", "source:\n  - {id: said, name: Said, source: statement}\n")
    assert [each.record.id for each in unproven(load([pack(both, head=head)]))] == [
        "contested",
        "told",
        "two",
        "quoted",
    ]
    ours = unproven(own_facts())
    assert {"snc-scaleway-claimed", "owns/google-llc/s3ns-sas", "fr-sren-31"} <= {each.record.id for each in ours}
    assert "eu-ehds-87" not in {each.record.id for each in ours}
    assert all(each.settled_by.en != each.settled_by.fr for each in ours)


def test_the_pack_on_the_page_is_good_and_says_what_the_page_says(pack):
    page = (ROOT / "docs" / "reference" / "sovereignty.md").read_text("utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1]
    seen = load([*own_packs(), pack(example.encode(), "page.yaml")]).at(TODAY, KNOWN)
    assert readers("our-data", seen) == "client"
    assert [edge.target for edge in seen.out(PlacedOn, "our-data")] == ["outscale-iaas"]
