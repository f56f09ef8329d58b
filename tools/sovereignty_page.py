"""The reference pages on sovereignty: how packs are written, and which facts still need a primary source."""
# ruff: noqa: E501 - the lines of the page

from collections import Counter
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hygie.commons.sovereignty.knowledge.edges import EDGES, Edge
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.knowledge.nodes import NODES
from hygie.commons.sovereignty.knowledge.reading import DEEPEST, MOST_BYTES, SCHEMA
from hygie.commons.sovereignty.knowledge.schema import COUNTRIES, DEFAULTS, SHORT, columns
from hygie.commons.sovereignty.knowledge.unproven import unproven
from hygie.commons.sovereignty.knowledge.values import Bound, Interval, Record, Share, Strength, Text

HEAD = f"""\
# Facts of sovereignty

What a node knows of places, providers, owners and laws is a set of *packs*: YAML files of facts, each with its dates,
sources, confidence and status. The project brings its own (`src/hygie/commons/sovereignty/packs/`); an operator adds a
pack beside them, with their hospital, their contracts, their placements. Packs are loaded together, all of them or
none: one mistake anywhere, and the last good facts stay in force ([refusals](refusals.md), SOV-1xx).
[When a pack breaks](../how-to/declare-where-data-are.md#when-a-pack-breaks) says how, and where it is told.

Which facts of ours still need a primary source: [this list](sovereignty-facts.md).

## A pack

```yaml
schema: {SCHEMA}
pack: our-hospital                      # a name of your own
title: {{en: Our hospital, fr: Notre hôpital}}
defaults: {{recorded_at: 2026-11-21, asserted_by: our-dpo, confidence: M, status: asserted, valid_from: by 2025-01-01, sources: [our-contracts]}}
source:
  - {{id: our-contracts, name: Contract register, source: statement, publisher: Our hospital, published: 2026-10}}
entity:
  - {{id: our-hospital, name: Our hospital, entity: hospital, seat: FR, classes: [hospital]}}
dataset:
  - {{id: our-data, name: Our records, category: health, identifiability: pseudonymised, controller: our-hospital, sensitivity: particular}}
placed_on:
  - {{from: our-data, to: outscale-iaas, purpose: research, access: clear}}
custody:
  - {{id: our-keys, name: Our keys, holder: our-hospital, reads: client}}
keyed_by:
  - {{from: our-data, to: our-keys}}
```

Every section is a list of facts of one kind. `to: outscale-iaas` is a fact of our packs: ids are shared by all packs.
`defaults` stand for whatever a row does not say. UTF-8; plain mappings, lists and text, {DEEPEST} levels and {MOST_BYTES // 1024 // 1024} MiB at
most; no anchors, aliases or tags; no key twice. Nothing is guessed: `NO` is Norway, `010` is text.

## What every fact has

| field | meaning |
|---|---|
| `id` | the thing's name for other facts; a relation without one is called `kind/from/to` |
| `valid_from`, `valid_to` | from which day and to which the fact holds, both included; no `valid_to`: no end announced |
| `recorded_at`, `superseded_at` | since when it is known here, and until when it was the last word (UTC) |
| `sources` | ids of `source` facts, at least one; type `knowledge` admits that nothing was checked |
| `confidence` | H primary text read (or a faithful transcription), M two sources or one that quotes the primary, L one secondary source, K not checked |
| `status` | `asserted`; `verified`, only with H; `disputed`, never certain; `retracted`, no longer used |
| `asserted_by` | who says so |
| `note` | words for the reader: a text, or `{{en: …, fr: …}}` |

A **date** may be vague: `2026-06-12`, `2027-03` (some day of the month), `2019`, `by 2019-12-01` (that day or before),
`from 2024-05-22` (that day or after), `unknown` (a start before, an end after the day it was recorded). Between its
limits a fact *may* hold, and a verdict that rests on it is INDETERMINATE. A **share** may be a range: `66`, `20-28`,
`unknown`.

**Nothing is overwritten.** A correction is a second record of the same id: the first gets `superseded_at`, the second
`recorded_at`. A change in the world is a second record too: the first gets `valid_to`, the second `valid_from`. Two
records of one id that hold on the same days as known at the same time are refused within a pack (SOV-118). Between packs,
and between sources, **claims that differ stand side by side**: both are kept and reported, shares become the range that
holds both, and the answer is INDETERMINATE wherever it depends on which is true.

A change is seen as it was known: every question takes the day it is about (`as_of`) and the time of knowledge
(`known_at`). The hash of the facts is SHA-256 over each record's canonical JSON, sorted: the same facts in any order and
from any file have the same hash.

## What follows from facts

- **Holdings.** Economic share: the product along each path, summed over the paths; loops of cross-holdings included. Control
  share: a step that the holder controls (a majority of votes, also gathered through those it controls, or a `controls`
  fact) counts as the whole. The larger of the two, of capital or votes, is held against 24 and 39 % (SecNumCloud 19.6.b).
  Listed shares count only when declared. What no fact names may be held from outside the Union unless `remainder` says other.
  A loop of more than 24 entities, or one that closes upon itself, is bounded, not solved.
- **Laws.** `subject_to` is derived, never written. Down: STRONG where the entity is of the country or somebody of that country
  controls it, or the data lie there. Up: MEDIUM where it or its group has an establishment there; a State's other companies
  are no group. WEAK where it has only customers. A law counts as long as its powers are *operative*, whatever its statute.
- **Paths** lead from a dataset over services, operators, what these run on and subcontract to, to a law. A step without
  technical access ends a path; so does ciphertext that only the client, or nobody, can read. Unknown access is taken as
  clear, and makes the path uncertain.

## Kinds

`*` is needed. `owns` needs one of `capital` and `votes`; the other is the same. For short, a service may say `operator` and
`hosted_at`, a certificate `holder` and `covers`: each becomes a relation with the dates and sources of the row.
"""


