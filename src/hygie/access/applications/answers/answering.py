"""Answers in statistics: tables checked, kept sealed, given, and handed to those who asked and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications.answers.rules import MOST_TABLES, TITLE, Examined, examine, file, mend
from hygie.access.applications.decision.judging import open_to
from hygie.access.applications.models import AnswerTableRow, ApplicationRow
from hygie.access.applications.reading import view
from hygie.access.applications.recording import attributes, moving, names
from hygie.access.applications.values import Application
from hygie.base import law
from hygie.base.disclosure.stated import Statement
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, Verdict, digest, new_id, refuse
from hygie.base.keys import seal, unseal
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as ledger_queries
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.intake.sources.cdm import TABLES

FOLDER = "answers"
PLACE = "answer"
IDENTIFYING = frozenset({"person", "visit", "event", "provider", "document", "direct"})
LEFT_SECONDS = 3600


@dataclass(frozen=True)
class AnswerTable:
    """A table of an answer, without its figures.

    Parameters
    ----------
    title : str        what it shows
    columns : tuple    as they are handed on
    lines : int        without the header
    preset : str       the output preset that it passed
    mended : bool      figures were hidden, rounded or made anew before it was kept
    content : str      the ledger's commitment to the SHA-256 of its file; empty until the answer is given
    salt : str         with which whoever has the file can recompute the commitment, in hexadecimal
    """

    id: str
    application: str
    title: str
    columns: tuple[str, ...]
    lines: int
    bytes: int
    preset: str
    mended: bool
    by: str
    at: datetime
    content: str = ""
    salt: str = ""


@dataclass(frozen=True)
class Prepared:
    """An answer as those see it who prepare it.

    Parameters
    ----------
    open : bool        tables may be kept and taken out
    gives : bool       the reader may give it now
    barred : Verdict   what keeps those who asked from any access, so that nothing is kept or given; APP-265
    """

    application: Application
    tables: tuple[AnswerTable, ...]
    preset: law.Preset
    open: bool
    gives: bool
    barred: Verdict


@cache
def personal() -> frozenset[str]:
    """Return the names of the CDM's columns that identify a person, a record, or who gave care."""
    return frozenset(field.name for table in TABLES.values() for field in table.columns if field.role in IDENTIFYING)


def found(application_id: str, *, drafts: bool = False) -> ApplicationRow:
    """Return an application's row; APP-101."""
    row = ApplicationRow.objects.filter(id=application_id).first()
    if row is None or (row.state == "draft" and not drafts):
        raise refuse("APP-101", found=application_id[:64])
    return row


def awaited(row: ApplicationRow) -> bool:
    """Return whether an application is to be answered in statistics."""
    return row.outcome == "converted" or (row.kind == "request" and row.outcome in ("granted", "partly"))


def looked_at(node: Node, application_id: str, data: bytes, statement: Statement, *, actor: str) -> Examined:
    """Return what would be found of a table, for whoever may prepare the answer; nothing is kept.

    Errors     APP-101; PPL codes
    """
    check(actor, "answer.prepare", attributes(found(application_id), actor))
    return examine(data, statement, law.preset(node.output_preset, on=node.today()), personal())


