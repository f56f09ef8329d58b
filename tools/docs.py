"""Write the reference pages that are generated, and who may call each operation; `--check` only compares."""

import csv
import re
import sys
from pathlib import Path

import click
from clocks_page import clocks
from country_page import page as country
from rules_page import rules
from sovereignty_page import open_facts, sovereignty

from hygie.base.kernel.catalogue import PARTS, entries

PLURAL = re.compile(r"\{\w+:[^{}|]*\|([^{}|]*)\}")
REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def refusals() -> str:
    """Return the page of every refusal, in both languages."""
    lines = [
        "# Refusals",
        "",
        "What Hygie says when it does not do what was asked. One code, one exit code, one HTTP status.",
        "Generated from each room's `refusals.toml`; `{words}` stand for figures of the case, never a person's data.",
    ]
    for code, entry in sorted(entries().items()):
        lines += ["", f"## {code}", "", f"Exit {entry.exit}, HTTP {entry.http}. Source: {entry.source}.", ""]
        lines += ["| | English | Français |", "|---|---|---|"]
        lines += [f"| {part} | {entry.texts['en'][part]} | {entry.texts['fr'][part]} |" for part in PARTS]
        if entry.command:
            lines.append(f"| command | `{entry.command}` | `{entry.command}` |")
    return PLURAL.sub(r"\1", "\n".join(lines)) + "\n"


def commands() -> str:
    """Return the page of every command, its arguments and options."""
    from hygie.node.cli.main import COMMANDS, hygie

    lines = [
        "# Commands",
        "",
        "Four options go anywhere on the line: `--node DIR` (or `HYGIE_HOME`), `--as NAME` (or `HYGIE_AS`),",
        "`--language en|fr` (or `HYGIE_LANGUAGE`), `--json`. Exit code 0 on success, a refusal's own otherwise",
        "([refusals](refusals.md)), 2 for a word the command does not know, 70 for a fault of Hygie itself;",
        "3 when `hygie ingest` took a delivery of which something is in quarantine.",
    ]
    context = click.Context(hygie)
    for name, (_, text) in COMMANDS.items():
        lines += ["", f"## hygie {name}", "", text]
        command = hygie.get_command(context, name)
        assert command is not None
        parts = getattr(command, "commands", None)
        for word, part in spread(parts) if parts else [(name, command)]:
            lines += ["", f"    hygie {name}{' ' + word if parts else ''} {usage(part)}".rstrip(), ""]
            if parts:
                lines += [(part.help or "").split("\n\n")[0].replace("\n", " ").strip()]
            lines += options(part)
    return "\n".join(lines) + "\n"


def spread(parts: dict[str, click.Command], before: str = "") -> list[tuple[str, click.Command]]:
    """Return the commands of a group with those of the groups in it, each by its words."""
    found = []
    for word, part in parts.items():
        inner = getattr(part, "commands", None)
        found += spread(inner, f"{before}{word} ") if inner else [(f"{before}{word}", part)]
    return found


def usage(command: click.Command) -> str:
    """Return a command's arguments as its usage line shows them."""
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    names = [str(argument.name).upper() for argument in arguments]
    return " ".join([*names, "[OPTIONS]"] if len(arguments) < len(command.params) else names)


def options(command: click.Command) -> list[str]:
    """Return a table of a command's options."""
    found = [each for each in command.params if each.param_type_name == "option" and "--help" not in each.opts]
    if not found:
        return []
    rows = [
        f"| `{' / '.join([*each.opts, *each.secondary_opts])}` | {getattr(each, 'help', '') or ''} |" for each in found
    ]
    return ["", "| option | meaning |", "|---|---|", *rows]


def policy() -> str:
    """Return the page of who may do what, read from the policies themselves."""
    from hygie.commons.people.rules import decide, names, text
    from hygie.commons.people.values import ACTIONS, ROLES, Person

    lines = [
        "# Who may do what",
        "",
        "Nothing is allowed that a policy does not allow. The policies are",
        "[one file](../../src/hygie/commons/people/roles.cedar); this page is generated from it by asking it.",
        "“yes”: the role is enough. “theirs”: only what is theirs: an application of theirs or of their team,",
        "a permit that names them, a session of their own. The prohibitions below hold in every case.",
        "",
        "A steward whose account names a health data holder speaks for that holder alone: its descriptions and",
        "their yearly check, its deliveries and delays, its costs, its proposals as a trusted holder; tasks of",
        "other holders are not in its lists (PPL-134). A steward whose account names none is the node's own data",
        "office and speaks for all: for what several holders share, the opening of their data above all, and for",
        "every dataset until a description names its holder.",
        "",
        f"| action | {' | '.join(ROLES)} | no role |",
        "|---|" + "---|" * (len(ROLES) + 1),
    ]
    theirs: list[dict[str, object]] = [{"author": "x"}, {"team": ["x"]}, {"named": ["x"]}]
    for action in sorted(ACTIONS):
        cells = []
        for roles in [*((role,) for role in ROLES), ()]:
            person = Person("x", roles)
            own = any(decide(person, action, thing).allowed for thing in theirs)
            cells.append("yes" if decide(person, action, {}).allowed else "theirs" if own else "")
        lines.append(f"| `{action}` | {' | '.join(cells)} |")
    lines += ["", "## What is forbidden whoever asks", "", "| code | what is found | what would be accepted | source |"]
    lines += ["|---|---|---|---|"]
    for code in sorted({name for name in names().values() if name.startswith("PPL-")}):
        entry = entries()[code]
        lines.append(f"| {code} | {entry.texts['en']['found']} | {entry.texts['en']['accepted']} | {entry.source} |")
    return "\n".join([*lines, "", "## The policies", "", "```", text("roles.cedar").strip(), "```"]) + "\n"


PAGES = {
    "clocks.md": clocks,
    "refusals.md": refusals,
    "commands.md": commands,
    "who-may-do-what.md": policy,
    "sovereignty.md": sovereignty,
    "sovereignty-facts.md": open_facts,
    "sovereignty-rules.md": rules,
    "synthetic-country.md": country,
}


CALLERS = REFERENCE.parents[1] / "src" / "hygie" / "node" / "site" / "callers.csv"


def callers() -> str:
    """Return who may call each operation, as the tests call each of them as everyone."""
    access = REFERENCE.parents[1] / "tests" / "attacks" / "site" / "access.csv"
    with access.open(encoding="utf-8", newline="") as file:
        rows = [each for each in csv.DictReader(file) if each["route"].startswith("api:")]
    return "operation,who\n" + "".join(f"{each['route'][4:]},{each['who']}\n" for each in rows)


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    stale = []
    pages = {REFERENCE / name: page for name, page in PAGES.items()} | {CALLERS: callers}
    for path, page in pages.items():
        text = page()
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if "--check" not in arguments:
                path.write_text(text, "utf-8")
    if stale:
        print(("stale: " if "--check" in arguments else "written: ") + ", ".join(stale))
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
