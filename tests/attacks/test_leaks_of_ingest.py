"""Planted names are looked for in every file of the node, spill and temporary folders, while ingest runs and after."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.intake.lake import actions, erasure, queries
from hygie.intake.optouts import actions as optouts
from tests.intake.sources.fhir_files import CONDITION as FHIR_CONDITION
from tests.intake.sources.fhir_files import PATIENT, but
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text

pytestmark = pytest.mark.attack

PLANTED = ("Zebulon-Quix", "184127645108946", "Moonflower")


class Watch(threading.Thread):
    """Reads every file under some folders again and again, and notes what it found of what was planted."""

    def __init__(self, *folders: Path) -> None:
        super().__init__(daemon=True)
        self.folders, self.found, self.files, self.done = folders, set[str](), 0, threading.Event()
        self.spilled = False

    def look(self) -> None:
        for folder in self.folders:
            for root, _, names in os.walk(folder):
                for name in names:
                    try:
                        data = Path(root, name).read_bytes()
                    except OSError:
                        continue
                    self.files += 1
                    self.spilled |= "spill" in root
                    self.found |= {f"{word} in {Path(root, name)}" for word in PLANTED if word.encode() in data}

    def run(self) -> None:
        while not self.done.is_set():
            self.look()
            self.done.wait(0.01)


def planted(folder: Path, persons: int) -> Path:
    """A delivery whose every person, event and faulty line carries a planted word."""
    return delivery(
        folder,
        {
            "person.csv": text(
                PERSON, *(person(n, f"Zebulon-Quix {n}") for n in range(1, persons + 1)), "x,Moonflower"
            ),
            "condition_occurrence.csv": text(
                CONDITION,
                *(condition(n, 1 + n % persons, "Moonflower", "Zebulon-Quix " * 5) for n in range(1, 40 * persons)),
            ),
        },
    )


def test_nothing_planted_is_on_disk_in_clear(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    small = node.engine

    def engine(**options: object) -> object:
        return small(**{**options, "memory": "64MB"})

    object.__setattr__(node, "engine", engine)
    path = planted(tmp_path / "in", persons=3000)
    watch = Watch(node.home, temporary)
    watch.start()
    outcome = actions.ingest_omop(node, path, dataset="demo", actor="steward", synthetic=True)
    nir = "urn:oid:1.2.250.1.213.1.4.8"
    optouts.record(node, value="184127645108946", system=nir, actor="officer")
    watch.done.set()
    watch.join()
    watch.look()
    assert outcome.manifest.quarantined == 1
    assert watch.files > 100
    assert watch.spilled, "memory was large enough: the spill was not looked at"
    assert not watch.found
    with node.engine() as opened:
        queries.attach_quarantine(opened, node, "demo")
        assert opened.rows("SELECT raw FROM quarantine") == [("x,Moonflower",)]


def planted_fhir(folder: Path, persons: int) -> Path:
    """A FHIR delivery whose every patient, event and faulty line carries a planted word."""
    lines = []
    for number in range(1, persons + 1):
        name = [{"family": "Zebulon-Quix", "given": [f"n{number}"]}]
        numbered = {"identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "184127645108946"}]}
        lines.append(but(PATIENT, id=f"p{number}", name=name, **(numbered if number == 1 else {})))
        for event in range(20):
            lines.append(
                but(
                    FHIR_CONDITION,
                    id=f"c{number}-{event}",
                    subject={"reference": f"Patient/p{number}", "display": "Zebulon-Quix"},
                    note=[{"text": "Moonflower " * 20}],
                )
            )
    lines.append({"resourceType": "Claim", "id": "k1", "patient": {"reference": "Patient/p1"}, "x": "Moonflower"})
    text_ = "\n".join([*map(json.dumps, lines), '{"resourceType":"Patient","id":"p2","x":"Moonflower'])
    return delivery(folder, {"all.ndjson": text_.encode()})


def test_nothing_planted_is_in_clear_during_fhir_ingest_and_erasure(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(actions, "MEMORY", "128MB")
    monkeypatch.setattr(erasure, "MEMORY", "128MB")
    path = planted_fhir(tmp_path / "in", persons=4000)
    watch = Watch(node.home, temporary)
    watch.start()
    taken = actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True).manifest
    files = watch.files
    outcome = actions.erase(node, "demo", person="p1", actor="steward")
    during = watch.files - files
    more = planted_fhir(tmp_path / "b", persons=3)
    again = actions.ingest_fhir(node, more, dataset="demo", actor="steward", synthetic=True).manifest
    watch.done.set()
    watch.join()
    watch.look()
    assert (taken.quarantined, outcome.rows["condition_occurrence"], again.erased) == (1, 20, 1)
    assert files > 100
    assert during > 20
    assert watch.spilled, "memory was large enough: the spill was not looked at"
    assert not watch.found


def test_the_watch_finds_what_is_in_clear(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a Moonflower")
    watch = Watch(tmp_path)
    watch.look()
    assert len(watch.found) == 1
    assert sys.getsizeof(watch.found)
