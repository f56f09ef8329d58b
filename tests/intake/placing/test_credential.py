"""A statement as a W3C Verifiable Credential: derived from it alone, checked by our verifier and by another's."""

import json
import subprocess
import sys

import pytest

from hygie.base.kernel import Refusal, canonical
from hygie.commons.sovereignty.answers import standalone_verifier as verifier
from hygie.intake.placing import stating
from hygie.node.cli.main import main
from tests.intake.placing.test_stating import AZURE, key_of


def stated(node):
    return stating.state(node, "hdh-data", actor="operator", placement=AZURE.encode())


def refused(document, key):
    with pytest.raises(Refusal) as found:
        stating.verify(document, key)
    assert found.value.code == "SOV-304"


def resigned(node, held):
    """A credential with a proof that the node's own key makes over whatever it holds."""
    bare = {name: value for name, value in held.items() if name != "proof"}
    proof = {name: value for name, value in held["proof"].items() if name != "proofValue"}
    value = verifier.multibase(node.keys.sign(verifier.hashed(bare, proof)))
    return canonical({**bare, "proof": {**proof, "proofValue": value}})


def leaves(value, path=()):
    """Every text in a document, by its path."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from leaves(each, (*path, name))
    if isinstance(value, str) and value:
        yield path


def test_the_credential_is_the_statement_and_the_same_bytes_each_time(node):
    made = stated(node)
    file = stating.credential(node, made)
    assert file == stating.credential(node, made)
    held = json.loads(file)
    assert held["credentialSubject"]["statement"] == json.loads(canonical(made.statement))
    assert held["issuer"] == verifier.did_of(node.keys.public_key())
    assert held["evidence"][0]["inclusion"]["index"] == made.index
    assert (held["proof"]["type"], held["proof"]["cryptosuite"]) == ("DataIntegrityProof", "eddsa-jcs-2022")
    assert stating.verify(file, key_of(made)) == stating.verify(made.bytes, key_of(made))


def test_every_text_of_it_is_under_the_proof(node):
    made = stated(node)
    file, key = stating.credential(node, made), key_of(made)
    paths = list(leaves(json.loads(file)))
    assert len(paths) > 100
    for path in paths[:: max(1, len(paths) // 60)] + [each for each in paths if "statement" not in each]:
        changed = json.loads(file)
        inner = changed
        for name in path[:-1]:
            inner = inner[name]
        text = inner[path[-1]]
        inner[path[-1]] = ("A" if text[0] != "A" else "B") + text[1:]
        refused(canonical(changed), key)


def test_another_key_or_another_statement_is_refused(node):
    made, other = stated(node), stated(node)
    file, key = json.loads(stating.credential(node, made)), key_of(made)
    refused(canonical(file), key[:-6] + "AAAAA=")
    swapped = file | {"credentialSubject": json.loads(stating.credential(node, other))["credentialSubject"]}
    refused(canonical(swapped), key)
    refused(resigned(node, swapped), key)
    for name, value in {"name": "more", "validFrom": "2020-01-01T00:00:00Z", "@context": []}.items():
        refused(resigned(node, file | {name: value}), key)
    refused(json.dumps(file).encode(), key)
    for broken in ({}, {"credentialSubject": {}}, file | {"proof": {}}, file | {"evidence": []}):
        refused(canonical(broken), key)


def test_a_statement_changed_on_the_disk_gets_no_credential(node):
    made = stated(node)
    made.statement["day"] = "2020-01-01"
    with pytest.raises(Refusal) as found:
        stating.credential(node, made)
    assert found.value.code == "SOV-304"


def test_the_command_writes_it_and_the_one_file_verifies_it(node, tmp_path):
    placement, file = tmp_path / "placement.toml", tmp_path / "out" / "credential.json"
    placement.write_text(AZURE, "utf-8")
    options = ["--placement", str(placement), "--credential", str(file)]
    assert main(["--node", str(node.home), "sovereignty", "statement", "hdh-data", *options]) == 0
    key = json.loads(file.read_bytes())["evidence"][0]["signature"]["key"]
    done = subprocess.run(
        [sys.executable, str(file.parent / "statement_verifier.py"), str(file), "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Not settled: azure" in done.stdout, done.stderr


def test_another_library_verifies_it_and_agrees_on_the_canonical_form(node):
    verify = pytest.importorskip("openvc.verify", reason="openvc-core is not installed")
    from openvc.proof._jcs import canonicalize

    made = stated(node)
    file = json.loads(stating.credential(node, made))
    assert canonicalize(file) == canonical(file), "RFC 8785, keys by UTF-16 units and numbers as ECMAScript writes them"
    found = verify.verify_credential(file)
    assert (found.format, found.issuer) == ("data-integrity:eddsa-jcs-2022", verifier.did_of(node.keys.public_key()))
    file["credentialSubject"]["statement"]["placements"][0]["verdict"]["exposure"] = "ALLOW"
    with pytest.raises(verify.OpenvcError):
        verify.verify_credential(file)


def test_no_term_is_undefined_to_a_reader_of_linked_data(node):
    contexts = pytest.importorskip("openvc.proof.contexts", reason="openvc-core is not installed")
    from importlib import resources

    from rdflib import Graph

    file = json.loads(stating.credential(node, stated(node)))
    base = json.loads((resources.files(contexts) / "credentials-v2.json").read_bytes())["@context"]
    file["@context"] = [base, file["@context"][1]]
    file["proof"]["@context"] = file["@context"]
    read = Graph().parse(data=json.dumps(file), format="json-ld")
    names = {str(term) for triple in read for term in triple}
    for name in ("SovereigntyStatement", "LedgerInclusion", "statement", "signature", "inclusion"):
        assert verifier.NAMES + name in names
