"""An index of the events that say who was shown what; filled from the events, and never the truth."""

from django.db import migrations

from hygie.base.ledger import readings

MADE = (
    "CREATE TABLE ledger_reading (thing TEXT NOT NULL, idx BIGINT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,"
    " veil TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (thing, idx)){rowless}",
    "CREATE INDEX ledger_reading_day ON ledger_reading (thing, day, idx)",
    "CREATE INDEX ledger_reading_kind ON ledger_reading (thing, kind, day, idx)",
    "CREATE INDEX ledger_reading_actor ON ledger_reading (thing, actor, day, idx)",
    "CREATE INDEX ledger_reading_both ON ledger_reading (thing, actor, kind, day, idx)",
    "CREATE INDEX ledger_reading_veil ON ledger_reading (veil) WHERE veil <> ''",
)
ROWLESS = {"sqlite": " WITHOUT ROWID", "postgresql": ""}


def make(apps, schema_editor):  # noqa: ARG001
    """Make the table and fill it."""
    for statement in MADE:
        schema_editor.execute(statement.format(rowless=ROWLESS[schema_editor.connection.vendor]))
    readings.rebuild()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_actors")]
    operations = [migrations.RunPython(make)]