def keep_table(
    node: Node,
    application_id: str,
    data: bytes,
    statement: Statement,
    *,
    title: str,
    mended: bool = False,
    looked: bool = False,
    actor: str,
) -> AnswerTable:
    """Check a table of an answer and keep it, sealed, in our own spelling; what does not pass leaves no trace.

    Parameters
    ----------
    data : bytes            CSV, at most `answer_rules.MOST_BYTES`; also with semicolons and decimal commas
    statement : Statement   what its columns are
    title : str             1 to 200 characters
    mended : bool           hide, round and make anew what a rule asks for, and keep that
    looked : bool           a person looked at what the rules leave to a person, and it tells nothing of anybody

    Errors     APP-101; PPL codes; APP-201; APP-219 nothing is to be answered; APP-265 excluded meanwhile; APP-280 to
               APP-286 the file; APP-284 one of persons or records; APP-287 to APP-291 what the preset hides; APP-292
               a person has to look; APP-293 it cannot be mended; APP-294 too many tables; APP-297; APP-301
    Source     Reg. (EU) 2025/327 arts 63(3), 69(1); SU-63-3, SU-69-1
    """
    check(actor, "answer.prepare", attributes(found(application_id, drafts=True), actor))
    words = title.strip()
    if not 0 < len(words) <= TITLE:
        raise refuse("APP-297", path="$.title", found=len(words), accepted=TITLE)
    at = node.clock()
    preset = law.preset(node.output_preset, on=localdate(at))
    kept, changed = passing(data, statement, preset, mended=mended, looked=looked)
    with moving(node, application_id, "prepare", actor=actor) as step:
        if not awaited(step.row):
            raise refuse("APP-219", found=step.row.outcome or "–")
        open_to(step.row, localdate(step.at)).check()
        if step.row.answers.count() >= MOST_TABLES:
            raise refuse("APP-294", found=MOST_TABLES)
        row = AnswerTableRow(
            id=new_id("table"),
            application=step.row,
            title=words,
            columns=list(statement.kept),
            lines=kept.count(b"\n") - 1,
            bytes=len(kept),
            preset=preset.id,
            mended=changed,
            sha256=digest(kept),
            by=actor,
            at=at,
        )
        row.key_id = node.keys.create(context(row.id))
        data = seal(node.keys, row.key_id, context(row.id), kept)
        row.sealed = digest(data)
        node.store.write(place(row.id), data, Placement(PLACE))
        row.save(force_insert=True)
        step.body |= {"table": row.id, "preset": preset.id, "mended": row.mended}
        step.body["content"] = ledger.committed(row.sha256)
    return told(row)


def passing(data: bytes, statement: Statement, preset: law.Preset, *, mended: bool, looked: bool) -> tuple[bytes, bool]:
    """Return the file that is kept of a table that passes, and whether figures were changed for it.

    Errors     APP-280 to APP-293
    """
    seen = examine(data, statement, preset, personal())
    passed = seen
    if mended and seen.stated is not None and not seen.verdict.allowed:
        better = mend(seen, statement, preset)
        if better is None:
            raise refuse("APP-293", path="$.csv")
        passed = better
    passed.verdict.check()
    if not looked:
        passed.look.check()
    return file(passed, statement), passed is not seen


def drop_table(node: Node, application_id: str, table_id: str, *, actor: str) -> None:
    """Take a table out of an answer that was not given yet; its key is destroyed and its file removed.

    Errors     APP-101; PPL codes; APP-201; APP-295 no such table
    """
    with moving(node, application_id, "drop", actor=actor) as step:
        row = of(application_id, table_id)
        step.body["table"] = row.id
        key = row.key_id
        row.delete()
        transaction.on_commit(lambda: removed(node, table_id, key))


def removed(node: Node, table_id: str, key: str) -> None:
    """Destroy a table's key and remove its file."""
    if node.keys.exists(key):
        node.keys.destroy(key)
    node.store.remove(place(table_id))


def answer(node: Node, application_id: str, *, actor: str) -> Application:
    """Give an answer: the tables that were kept are from now on those of the requesting team.

    The ledger has a salted commitment to each; who has the file and the salt can prove what was given.

    Errors     APP-101; PPL codes; APP-201; APP-219 there is nothing to answer, or no table was kept; APP-265 those who
               asked are excluded meanwhile; APP-302 a table was kept under looser rules
    Source     Reg. (EU) 2025/327 arts 63(3), 69(4) (SU-63-3)
    """
    with moving(node, application_id, "answer", actor=actor) as step:
        tables = list(step.row.answers.order_by("at", "id")) if awaited(step.row) else []
        if not tables:
            raise refuse("APP-219", found=step.row.outcome or "–")
        open_to(step.row, localdate(step.at)).check()
        strict(node, tables)
        made = {row.id: ledger.committed(row.sha256) for row in tables}
        for row in tables:
            row.content = made[row.id].commitment
            row.save(update_fields=["content"])
        step.body["tables"] = made
    return view(step.row)


def strict(node: Node, tables: Sequence[AnswerTableRow]) -> None:
    """Refuse tables that were kept under rules looser than the node has now: APP-302."""
    allowed = [each.id for each in law.presets_within(node.output_preset, on=node.today())]
    if looser := sorted({row.preset for row in tables} - set(allowed)):
        raise refuse("APP-302", found=", ".join(looser), accepted=", ".join(allowed))


def prepared(node: Node, application_id: str, *, reader: str) -> Prepared:
    """Return an answer to who prepares it.

    Errors     APP-101; PPL codes
    """
    row = found(application_id)
    about = attributes(row, reader)
    check(reader, "answer.prepare", about)
    kept = of_application(row)
    is_open = row.state == "decided" and awaited(row)
    today = node.today()
    barred = open_to(row, today) if is_open else Verdict()
    may = is_open and barred.allowed and decide(person(reader), "application.decide", about).allowed
    return Prepared(view(row), kept, law.preset(node.output_preset, on=today), is_open, may and bool(kept), barred)


