"""Count each release's files, so that they are summed without reading every record."""

from typing import Any

from django.db import migrations, models


def count(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Fill the column from the records."""
    for row in apps.get_model("airlock", "Release").objects.all():
        row.files = len(row.record["outputs"])
        row.save(update_fields=["files"])


class Migration(migrations.Migration):
    dependencies = [("airlock", "0002_seal_checks")]

    operations = [
        migrations.AddField("release", "files", models.IntegerField(default=0)),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
