"""Laws reach down from controllers and up from establishments; paths are cut where nobody gets in."""

from datetime import date

import pytest

from hygie.commons.sovereignty.knowledge.edges import (
    HasPresenceIn,
    HostedAt,
    KeyedBy,
    OperatedBy,
    PlacedOn,
    RunsOn,
    SubcontractsTo,
)
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.nodes import Dataset, KeyCustody, Law, Location, NexusRule, Service
from hygie.commons.sovereignty.knowledge.values import Certainty, Interval, Strength, Text, bound
from hygie.commons.sovereignty.reach.nexus import subjections
from hygie.commons.sovereignty.reach.paths import paths
from tests.commons.sovereignty.making import KNOWN, controls, entity, header, owns, union, view

YES, MAYBE = Certainty.YES, Certainty.MAYBE


def interval(text):
    start, _, end = text.partition("/")
    return Interval(bound(start), bound(end) if end else None)


def law(name="sca", statute="2018-03-23/", operative="2018-03-23/", country="US"):
    """A law of a country, and its four ties."""
    made = Law(
        id=name, name=Text(name, name), issuer=country, reach="access", statute=interval(statute),
        operative=interval(operative), **header(),
    )  # fmt: skip
    strengths = {
        "seat": Strength.STRONG, "controlled": Strength.STRONG, "place": Strength.STRONG,
        "establishment": Strength.MEDIUM, "customers": Strength.WEAK,
    }  # fmt: skip
    rules = [
        NexusRule(id=f"nexus/{name}/{test}", law=name, test=test, country=country, strength=strength, **header())
        for test, strength in strengths.items()
    ]
    return [made, *rules]


def edge(kind, origin, target, **more):
    """A relation; `access` is clear unless said."""
    head = {key: more.pop(key) for key in ("start", "end", "status") if key in more}
    return kind(id=f"{kind.KIND}/{origin}/{target}", origin=origin, target=target, **more, **header(**head))


def presence(name, country, form):
    return edge(HasPresenceIn, name, country, form=form)


def reached(name, *records):
    """Law, test, strength and certainty of each tie of an entity."""
    found = subjections(name, view(*law(), *records))
    return [(each.law, each.test, each.strength.name, each.sure.name) for each in found]


def test_a_law_reaches_its_own_and_whom_they_control():
    chain = [entity("corp", seat="US"), entity("ireland"), entity("lab"), owns("corp", "ireland", 100)]
    assert reached("corp", *chain) == [("sca", "seat", "STRONG", "YES")]
    assert reached("ireland", *chain) == [("sca", "controlled", "STRONG", "YES")]
    assert reached("lab", *chain, owns("ireland", "lab", 51)) == [("sca", "controlled", "STRONG", "YES")]
    assert reached("lab", *chain, owns("ireland", "lab", 49)) == []
    assert reached("lab", *chain, controls("corp", "lab", ground="veto")) == [("sca", "controlled", "STRONG", "YES")]
    assert reached("lab", *chain, owns("ireland", "lab", (40, 60))) == [("sca", "controlled", "STRONG", "MAYBE")]
    assert reached("lab", *chain, owns("ireland", "lab", 90, status="disputed")) == [
        ("sca", "controlled", "STRONG", "MAYBE")
    ]


def test_a_law_reaches_up_through_an_establishment_of_the_group():
    group = [
        entity("parent"), entity("operator"), entity("us-arm", seat="US"), owns("parent", "operator", 100),
        owns("parent", "us-arm", 100),
    ]  # fmt: skip
    (tie,) = subjections("operator", view(*law(), *group))
    assert (tie.test, tie.strength, tie.sure) == ("establishment", Strength.MEDIUM, YES)
    assert [step.edge for step in tie.steps] == [
        "owns/parent/operator",
        "owns/parent/us-arm",
        "nexus/sca/establishment",
    ]
    assert [step.target for step in tie.steps] == ["parent", "us-arm", "sca"]
    assert reached("parent", *group) == [("sca", "establishment", "MEDIUM", "YES")]
    assert reached("operator", *group[:-1]) == []


def test_a_state_that_owns_two_companies_does_not_make_them_one_group():
    state = [entity("state", kind="state"), entity("host"), entity("arm", seat="US"), owns("state", "host", 100)]
    assert reached("host", *state, owns("state", "arm", 100)) == []


@pytest.mark.parametrize(
    ("form", "expected"),
    [("branch", "MEDIUM"), ("staff", "MEDIUM"), ("subsidiary", "MEDIUM"), ("customers", "WEAK")],
)
def test_a_presence_has_its_strength(form, expected):
    ((_, _, strength, _),) = reached("host", entity("host"), presence("host", "US", form))
    assert strength == expected


def test_the_strongest_tie_comes_first():
    both = [entity("corp", seat="US"), entity("host"), owns("corp", "host", 100), presence("host", "US", "customers")]
    assert [strength for _, _, strength, _ in reached("host", *both)] == ["STRONG", "WEAK"]


@pytest.mark.parametrize(
    ("day", "statute", "operative"),
    [
        ("2026-06-12", "YES", "YES"),
        ("2026-11-21", "NO", "YES"),  # lapsed, and yet it bites
        ("2027-03-15", "NO", "MAYBE"),
        ("2027-04-01", None, None),
    ],
)
def test_a_law_bites_as_long_as_its_powers_are_operative(day, statute, operative):
    facts = Facts.of(
        [*union("FR"), *law("f702", "2008-07-10/2026-06-12", "2008-07-10/2027-03"), entity("corp", seat="US")]
    )
    found = subjections("corp", facts.at(date.fromisoformat(day), KNOWN))
    assert [(tie.statute.name, tie.operative.name) for tie in found] == ([(statute, operative)] if statute else [])


