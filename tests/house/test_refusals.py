"""Every refusal has its text in both languages, one exit code, one HTTP status; every code in use is declared."""

import ast
import re
import string
import tomllib
from functools import cache

import pytest

from hygie.base.kernel.catalogue import LANGUAGES, PARTS, entries, words
from tests.house.code import SOURCE, files, name_of, tree

CODE = re.compile(r"[A-Z]{3}-\d{3}")
PREFIXES = {
    "KER": 10, "KEY": 11, "LED": 12, "ENG": 13, "LAW": 14, "DIS": 15, "PPL": 16,
    "WEB": 17, "SOV": 18, "SRC": 20, "LNK": 21, "OPT": 22,
    "LAK": 23, "PLC": 24, "COH": 30, "PMT": 31, "APP": 33, "CAT": 34, "EXT": 32, "ENC": 40, "AIR": 41, "REG": 42,
    "HOM": 50, "CLI": 51, "BEN": 52, "GEN": 54, "MOV": 55,
}  # fmt: skip


@cache
def used():
    """Every refusal code written in the source, and where."""
    found = {}
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.setdefault(node.value, name_of(path))
    return found


def test_codes_in_use_are_declared():
    assert not {code: where for code, where in used().items() if code not in entries()}


def test_declared_codes_are_in_use():
    policies = (SOURCE / "commons" / "people" / "roles.cedar").read_text("utf-8")
    tables = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.toml") if path.name != "refusals.toml")
    assert not [code for code in entries() if code not in used() and code not in policies and code not in tables]


@pytest.mark.parametrize("code", sorted(entries()))
def test_texts_are_whole(code):
    entry = entries()[code]
    assert entry.exit == PREFIXES[code[:3]]
    assert 400 <= entry.http <= 599
    assert entry.source
    blanks = {}
    for language in LANGUAGES:
        assert set(entry.texts[language]) == set(PARTS)
        assert all(entry.texts[language][part].strip() for part in PARTS)
        blanks[language] = {
            name for part in PARTS for _, name, _, _ in string.Formatter().parse(entry.texts[language][part]) if name
        }
    assert blanks["en"] == blanks["fr"]
    assert entry.texts["en"] != entry.texts["fr"]


COMMAND_LINE = re.compile(r"--[a-z]|\bhygie [a-z]")
ROOMS_WITHOUT_A_PAGE = ("node/cli/", "node/home/", "node/demo/", "node/bench/", "node/country/", "node/moving/")


@cache
def raised_in():
    """The files of the source that write each code."""
    found = {}
    for path in files():
        for code in re.findall(r'"([A-Z]{3}-\d{3})"', path.read_text("utf-8")):
            found.setdefault(code, set()).add(name_of(path))
    return found


def test_no_page_speaks_command_line():
    """A refusal that a page can show says `--as` or `hygie x` nowhere: what can be typed is in `command`."""
    said = []
    for code, entry in entries().items():
        places = raised_in().get(code, {""})
        if all(place.partition("hygie/")[2].startswith(ROOMS_WITHOUT_A_PAGE) for place in places):
            continue
        texts = [entry.texts[language][part] for language in LANGUAGES for part in PARTS]
        said += [f"{code}: {text}" for text in texts if COMMAND_LINE.search(text)]
    said += [f"{each}" for facts in words().values() for each in facts.values() if COMMAND_LINE.search(each)]
    assert not said


def test_a_command_needs_no_fact_that_the_text_lacks():
    for code, entry in entries().items():
        named = [string.Formatter().parse(text) for text in (*entry.texts["en"].values(), *entry.texts["fr"].values())]
        known = {name for parts in named for _, name, _, _ in parts if name}
        assert {name for _, name, _, _ in string.Formatter().parse(entry.command) if name} <= known, code
        assert not entry.command or entry.command.startswith("hygie "), code


def given(call):
    """The facts a `refuse(...)` or `Reason(...)` call hands to its text, or None when they are not written out."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    if isinstance(call.func, ast.Name) and call.func.id == "Reason":
        facts = next((keyword.value for keyword in call.keywords if keyword.arg == "facts"), None)
        facts = facts or (call.args[1] if len(call.args) > 1 else None)
        if facts is None:
            return set()
        return {key.value for key in facts.keys if key} if isinstance(facts, ast.Dict) else None
    return {keyword.arg for keyword in call.keywords} - {"path"}


def test_calls_hand_over_every_fact_the_text_names():
    short = []
    for path in files():
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            first = node.args[0]
            if node.func.id not in ("refuse", "Reason") or not isinstance(first, ast.Constant):
                continue
            facts = given(node)
            if facts is None or first.value not in entries():
                continue
            texts = entries()[first.value].texts["en"]
            needed = {name for part in PARTS for _, name, _, _ in string.Formatter().parse(texts[part]) if name}
            if needed - facts:
                short.append(f"{name_of(path)}:{node.lineno} {first.value} lacks {sorted(needed - facts)}")
    assert not short


def test_no_code_is_declared_twice():
    seen = {}
    for path in sorted(SOURCE.rglob("refusals.toml")):
        for code in tomllib.loads(path.read_text("utf-8")):
            if code != "exit":
                assert code not in seen, f"{code} in {path} and {seen[code]}"
                seen[code] = path