def tables(node: Node, application_id: str, *, reader: str) -> Sequence[AnswerTable]:  # noqa: ARG001
    """Return an answer's tables without their figures: to who prepares it, and once it is given to those who asked.

    Errors     APP-101; PPL codes
    """
    row = found(application_id)
    about = attributes(row, reader)
    prepares = decide(person(reader), "answer.prepare", about).allowed
    if not prepares:
        check(reader, "answer.take", about)
    return of_application(row) if prepares or row.state == "answered" else ()


def of_application(row: ApplicationRow) -> tuple[AnswerTable, ...]:
    """Return an application's tables, with the salts of those that were given."""
    made = [told(each) for each in row.answers.order_by("at", "id")]
    return tuple(replace(each, salt=ledger_queries.salt_of(each.content) if each.content else "") for each in made)


def preview(node: Node, application_id: str, *, reader: str) -> dict[str, str]:
    """Return the kept files by table, to who prepares the answer and until it is given.

    Errors     APP-101; PPL codes; APP-296 a file is not the one that was kept
    """
    row = found(application_id)
    check(reader, "answer.prepare", attributes(row, reader))
    if row.state != "decided":
        return {}
    return {each.id: opened(node, each).decode() for each in row.answers.all()}


def take(node: Node, application_id: str, table_id: str, *, actor: str) -> bytes:
    """Hand a table of a given answer to a person of the requesting team; that it was taken is in the ledger first.

    Errors     APP-101; PPL codes; APP-295 no such table, or the answer was not given yet; APP-296 the file is not the
               one that was kept, or not the one that the ledger has
    Source     Reg. (EU) 2025/327 art. 69(1), (4)
    """
    row = found(application_id)
    check(actor, "answer.take", attributes(row, actor))
    if row.state != "answered":
        raise refuse("APP-295", found=table_id[:64])
    table = of(application_id, table_id)
    data = opened(node, table)
    if ledger_queries.opens(table.content, digest(data)) is False:
        raise refuse("APP-296", found=table.id)
    with transaction.atomic():
        body = {"table": table.id, "content": table.content, "datasets": list(names(row))}
        ledger.append([Fact("answer.taken", application_id, actor, node.clock(), body)])
    return data


def of(application_id: str, table_id: str) -> AnswerTableRow:
    """Return an application's table; APP-295."""
    row = AnswerTableRow.objects.filter(application=application_id, id=table_id).first()
    if row is None:
        raise refuse("APP-295", found=table_id[:64])
    return row


def opened(node: Node, row: AnswerTableRow) -> bytes:
    """Return a kept file; APP-296 when it is not the one that was kept, KEY-1xx once its key is destroyed."""
    path = node.store.path(place(row.id))
    data = path.read_bytes() if path.is_file() else b""
    if digest(data) != row.sealed:
        raise refuse("APP-296", found=row.id)
    kept = unseal(node.keys, row.key_id, context(row.id), data)
    if digest(kept) != row.sha256:
        raise refuse("APP-296", found=row.id)
    return kept


def sweep(node: Node) -> int:
    """Remove the files that no table knows, of work that was cut off; those of the last hour stay."""
    known = set(AnswerTableRow.objects.values_list("id", flat=True))
    before = node.clock().timestamp() - LEFT_SECONDS
    left = [
        path
        for path in node.store.path(FOLDER).glob("*.sealed")
        if path.name.removesuffix(".sealed") not in known and path.stat().st_mtime < before
    ]
    for path in left:
        node.store.remove(f"{FOLDER}/{path.name}")
    return len(left)


def context(table_id: str) -> str:
    """Return what a table's key is bound to."""
    return f"answer:{table_id}"


def place(table_id: str) -> str:
    """Return where a table's sealed file lies in the node."""
    return f"{FOLDER}/{table_id}.sealed"


def told(row: AnswerTableRow) -> AnswerTable:
    """Return a table as it is told of."""
    return AnswerTable(
        row.id,
        row.application_id,
        row.title,
        tuple(row.columns),
        row.lines,
        row.bytes,
        row.preset,
        row.mended,
        row.by,
        row.at,
        row.content,
    )
