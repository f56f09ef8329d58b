"""The Gate: asked before the first byte, at every start, when facts change, when an interval ends, and by everyone."""

import time

import pytest

from hygie.base.kernel import DeclaredGate, Placement, Refusal, Store
from hygie.base.ledger import queries as ledger
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as held
from hygie.intake.lake.erasure import erase
from hygie.intake.optouts import actions as optouts
from hygie.intake.placing import actions, files, queries
from hygie.node.cli.main import main
from hygie.node.home import opening
from hygie.node.home.leaving import LEFT, LeavingGate
from tests.commons.sovereignty.rules.asking import HERE
from tests.intake.placing.places import AZURE, ENDING, ENDING_PACK, OWN, PACKS, UNKNOWN, toml
from tests.intake.sources.omop_files import PERSON, delivery, person
from tests.intake.sources.omop_files import text as csv

REAL = Placement("lake")


def ingest(node, folder, *, synthetic=False, dataset="demo"):
    rows = csv(PERSON, *(person(number) for number in range(1, 13)))
    given = delivery(folder / dataset, {"person.csv": rows})
    return lake.ingest_omop(node, given, dataset=dataset, actor="operator", synthetic=synthetic).manifest


def judged(node):
    return [ledger.event(index).body for index in ledger.indexes(node.id, "sovereignty.judged")]


def files_of(node):
    return {path for path in node.home.rglob("*") if path.is_file() and "control" not in path.name}


def test_a_node_without_a_placement_is_usable_and_says_that_it_is_only_declared(opened, tmp_path):
    manifest = ingest(opened, tmp_path)
    assert "own premises, declared, not verified" in manifest.placement and "ALLOW" in manifest.placement
    assert [each["allowed"] for each in judged(opened)] == [True], "once, whatever is written"
    rules, facts = judged(opened)[0]["rules"], judged(opened)[0]["facts"]
    assert rules in manifest.placement and facts in manifest.placement, "every verdict names its rules and facts"


def test_a_place_that_is_refused_takes_no_personal_byte_and_the_ledger_says_why(opened, tmp_path):
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    before, events = files_of(opened), judged(opened)
    with pytest.raises(Refusal) as refused:
        ingest(opened, tmp_path)
    assert refused.value.code == "SOV-201" and refused.value.verdict.reasons[0].facts["place"] == "store"
    assert held.datasets() == [] and files_of(opened) - before <= {opened.home / "vault" / "lake.lock"}
    assert [each["allowed"] for each in events] == [True, False] and judged(opened) == events
    assert ["SOV-201", "R08", "unprotected"] in events[-1]["places"][0]["against"]


OWN_ROW = """
[[dataset]]
id = "strict"
controller = "hdh"
classes = ["hdh"]
sensitivity = "particular"
national = true
"""


def test_a_dataset_with_constraints_of_its_own_is_judged_by_them(opened, tmp_path, capsys):
    content = toml("outscale-other-regions") + OWN_ROW.encode()
    found = actions.declare(opened, placement=content, packs=PACKS, actor="operator")
    assert found.allowed and not found.verdict("lake", ["strict"]).allowed and found.verdict("lake", ["demo"]).allowed
    assert not found.verdict("extract", ["demo", "strict"]).allowed, "one of several is enough"
    assert "strict refused" in ingest(opened, tmp_path).placement
    with pytest.raises(Refusal) as refused:
        ingest(opened, tmp_path, dataset="strict")
    assert refused.value.verdict.reasons[0].facts["rule"] == "R08"
    assert {each.id for each in held.datasets()} == {"demo"}
    assert queries.declared(opened).of("strict").national and not queries.declared(opened).of("demo").national
    assert judged(opened)[-1]["datasets"]["strict"][0]["outcome"] == "DENY"
    again = actions.declare(opened, placement=content, actor="operator")
    assert (again.signature, again.datasets) == (found.signature, found.datasets), "kept, and read again the same"
    home = ["--node", str(opened.home), "sovereignty", "check", "--no-probes", "--no-turns"]
    assert main([*home, "--dataset", "strict"]) == 18 and main([*home, "--dataset", "demo"]) == 0


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("[[dataset]]\nnational = true", "SOV-209"),
        (OWN_ROW + OWN_ROW, "SOV-210"),
        ('[[dataset]]\nid = "a"\nsecret = true', "SOV-207"),
        ('dataset = "all"', "SOV-208"),
    ],
)
def test_rows_of_datasets_that_cannot_be(row, code):
    content = (
        OWN.decode().replace("[declared]", f"{row}\n[declared]", 1) if row.startswith("dataset") else OWN.decode() + row
    )
    with pytest.raises(Refusal) as refused:
        actions.check_file(content.encode())
    assert code in {each.code for each in refused.value.verdict.reasons}


