"""The smallest change that turns a verdict, against every change there is; and its words."""

import dataclasses
import random
from itertools import combinations

import pytest

from hygie.commons.sovereignty.answers.explanation import Voice, sentence, told, turned
from hygie.commons.sovereignty.answers.flipping import DROP, MOST, droppable, flip
from hygie.commons.sovereignty.answers.relevance import relevant
from hygie.commons.sovereignty.knowledge.edges import HasPresenceIn, HostedAt, MemberOf, OperatedBy, SubcontractsTo
from hygie.commons.sovereignty.knowledge.nodes import Law, Location, NexusRule, Service
from hygie.commons.sovereignty.knowledge.values import Interval, Strength, Text, bound
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.ruleset import ruleset
from tests.commons.sovereignty.making import entity, header, owns
from tests.commons.sovereignty.making import view as hand_made
from tests.commons.sovereignty.rules.asking import question, view

DAY = "2026-11-21"
SPECIAL = {"national": True}
SERVICES = (
    "good", "us-owned", "us-supported", "log-supported", "far-backup", "hds-none", "hds-quarrel", "in-india",
    "eu-supported", "orphan", "rumoured-support",
)  # fmt: skip


def asked(service, data=None, **place):
    """A question on a test service, its contract listing nobody's laws."""
    return question(data=data, placement={"service": service, **place}, contract={"laws": []})


def every_change(wanted, seen, most, columns, everything=False):
    """The smallest sets of changes that turn a ruling, by trying all of them: facts dropped, points settled."""
    small = relevant(wanted, seen)
    chain = {step.edge for f in judge(wanted, small, ruleset()).findings for step in f.steps}
    facts = sorted({r.id for r in small.records if droppable(r) and (everything or r.id in chain or near(r, wanted))})
    wants: set[str] = set()
    for each in ({*()}, *({name} for name in facts)):
        made = judge(wanted, small.only(lambda r, gone=each: r.id not in gone), ruleset())
        wants.update(want for f in made.findings for want in f.wants if f.column in columns)
    changes = [*(DROP + name for name in facts), *sorted(wants)]
    for size in range(1, most + 1):
        found = []
        for chosen in combinations(sorted(changes), size):
            gone = {name.removeprefix(DROP) for name in chosen if name.startswith(DROP)}
            settled = frozenset(name for name in chosen if not name.startswith(DROP))
            left = small.only(lambda r, gone=gone: r.id not in gone) if gone else small
            made = judge(dataclasses.replace(wanted, assumed=settled), left, ruleset())
            if max(made.column(c) for c in columns).writes:
                found.append(chosen)
        if found:
            return found
    return []


def near(record, wanted):
    """Whether a relation hangs on the service asked about or on who runs it."""
    return wanted.placement.service in (getattr(record, "origin", ""), getattr(record, "target", ""))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("data", [None, SPECIAL], ids=["ordinary", "national"])
def test_no_smaller_set_turns_a_refusal(service, data):
    wanted, seen = asked(service, data), view(DAY, "world")
    if judge(wanted, seen, ruleset()).outcome.writes:
        pytest.skip("nothing to turn")
    found = flip(wanted, seen, ruleset(), most=2)
    smallest = every_change(wanted, seen, 2, ("legality", "exposure"))
    assert found.complete
    assert bool(found.changes) == bool(smallest), (found, smallest)
    if smallest:
        assert found.changes in smallest
        assert found.changes == min(smallest, key=lambda each: (sum(name.startswith(DROP) for name in each), each))


def small_world(draw):
    """A few companies that hold each other and hand each other work, one service, and the laws of two countries."""
    names = [f"co-{n}" for n in range(draw.randint(3, 5))]
    records = [entity(name, seat=draw.choice(["FR", "DE", "US", "IN"])) for name in names]
    service = Service(id="place", name=Text("place", "lieu"), service="iaas", **header())
    hall = Location(id="hall", name=Text("hall", "salle"), country=draw.choice(["FR", "US"]), **header())
    records += [service, hall, OperatedBy(id="runs", origin="place", target=names[0], **header())]
    records.append(HostedAt(id="lies", origin="place", target="hall", **header()))
    for n in range(draw.randint(2, 6)):
        one, other = draw.sample(names, 2)
        if draw.random() < 0.5:
            made = owns(one, other, draw.choice([20, 51, 100]), name=f"stake-{n}")
        else:
            access = draw.choice(["none", "metadata", "clear", "unknown"])
            staff = (draw.choice(["FR", "US", "IN"]),)
            made = SubcontractsTo(id=f"work-{n}", origin=one, target=other, access=access, staff=staff, **header())
        records.append(made)
    records.append(HasPresenceIn(id="shop", origin=names[-1], target="US", form="branch", **header()))
    records += [MemberOf(id=f"eea/{c}", origin=c, target="EEA", **header()) for c in ("FR", "DE")]
    for country in ("US", "IN"):
        power = Interval(bound("2000-01-01"))
        law = f"law-{country}"
        records.append(
            Law(id=law, name=Text(law, law), issuer=country, reach="access", statute=power, operative=power, **header())
        )
        for test, strength in (("seat", 3), ("controlled", 3), ("place", 3), ("establishment", 2)):
            records.append(
                NexusRule(
                    id=f"nexus/{law}/{test}",
                    law=law,
                    test=test,
                    country=country,
                    strength=Strength(strength),
                    **header(),
                )
            )
    return hand_made(*records)


