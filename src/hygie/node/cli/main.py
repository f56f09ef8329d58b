"""The command `hygie`: finds the group, hands it a desk, and turns a Refusal into words and an exit code."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import click
import typer
from rich.console import Console

from hygie import __version__
from hygie.base.kernel import Refusal, legible, refuse, visible
from hygie.base.kernel.catalogue import explain

# name -> (module, what it is for); a module is imported only when its command is asked for
COMMANDS = {
    "demo": ("demo", "Play the whole road on a synthetic hospital."),
    "generate": ("generate", "Make a synthetic delivery, as its holders hand it over."),
    "init": ("init", "Make a node."),
    "serve": ("serve", "Open the site of this node."),
    "status": ("status", "Say what this node holds."),
    "doctor": ("doctor", "Look at walls, keys and engine, and say what is missing."),
    "accounts": ("accounts", "Named accounts, their roles and sessions."),
    "ingest": ("ingest", "Take a delivery into the lake."),
    "dataset": ("dataset", "Datasets: list, show, verify, erase a person."),
    "catalogue": ("catalogue", "The catalogue: describe, measure, export and check records."),
    "linkage": ("linkage", "Who is one person: hashed identifiers, traits, encodings, links and their review."),
    "feasibility": ("feasibility", "How many persons fit a question: ask, account, place."),
    "optout": ("optout", "Citizens' opt-outs."),
    "answer": ("answer", "Answers in statistics: keep, list, drop, give, take."),
    "permit": ("permit", "Permits: example, grant, show, verify, revoke."),
    "extract": ("extract", "Prepare exactly the data a permit allows."),
    "study": ("study", "Studies: new, run in the sealed environment."),
    "airlock": ("airlock", "Outputs: check, request, review, release."),
    "register": ("register", "The public register, as JSON."),
    "ledger": ("ledger", "The tamper-evident ledger: head, prove, verify, export, index."),
    "sovereignty": ("sovereignty_group", "Where data may be, under whose laws: check places and facts."),
    "keys": ("keys", "The root key and those under it: attest, list, rotate."),
    "bench": ("bench", "Ratios to the equivalent written by hand, in one run."),
}
GLOBAL = {"--node": True, "--as": True, "--language": True, "--json": False}


class Hygie(click.Group):
    """The command group that imports a room only when its command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of the road."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, importing its module now."""
        if cmd_name not in COMMANDS:
            return None
        module, text = COMMANDS[cmd_name]
        if ctx.resilient_parsing:
            return click.Command(cmd_name, short_help=text)
        from hygie.node.home import database

        database.start()
        command: Any = typer.main.get_command(importlib.import_module(f"hygie.node.cli.{module}").app)
        command.name = cmd_name
        return cast(click.Command, command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Hygie, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hygie")
@click.option("--node", "home", envvar="HYGIE_HOME", default="node", help="The node's folder; or HYGIE_HOME.")
@click.option("--as", "named", envvar="HYGIE_AS", help="The account that acts; or HYGIE_AS.")
@click.option("--language", envvar="HYGIE_LANGUAGE", type=click.Choice(["en", "fr"]), help="Of texts and refusals.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def hygie(ctx: click.Context, home: str, named: str | None, language: str | None, *, as_json: bool) -> None:
    """A sovereign health data space. The four options below go anywhere on the line."""
    from hygie.node.cli.context import Desk
    from hygie.node.home import database

    database.start()
    ctx.obj = Desk(Path(home), named, as_json, language or "en")


def hoist(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the options of every command moved to the front.

    Example
    -------
    >>> hoist(["dataset", "list", "--node", "n", "--json"])
    ['--node', 'n', '--json', 'dataset', 'list']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        name = word.split("=", 1)[0]
        if word == "--":
            return [*front, *rest, word, *waiting]
        if name not in GLOBAL:
            rest.append(word)
            continue
        front.append(word)
        if GLOBAL[name] and "=" not in word and waiting:
            front.append(waiting.pop(0))
    return [*front, *rest]


def language_of(arguments: Sequence[str]) -> str:
    """Return the language a refusal is told in, before or without a desk."""
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if word == "--language" and following in ("en", "fr"):
            return following
        if word in ("--language=en", "--language=fr"):
            return word[-2:]
    named = os.environ.get("HYGIE_LANGUAGE")
    return named if named in ("en", "fr") else "en"


LABELS = {
    "en": ("Asked", "Found", "Accepted", "Who can help", "Command", "Source"),
    "fr": ("Demandé", "Trouvé", "Accepté", "Qui peut aider", "Commande", "Source"),
}


def tell(refusal: Refusal, *, language: str, as_json: bool) -> int:
    """Print a refusal, reasons of the same words under all their paths, and return its exit code."""
    reasons = [explain(reason, language) for reason in refusal.verdict.reasons]
    if as_json:
        sys.stdout.write(json.dumps({"refused": [asdict(reason) for reason in reasons]}, ensure_ascii=False) + "\n")
        return reasons[0].exit
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for reason, same in groupby(reasons, key=lambda each: replace(each, path="")):
        paths = ", ".join(each.path for each in same if each.path)
        console.print(f"{reason.code}  {paths}".rstrip(), style="bold red", markup=False)
        parts = (reason.asked, reason.found, reason.accepted, reason.help, reason.command, reason.source)
        for label, text in zip(LABELS[language], parts, strict=True):
            if text:
                console.print(f"  {label}: {text}", markup=False)
    return reasons[0].exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, the refusal's own, 2 for a word it does not know."""
    if arguments is None:
        os.umask(0o077)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    words = hoist(sys.argv[1:] if arguments is None else arguments)
    language, as_json = language_of(words), "--json" in words
    try:
        legible([os.fsencode(word).decode(errors="replace") for word in words]).check()
        result = hygie(words, standalone_mode=False)
        sys.stdout.flush()
    except Refusal as refusal:
        return tell(refusal, language=language, as_json=as_json)
    except typer.Exit as end:
        return end.exit_code
    except (click.ClickException, typer.exceptions.TyperException) as wrong:
        return told_usage(wrong, as_json=as_json)
    except (click.Abort, typer.Abort, KeyboardInterrupt):
        sys.stderr.write("stopped\n")
        return 130
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0
    except Exception as fault:
        if os.environ.get("HYGIE_DEBUG"):
            raise
        if isinstance(fault, OSError) and fault.filename and fault.strerror:
            return tell(out_of_reach(fault), language=language, as_json=as_json)
        return told_fault(fault)
    return result if isinstance(result, int) else 0


def out_of_reach(fault: OSError) -> Refusal:
    """Return the refusal of a path that the machine does not let be read or written: CLI-104."""
    return refuse("CLI-104", file=visible(str(fault.filename), 200), found=fault.strerror)


def told_usage(wrong: Exception, *, as_json: bool) -> int:
    """Print how a command is called, for one that was called wrongly or without a word; return 2.

    The groups' errors are those of typer's own click, which only share these attributes with click's.
    """
    context = getattr(wrong, "ctx", None)
    text = wrong.format_message() if hasattr(wrong, "format_message") else str(wrong)
    if as_json:
        sys.stdout.write(json.dumps({"usage": text or "a command is missing"}, ensure_ascii=False) + "\n")
        return 2
    if context is not None and "NoArgs" in type(wrong).__name__:
        sys.stderr.write(f"{context.get_help()}\n")
        return 2
    if context is not None:
        sys.stderr.write(context.get_usage().strip() + "\n")
    sys.stderr.write(f"{text}\n")
    return 2


def told_fault(fault: Exception) -> int:
    """Print where an unforeseen fault happened, without its message, which could hold data."""
    last = fault.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    sys.stderr.write(
        f"A fault in Hygie itself: {type(fault).__name__} at {where}.\n"
        "Nothing half-done was kept. HYGIE_DEBUG=1 shows the whole trace, which can hold data: keep it inside.\n"
    )
    return 70


if __name__ == "__main__":
    sys.exit(main())