def test_a_law_for_providers_leaves_others_alone():
    made, *rules = law()
    for_providers = [NexusRule(**{**vars(rule), "providers": True}) for rule in rules]
    records = [made, *for_providers, entity("corp", seat="US"), service("cloud")]
    assert subjections("corp", view(*records)) == ()
    assert subjections("corp", view(*records, edge(OperatedBy, "cloud", "corp")))


def service(name, kind="iaas"):
    return Service(id=name, name=Text(name, name), service=kind, **header())


def data(name="data"):
    return Dataset(id=name, name=Text(name, name), category="health", **header())


def keys(reads, name="keys"):
    return [
        KeyCustody(id=name, name=Text(name, name), reads=reads, **header()), edge(KeyedBy, "data", name),
    ]  # fmt: skip


CLOUD = [
    *law(), data(), service("cloud"), entity("ireland"), entity("corp", seat="US"), owns("corp", "ireland", 100),
    edge(OperatedBy, "cloud", "ireland"),
]  # fmt: skip


def routes(*records):
    return [(path.access, path.sure.name, " ".join(path.nodes)) for path in paths("data", view(*records))]


def test_the_path_is_told_from_the_data_to_the_law():
    (path,) = paths("data", view(*CLOUD, edge(PlacedOn, "data", "cloud")))
    assert path.nodes == ("data", "cloud", "ireland", "corp", "sca")
    assert path.edges == (
        "placed_on/data/cloud",
        "operated_by/cloud/ireland",
        "owns/corp/ireland",
        "nexus/sca/controlled",
    )
    assert path.words(str.upper) == "DATA → CLOUD → IRELAND → CORP → SCA"
    assert (path.access, path.strength, path.sure) == ("clear", Strength.STRONG, YES)


@pytest.mark.parametrize(
    ("reads", "access"),
    [("client", None), ("nobody", None), ("provider", "clear"), ("unknown", "ciphertext"), (None, "ciphertext")],
)
def test_ciphertext_is_a_path_only_for_who_may_have_the_keys(reads, access):
    placed = edge(PlacedOn, "data", "cloud", access="ciphertext")
    found = routes(*CLOUD, placed, *(keys(reads) if reads else []))
    assert found == ([(access, "YES", "data cloud ireland corp sca")] if access else [])


def test_clear_computing_stays_exposed_whoever_has_the_keys():
    assert routes(*CLOUD, edge(PlacedOn, "data", "cloud"), *keys("client"))


def test_the_worst_of_two_custodies_counts():
    placed = edge(PlacedOn, "data", "cloud", access="ciphertext")
    assert routes(*CLOUD, placed, *keys("client"), *keys("provider", "copy"))[0][0] == "clear"
    disputed = [keys("client")[0], edge(KeyedBy, "data", "keys", status="disputed")]
    assert routes(*CLOUD, placed, *disputed)[0][0] == "ciphertext"


@pytest.mark.parametrize(
    ("access", "found"),
    [("none", None), ("metadata", "metadata"), ("ciphertext", "clear"), ("clear", "clear"), ("unknown", "clear")],
)
def test_software_of_a_supplier_is_a_path_only_with_technical_access(access, found):
    own = [
        *law(), data(), service("trusted"), service("software", "software"), entity("thales"),
        entity("corp", seat="US"),
        edge(PlacedOn, "data", "trusted"), edge(OperatedBy, "trusted", "thales"), edge(OperatedBy, "software", "corp"),
        edge(RunsOn, "trusted", "software", layer="software", access=access), *keys("provider"),
    ]  # fmt: skip
    sure = "MAYBE" if access == "unknown" else "YES"
    assert routes(*own) == ([(found, sure, "data trusted software corp sca")] if found else [])


def test_a_subcontractor_with_access_is_a_path_and_metadata_stay_metadata():
    own = [
        *law(), data(), service("local"), entity("host"), entity("support", seat="US"), edge(PlacedOn, "data", "local"),
        edge(OperatedBy, "local", "host"),
    ]  # fmt: skip
    assert routes(*own) == []
    with_logs = edge(SubcontractsTo, "host", "support", access="metadata")
    assert routes(*own, with_logs) == [("metadata", "YES", "data local host support sca")]


def test_data_that_lie_in_a_country_are_within_its_reach():
    place = Location(id="iowa", name=Text("Iowa", "Iowa"), country="US", **header())
    own = [*law(), data(), service("local"), entity("host"), edge(PlacedOn, "data", "local"), place]
    assert routes(*own, edge(HostedAt, "local", "iowa")) == [("clear", "YES", "data local iowa sca")]


def test_a_path_that_holds_another_whole_is_left_out():
    twice = [*CLOUD, edge(PlacedOn, "data", "cloud"), service("front"), edge(OperatedBy, "front", "ireland")]
    both = [*twice, edge(PlacedOn, "data", "front"), edge(RunsOn, "front", "cloud", layer="platform", access="clear")]
    found = [nodes for _, _, nodes in routes(*both)]
    assert found == ["data cloud ireland corp sca"]


def test_an_uncertain_step_makes_an_uncertain_path():
    placed = edge(PlacedOn, "data", "cloud", start="2026-11")
    assert routes(*CLOUD, placed) == [("clear", "MAYBE", "data cloud ireland corp sca")]


def test_circles_of_services_come_to_an_end():
    around = [
        *CLOUD, edge(PlacedOn, "data", "cloud"), service("other"),
        edge(RunsOn, "cloud", "other", layer="platform", access="clear"),
        edge(RunsOn, "other", "cloud", layer="platform", access="clear"),
    ]  # fmt: skip
    assert len(routes(*around)) == 1
