"""An output as a checker sees it: a table with its failing cells marked, a text, or a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hygie.base.disclosure.figures import MARK, PLAIN
from hygie.secure.airlock import picture
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.reading import BOOLEANS
from hygie.secure.airlock.text import decode, read_csv
from hygie.secure.airlock.values import OutputCheck

MOST_ROWS = 500
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
COUNTED = frozenset({"threshold", "part", "contributors"})


@dataclass(frozen=True)
class Mark:
    """What a rule says of one cell.

    Parameters
    ----------
    rule, severity : str    as in a Finding
    figure, limit : float   what was found, and the preset's figure
    fix : str               `hide`, `round`, `leave out`, or `write` (the recount in its place)
    """

    rule: str
    severity: str
    figure: float
    limit: float
    fix: str

    @property
    def counted(self) -> bool:
        """True when the figure is a number of persons."""
        return self.rule in COUNTED

    @property
    def persons(self) -> int:
        """The figure as a whole number."""
        return round(self.figure)


@dataclass(frozen=True)
class TableCell:
    """A cell of a rendered table; `was` is what it said before a change."""

    text: str
    label: bool
    marks: tuple[Mark, ...] = ()
    was: str = ""

    @property
    def hidden(self) -> bool:
        """True when the study hid the figure itself."""
        return self.text == MARK

    @property
    def figure(self) -> bool:
        """True when it holds a number, or hides one."""
        return self.hidden or PLAIN.fullmatch(self.text) is not None

    @property
    def tone(self) -> str:
        """The tone of its gravest mark."""
        return "stop" if any(mark.severity == "block" for mark in self.marks) else "wait"


@dataclass(frozen=True)
class Rendered:
    """An output as a page shows it: one of a table, a text, a picture, or nothing that can be shown.

    Parameters
    ----------
    header : tuple     of a table: (column, whether it holds figures alone)
    rows : tuple       its cells; `more` rows are not shown
    unplaced : tuple   rows that a rule speaks of and the file does not have
    """

    header: tuple[tuple[str, bool], ...] = ()
    rows: tuple[tuple[TableCell, ...], ...] = ()
    more: int = 0
    text: str = ""
    picture: str = ""
    unplaced: tuple[str, ...] = field(default=())


def rendered(entry: Mapping[str, Any], data: bytes, check: OutputCheck) -> Rendered:
    """Return a request's output as a page shows it.

    Parameters
    ----------
    entry : Mapping   what the request keeps of it
    data : bytes      its content
    check : OutputCheck
    """
    ending = check.file.rpartition(".")[2]
    if check.kind == "figure":
        return Rendered(picture=PICTURES[ending]) if shown_picture(check.file, data) else Rendered()
    if check.kind == "table":
        rows, wrong = read_csv(data)
        if rows and not any(each.rule in ("encoding", "shape", "content") for each in wrong):
            return table(Output.model_validate(entry["declaration"]), rows, entry.get("findings", ()), check)
    text, wrong = decode(data)
    return Rendered() if wrong and not text else Rendered(text=text[:200_000])


def shown_picture(file: str, data: bytes) -> bytes:
    """Return a picture that can be shown: cleaned now, whatever was stored; nothing where it would act."""
    ending = file.rpartition(".")[2]
    if ending not in PICTURES:
        return b""
    clean, wrong, _ = (picture.svg if ending == "svg" else picture.png)(data)
    return b"" if wrong else clean


def table(
    output: Output, rows: Sequence[Sequence[str]], findings: Sequence[Sequence[Any]], check: OutputCheck
) -> Rendered:
    """Return a table with its marks in place."""
    header = tuple(rows[0])
    marks = by_place(output, findings)
    marks |= by_line(check, header)
    made, used = [], set()
    for number, row in enumerate(rows[1 : MOST_ROWS + 1], 2):
        key = key_of(output, header, row)
        cells = []
        for name, text in zip(header, row, strict=True):
            places = [(key, name), (key, "") if name not in output.groups else None, (number, name)]
            found = tuple(mark for place in places if place in marks for mark in marks[place])
            used |= {place for place in places if place in marks}
            cells.append(TableCell(text, name in output.groups, tuple(sorted(found, key=gravity))))
        made.append(tuple(cells))
    left = tuple(" × ".join(place[0]) for place in marks if place not in used and isinstance(place[0], tuple))
    figures = tuple(all(row[at].figure for row in made) for at in range(len(header)))
    return Rendered(
        tuple(zip(header, figures, strict=True)), tuple(made), max(0, len(rows) - 1 - MOST_ROWS), unplaced=left[:50]
    )


def gravity(mark: Mark) -> tuple[bool, bool]:
    """Return how a cell's marks are ordered: what blocks first, what rounding mends last."""
    return mark.severity != "block", mark.fix == "round"


def by_place(output: Output, findings: Sequence[Sequence[Any]]) -> dict[Any, list[Mark]]:
    """Return what was found, by the labels of the row and the column."""
    marks: dict[Any, list[Mark]] = {}
    for key, column, rule, severity, figure, limit in findings:
        labels = tuple(output.total_label if label is None else str(label) for label in key)
        marks.setdefault((labels, column), []).append(Mark(rule, severity, figure, limit, fix_of(rule)))
    return marks


def by_line(check: OutputCheck, header: Sequence[str]) -> dict[Any, list[Mark]]:
    """Return what was found by line and column in a table that cannot be recomputed."""
    marks: dict[Any, list[Mark]] = {}
    for each in check.checks:
        for where in each.where if each.outcome != "pass" else ():
            line, _, column = where.removeprefix("line ").partition(", ")
            if where.startswith("line ") and line.isdigit():
                for name in [column] if column in header else header:
                    mark = Mark(each.rule, each.outcome, 0, each.limit, fix_of(each.rule))
                    marks.setdefault((int(line), name), []).append(mark)
    return marks


def key_of(output: Output, header: Sequence[str], row: Sequence[str]) -> tuple[str, ...]:
    """Return a row's labels as findings name them."""
    if not set(output.groups) <= set(header):
        return ()
    found = [row[header.index(name)] or "missing" for name in output.groups]
    return tuple(BOOLEANS.get(label.lower(), label) for label in found)


def fix_of(rule: str) -> str:
    """Return in a word what mends a finding."""
    if rule in ("rounding", "total"):
        return "round"
    if rule in ("mismatch", "missing"):
        return "write"
    return "leave out" if rule in ("label", "unknown", "hidden", "rows") else "hide"
