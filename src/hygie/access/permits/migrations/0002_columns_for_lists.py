"""Copy what lists read out of each signed document."""

import json
from typing import Any

from django.db import migrations, models


def copy(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Fill the columns from the documents."""
    rows = apps.get_model("permits", "PermitRow")
    named = apps.get_model("permits", "Named")
    for row in rows.objects.all():
        body = json.loads(bytes(row.document))
        user, purpose = body["user"], body["purpose"]
        row.starts_on, row.ends_on = body["duration"]["from"], body["duration"]["to"]
        row.user_name = user["name"] if user["kind"] != "natural-person" else ""
        row.user_kind, row.basis, row.title = user["kind"], purpose["basis"], purpose["title"]
        row.save()
        named.objects.bulk_create(named(permit=row, account=name) for name in body["people"]["authorised"])


class Migration(migrations.Migration):
    dependencies = [("permits", "0001_initial")]

    operations = [
        *(
            migrations.AddField("permitrow", name, field, preserve_default=False)
            for name, field in (
                ("starts_on", models.DateField(default="2000-01-01")),
                ("ends_on", models.DateField(default="2000-01-01")),
                ("user_name", models.CharField(blank=True, max_length=300, default="")),
                ("user_kind", models.CharField(max_length=64, default="")),
                ("basis", models.CharField(max_length=32, default="")),
                ("title", models.CharField(max_length=300, default="")),
            )
        ),
        migrations.AddIndex("permitrow", models.Index(fields=["ends_on", "starts_on"], name="permit_days")),
        migrations.CreateModel(
            name="Named",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(db_index=True, max_length=64)),
                (
                    "permit",
                    models.ForeignKey(on_delete=models.deletion.CASCADE, related_name="named", to="permits.permitrow"),
                ),
            ],
        ),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
