"""Keep a revocation's reason whole in the file, beside the one that is published."""

from typing import Any

from django.db import migrations, models


def copy(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Take the published reason for the file's where there was but one."""
    apps.get_model("permits", "PermitRow").objects.update(revoked_file=models.F("revoked_reason"))


class Migration(migrations.Migration):
    dependencies = [("permits", "0004_lists_read_indexes")]

    operations = [
        migrations.AddField("permitrow", "revoked_file", models.TextField(default="")),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
