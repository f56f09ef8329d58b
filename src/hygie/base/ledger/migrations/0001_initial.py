"""The ledger's tables, in SQL so that nothing of Django's (flush, ORM) can change or empty them.

Triggers refuse UPDATE and DELETE of events. They stop mistakes, not the database's owner, who can drop them:
what proves that nothing was changed is the tree and a checkpoint kept elsewhere.
"""

from django.db import migrations

TABLES = (
    "CREATE TABLE ledger_event (idx {integer} PRIMARY KEY, record TEXT NOT NULL, node {bytes} NOT NULL)",
    "CREATE TABLE ledger_subject (hash BIGINT NOT NULL, idx BIGINT NOT NULL, PRIMARY KEY (hash, idx)) {rowless}",
    "CREATE TABLE ledger_salt (commitment TEXT PRIMARY KEY, salt {bytes} NOT NULL)",
    "CREATE TABLE ledger_checkpoint"
    " (id {integer} PRIMARY KEY, size BIGINT NOT NULL, made_at TEXT NOT NULL, note TEXT NOT NULL)",
)
TYPES = {
    "sqlite": {"integer": "INTEGER", "bytes": "BLOB", "rowless": "WITHOUT ROWID"},
    "postgresql": {"integer": "BIGINT", "bytes": "BYTEA", "rowless": ""},
}
GUARDED = ("ledger_event", "ledger_subject", "ledger_checkpoint")
SQLITE_GUARD = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}"
    " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
)
POSTGRESQL_FUNCTION = (
    "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
)
POSTGRESQL_GUARD = (
    "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
)


def make(apps, schema_editor):  # noqa: ARG001
    """Make tables and triggers in this database's dialect."""
    vendor = schema_editor.connection.vendor
    statements = [text.format(**TYPES[vendor]) for text in TABLES]
    if vendor == "sqlite":
        statements += [
            SQLITE_GUARD.format(table=table, verb=verb) for table in GUARDED for verb in ("UPDATE", "DELETE")
        ]
    else:
        statements += [POSTGRESQL_FUNCTION, *(POSTGRESQL_GUARD.format(table=table) for table in GUARDED)]
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunPython(make)]