def test_synthetic_data_pass_marked(opened, tmp_path):
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    manifest = ingest(opened, tmp_path, synthetic=True)
    assert manifest.synthetic and manifest.placement.startswith("placement: refused; declared, not verified; store")


def test_what_is_not_settled_is_a_refusal(opened, tmp_path):
    found = actions.declare(opened, placement=UNKNOWN, actor="operator")
    assert found.store.outcome == "INDETERMINATE"
    with pytest.raises(Refusal) as refused:
        ingest(opened, tmp_path)
    assert refused.value.code == "SOV-202"


@pytest.mark.parametrize(
    ("change", "code"),
    [((b"laws = []", b'laws = ["cloud-act"]'), "SOV-213"), ((b"ending-host", b"ending-hots"), "SOV-213")],
)
def test_a_slip_of_the_pen_in_a_file_is_refused_whoever_declares_it(opened, change, code):
    before = files_of(opened)
    for declare in (actions.declare, lambda node, placement, packs, actor: actions.trial(node, placement, actor=actor)):
        with pytest.raises(Refusal) as refused:
            actions.declare(opened, packs=[ENDING_PACK], actor="operator")
            declare(opened, placement=ENDING.replace(*change), packs=[ENDING_PACK], actor="operator")
        assert refused.value.code == code and refused.value.verdict.reasons[0].facts["accepted"]
    assert not opened.home.joinpath(files.PLACEMENT).exists() and before <= files_of(opened)


def test_a_fact_written_down_in_the_future_is_refused(opened, tmp_path):
    pack = tmp_path / "typo.yaml"
    pack.write_text(ENDING_PACK.read_text().replace("recorded_at: 2026-11-20", "recorded_at: 2062-11-20"))
    with pytest.raises(Refusal) as refused:
        actions.declare(opened, packs=[pack], actor="operator")
    assert refused.value.code == "PLC-105" and not (opened.home / files.PACKS / pack.name).exists()


def test_an_exposure_that_nobody_accepts_keeps_personal_data_out_until_somebody_does(opened, tmp_path, clock):
    laws = b'laws = ["us-sca", "us-fisa-702", "us-nsl"]'
    offer = toml("us-owned").replace(b"laws = []", laws)
    packs = [HERE / "world.yaml"]
    found = actions.declare(opened, placement=offer, packs=packs, actor="operator")
    assert found.store.outcome == "ALLOW_IF" and not found.allowed
    with pytest.raises(Refusal) as refused:
        ingest(opened, tmp_path)
    reason = refused.value.verdict.reasons[0]
    assert (reason.code, reason.facts["rule"]) == ("SOV-202", "R19")
    assert "only if somebody named accepts this risk" in reason.facts["said_en"]
    assert "seulement si une personne nommée accepte" in reason.facts["said_fr"]
    accepted = b'[placement.acceptance]\nauthor = "The board"\nreason = "Devices"\nuntil = 2026-11-21\n'
    found = actions.declare(opened, placement=offer + accepted, packs=packs, actor="operator")
    assert found.store.outcome == "ALLOW_IF" and found.allowed and ingest(opened, tmp_path).persons == 12
    clock.advance(hours=15)
    assert not opened.store.gate.ask(REAL).allowed, "an acceptance ends by itself"


def test_an_interval_that_ends_closes_the_gate_of_a_running_process(opened, tmp_path, clock):
    actions.declare(opened, placement=ENDING, packs=[ENDING_PACK], actor="operator")
    assert opened.store.gate.ask(REAL).allowed, judged(opened)[-1]
    clock.advance(hours=15)
    with pytest.raises(Refusal) as refused:
        ingest(opened, tmp_path)
    assert (refused.value.code, refused.value.verdict.reasons[0].facts["rule"]) == ("SOV-202", "R02")
    said = [(each["day"], each["allowed"]) for each in judged(opened)]
    assert said[-2:] == [("2026-11-21", True), ("2026-11-22", False)]


def test_a_change_of_facts_by_another_process_is_seen_at_the_next_write(opened):
    gate = opened.store.gate
    assert gate.ask(REAL).allowed
    other = Store(opened.home, DeclaredGate("FR"))
    other.write(files.PLACEMENT, UNKNOWN, files.CONTROL)
    assert not gate.ask(REAL).allowed
    other.write(files.PLACEMENT, OWN, files.CONTROL)
    assert gate.ask(REAL).allowed
    assert [each["allowed"] for each in judged(opened)] == [True, False, True]


def test_every_start_judges_and_writes_only_what_changed(opened, clock):
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    count = len(judged(opened))
    again = opening.open_node(opened.home, clock=clock)
    assert not again.store.gate.ask(REAL).allowed and len(judged(again)) == count
    clock.advance(days=1)
    opening.open_node(opened.home, clock=clock)
    assert len(judged(again)) == count, "the same verdict on another day is no news"
    (opened.home / files.KEPT).write_text('{"form": 1}')
    assert not opening.open_node(opened.home, clock=clock).store.gate.ask(REAL).allowed


