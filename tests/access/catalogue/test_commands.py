"""`hygie catalogue`, as an operator types it."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from hygie.access.catalogue.models import Described
from hygie.node.cli.main import main
from tests.access.catalogue.descriptions import body


def run(node, capsys, *words, json_too=False, as_="steward"):
    """Run a command and return its exit code and what it printed."""
    options = ["--json"] if json_too else []
    code = main(["--node", str(node.home), "--as", as_, *options, *map(str, words)])
    return code, capsys.readouterr().out


def test_from_description_to_a_valid_record(ingested, tmp_path, capsys):
    node = ingested("chu", range(1, 41))
    path = tmp_path / "description.json"
    path.write_text(json.dumps(body()))
    assert run(node, capsys, "catalogue", "describe", "chu", path)[0] == 0
    code, said = run(node, capsys, "catalogue", "measure", "chu")
    assert code == 0 and "about 40 persons, events from 2014 to 2016" in said
    for form, name in (("turtle", "record.ttl"), ("jsonld", "record.jsonld"), ("rdfxml", "record.rdf")):
        code, text = run(node, capsys, "catalogue", "export", "chu", "--format", form)
        assert code == 0 and "Hospital stays" in text
        (tmp_path / name).write_text(text)
        code, said = run(node, capsys, "catalogue", "validate", tmp_path / name, json_too=True)
        assert (code, json.loads(said)) == (
            0,
            {"valid": True, "datasets": 1, "elements": 18, "shapes": 0, "warnings": 0},
        )
    shapes = files("hygie.access.catalogue") / "shapes.ttl"
    code, said = run(node, capsys, "catalogue", "validate", tmp_path / name, "--shapes", shapes, json_too=True)
    assert (code, json.loads(said)["shapes"]) == (0, 1)
    code, text = run(node, capsys, "catalogue", "export")
    assert code == 0 and "a dcat:Catalog ;" in text and "<urn:hygie:node-test:catalogue/chu/>" in text
    shown = json.loads(run(node, capsys, "catalogue", "show", "chu")[1])
    path.write_text(json.dumps({**shown, "frequency": "DAILY"}))
    assert run(node, capsys, "catalogue", "describe", "chu", path)[0] == 0
    assert Described.objects.count() == 2


def test_a_record_that_lacks_something_is_refused_with_the_rooms_code(node, tmp_path, capsys):
    (tmp_path / "bad.ttl").write_text("@prefix dcat: <http://www.w3.org/ns/dcat#> . <urn:x> a dcat:Dataset .")
    code, _ = run(node, capsys, "catalogue", "validate", tmp_path / "bad.ttl", json_too=True)
    assert code == 34


@pytest.mark.parametrize("words", [("export", "nothing"), ("show", "nothing"), ("validate", "missing.ttl")])
def test_what_is_not_there_is_refused(node, capsys, words):
    assert run(node, capsys, "catalogue", *words)[0] == 34


def test_another_catalogue_is_harvested_from_a_file(node, tmp_path, capsys):
    (tmp_path / "other.ttl").write_text(
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
        "<https://other.example/1> a dcat:Dataset ; dct:title 'One' ; dct:description 'First' ."
        "<https://other.example/2> a dcat:Dataset ; dct:title 'Two' ."
    )
    code, said = run(node, capsys, "catalogue", "harvest", tmp_path / "other.ttl", json_too=True, as_="operator")
    told = json.loads(said)
    assert (code, told["taken"], told["complete"]) == (0, 1, True)
    fault = {"record": "https://other.example/2", "path": "description", "why": "A description, as text."}
    assert told["refused"] == [fault]
    code, said = run(node, capsys, "catalogue", "harvest", tmp_path / "other.ttl", as_="operator")
    assert code == 0 and "1 records stand (0 new, 0 changed)" in said and "not taken: https://other.example/2" in said
    assert run(node, capsys, "catalogue", "harvest", "https://127.0.0.1/x.ttl", as_="operator")[0] == 34
    assert run(node, capsys, "catalogue", "harvest", tmp_path / "none.ttl", as_="operator")[0] == 34


def test_the_index_of_search_is_made_anew_by_the_operator(listed, capsys):
    code, said = run(listed, capsys, "catalogue", "index", json_too=True, as_="operator")
    assert code == 0 and json.loads(said) == {"datasets": 1}
    assert run(listed, capsys, "catalogue", "index")[0] != 0


def test_how_many_is_asked_on_the_command_line(listed, tmp_path, capsys):
    asked = tmp_path / "criteria.json"

    def ask(criteria):
        asked.write_text(json.dumps(criteria))
        return run(listed, capsys, "feasibility", "ask", str(asked), "--dataset", "chu", json_too=True, as_="user")

    code, text = ask({"everyone": {}})
    assert code == 0 and json.loads(text)["account"]["spent"] == 0.1
    wrong = {"codes": {"table": "condition_occurrence", "codes": [{"system": "ICD10", "code": "BANANA"}]}}
    code, text = ask(wrong)
    assert code == 30 and "COH-105" in text
    _, text = run(listed, capsys, "feasibility", "account", "--dataset", "chu", json_too=True, as_="user")
    assert json.loads(text)["spent"] == 0.1