def form(name: str, hint: Any) -> str:
    """Return how a field is written."""
    if get_origin(hint) is UnionType:
        return form(name, next(each for each in get_args(hint) if each is not type(None)))
    if get_origin(hint) is Literal:
        return " ".join(f"`{each}`" for each in get_args(hint))
    if get_origin(hint) is tuple:
        return "list of countries" if name in COUNTRIES else "list"
    if hint is str:
        return "country" if name in COUNTRIES else "text"
    names = {
        Bound: "date",
        Interval: "`start/end`",
        Share: "share",
        Text: "text, `{en, fr}`",
        bool: "`true` `false`",
        int: "number",
    }
    return " ".join(f"`{each}`" for each in Strength.__members__) if hint is Strength else names[hint]


def fields(kind: type[Record]) -> str:
    """Return a kind's own fields, as one cell."""
    hints = get_type_hints(kind)
    parts = []
    for name, (key, optional, _) in columns(kind).items():
        if name not in (*DEFAULTS, "id", "superseded_at", "note", "origin", "target"):
            parts.append(f"`{key}`{'' if optional else '*'} {form(name, hints[name])}")
    short = [key for (of, key) in SHORT if of == kind.KIND]
    return "; ".join([*parts, *(f"`{key}` id or ids" for key in short)])


def sentence(kind: type[Record]) -> str:
    """Return what a kind is, in the words of its class."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def sovereignty() -> str:
    """Return the page on packs."""
    lines = [HEAD, "| kind | what it is | fields |", "|---|---|---|"]
    lines += [f"| `{name}` | {sentence(kind)} | {fields(kind)} |" for name, kind in NODES.items()]
    lines += ["", "| relation | from → to | what it is | fields |", "|---|---|---|---|"]
    for name, kind in EDGES.items():
        ends = f"{ends_of(kind.FROM)} → {ends_of(kind.TO)}"
        lines.append(f"| `{name}` | {ends} | {sentence(kind)} | {fields(kind)} |")
    return "\n".join(lines) + "\n"


def ends_of(kinds: tuple[str, ...]) -> str:
    """Return the kinds that a relation may begin or end at."""
    return "anything" if kinds == ("*",) else " or ".join(f"`{kind}`" for kind in kinds)


def says(record: Record) -> str:
    """Return a fact in a few words."""
    name = getattr(record, "name", None)
    if isinstance(name, Text):
        return name.en.replace("|", "/")
    if isinstance(record, Edge):
        more = " ".join(
            str(getattr(record, each)) for each in ("capital", "access", "form", "layer") if hasattr(record, each)
        )
        return f"{record.origin} → {record.target} {more}".strip()
    return record.id


def open_facts() -> str:
    """Return the page of facts that still need a primary source."""
    facts = own_facts()
    found = unproven(facts)
    count = Counter(each.record.confidence for each in found)
    disputed = sum(each.record.status == "disputed" for each in found)
    lines = [
        "# Facts that still need a primary source",
        "",
        f"Of the {len(facts.records)} facts that come with Hygie, {len(found)} rest on something less than the primary text:",
        f"{count['M']} on two secondary sources or one that quotes the primary (M), {count['L']} on one (L), {count['K']} on general",
        f"knowledge (K); {disputed} of them are disputed. None is marked verified. Generated from the packs, the weakest first.",
        "",
        "| fact | kind | what it says | confidence | status | sources | what would settle it |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        record = each.record
        cells = [
            f"`{record.id}`", record.kind, says(record), record.confidence, record.status, ", ".join(record.sources),
            each.settled_by.en,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
