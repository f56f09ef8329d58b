"""Every kind of fact that code appends is declared: is it told in the register, is it a reading, or neither?"""

from __future__ import annotations

import ast
import re

from hygie.base.ledger import kinds
from hygie.commons.people.values import ACTIONS
from hygie.public.register import words
from tests.house.code import SOURCE

APPENDS = re.compile(r"\b(?:Fact|Step|Move|moving)\(|step\.kind|further\.append")
KIND = re.compile(r"[a-z]+\.[a-z][a-z_-]+\Z")
DECLARED = kinds.TOLD | kinds.READINGS | kinds.DONE
# names of the same form that are no kinds: files, settings, fields of forms, work of the node
OTHERS = {
    "cada.open",
    "contact.email",
    "contact.name",
    "contract.separation",
    "contract.supervised",
    "data.category",
    "data.ethics",
    "data.identifiability",
    "enclave.run",
    "holder.review",
    "hygie.applications",
    "hygie.extracts",
    "manifest.json",
    "node.toml",
    "people.authorised",
    "permit.deletion",
    "plan.json",
    "proof.json",
    "record.json",
    "release.json",
    "session.begin",
    "takeover.others",
    "takeover.skills",
    "user.exclusion",
    "user.name",
}


def named() -> set[str]:
    """Every name of a kind's form in the modules that append facts, but for benches and what is synthetic."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if {"bench", "country", "demo"} & set(path.parts) or path.name == "kinds.py" or not APPENDS.search(text):
            continue
        texts = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        found |= {each for each in texts if isinstance(each, str) and KIND.match(each)}
    return found


def test_every_kind_that_is_appended_is_declared_and_every_declared_one_is_appended():
    found = named() - set(ACTIONS) - OTHERS
    assert found - DECLARED == set()
    assert DECLARED - found - {"data.opened"} == set()  # data.opened is the law's name for the opening's fact


def test_a_kind_is_a_reading_or_not_and_each_reading_has_its_words():
    assert not kinds.DONE & (kinds.TOLD | kinds.READINGS)
    assert words.READINGS.keys() == kinds.READINGS