def test_kept_verdicts_that_the_ledger_never_heard_of_do_not_count(opened, clock):
    """Whoever can write the node's folder cannot let data in past the rules by editing what is kept."""
    actions.declare(opened, placement=UNKNOWN, actor="operator")
    kept = opened.home / files.KEPT
    forged = kept.read_text().replace('"INDETERMINATE"', '"ALLOW"').replace('"R17"', '"R99"')
    kept.write_text(forged)
    assert not opening.open_node(opened.home, clock=clock).store.gate.ask(REAL).allowed


def test_a_declaration_that_cannot_be_read_refuses_personal_data(opened):
    opened.store.write(files.PLACEMENT, b"no toml [", files.CONTROL)
    refused = opened.store.gate.ask(REAL)
    assert [each.code for each in refused.reasons] == ["SOV-203"]
    assert opened.store.gate.ask(Placement("lake", synthetic=True)).allowed


def test_bad_packs_change_nothing(opened, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: hygie-sovereignty-pack/99\npack: x\n")
    before = files_of(opened)
    with pytest.raises(Refusal) as refused:
        actions.declare(opened, placement=AZURE, packs=[bad], actor="operator")
    assert refused.value.code.startswith("SOV-1")
    assert files_of(opened) == before and opened.store.gate.ask(REAL).allowed
    for content, code in ((toml().replace(b"lake store", b"log sink"), "PLC-101"), (b"no toml [", "SOV-203")):
        with pytest.raises(Refusal, match=code):
            actions.declare(opened, placement=content, actor="operator")
    with pytest.raises(Refusal, match="PPL-1"):
        actions.declare(opened, placement=OWN, actor="nobody")


def test_persons_keep_their_rights_at_a_place_that_is_refused(opened, tmp_path):
    ingest(opened, tmp_path)
    actions.declare(opened, placement=AZURE, packs=PACKS, actor="operator")
    optouts.record(opened, actor="operator", dataset="demo", value="3")
    erase(opened, "demo", person="4", actor="operator")
    assert held.manifest("demo").persons == 11


@pytest.mark.parametrize(
    ("what", "refuses", "passes"),
    [
        ("backup target", {"lake", "extract", "vault", "enclave"}, {"peer"}),
        ("enclave host", {"enclave", "study"}, {"lake", "extract", "airlock"}),
        ("peer", {"peer"}, {"lake", "enclave"}),
        ("key custody", {"lake", "enclave", "peer", "extract"}, set()),
        ("support access", {"lake", "enclave", "airlock"}, set()),
        ("log sink", {"lake", "extract"}, {"peer"}),
    ],
)
def test_each_kind_of_place_is_asked_for_what_reaches_it(opened, what, refuses, passes):
    second = f'[[placement]]\nid = "second"\nwhat = "{what}"\n'
    actions.declare(opened, placement=toml(more=second), actor="operator")
    gate = opened.store.gate
    assert {name for name in refuses | passes if not gate.ask(Placement(name)).allowed} == refuses
    assert all(gate.ask(Placement(name)).allowed for name in ("control", "keys", "ledger", "register"))


def test_a_node_that_was_left_refuses_whatever_its_placement(opened):
    assert isinstance(opened.store.gate, LeavingGate)
    opened.store.write(LEFT, b'{"to": "node-new"}', Placement("moving", synthetic=True))
    assert [each.code for each in opened.store.gate.ask(Placement("lake", synthetic=True)).reasons] == ["HOM-112"]


def test_a_write_costs_no_more_than_one_without_verdicts(opened, tmp_path):
    """The same durable write, past both Gates, in turns: the medians differ by less than a fifth."""
    (tmp_path / "plain").mkdir()
    stores = {"plain": Store(tmp_path / "plain", DeclaredGate("FR")), "judged": opened.store}
    taken = {name: [] for name in stores}
    for number in range(60):
        for name, store in stores.items():
            start = time.perf_counter()
            store.write(f"lake/{number}", b"x" * 4096, REAL)
            taken[name].append(time.perf_counter() - start)
    medians = {name: sorted(found)[len(found) // 2] for name, found in taken.items()}
    start = time.perf_counter()
    for _ in range(200):
        opened.store.gate.ask(REAL)
    asked = (time.perf_counter() - start) / 200
    assert asked < 0.001, "asking takes microseconds"
    assert medians["judged"] < 1.5 * medians["plain"] + 0.001, medians


def test_the_verdicts_in_force_are_there_for_other_rooms(opened):
    found = queries.standing(opened)
    assert found.allowed and found.store.own and {each.what for each in found.places} >= {"lake store", "enclave host"}