@pytest.mark.parametrize("seed", range(30))
def test_no_smaller_set_turns_a_refusal_of_any_small_world(seed):
    seen = small_world(random.Random(seed))
    wanted = question(
        data={"country": "ES", "national": True, "controller": ""}, placement={"service": "place"}, contract={}
    )
    if judge(wanted, seen, ruleset()).outcome.writes:
        return
    found = flip(wanted, seen, ruleset(), most=2)
    smallest = every_change(wanted, seen, 2, ("legality", "exposure"), everything=True)
    assert found.complete
    assert bool(found.changes) == bool(smallest), (found, smallest[:3])
    assert not smallest or found.changes in smallest


def test_what_it_says_would_turn_the_verdict_does():
    seen = view(DAY, "world")
    for service in SERVICES:
        for column in ("legality", "exposure"):
            wanted = asked(service, SPECIAL)
            found = flip(wanted, seen, ruleset(), columns=(column,))
            gone = {name.removeprefix(DROP) for name in found.changes if name.startswith(DROP)}
            settled = frozenset(name for name in found.changes if not name.startswith(DROP))
            left = seen.only(lambda r, gone=gone: r.id not in gone)
            made = judge(dataclasses.replace(wanted, assumed=settled), left, ruleset())
            assert made.column(column) is found.outcome


def test_a_permission_names_the_facts_it_hangs_on():
    found = flip(question(placement={"service": "good"}), view(DAY, "world"), ruleset())
    assert found.complete and len(found.changes) == 1
    assert found.changes[0].startswith(DROP)
    assert not found.outcome.writes


def test_the_search_is_bounded_and_says_so():
    found = flip(asked("us-supported", SPECIAL), view(DAY, "world"), ruleset(), tries=2)
    assert not found.complete
    assert found.tried == 2


@pytest.mark.parametrize("service", [*SERVICES, "qualified-licence", "funded-cloud", "swiss-run", "us-present"])
def test_the_part_a_question_depends_on_gives_the_same_bytes(service):
    seen = view(DAY, "world")
    wanted = asked(service, SPECIAL)
    assert judge(wanted, relevant(wanted, seen), ruleset()).bytes == judge(wanted, seen, ruleset()).bytes


def test_the_same_of_our_own_facts():
    seen = view(DAY)
    draw = random.Random(7)
    services = sorted({r.id for r in seen.records if r.kind == "service"})
    for service in draw.sample(services, 12):
        wanted = asked(service, SPECIAL)
        assert judge(wanted, relevant(wanted, seen), ruleset()).bytes == judge(wanted, seen, ruleset()).bytes


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_finding_has_its_sentence_with_no_slot_left(language):
    seen = view(DAY, "world")
    voice = Voice(ruleset(), seen, language)
    for service in (*SERVICES, "qualified", "licensed", "us-present", "german", "opaque-cloud", "two-zones"):
        for country in ("FR", "DE"):
            wanted = asked(service, {"country": country, "classes": ["state"], "sensitivity": "unknown"})
            made = judge(wanted, seen, ruleset())
            lines = told(made, voice)
            assert len(lines) >= 3 + len(made.findings)
            for finding in made.findings:
                text = sentence(finding, voice)
                assert "{" not in text and not text.startswith("–"), text
                if "{p}" in ruleset().rule(finding.rule).situations[finding.situation].text.en:
                    assert "→" in text or finding.rule in ("R12", "R25", "R08", "R22"), text
            words = turned(flip(wanted, seen, ruleset()), voice, MOST)
            assert words and "{" not in words


def test_the_breaking_path_is_in_the_sentence_in_both_languages():
    seen = view("2026-11-21")
    wanted = question(data={"id": "hdh-data", "national": True}, placement={"service": "azure-eu"})
    made = judge(wanted, seen, ruleset())
    worst = next(f for f in made.findings if f.rule == "R19")
    for language, words in (("en", "can reach"), ("fr", "peut atteindre")):
        text = sentence(worst, Voice(ruleset(), seen, language))
        assert words in text
        assert "Microsoft Ireland Operations → Microsoft Corporation → " in text
