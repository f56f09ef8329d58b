"""One row of the index of subjects for 256 events, where there was one for each; filled from the events."""

from django.db import migrations

from hygie.base.ledger import rows

TABLE = "CREATE TABLE ledger_subject (block {integer} PRIMARY KEY, checksums {bytes} NOT NULL)"
TYPES = {"sqlite": {"integer": "INTEGER", "bytes": "BLOB"}, "postgresql": {"integer": "BIGINT", "bytes": "BYTEA"}}
GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER ledger_subject_no_{verb} BEFORE {verb} ON ledger_subject"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE TRIGGER ledger_subject_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_subject"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    ],
}


def change(apps, schema_editor):  # noqa: ARG001
    """Make the table anew and fill it, a block at a time."""
    vendor = schema_editor.connection.vendor
    for statement in ("DROP TABLE ledger_subject", TABLE.format(**TYPES[vendor]), *GUARDS[vendor]):
        schema_editor.execute(statement)
    for block in range(rows.count() // rows.BLOCK):
        held = rows.events(block * rows.BLOCK, (block + 1) * rows.BLOCK)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(rows.INSERT_BLOCK, (block, rows.block_of(record for record, _ in held)))


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(change)]
