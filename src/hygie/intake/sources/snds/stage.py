"""Reading every table of a delivery, the register of beneficiaries first: it says who is a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hygie.base.engine import Engine, name
from hygie.base.kernel import Progress, first_of, refuse, silent
from hygie.intake.sources.snds import astray, careful, increment, persons
from hygie.intake.sources.snds.folder import Part, find
from hygie.intake.sources.snds.reading import Reading
from hygie.intake.sources.snds.schema import LISTS, Edition, Table, edition
from hygie.intake.sources.snds.staged import Staged

Assign = Callable[[str, str], str]

FILE_NAME = 120  # signs of a name that are shown


def stage(
    engine: Engine,
    path: Path,
    *,
    dataset: str,
    assign: Assign,
    tables: Edition | None = None,
    lists: Path | None = None,
    held: Mapping[str, str] | None = None,
    erased: Callable[[], bool] = lambda: False,
    progress: Progress = silent,
) -> Staged:
    """Read a delivery of SNDS tables; every line is kept, or is a fault with its file, line, rule and text.

    Parameters
    ----------
    path : Path        a folder, or one file
    dataset : str
    assign : Callable  takes SQL of source ids and of their other forms, returns its table (source_id, person_id)
    tables : Edition   the published tables; by default those shipped
    lists : Path       a folder of code lists that stand beside the delivery
    held : Mapping     of an increment: table of the snapshot -> view of the rows that are held
    erased : Callable  whether somebody was erased from the dataset; asked after `assign`

    Errors      SRC-101 to SRC-103, SRC-111, SRC-304, SRC-305; SRC-306 a table of persons whom it does not lead to;
                SRC-307, SRC-308, SRC-310 the increment does not fit what is held
    """
    known = tables or edition()
    code_lists = edition(LISTS).without(known.tables)
    found = find(path, [known, code_lists])
    before = dict(held or {})
    views = increment.tables_of(known, before) | increment.tables_of(code_lists, before)
    increment.check_register(persons.REGISTER in found.parts, views)
    there = {**views, **found.parts}
    lost = [each for each in found.parts if each in known.tables and persons.unrouted(known.tables[each], there)]
    if lost:
        raise refuse("SRC-306", found=", ".join(lost), accepted=", ".join(persons.hubs()))
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE snds_faults "
        "(file VARCHAR, line BIGINT, rule VARCHAR, reason VARCHAR, raw VARCHAR)"
    )
    careful.limit()
    reading = Reading(engine, Staged(dataset, known, notes=list(found.notes)), code_lists, held=views)
    pass_over(reading, found.other)
    parts = dict.fromkeys(views, ()) | dict(found.parts)
    if lists is not None:
        parts |= {each: files for each, files in find_lists(lists, code_lists).items() if not parts.get(each)}
    ordered = [each for each in parts if each in code_lists.tables]
    for each in ordered:
        reading.table(code_lists.tables[each], parts[each], linked=False)
        view = reading.staged.natives[each].view
        engine.con.execute(f"CREATE OR REPLACE TEMP VIEW final_{view} AS SELECT * FROM {view}")
    read_tables(reading, {each: parts[each] for each in parts if each in known.tables}, assign, erased, progress)
    for text, files in reading.notes.items():
        shown = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more files"
        reading.staged.notes.append(f"{text} ({shown})")
    return reading.staged


def pass_over(reading: Reading, names: Sequence[str]) -> None:
    """Name the files that are no table's; set apart those whose name begins with a table's, as data may be missing."""
    if names:
        told = f"{len(names)}: {first_of(names, most=FILE_NAME)}"
        reading.staged.notes.append(f"files that are named after no table of the edition, ignored: {told}")
    for each in names:
        table = astray.almost(each, [reading.staged.edition, reading.lists])
        if table is not None:
            reading.staged.set_apart(reading.engine, table, each, astray.file_fault(table))


def find_lists(folder: Path, code_lists: Edition) -> dict[str, tuple[Part, ...]]:
    """Return the code lists of a folder: SRC-304 when it holds none."""
    return dict(find(folder, [code_lists]).parts)


def read_tables(
    reading: Reading,
    parts: dict[str, tuple[Part, ...]],
    assign: Assign,
    erased: Callable[[], bool],
    progress: Progress,
) -> None:
    """Read every table, the register of beneficiaries first: it says who is a person."""
    engine, staged = reading.engine, reading.staged
    ordered = persons.order(list(parts), staged.edition)
    register = persons.REGISTER in parts
    ways = {each: persons.route(staged.edition.tables[each]) for each in ordered}
    late = [each for each in ordered if ways[each].own]
    if register:
        late = [each for each in late if each == persons.REGISTER or ways[each].idt == persons.EGB]
    for done, each in enumerate(ordered):
        progress("read", done, len(ordered))
        if each in late:
            reading.table(staged.edition.tables[each], parts[each], linked=False)
        if each == (late or [""])[-1]:
            know_people(reading, register, late, assign)
    if not late:
        know_people(reading, register, late, assign)
    reading.strict = bool(reading.held) and erased()
    for done, each in enumerate(ordered):
        table = staged.edition.tables[each]
        progress("read", done, len(ordered))
        if each not in late:
            reading.table(table, parts[each], linked=True)
        view = staged.natives[each].view
        if each in late:
            sought, tail = reading.linking(table, f"SELECT * FROM {view}", True)
            own = ", ".join(f"r.{name(field_.column)}" for field_ in table.fields)
            final = f"SELECT {own}{tail} FROM ({sought.rows}) r"
            engine.con.execute(f"CREATE OR REPLACE TEMP VIEW final_{view} AS {final}")
        else:
            engine.con.execute(f"CREATE OR REPLACE TEMP VIEW final_{view} AS SELECT * FROM {view}")
        count_dangling(reading, table, f"final_{view}")
        if each in persons.hubs():
            rows = staged.natives[each].written.rows
            persons.show_hub(engine, table, f"final_{view}", rows, alone=each in reading.numbered)
    progress("read", len(ordered), len(ordered))


def know_people(reading: Reading, register: bool, late: list[str], assign: Assign) -> None:
    """Give every person a person_id."""
    staged = reading.staged
    tables = [(staged.edition.tables[each], staged.natives[each].view) for each in late]
    nobody = "SELECT NULL::VARCHAR AS psa, NULL::SMALLINT AS twin, NULL::VARCHAR AS idt WHERE false"
    others = [(table, view) for table, view in tables if table.name != persons.REGISTER or not register]
    seen = " UNION ALL ".join(persons.seen_in(table, view) for table, view in others) or nobody
    view = staged.natives[persons.REGISTER].view if register else None
    ids = persons.make_people(reading.engine, view, seen)
    persons.map_people(reading.engine, assign(ids, persons.other_forms()))


def count_dangling(reading: Reading, table: Table, view: str) -> None:
    """Count the rows of a table that should reach a person and reach none."""
    columns = [str(each[0]) for each in reading.engine.rows(f"DESCRIBE {view}")]
    if "person_id" in columns:
        count = int(reading.engine.scalar(persons.unjoined(view)))
        if count:
            reading.staged.dangling[f"{table.name} -> person"] = count
