"""From the rows of a pack to records: every field checked, every mistake collected with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hygie.base.kernel import Reason, Scalar
from hygie.base.law import countries
from hygie.commons.sovereignty.knowledge.edges import EDGES, Edge, Owns
from hygie.commons.sovereignty.knowledge.nodes import NODES, Law, NexusRule, Source
from hygie.commons.sovereignty.knowledge.reading import Row, Tree
from hygie.commons.sovereignty.knowledge.values import (
    UNKNOWN_SHARE,
    Bound,
    Interval,
    Record,
    Share,
    Strength,
    Text,
    bound,
)

KINDS: Mapping[str, type[Record]] = MappingProxyType({**NODES, **EDGES})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}(/[A-Za-z0-9._-]{1,80}){0,4}")
SCHEME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)(?:-(\d{1,3}(?:\.\d{1,9})?))?")
COUNTRIES = frozenset(
    {"seat", "head_office", "main_establishment", "country", "countries", "regions", "populations", "staff"}
)
DEFAULTS = ("valid_from", "valid_to", "recorded_at", "asserted_by", "confidence", "status", "sources")
MEASURES = frozenset({"capital", "votes"})  # of a stake: who states one of them says the same of the other
ASIDE = ("schema", "pack", "title", "defaults")
# fields of a row that are written there for short and become relations: kind, and whether the row is its target
SHORT = {
    ("service", "operator"): ("operated_by", False),
    ("service", "hosted_at"): ("hosted_at", False),
    ("certificate", "holder"): ("holds", True),
    ("certificate", "covers"): ("covers", False),
}


class WrongError(ValueError):
    """A value that a field cannot have: the code, and what would be accepted."""

    def __init__(self, code: str, accepted: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.accepted = accepted


@dataclass
class Sheet:
    """The records of one pack and what is wrong with it."""

    file: str
    records: list[Record] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)

    def blame(self, code: str, line: int, **facts: Scalar) -> None:
        """Note a mistake of a line."""
        self.reasons.append(Reason(code, {"line": line, **facts}, f"{self.file}:{line}"))


def sheet(file: str, tree: Row) -> Sheet:
    """Return the records that a pack's rows make, with a reason for every row that makes none.

    Parameters
    ----------
    file : str   the pack's file name
    tree : Row   what `reading.read` gave

    Errors (as reasons)   SOV-107 to SOV-117
    """
    made = Sheet(file)
    pack = tree.get("pack")
    defaults = tree.get("defaults") or Row()
    if not isinstance(pack, str) or not NAME.fullmatch(pack) or not isinstance(defaults, Row):
        made.blame("SOV-109", tree.line, field="pack", found=str(pack)[:64], accepted=NAME.pattern)
        return made
    for unknown in set(defaults) - set(DEFAULTS):
        made.blame("SOV-108", defaults.line, field=unknown[:64], accepted=", ".join(DEFAULTS))
    for section, rows in tree.items():
        if section in ASIDE:
            continue
        kind = KINDS.get(section)
        if kind is None or not isinstance(rows, list):
            made.blame("SOV-107", tree.line, found=section[:64], accepted=", ".join(sorted(KINDS)))
            continue
        for row in rows:
            if not isinstance(row, Row):
                made.blame("SOV-109", tree.line, field=section, found=str(row)[:64], accepted="{…}")
                continue
            for each, written in spread(kind, row):
                enter(made, each, written, defaults, pack)
    return made


def spread(kind: type[Record], row: Row) -> Iterator[tuple[type[Record], Row]]:
    """Yield a row, and the relations that it writes for short."""
    main = Row(row)
    main.line = row.line
    extra: list[tuple[type[Record], Row]] = []
    for (of, name), (relation, reverse) in SHORT.items():
        if of == kind.KIND and name in main:
            given = main.pop(name)
            for other in given if isinstance(given, list) else [given]:
                ends = (other, row.get("id")) if reverse else (row.get("id"), other)
                edge = Row({key: row[key] for key in (*DEFAULTS, "superseded_at") if key in row})
                edge |= {"from": ends[0], "to": ends[1]}
                edge.line = row.line
                extra.append((KINDS[relation], edge))
    yield kind, main
    yield from extra


def enter(made: Sheet, kind: type[Record], row: Row, defaults: Row, pack: str) -> None:
    """Make the record of a row and keep it, or say what is wrong."""
    before = len(made.reasons)
    whole = {**defaults, **row}
    given: dict[str, Any] = {"pack": pack}
    if issubclass(kind, Edge):
        whole.setdefault("id", f"{kind.KIND}/{whole.get('from')}/{whole.get('to')}")
    if kind is NexusRule:
        whole.setdefault("id", f"nexus/{whole.get('law')}/{whole.get('test')}/{whole.get('country')}")
    if kind is Law:
        begins = str(whole.get("statute", "")).split("/")[0] or "unknown"
        whole |= {"valid_from": row.get("valid_from", begins), "valid_to": row.get("valid_to")}
    name = str(whole.get("id"))
    if isinstance(interval := valid(made, row.line, whole), Interval):
        given["valid"] = interval
    for field_name, (key, optional, convert) in columns(kind).items():
        if key not in whole:
            if not optional and not (kind is Owns and key in MEASURES and MEASURES & set(row)):
                made.blame("SOV-110", row.line, field=key, found=name[:80])
            continue
        try:
            given[field_name] = convert(whole.pop(key))
        except WrongError as wrong:
            found = row.get(key, defaults.get(key))
            made.blame(wrong.code, row.line, field=key, found=str(found)[:64], accepted=wrong.accepted)
    for unknown in whole:
        made.blame(
            "SOV-108", row.line, field=str(unknown)[:64], accepted=", ".join(c[0] for c in columns(kind).values())
        )
    if kind is Owns and len(made.reasons) == before:
        given = {"votes": given.get("capital"), "capital": given.get("votes"), **given}
    if len(made.reasons) == before:
        keep(made, kind, given, row.line)
    if len(made.reasons) > before:
        made.failed.add(name)


def keep(made: Sheet, kind: type[Record], given: dict[str, Any], line: int) -> None:
    """Make a record of checked fields; SOV-114 without a source, SOV-117 verified on less than the primary text."""
    try:
        record = kind(**given)
    except ValueError as error:
        made.blame("SOV-112", line, found=str(error)[:64])
        return
    if isinstance(record, Edge) and record.origin == record.target:
        made.blame("SOV-121", line, found=record.id)
    elif not record.sources and not isinstance(record, Source):
        made.blame("SOV-114", line, found=record.id)
    elif record.status == "verified" and record.confidence != "H":
        made.blame("SOV-117", line, found=record.id, confidence=record.confidence)
    else:
        made.lines[id(record)] = line
        made.records.append(record)


def valid(made: Sheet, line: int, whole: dict[str, Any]) -> Interval | None:
    """Take `valid_from` and `valid_to` out of a row, as an interval; unknown ends count from the recording."""
    start, end = whole.pop("valid_from", "unknown"), whole.pop("valid_to", None)
    try:
        recorded = moment(whole.get("recorded_at", "")).date()
        first = Bound(None, recorded, "unknown") if start == "unknown" else day(start)
        last = Bound(recorded, None, "unknown") if end == "unknown" else day(end) if end else None
        return Interval(first, last)
    except WrongError as wrong:
        made.blame(
            wrong.code,
            line,
            field="valid_from, valid_to, recorded_at",
            found=f"{start} – {end}" if end else str(start),
            accepted=wrong.accepted,
        )
    except ValueError as error:
        made.blame("SOV-112", line, found=str(error)[:64])
    return None


def columns(kind: type[Record]) -> Mapping[str, tuple[str, bool, Callable[[Tree], Any]]]:
    """Return, for each field of a kind, its key in a pack, whether it may be left out, and its converter."""
    return _columns(kind.KIND)


@cache
def _columns(name: str) -> Mapping[str, tuple[str, bool, Callable[[Tree], Any]]]:
    kind = KINDS[name]
    hints = get_type_hints(kind)
    keys = {"origin": "from", "target": "to"}
    found = {}
    for item in fields(kind):
        if item.name not in ("pack", "valid"):
            optional = item.default is not MISSING or item.default_factory is not MISSING
            found[item.name] = (keys.get(item.name, item.name), optional, converter(item.name, hints[item.name]))
    return found


def converter(name: str, hint: Any) -> Callable[[Tree], Any]:
    """Return the function that makes a field's value of what a pack says."""
    if get_origin(hint) is UnionType:
        inner = converter(name, next(each for each in get_args(hint) if each is not type(None)))
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is Literal:
        return lambda value: choice(value, get_args(hint))
    if get_origin(hint) is tuple:
        one = country if name in COUNTRIES else identifier if name == "sources" else words
        return lambda value: tuple(one(each) for each in (value if isinstance(value, list) else [value]))
    if hint is str:
        special = {"id": identifier, "origin": identifier, "target": identifier, "scheme": scheme}
        return country if name in COUNTRIES else special.get(name, words)
    return {
        bool: flag, int: number, Text: text, Bound: day, Interval: interval, Share: share, Strength: strength,
        datetime: moment,
    }[hint]  # fmt: skip


