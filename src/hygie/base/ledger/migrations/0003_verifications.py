"""When the whole ledger was followed, how many events it held, and whether they led to its signed head."""

from django.db import migrations

TABLE = (
    "CREATE TABLE ledger_verification"
    " (id {integer} PRIMARY KEY, size BIGINT NOT NULL, verified_at TEXT NOT NULL, holds {integer} NOT NULL)"
)
TYPES = {"sqlite": "INTEGER", "postgresql": "BIGINT"}
GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER ledger_verification_no_{verb} BEFORE {verb} ON ledger_verification"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE TRIGGER ledger_verification_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_verification"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    ],
}


def make(apps, schema_editor):  # noqa: ARG001
    """Make the table and its triggers in this database's dialect."""
    vendor = schema_editor.connection.vendor
    for statement in (TABLE.format(integer=TYPES[vendor]), *GUARDS[vendor]):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_subject_blocks")]
    operations = [migrations.RunPython(make)]
