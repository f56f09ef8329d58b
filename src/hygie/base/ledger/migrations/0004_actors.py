"""The account behind a commitment that stands in its place, beside the commitment's salt and destroyed with it."""

from django.db import migrations

COLUMN = "ALTER TABLE ledger_salt ADD COLUMN actor TEXT NOT NULL DEFAULT ''"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_verifications")]
    operations = [migrations.RunSQL(COLUMN, migrations.RunSQL.noop)]
