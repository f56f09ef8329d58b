"""Another catalogue's records: taken whole, kept apart, renewed, withdrawn; what is wrong is refused with its place."""

import gc
import re
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
import rdflib
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from rdflib.compare import isomorphic

from hygie.access.catalogue import actions, elsewhere, feed, fetching, harvesting, parsing, queries, splitting
from hygie.access.catalogue.models import Harvest, HarvestedRecord
from hygie.base.kernel import Refusal, digest
from hygie.base.ledger import queries as ledger
from tests.access.catalogue.descriptions import body
from tests.access.catalogue.test_dcat import TODAY

HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""


def dataset(number, more=""):
    """A record of another catalogue, in Turtle."""
    return (
        f'<https://other.example/{number}> a dcat:Dataset ; dct:title "Set {number}"@en, "Jeu {number}"@fr ; '
        f'dct:description "Words of another."@en ; {more} dct:publisher [ a foaf:Agent ; foaf:name "Other" ] .\n'
    )


def take(node, text, name="other.ttl", **more):
    """Harvest a file."""
    return harvesting.harvest(node, name, data=text.encode(), actor="operator", **more)


@pytest.fixture
def served(monkeypatch, tmp_path):
    """A site on this machine over https, with a certificate that this test's process believes."""

    @contextmanager
    def serve(answers):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        made = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
        cert, held = tmp_path / "cert.pem", tmp_path / "key.pem"
        cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        none = serialization.NoEncryption()
        held.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none))
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, content = answers[self.path]
                self.send_response(status)
                for one, value in headers.items():
                    self.send_header(one, value.replace("HERE", site))
                self.end_headers()
                self.wfile.write(content.replace("HERE", site).encode())

            def log_message(self, *_):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, held)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        site = f"https://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return serve


def ttl(text):
    return 200, {"Content-Type": "text/turtle"}, HEAD + text


@pytest.mark.parametrize(("form", "name"), [("turtle", "x.ttl"), ("jsonld", "x.jsonld"), ("rdfxml", "x.rdf")])
def test_our_own_export_comes_back_whole(described, form, name):
    for number in range(3):
        actions.describe(described, f"set-{number}", body(), actor="steward")
    text = feed.everything(described, form, base="https://node.example/", on=TODAY)
    report = take(described, text, name)
    assert (report.taken, report.added, report.refused, report.complete) == (4, 4, [], True)
    assert isomorphic(harvesting.graph_of(f"file:{name}"), parsing.read(text.encode(), name))
    again = take(described, text, name)
    assert (again.taken, again.added, again.changed, again.withdrawn) == (4, 0, 0, 0)
    assert queries.count_described() == 4  # nothing of it is among this node's own


def test_records_are_renewed_withdrawn_and_come_back(node, clock):
    first = take(node, HEAD + dataset(1) + dataset(2))
    assert (first.taken, first.added) == (2, 2)
    clock.advance(days=1)
    second = take(node, HEAD + dataset(1, 'dcat:keyword "new" ;') + dataset(3))
    assert (second.taken, second.added, second.changed, second.withdrawn) == (2, 1, 1, 1)
    rows = {row.address[-1]: row for row in HarvestedRecord.objects.all()}
    assert rows["2"].withdrawn_at and rows["1"].changed_at > rows["1"].first_at
    assert [each.title for each in elsewhere.listed("", "fr", 1)[0]] == ["Jeu 1", "Jeu 3"]
    third = take(node, HEAD + dataset(2))
    assert (third.changed, third.withdrawn) == (1, 2) and not HarvestedRecord.objects.get(
        address__endswith="2"
    ).withdrawn_at
    facts = [ledger.event(at) for at in ledger.indexes(digest(b"file:other.ttl")[:16], "catalogue.harvested")]
    assert [fact.body["taken"] for fact in facts] == [2, 2, 1]


def test_nodes_without_a_name_do_not_make_a_record_look_changed(node):
    text = HEAD + dataset(
        1, "dcat:distribution [ dcat:accessURL <https://a.example/> ], [ dcat:accessURL <https://b.example/> ] ;"
    )
    take(node, text)
    assert take(node, text).changed == 0
    assert take(node, text.replace("b.example", "c.example")).changed == 1


