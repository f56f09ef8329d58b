"""The reference page of the rules of sovereignty, from their own data files."""

from collections.abc import Iterator

from hygie.commons.sovereignty.answers.changes import duties
from hygie.commons.sovereignty.rules.outcomes import Rule
from hygie.commons.sovereignty.rules.ruleset import ruleset

HEAD = """# Rules of sovereignty

What `hygie sovereignty check` asks of a declared place on a day. Generated from the rules' own data files
(`src/hygie/commons/sovereignty/data/`); a change of a text, a date or a figure there changes the hash that every
verdict names.

**Two columns, never one.** *Legality*: may the data be there under the law? *Exposure*: can a foreign law reach them,
and does the node's policy accept that? Lawful data can be exposed. Beside them: *qualification* (SecNumCloud's tests,
asked of every service, binding where article 31 of the SREN law asks for them), *acts* (to publish, disclose, sign or
close: not the place itself) and *information*.

**Outcomes.** DENY over INDETERMINATE over ALLOW_IF over ALLOW; INFO moves nothing. INDETERMINATE (evidence missing,
expired or contradictory) refuses a write as DENY does. A rule whose law does not apply yet is silent, or speaks for
information.

**The same facts, rules, question and day give the same bytes.** Every verdict names the version and the hash of the
rules, the hash of the facts, the day and the time of knowledge.

**The smallest change.** A refusal says which smallest set of changes would turn it: facts that no longer hold, or
points that are settled (a contract's clause, a register's entry). At most three changes together are looked at; if
the search had to stop, it says so.

## A placement file

```toml
schema = "hygie-placement/1"
declared = { by = "operator", on = 2026-11-21 }

[data]
id = "our-records"
category = "health"                 # as R01 lists them
identifiability = "pseudonymised"   # personal, pseudonymised, anonymous
controller = "our-hospital"         # an entity of the facts, or nothing
classes = ["hospital"]              # of the controller
sensitivity = "ordinary"            # in the sense of article 31: particular, ordinary
country = "FR"                      # whose law

[[placement]]                       # own premises: no service
id = "lake"
what = "lake store"                 # backup target, key custody, enclave host, peer, support access, log sink
country = "FR"
staff = ["FR"]

[[placement]]
id = "backup"
what = "backup target"
service = "scaleway-public-cloud"   # a service of the facts
processing = "storage"              # it only ever sees ciphertext; else clear
keys = { reads = "client" }         # nobody, client, provider
contract = { processing = true, subprocessors = [], laws = [], jurisdictions = true }
```

What a placement file says is its author's statement: shown as declared, not verified. Further fields: `derogation`,
`acceptance`, `takeovers`, `orders`, `copies`, `minimum`, `contract.exit`; a field that nothing has is refused
(SOV-207).

"""


def rules() -> str:
    """Return the page."""
    made = ruleset()
    lines = [f"Version {made.version}, SHA-256 `{made.hash}`.", ""]
    for rule in made.rules:
        lines += list(one(rule))
    lines += [
        "## What is due after a change",
        "",
        "| duty | begins with | time | to whom | source |",
        "|---|---|---|---|---|",
    ]
    for duty in duties().values():
        time = f"{duty.amount} {duty.unit}" if duty.amount else "at once"
        begin = ", ".join(duty.on) + (f", after `{duty.after}`" if duty.after else "")
        lines.append(f"| {duty.text.en} / {duty.text.fr} | {begin} | {time} | {', '.join(duty.whom)} | {duty.source} |")
    return HEAD + "\n".join(lines) + "\n"


def one(rule: Rule) -> Iterator[str]:
    """Yield the lines of one rule."""
    yield f"## {rule.id} {rule.name}"
    yield ""
    yield f"{rule.title.en}. *{rule.title.fr}.*"
    yield ""
    until = f" to {rule.valid.end}" if rule.valid.end else ""
    early = "; before that for information" if rule.early else ""
    where = f"; data of {', '.join(rule.countries)}" if rule.countries else ""
    yield f"{rule.layer}, {rule.column}. Source: {rule.source}. From {rule.valid.start}{until}{early}{where}."
    yield ""
    yield "| outcome | English | Français |"
    yield "|---|---|---|"
    for said in rule.situations.values():
        condition = (f" If: {said.condition.en}.", f" Si : {said.condition.fr}.") if said.condition.en else ("", "")
        yield f"| {said.outcome.name} | {said.text.en}{condition[0]} | {said.text.fr}{condition[1]} |"
    yield ""