def words(value: Tree) -> str:
    """Return text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WrongError("SOV-109", "text")
    return value


def identifier(value: Tree) -> str:
    """Return an id."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise WrongError("SOV-109", NAME.pattern)
    return value


def scheme(value: Tree) -> str:
    """Return the name of a scheme, which rules ask for in small letters."""
    if not isinstance(value, str) or not SCHEME.fullmatch(value):
        raise WrongError("SOV-109", "hds, secnumcloud, c5, iso27001, …")
    return value


def country(value: Tree) -> str:
    """Return a country's code; SOV-116 for one that ISO 3166-1 does not have."""
    if value in (None, ""):
        return ""
    if value not in countries():
        raise WrongError("SOV-116", "ISO 3166-1")
    return str(value)


def choice(value: Tree, accepted: tuple[str, ...]) -> str:
    """Return one of some words."""
    if value not in accepted:
        raise WrongError("SOV-109", ", ".join(accepted))
    return str(value)


def flag(value: Tree) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise WrongError("SOV-109", "true, false")
    return value


def number(value: Tree) -> int:
    """Return a small whole number."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,9}", value):
        raise WrongError("SOV-109", "0 – 999999999")
    return int(value)


def text(value: Tree) -> Text:
    """Return words in both languages: one text for both, or `en` and `fr`."""
    if isinstance(value, str) and value:
        return Text(value, value)
    if isinstance(value, Row) and set(value) == {"en", "fr"} and all(isinstance(v, str) and v for v in value.values()):
        return Text(str(value["en"]), str(value["fr"]))
    raise WrongError("SOV-109", "text, {en, fr}")


def day(value: Tree) -> Bound:
    """Return a day that may be vague."""
    try:
        return bound(words(value))
    except ValueError as error:
        raise WrongError("SOV-111", "2026-06-12, 2027-03, 2019, by 2019-12-01, from 2027-03-01, unknown") from error


def interval(value: Tree) -> Interval:
    """Return an interval written `start/end`; nothing after the stroke is "no end announced"."""
    start, stroke, end = words(value).partition("/")
    if not stroke:
        raise WrongError("SOV-111", "2018-03-23/, 2008-07-10/2026-06-12")
    try:
        return Interval(day(start), day(end) if end else None)
    except WrongError:
        raise
    except ValueError as error:
        raise WrongError("SOV-112") from error


def moment(value: Tree) -> datetime:
    """Return a time of knowledge in UTC: a day is its first moment."""
    try:
        found = datetime.fromisoformat(words(value))
    except ValueError as error:
        raise WrongError("SOV-111", "2026-11-21, 2026-11-21T10:00:00Z") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def share(value: Tree) -> Share:
    """Return a share: `66`, `20-28` or `unknown`."""
    written = words(value)
    if written == "unknown":
        return UNKNOWN_SHARE
    match = SHARE.fullmatch(written)
    if not match:
        raise WrongError("SOV-113", "66, 20-28, unknown")
    try:
        return Share.percent(match[1], match[2] or match[1])
    except ValueError as error:
        raise WrongError("SOV-113", "0 – 100") from error


def strength(value: Tree) -> Strength:
    """Return how hard a nexus rule's law reaches."""
    return Strength[choice(value, tuple(Strength.__members__))]