@pytest.mark.parametrize(
    ("bad", "path", "why"),
    [
        ('<https://other.example/bad> a dcat:Dataset ; dct:title "No description" .', "description", "A description"),
        ("<https://other.example/bad> a dcat:Dataset ; dct:title <urn:x> ; dct:description 'x' .", "title", "A title"),
        (dataset("bad", 'dct:modified "2026-13-01"^^xsd:date ;'), "modified", "is no date"),
        (dataset("bad", r"dcat:landingPage <https://a.example/\u003Cb\u003E> ;"), "landingPage", "no whole address"),
        (dataset("bad", "dcat:landingPage <relative> ;"), "landingPage", "no whole address"),
        (dataset("bad", r'dct:issued "x"^^<urn:a\u003E> ;'), "issued", "no whole address"),
        (dataset("bad", "dcat:distribution [ a dcat:Distribution ] ;"), "accessURL", "An address"),
        (dataset("bad", "dct:publisher <urn:two> ;"), "publisher", "One publisher"),
        ("[] a dcat:Dataset ; dct:title 'x' ; dct:description 'y' .", "type", "an address of its own"),
        (f"<https://other.example/{'x' * 600}> a dcat:Dataset ; dct:title 'x' ; dct:description 'y' .", "", "too long"),
        (dataset("bad", "".join(f'dcat:keyword "{n:0999}" ; ' for n in range(1200))), "", "too much"),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_its_place_and_the_others_are_taken(node, bad, path, why):
    report = take(node, HEAD + dataset(1) + bad)
    assert report.taken == 1 and HarvestedRecord.objects.count() == 1
    assert {each.path for each in report.refused} == {path} and why in report.refused[0].why
    if not bad.startswith("["):
        assert report.refused[0].record.startswith("https://other.example/")


def test_a_record_that_became_wrong_stays_as_it_was(node):
    take(node, HEAD + dataset(1) + dataset(2))
    report = take(node, HEAD + dataset(1) + dataset(2, 'dct:modified "x"^^xsd:date ;'))
    assert (report.withdrawn, len(report.refused)) == (0, 1)
    assert HarvestedRecord.objects.filter(withdrawn_at=None).count() == 2


def test_what_was_read_is_kept_as_text_and_no_graph_of_it(node, monkeypatch):
    graphs, keep = [], harvesting.keep

    def counted(*told):
        gc.collect()
        graphs.append(sum(isinstance(each, rdflib.Graph) for each in gc.get_objects()))
        return keep(*told)

    monkeypatch.setattr(harvesting, "keep", counted)
    for many in (3, 30):
        assert take(node, HEAD + "".join(dataset(number) for number in range(many))).taken == many
    assert graphs[0] == graphs[1]


def test_a_file_that_cannot_be_read_changes_nothing(node):
    take(node, HEAD + dataset(1))
    for text in (HEAD + dataset(2) + "oh no", HEAD, ""):
        with pytest.raises(Refusal) as refused:
            take(node, text)
        assert refused.value.code in ("CAT-402", "CAT-404")
    assert HarvestedRecord.objects.filter(withdrawn_at=None).count() == 1 and Harvest.objects.count() == 1


def test_further_shapes_are_held_against_each_record(node):
    shape = b"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
    <urn:s> a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property [ sh:path dcat:theme ; sh:minCount 1 ] ."""
    report = take(node, HEAD + dataset(1, "dcat:theme <urn:t> ;") + dataset(2), shapes={"own.ttl": shape})
    assert report.taken == 1 and [(each.record[-1], each.path) for each in report.refused] == [("2", "theme")]
    assert "own.ttl" in report.refused[0].why


def test_pages_are_followed_and_a_broken_one_ends_it_without_withdrawing(node, served):
    page = "<HERE/c?page={0}> a hydra:PagedCollection ; hydra:next <HERE/c?page={1}> .\n"
    answers = {
        "/c": (302, {"Location": "HERE/c?page=1"}, ""),
        "/c?page=1": ttl(page.format(1, 2) + dataset(1)),
        "/c?page=2": ttl(page.format(2, 3) + dataset(2)),
        "/c?page=3": ttl(dataset(3)),
    }
    with served(answers) as site:
        whole = harvesting.harvest(node, f"{site}/c", actor="operator", private=True)
        assert (whole.pages, whole.taken, whole.complete, whole.refused) == (3, 3, True, [])
        elsewhere_next = page.format(2, 3).replace("HERE/c?page=3", "https://elsewhere.example/")
        for broken in ((500, {}, ""), ttl("oh no"), ttl(page.format(2, 1) + dataset(2)), ttl(elsewhere_next)):
            answers["/c?page=2"] = broken
            part = harvesting.harvest(node, f"{site}/c", actor="operator", private=True)
            assert (part.complete, part.withdrawn) == (False, 0) and part.refused
    assert HarvestedRecord.objects.filter(withdrawn_at=None).count() == 3


@pytest.mark.parametrize(
    "address",
    ["http://other.example/c", "file:///etc/passwd", "ftp://other.example/", "https://", "https://me:you@other.example/",
     "https://other.example:0/", "https://other.example/\n", "gopher://127.0.0.1/", "https://127.0.0.1/",
     "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/", "https://10.1.2.3/",
     "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://0.0.0.0/", "https://2130706433/"],
)  # fmt: skip
def test_addresses_that_are_not_public_are_not_asked(node, monkeypatch, address):
    monkeypatch.setattr(fetching, "Pinned", None)  # a connection would fail otherwise than by a refusal
    with pytest.raises(Refusal) as refused:
        harvesting.harvest(node, address, actor="operator")
    assert refused.value.code == "CAT-501"


def test_a_public_site_cannot_send_us_inside(served, monkeypatch):
    answers = {
        "/": (302, {"Location": "https://127.0.0.1:1/inside"}, ""),
        "/f": (302, {"Location": "file:///etc/passwd"}, ""),
    }
    with served(answers) as site:
        monkeypatch.setattr(fetching, "public", lambda text: True)
        with pytest.raises(Refusal) as refused:
            fetching.fetch(f"{site}/f")
        assert refused.value.code == "CAT-501"
        asked = []
        monkeypatch.setattr(fetching, "public", lambda text: asked.append(text) or len(asked) == 1)
        with pytest.raises(Refusal) as refused:
            fetching.fetch(f"{site}/")
    assert refused.value.code == "CAT-501" and len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, ""), "status 404"),
        ((200, {"Content-Encoding": "gzip"}, "x"), "encoding"),
        ((200, {"Content-Length": "1000"}, "short"), "5 of 1000|IncompleteRead"),
        ((200, {"Content-Type": "text/turtle"}, "x" * 2000), "more than 1000"),
        ((302, {"Location": "HERE/"}, ""), "redirections"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(served, monkeypatch, answer, why):
    monkeypatch.setattr(fetching, "MOST", 1000)
    with served({"/": answer}) as site, pytest.raises(Refusal) as refused:
        fetching.fetch(f"{site}/", private=True)
    assert refused.value.code == "CAT-502" and re.search(why, refused.value.verdict.reasons[0].facts["why"])


def test_a_certificate_that_nobody_vouches_for_is_not_believed(served, monkeypatch, tmp_path):
    with served({"/": ttl("")}) as site:
        (tmp_path / "none.pem").write_text("")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with pytest.raises(Refusal) as refused:
            fetching.fetch(site.replace("localhost", "127.0.0.2") + "/", private=True)
    assert refused.value.code == "CAT-502"


def test_the_pages_say_that_a_record_is_of_another_catalogue_and_open_no_script(site, node):
    evil = dataset(
        1, r'dcat:landingPage <javascript:alert(1)>, <data:text/html,x> ; dcat:keyword "<script>alert(1)</script>" ;'
    )
    take(node, HEAD + evil)
    key = HarvestedRecord.objects.get().key
    for language, words in (("en", "of another catalogue"), ("fr", "d'un autre catalogue")):
        every = site.get("/catalogue/_elsewhere/", language=language)
        page = site.get(f"/catalogue/_elsewhere/{key}/", language=language)
        assert words in site.text(every) and words in site.text(page) and "file:other.ttl" in site.text(page)
        text = page.content.decode()
        assert 'href="javascript:' not in text and 'href="data:' not in text and "<script>alert" not in text
        assert "javascript:alert(1)" in text  # as text it is shown
    assert site.get("/catalogue/_elsewhere/", {"words": "nothing"}).status_code == 200
    assert site.get("/catalogue/_elsewhere/0123456789abcdef/").status_code == 404
    graph = parsing.read(site.get(f"/catalogue/_elsewhere/{key}/record.rdf").content, "x.rdf")
    assert isomorphic(graph, next(splitting.parts(parsing.read((HEAD + evil).encode(), "x.ttl"))).graph)
    assert site.get("/api/v1/catalogue/elsewhere/records").json()["total"] == 1
    assert (
        site.get(f"/api/v1/catalogue/elsewhere/records/{key}").json()["record"]["landing"] == "https://other.example/1"
    )


def test_a_record_speaks_of_itself_alone():
    text = HEAD + "<https://other.example/c> a dcat:Catalog ; dct:title 'C' ; dcat:dataset <https://other.example/1> ."
    text += dataset(
        1, "dct:relation <https://other.example/2> ; dct:isPartOf <https://other.example/c> ;"
    ) + dataset(2)  # fmt: skip
    graph = parsing.read(text.encode(), "x.ttl")
    one, two = splitting.parts(graph)
    assert rdflib.URIRef("https://other.example/2") not in set(one.graph.subjects())
    assert len(one.graph) == len(two.graph) + 2
    assert "dcat#dataset" not in splitting.catalogue(graph).text


def test_only_an_operator_harvests(node):
    for actor in ("steward", "officer", "user"):
        with pytest.raises(Refusal) as refused:
            harvesting.harvest(node, "x.ttl", data=(HEAD + dataset(1)).encode(), actor=actor)
        assert refused.value.code.startswith("PPL")
