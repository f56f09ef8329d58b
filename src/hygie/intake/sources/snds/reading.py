"""Reading one table of a delivery: fast where nothing is wrong, line by line where something is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from hygie.base.engine import EncryptedFile, Engine, literal, name
from hygie.base.engine.engine import LONG_ROWS, translate
from hygie.base.kernel import Refusal, new_id, refuse
from hygie.base.keys import new_data_key
from hygie.intake.sources.snds import astray, careful, increment, judging, persons, quick, relations, sieve
from hygie.intake.sources.snds.folder import Part, Survey, survey
from hygie.intake.sources.snds.head import Header, fault, read_header, strange
from hygie.intake.sources.snds.schema import Edition, Table
from hygie.intake.sources.snds.staged import Native, Staged
from hygie.intake.sources.snds.ways import CAREFUL, SIFTED, TYPED, Read

UNKNOWN = "SRC-s15|the person is not in IR_BEN_R"
ASTRAY = "SRC-s15|no line that is held or delivered has the key of its claim or stay"
CUT = "SRC-s14|the gzip file is cut off or damaged here: what follows is lost"


@dataclass
class Reading:
    """The work of reading one delivery.

    Parameters
    ----------
    numbered : set   hubs of which no two rows have one number
    held : Mapping   of an increment: table -> view of the rows that are held
    strict : bool    lines whose claim or stay is neither held nor delivered are set apart
    """

    engine: Engine
    staged: Staged
    lists: Edition
    numbered: set[str] = field(default_factory=set)
    held: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    notes: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.apart = sieve.Apart(self.engine)

    def table(self, table: Table, parts: Sequence[Part], *, linked: bool) -> None:
        """Read a table's files into one encrypted file, with persons where they are known already."""
        if parts:
            self.staged.natives[table.name] = self.delivered(table, parts, linked=linked)
        if table.name in self.held:
            self.staged.natives[table.name] = self.over(table, linked=linked)

    def delivered(self, table: Table, parts: Sequence[Part], *, linked: bool) -> Native:
        """Read a table's files into one encrypted file."""
        reads = [self.prepare(table, part, linked) for part in parts]
        native = self.write(table, reads, linked=linked)
        fast = any(each.fast for each in reads)
        if native is None or (fast and (self.missing(reads, native) or self.unlisted(table, native))):
            reads = [replace(each, way=SIFTED, fast="") if each.fast else each for each in reads]
            native = self.write(table, reads, linked=linked)
        assert native is not None
        claim = increment.claim_of(table) if table.name in self.held else []
        if self.doubled(table, native):
            reads = [each if each.view else self.look(table, each, linked) for each in reads]
            judging.doubles(self.engine, table, reads)
            native = self.write(table, reads, linked=linked)
            assert native is not None
        elif claim and native.written.rows < sum(each.records for each in reads):
            reads = [each if each.view else self.look(table, each, linked) for each in reads]
            judging.claims(self.engine, table, claim, reads)
            native = self.write(table, reads, linked=linked)
            assert native is not None
        self.staged.ways |= {each.part.name: each.way for each in reads}
        for place, each in enumerate(reads):
            if each.way == SIFTED and self.apart.count(place):
                reads[place] = self.look(table, each, linked, only=self.apart.take(place))
        self.account(table, reads, native)
        lost = sum(judging.collect(self.engine, each) for each in reads if each.view)
        read = sum(each.records for each in reads) + lost
        return replace(native, read=read, kept=native.written.rows)

    def over(self, table: Table, *, linked: bool) -> Native:
        """Write the delivered lines of a table and the held rows whose place none of them takes into one file."""
        native = self.staged.natives.get(table.name)
        view = native.view if native else None
        came, stays, change = increment.merged(self.engine, table, self.held[table.name], view)
        reads = [
            Read(increment.NOWHERE, Header((), ""), rows, Survey(), way=TYPED, fast=sql) for sql, rows in (came, stays)
        ]
        self.numbered.discard(table.name)
        written = self.write(table, reads, linked=linked)
        assert written is not None
        self.account(table, reads, written)
        self.doubled(table, written)
        if native:
            self.staged.notes.append(change)
        read, kept = (native.read, native.kept) if native else (0, 0)
        return replace(written, read=read, kept=kept)

    def account(self, table: Table, reads: Sequence[Read], native: Native) -> None:
        """Refuse a table of which records are neither kept nor set apart, or come twice: SRC-309."""
        missing = self.missing(reads, native)
        if missing:
            raise refuse("SRC-309", found=table.name, lines=sum(each.records for each in reads), missing=missing)

    def missing(self, reads: Sequence[Read], native: Native) -> int:
        """Return how many records of the files are neither kept nor set apart."""
        found = native.written.rows
        for place, each in enumerate(reads):
            faulted = f"SELECT count(*) FROM {each.view} WHERE fault IS NOT NULL"
            found += int(self.engine.scalar(faulted)) if each.view else self.apart.count(place)
        return sum(each.records for each in reads) - found

    def prepare(self, table: Table, part: Part, linked: bool) -> Read:
        """Look at a file's beginning and bytes and return how it is read."""
        if part.kind == "parquet":
            return self.prepare_parquet(table, part, linked)
        header = read_header(part.bytes([]))
        self.staged.headers[part.name] = header.separator.join(header.names)
        whole = fault(header, table, self.staged.edition if table.name in self.staged.edition.tables else self.lists)
        seen = survey(part, header.separator)
        self.note(table, header, part, seen, whole)
        lines = careful.Lines(part, header, seen.latin and not header.marked)
        read = Read(part, header, seen.lines, seen, lines, empty=absent(table, header.names))
        if whole or seen.cut:
            return self.look(table, read, linked, whole)
        if seen.careful or (seen.latin and header.marked):
            return read
        return replace(read, way=TYPED, fast=quick.query(table, header, part, seen, relations.year(part)))

    def prepare_parquet(self, table: Table, part: Part, linked: bool) -> Read:
        """Return how a Parquet file is read."""
        try:
            texts, types = relations.texts_of_parquet(self.engine, part.path)
            told = f"SELECT num_rows FROM parquet_file_metadata({literal(str(part.path))})"
            read = Read(part, Header(tuple(types), ","), int(self.engine.scalar(told)), Survey())
            blank = relations.blanks(self.engine, part.path)
        except duckdb.Error:
            raise refuse("SRC-305", file=part.name) from None
        names = read.header.names
        whole = fault(
            read.header, table, self.staged.edition if table.name in self.staged.edition.tables else self.lists
        )
        self.note(table, read.header, part, Survey(), whole)
        if whole:
            return self.look(table, read, linked, whole)
        given = tuple(each for each in names if each not in blank)
        bad = relations.breaks(table, given, types, {})
        typed = relations.typed(table, given, texts, types)
        sql = f"SELECT {relations.fields(table)}, ({bad}) AS bad, {relations.year(part)} AS snds_year FROM ({typed})"
        return replace(read, way=TYPED, fast=sql, empty=absent(table, given))

    def look(self, table: Table, read: Read, linked: bool, whole: str | None = None, only: str = "") -> Read:
        """Read a file with care, or lines of it alone, into an encrypted file of its own.

        Parameters
        ----------
        whole : str   the fault of every line, None where each is judged
        only : str    a table of the numbers of the lines that are read, empty for all
        """
        part, listed = read.part, self.listed(table)
        chosen = f" WHERE line IN (SELECT line FROM {only})" if only else ""
        if read.lines is None:
            texts, types = relations.texts_of_parquet(self.engine, part.path)
            source = careful.parquet(table, f"SELECT * FROM ({texts}){chosen}", types, whole, listed)
        else:
            records = f"(SELECT * FROM {careful.RECORDS}{chosen})"
            source = careful.query(table, read.header, whole, listed, records)
        view = f"snds_lines_{new_id('part').replace('-', '_')}"
        path, key = self.engine.spill / f"{view}.parquet", new_data_key()
        raw = "CASE WHEN fault IS NOT NULL THEN raw END AS raw"
        told = f"{careful.own_codes('fault')} AS fault"
        rows = (
            f"SELECT line, raw, {told}, {relations.fields(table)}, {relations.year(part)} AS snds_year FROM ({source})"
        )
        sought = persons.sought(table, rows, self.hub(table), strict=self.strict)
        if linked and sought.unknown != "false":
            reason = UNKNOWN if persons.route(table).own else ASTRAY
            told = f"coalesce(r.fault, CASE WHEN {sought.unknown} THEN {literal(reason)} END) AS fault"
            rows = f"SELECT r.* EXCLUDE ({', '.join(persons.ADDED)}) REPLACE ({told}) FROM ({sought.rows}) r"
        sql = (
            f"COPY (SELECT * REPLACE ({raw}) FROM ({rows})) TO {literal(str(path))} "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {LONG_ROWS}, "
            f"ENCRYPTION_CONFIG {{footer_key_value: ?}})"
        )
        if read.lines is None:
            self.copy_parquet(sql, key, part)
        else:
            careful.scan(self.engine, read.lines, sql, [key])
        self.engine.attach(view + "_file", [EncryptedFile(path, key)])
        cut = bool(read.lines and read.lines.cut)
        found = replace(read, way=CAREFUL, fast="", view=view, lost=CUT if cut else whole or "")
        base = f"SELECT * FROM {view}_file"
        if cut:  # the last line before the cut may itself be cut
            last = f"(SELECT max(line) FROM {view}_file)"
            judging.recover(self.engine, table, found, f"SELECT max(line) FROM {view}_file")
            base = (
                f"SELECT f.* REPLACE (CASE WHEN line = {last} THEN {literal(CUT)} ELSE fault END AS fault, "
                f"coalesce(f.raw, d.raw) AS raw) FROM {view}_file f LEFT JOIN {view}_raw d USING (line)"
            )
        self.engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {view}_base AS {base}")
        self.engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {view}_base")
        return found

    def copy_parquet(self, sql: str, key: bytes, part: Part) -> None:
        """Run a COPY of a Parquet file's rows: SRC-305 where pages of it are damaged."""
        try:
            self.engine.con.execute(sql, [key])
        except duckdb.Error as error:
            told = translate(error)
            if isinstance(told, Refusal):
                raise told from None
            raise refuse("SRC-305", file=part.name) from None

    def write(self, table: Table, reads: Sequence[Read], *, linked: bool) -> Native | None:
        """Write the kept lines of every file; None when a file that is read typed has a line that breaks a rule."""
        self.apart.noted.clear()
        held = any(each.part is increment.NOWHERE for each in reads)
        rows = " UNION ALL ".join(f"({self.source(table, each, place)})" for place, each in enumerate(reads))
        view, key = f"native_{table.name.lower()}", new_data_key()
        path = self.engine.spill / f"{new_id('table')}.parquet"
        texts = {
            f"{careful.RECORDS}_{place}": each.lines
            for place, each in enumerate(reads)
            if each.way == SIFTED and each.lines
        }
        try:
            with careful.opened(self.engine, texts):
                query = self.rows(table, rows, linked, held=held)
                empty = frozenset.intersection(*(each.empty for each in reads))
                written = self.engine.write_encrypted(query, path, key, empty=empty)
        except duckdb.Error as error:
            if held and quick.BAD in str(error):
                raise refuse("SRC-310", found=table.name) from None
            if held:
                raise
            if any(each.fast for each in reads):
                return None
            for each in reads:  # a Parquet file with damaged pages is refused by its name
                if each.lines is None and not each.view:
                    self.look(table, each, linked)
            raise
        self.engine.attach(view, [EncryptedFile.of(written, key)])
        return Native(table, view, key, written, 0, linked)

    def source(self, table: Table, read: Read, place: int) -> str:
        """Return SQL -> (the fields, bad, snds_year, place, line) of a file; line is NULL where none may be bad."""
        if read.fast:
            return f"SELECT *, NULL::INTEGER AS place, NULL::BIGINT AS line FROM ({read.fast})"
        if read.view:
            fields = f"{relations.fields(table)}, false AS bad, snds_year, NULL::INTEGER AS place, NULL::BIGINT AS line"
            return f"SELECT {fields} FROM {read.view} WHERE fault IS NULL"
        listed = self.listed(table)
        if read.lines is None:
            texts, types = relations.texts_of_parquet(self.engine, read.part.path)
            sifted = sieve.of_parquet(table, texts, types, listed, relations.year(read.part))
        else:
            sifted = sieve.of_csv(
                table, read.header, read.seen, listed, relations.year(read.part), f"{careful.RECORDS}_{place}"
            )
        return f"SELECT * EXCLUDE (line), {place}::INTEGER AS place, line FROM ({sifted})"

    def rows(self, table: Table, rows: str, linked: bool, *, held: bool) -> str:
        """Return SQL: a table's rows with their person; a line that breaks a rule is noted, or ends the reading."""
        sought, tail = self.linking(table, rows, linked, strict=self.strict and not held)
        own = ", ".join(f"r.{name(each.column)}" for each in table.fields)
        bad = f"r.bad OR {sought.unknown}" if sought.unknown != "false" else "r.bad"
        none = (
            f"CASE WHEN r.line IS NULL THEN error({literal(quick.BAD)}) ELSE {self.apart.function}(r.place, r.line) END"
        )
        # A column of its own: DuckDB would write a WHERE's test out over the cells, and so type each of them twice.
        told = f"SELECT {own}{tail}, CASE WHEN {bad} THEN {none} ELSE true END AS kept FROM ({sought.rows}) r"
        return f"SELECT * EXCLUDE (kept) FROM ({told}) WHERE kept"

    def linking(self, table: Table, rows: str, linked: bool, *, strict: bool = False) -> tuple[persons.Sought, str]:
        """Return a table's rows with their person looked up, and SQL of its further columns."""
        way = persons.route(table)
        yearly = ", r.snds_year" if table.name.find("aa") >= 0 or "AAAA" in table.name else ""
        key = ""
        if way.hub:
            key = f", {persons.key_sql(way.hub, table, 'r')} AS {way.hub.column}"
        if not linked:
            return persons.Sought(rows), yearly + key
        sought = persons.sought(table, rows, self.hub(table), strict=strict)
        day = persons.care_date(table)
        date = f"CAST(r.{day} AS DATE)" if day else sought.date
        cells = f", {sought.person} AS person_id" if sought.person else ""
        return sought, yearly + key + cells + (f", {date} AS care_date" if date and cells else "")

    def hub(self, table: Table) -> str | None:
        """Return the view (id, person_id, care_date) of a table's hub, None where it has none that is there."""
        hub = persons.route(table).hub
        there = hub is not None and hub.table != table.name and hub.table in self.staged.natives
        return f"hub_{hub.table.lower()}" if hub and there else None

    def doubled(self, table: Table, native: Native) -> bool:
        """Return whether a primary key occurs twice in what was kept."""
        key = self.primary(table)
        if not key:
            return False
        hub = persons.route(table).hub
        if hub is not None and set(hub.key) == set(table.primary_key):  # equal keys have one number
            numbers, distinct = f"count({hub.column})", f"count(DISTINCT {hub.column})"
            found = self.engine.rows(f"SELECT count(*), {numbers}, {distinct} FROM {native.view}")[0]
            if len(set(found)) == 1:
                self.numbered.add(table.name)
                return False
        rows, keys = self.engine.rows(f"SELECT count(*), count(DISTINCT {key}) FROM {native.view}")[0]
        return bool(rows != keys)

    def primary(self, table: Table) -> str:
        """Return SQL: a table's primary key as one value, empty when none is published."""
        if not table.primary_key:
            return ""
        yearly = ["snds_year"] if "aa" in table.name else []
        columns = ", ".join(name(each.lower()) for each in table.primary_key)
        return f"hash({', '.join([columns, *yearly])})"

    def unlisted(self, table: Table, native: Native) -> bool:
        """Return whether a kept line has a code that its list lacks."""
        tests = [test for each, test in self.listed(table).items() if each not in native.written.empty]
        return bool(tests and self.engine.scalar(f"SELECT count(*) FROM {native.view} WHERE {' OR '.join(tests)}"))

    def listed(self, table: Table) -> dict[str, str]:
        """Return, for each column whose codes a delivered list holds, SQL: whether the list lacks the code."""
        found = {}
        for each in table.fields:
            known = self.lists.list_of(each)
            if known is not None and known.name in self.staged.natives and table.name not in self.lists.tables:
                codes, view = known.by_name[known.code_of(each)], self.staged.natives[known.name].view
                found[each.column] = relations.unlisted(each, codes, view)
        return found

    def note(self, table: Table, header: Header, part: Part, seen: Survey, whole: str | None) -> None:
        """Note columns that are too many or missing, and another encoding; set apart a header that costs values."""
        if whole:
            return
        for each in strange(table, header.names, latin=seen.latin):
            self.notes[each].append(part.name)
        for each in astray.header_faults(table, header, part.year):
            self.staged.set_apart(self.engine, table, part.name, each)


def absent(table: Table, given: Sequence[str]) -> frozenset[str]:
    """Return the published columns of a table that are not among those given."""
    return frozenset(each.column for each in table.fields) - frozenset(given)
