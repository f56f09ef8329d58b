"""The reference page on clocks: the arithmetic, and every deadline of the packs."""
# ruff: noqa: E501 - the lines of the page

from collections.abc import Iterable

from hygie.base import law
from hygie.base.law.timing import DeadlineRule

HEAD = """\
# Clocks

Every time limit of the law is a row of a dated pack (`src/hygie/base/law/data/eu.toml`, `fr.toml`); one engine reads
the rows and what happened to a case, and says when it started, why it stood still, when it is due and what happens when
that day passes. Nothing is stored: a clock is computed from events each time it is looked at.

## How days are counted

Regulation (EEC, Euratom) 1182/71, for every deadline, national ones included:

| rule | what it means here |
|---|---|
| art. 2(1) | public holidays are those of the place where the action is to be taken: the node's country, or a part of it (`DE-BE`, `FR-57`), from the library `holidays` |
| art. 2(2) | working days are all others, Saturdays and Sundays apart |
| art. 3(1) | the day (or hour) of the event is not counted; the day is the country's own, so that 23.30 UTC is already tomorrow in Paris |
| art. 3(2)(c) | weeks end on the same day of the week, months and years on the same number; where the month has no such day, on its last: 30 November and three months is 28 February, 29 in a leap year |
| art. 3(3) | holidays, Saturdays and Sundays are counted, unless the period is in working days |
| art. 3(4) | a period that ends on a holiday, a Sunday or a Saturday ends with the next working day; one counted back from a date is not moved, and neither are hours |
| art. 3(5) | a period of two days or more holds at least two working days |

A deadline is kept until the last hour of its last day, in the country's time.

## What a clock does

- **Starts** with its event. For art. 68(4) that is completeness, not submission; both are kept.
- **Keeps its rule**: the version of the day on which it started, in the country's time, however the packs change later;
  a wait, an extension and a closed clock are read by that version too. A clock not started yet, and one counted back
  from a date ahead, are read by the present rule. A new duty does not reach back.
- **Pauses**, where the rule allows it, from `application.waiting` or `application.completion-asked` until
  `application.resumed`, `application.completed` or `application.complete`. The node's policy says what a wait does:
  `pause` (TEHDAS2 D6.3, the default) gives back the calendar days it lasted, the working days in it for a period in
  working days; `restart` (D6.4) voids the time, and it begins again when the wait ends. The Regulation itself knows
  only the four weeks of art. 68(4). Two waits that overlap are one. A wait that begins after the last day revives
  nothing.
- **Is extended** once, with a reason that the applicant reads, while it runs or is paused (LAW-107 to LAW-110). An
  extension in the same unit makes one longer period: three months and three are six months from the start. Where the
  law names no length, the extension carries its day (LAW-115): at most as long again, a figure of this node's, as
  arts 60(2) and 68(4) give at most as much again. What was asked for in time is given in time, however late the
  answer. Under `restart`, voided time takes its extension with it, and a
  second one is still refused.
- **Passes zero.** Under the rules of the Union nothing is ever granted by silence: the pack cannot hold such a row.
  French rules can: CESREES's opinion is favourable by silence; CNIL's silence accepts unless a prior opinion was asked
  and is not expressly favourable, and an opinion that is itself tacit is not express.

Until `binds from`, a pilot keeps a rule by choice. `guidance` is TEHDAS2's, `policy` is this node's own figure where
the law says "immediately" or "without undue delay", `proposed` is not law and runs nowhere.

## Every deadline
"""

UNBUILT = """The packs hold these lengths, and tests hold their arithmetic. No step of this node starts them: it sends no offer that an
applicant accepts, writes no two-yearly report (its figures are in the register), and keeps no register of persons'
requests or of breaches. They run for no case."""
COLUMNS = "| rule | | track or duty | starts with | ends with | length | extension | at zero | binds from | source |"


def length(rule: DeadlineRule) -> str:
    """Return a rule's length, backwards and pausable ones marked."""
    text = f"{rule.amount} {rule.unit if rule.amount > 1 else rule.unit.removesuffix('s')}"
    marks = [word for word, holds in (("counted back", rule.backward), ("pausable", rule.pausable)) if holds]
    return f"{text} ({', '.join(marks)})" if marks else text


def extension(rule: DeadlineRule) -> str:
    """Return what one extension of a rule adds."""
    length = rule.extension or rule.longest
    if not length:
        return "none"
    amount, unit = length
    words = f"{amount} {unit if amount > 1 else unit.removesuffix('s')}"
    return f"once, to a day named, {words} later at most" if rule.open_extension else f"once, {words}"


def table(rules: Iterable[DeadlineRule]) -> list[str]:
    """Return the table of some rules, line by line."""
    lines = [COLUMNS, "|---" * COLUMNS.count(" | ") + "|---|"]
    for rule in rules:
        standing = "" if rule.standing == "law" else f" *{rule.standing}*"
        ends = ", ".join(f"`{kind}`" for kind in rule.ends_with)
        zero = rule.outcome["en"]
        if rule.prior:
            zero += f"; without an express prior opinion: {law.AT_ZERO[rule.prior.at_zero]['en']}"
        lines.append(
            f"| {rule.id}{standing} | {rule.label['en']} — {rule.label['fr']} | {', '.join(rule.tracks)} "
            f"| `{rule.starts_with}` | {ends} | {length(rule)} | {extension(rule)} | {zero} | {rule.binding} | {rule.source} |"
        )
    return lines


def clocks() -> str:
    """Return the page."""
    held = law.every_deadline()
    lines = [HEAD, *table(rule for rule in held if rule.built)]
    lines += ["", "## Known, and not built", "", UNBUILT, "", *table(rule for rule in held if not rule.built)]
    lines += ["", "## Tracks", "", "| track | | decided by | source |", "|---|---|---|---|"]
    lines += [
        f"| `{track.id}` | {track.label['en']} — {track.label['fr']} | {', then '.join(track.decides) or 'others: no time of the body'} | {track.source} |"
        for track in law.tracks().values()
    ]
    return "\n".join(lines) + "\n"
