"""Keep reasons whole in the file beside those that are published, and say which users are natural persons."""

from typing import Any

from django.db import migrations, models


def copy(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Take the reasons for the published ones where there was but one text."""
    for name, reason in (("ExclusionRow", "reason"), ("EnforcementRow", "reasons")):
        rows = apps.get_model("applications", name).objects
        rows.update(**{f"published_{reason}": models.F(reason)})


class Migration(migrations.Migration):
    dependencies = [("applications", "0006_judged_text")]

    operations = [
        migrations.AddField("exclusionrow", "published_reason", models.TextField(default="")),
        migrations.AddField("exclusionrow", "natural_person", models.BooleanField(default=False)),
        migrations.AddField("enforcementrow", "published_reasons", models.TextField(default="")),
        migrations.AddField("enforcementrow", "natural_person", models.BooleanField(default=False)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
