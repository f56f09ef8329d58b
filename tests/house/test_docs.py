"""Pages name commands that exist, link to files that exist, and use the glossary's words."""

import re

import click
import pytest

from hygie.node.cli.main import COMMANDS, hygie
from tests.house.code import ROOT, SOURCE, files, name_of

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
COMMAND = re.compile(r"\bhygie ([a-z]+)(?: ([a-z]+))?")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
SYNONYMS = {
    "audit log": "ledger",
    "blacklist": "say what is refused",
    "whitelist": "say what is allowed",
    "data custodian": "health data holder",
    "pseudonymized": "pseudonymised",
    "anonymized": "anonymised",
    "safe haven": "enclave",
    "opt-out filter": "say that the person refused",
    "successfully": "say what was done",
}


def parts(name):
    """The words that may follow a command."""
    command = hygie.get_command(click.Context(hygie), name)
    return set(getattr(command, "commands", {}))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_on_a_page_exist(page):
    code = "\n".join(re.findall(r"```.*?```|^ {4}.*$|`[^`\n]*`", page.read_text("utf-8"), re.DOTALL | re.MULTILINE))
    unknown = []
    for name, part in COMMAND.findall(code):
        if name not in COMMANDS or (part and parts(name) and part not in parts(name)):
            unknown.append(f"hygie {name} {part}".strip())
    assert not unknown


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_on_a_page_lead_somewhere(page):
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert not missing


def test_one_word_per_thing():
    texts = [*PAGES, *files(), *SOURCE.rglob("*.toml")]
    found = [
        f"{name_of(path)}: “{word}”, say: {instead}"
        for path in texts
        for word, instead in SYNONYMS.items()
        if word in path.read_text("utf-8").lower()
    ]
    assert not found


def test_nothing_is_fetched_from_an_address():
    addresses = re.compile(r"https?://\S*(?:/simple|/packages/|\.whl|\.tgz|registry)")
    tracked = [*PAGES, *files(), *(ROOT / "requirements").iterdir(), ROOT / "Makefile", ROOT / ".ci" / "run"]
    assert not [name_of(path) for path in tracked if addresses.search(path.read_text("utf-8"))]


def test_no_command_offers_what_installs_something_in_the_shell():
    assert "completion" not in (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
