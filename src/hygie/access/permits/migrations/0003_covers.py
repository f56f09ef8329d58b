"""Set down which datasets each signed document allows."""

import json
from typing import Any

from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Fill the table from the documents."""
    rows = apps.get_model("permits", "PermitRow")
    covers = apps.get_model("permits", "Covers")
    for row in rows.objects.all():
        named = json.loads(bytes(row.document))["data"]["datasets"]
        covers.objects.bulk_create(covers(permit=row, dataset=name) for name in dict.fromkeys(named))


class Migration(migrations.Migration):
    dependencies = [("permits", "0002_columns_for_lists")]

    operations = [
        migrations.CreateModel(
            name="Covers",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(db_index=True, max_length=64)),
                (
                    "permit",
                    models.ForeignKey(on_delete=models.deletion.CASCADE, related_name="covers", to="permits.permitrow"),
                ),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
