"""Each probe against a server that lies, and what it sees held against what is declared."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hygie.base.ledger import queries as ledger
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.rules.declarations import declaration
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.placing import actions, dns, observing, queries
from hygie.intake.placing.evidence import Seen, held_against, known
from hygie.intake.placing.observing import Sources
from hygie.node.cli.main import main
from tests.intake.placing import liars
from tests.intake.placing.places import AZURE, OWN, toml, write

NOWHERE = ("127.0.0.1", 1)
SILENT = "http://127.0.0.1:1/shelf/"
OVH = toml("ovh-public-cloud", place='country = "FR"')


@pytest.fixture
def quiet(tmp_path):
    """Sources that answer nothing."""
    missing = tmp_path / "missing"
    return Sources((), NOWHERE, missing, (), 123, (), {"PIP_INDEX_URL": SILENT}, 0.5)


def against(seen, content=OWN):
    made = declaration(content)
    view = own_facts().at(datetime(2026, 11, 22, tzinfo=UTC).date(), datetime(2026, 11, 22, tzinfo=UTC))
    return [
        (each.says, each.seen.probe, each.x) for each in held_against(seen, made.data, made.placements, view, ruleset())
    ]


def place_of(content, **more):
    return [replace(declaration(content).placements[0], **more)]


def test_an_address_that_belongs_to_somebody_else(quiet):
    said = {
        ("data.hospital.example", dns.A): (dns.CNAME, liars.alias("bucket.s3.eu-west-3.amazonaws.com")),
        ("other.hospital.example", dns.A): (dns.A, liars.address("192.0.2.7")),
        ("7.2.0.192.in-addr.arpa", dns.PTR): (dns.PTR, liars.alias("ec2-192-0-2-7.us-east-1.compute.amazonaws.com")),
    }
    with liars.datagrams(liars.names(said)) as server:
        sources = replace(quiet, resolvers=(server,))
        places = place_of(OWN, endpoints=("data.hospital.example", "other.hospital.example"))
        seen = [each for each in observing.observe(places, sources) if each.probe == "address"]
    assert against(seen) == [
        ("provider", "address", "amazon"),
        ("provider", "address", "amazon"),
        ("country", "address", "US"),
    ]


def test_a_certificate_that_a_cloud_issued(quiet, tmp_path):
    with liars.secured(tmp_path, "Amazon") as port:
        seen = [observing.certificate("store", "here", "127.0.0.1", port, quiet)]
    assert against(seen) == [("provider", "certificate", "amazon")]
    with liars.secured(tmp_path, "Hospital's own authority") as port:
        assert against([observing.certificate("store", "here", "127.0.0.1", port, quiet)]) == []


def test_the_name_of_an_endpoint_tells_provider_and_region():
    seen = [observing.seen("name", "e", "s3.gra.io.cloud.ovh.net", "names", "store")]
    assert against(seen) == [("provider", "name", "ovh")]
    elsewhere = [observing.seen("name", "e", "s3.bhs.io.cloud.ovh.net", "names", "store")]
    assert against(elsewhere, OVH) == [("country", "name", "CA")]
    azure = [observing.seen("name", "e", "x.blob.core.windows.net", "names", "store")]
    assert against(azure, AZURE) == [] and against(azure, OVH) == [("provider", "name", "microsoft")]


AWS = "/latest/meta-data/placement/region"
AZURE_PATH = "/metadata/instance/compute?api-version=2021-02-01"
ZONE = "/computeMetadata/v1/instance/zone"


@pytest.mark.parametrize(
    ("path", "text", "headers", "said"),
    [
        (AWS, "eu-west-1", {}, [("provider", "amazon"), ("country", "IE")]),
        (AZURE_PATH, '{"location": "eastus"}', {"Metadata": "true"}, [("provider", "microsoft"), ("country", "US")]),
        (ZONE, "projects/1/zones/europe-west9-a", {"Metadata-Flavor": "Google"}, [("provider", "google")]),
        (AWS, "", {}, []),
        (AZURE_PATH, "[no json", {}, []),
    ],
)
def test_metadata_of_a_cloud_on_a_machine_declared_as_own(quiet, path, text, headers, said):
    with liars.pages({path: (200, text)}, headers) as server:
        seen = list(observing.metadata(replace(quiet, metadata=server)))
    assert [(says, x) for says, _, x in against(seen)] == said


def test_the_maker_of_a_virtual_machine(quiet, tmp_path):
    (tmp_path / "dmi").mkdir()
    (tmp_path / "dmi" / "sys_vendor").write_text("Amazon EC2\n")
    seen = list(observing.maker(replace(quiet, makers=tmp_path / "dmi")))
    assert against(seen) == [("provider", "machine", "amazon")]


def test_a_time_source_of_somebody_else_and_one_that_is_wrong(quiet, tmp_path):
    config = tmp_path / "timesyncd.conf"
    config.write_text("[Time]\nNTP=time.google.com\n# pool time.aws.com\n")
    seen = list(observing.times(replace(quiet, times=(config,), seconds=0.01)))
    assert against(seen) == [("supplier", "time", "google")]
    config.write_text("pool 127.0.0.1 iburst\n")
    for ahead, said in ((3600.0, [("clock", "time", "3600")]), (0.0, [])):
        with liars.datagrams(liars.clock(ahead)) as server:
            seen = list(observing.times(replace(quiet, times=(config,), time_port=server[1])))
        assert [(a, b, str(round(float(c), -1)).split(".")[0]) for a, b, c in against(seen)] == said


def test_services_that_the_node_reaches_itself_whatever_is_declared(opened, quiet, tmp_path):
    bucket, entra = "db.eu-west-3.rds.amazonaws.com:5432", "login.microsoftonline.com:443"
    seen = observing.observe(
        [], replace(quiet, own=(("database", bucket), ("sign-in", entra), ("sign-in", "id.example:1")))
    )
    own = [each for each in seen if each.probe in ("database", "sign-in")]
    assert against(own) == [("provider", "database", "amazon"), ("supplier", "sign-in", "microsoft")]
    assert actions.own_endpoints(opened) == ()
    (opened.home / "sign-in.toml").write_text('[openid]\nissuer = "https://id.hospital.example/realms/one"\n')
    assert actions.own_endpoints(opened) == (("sign-in", "id.hospital.example:443"),)


def test_packages_that_come_from_elsewhere(quiet, tmp_path):
    with liars.pages({"/shelf/": (302, "http://localhost:1/shelf/")}) as (host, port):
        index = f"http://{host}:{port}/shelf/"
        assert observing.ends_at(index, 1.0) == "", "the end of the way does not answer"
    with liars.pages({"/shelf/": (200, "")}) as (_, end):
        with liars.pages({"/shelf/": (302, f"http://localhost:{end}/shelf/")}) as (host, port):
            index = f"http://{host}:{port}/shelf/"
            seen = list(observing.packages(replace(quiet, environment={"PIP_INDEX_URL": index})))
    assert [(each.about, each.found, each.moved) for each in seen] == [("127.0.0.1", "localhost", True)]
    assert against(seen) == [("moved", "packages", "")]
    config = tmp_path / "pip.conf"
    abroad = "http://store.aliyuncs.com:1/shelf/"
    config.write_text(f"[global]\nindex-url = {abroad}\n")
    seen = list(observing.packages(replace(quiet, environment={}, pip=(config,))))
    assert against(seen) == [("supplier", "packages", "alibaba")]


def test_servers_that_answer_nonsense_tell_nothing(quiet):
    for nonsense in (b"", b"\0" * 12, b"\xff" * 600):
        with liars.datagrams(lambda data, nonsense=nonsense: data[:2] + nonsense) as server:
            assert dns.ask("host.example", dns.A, server, 0.5) == []
            assert abs(observing.offset("127.0.0.1", replace(quiet, time_port=server[1]))) >= 0.0
    looped = lambda data: data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0\xc0\x0c\0\1\0\1\xc0\x0c" + b"\0" * 10  # noqa: E731
    with liars.datagrams(looped) as server:
        assert dns.ask("host.example", dns.A, server, 0.5) == []
    assert dns.ask("x" * 300 + ".example", dns.A, NOWHERE, 0.1) == []


def test_what_does_not_answer_contradicts_nothing(quiet):
    seen = observing.observe(place_of(OWN, endpoints=("localhost:1",)), quiet)
    assert {each.probe for each in seen} == {"name", "address", "certificate", "packages"}
    assert against(seen) == [] and against([Seen("name", "store", "e", "host.example")]) == []


def test_contradictions_are_kept_told_in_both_languages_and_in_the_ledger(opened, quiet, tmp_path, capsys):
    (tmp_path / "dmi").mkdir()
    (tmp_path / "dmi" / "sys_vendor").write_text("Amazon EC2\n")
    found = actions.probe(opened, actor="operator", sources=replace(quiet, makers=tmp_path / "dmi"))
    assert [each.says for each in found] == ["provider"]
    assert found == queries.contradictions(opened) and queries.observed(opened)[0].startswith("2026-11-21")
    assert "amazon" in found[0].told("en") and "constructeur" in found[0].told("fr")
    event = ledger.event(ledger.indexes(opened.id, "sovereignty.probed")[-1])
    assert event.body["contradictions"] == [["provider", "machine", "own-premises"]]
    assert main(["--node", str(opened.home), "--language", "fr", "sovereignty", "check", "--no-probes"]) == 0
    said = capsys.readouterr().out
    assert "le constructeur de la machine montre amazon" in said
    assert main(["--node", str(opened.home), "sovereignty", "check", "--placement", str(write(tmp_path, OWN))]) == 0
    assert "amazon" not in capsys.readouterr().out, "a file alone says nothing of this machine"


def test_every_provider_is_of_the_facts():
    ids = {record.id for record in own_facts().records}
    assert not {each for row in known()["provider"].values() for each in row["entities"]} - ids
