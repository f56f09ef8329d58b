"""Keep the text that was handed in as the document, and what was written since beside it."""

from typing import Any

from django.db import migrations

from hygie.access.applications.document import headline, team
from hygie.access.applications.rules import datasets


def apart(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Exchange the two, and read out of the document again what lists need."""
    rows = apps.get_model("applications", "ApplicationRow")
    for row in rows.objects.filter(written__isnull=False).iterator():
        row.document, row.written = row.written, row.document
        for name, value in vars(headline(row.document)).items():
            setattr(row, name, value)
        row.save()
        for model, field, held in (
            ("MemberRow", "account", {row.author, *team(row.document)}),
            ("DatasetRow", "dataset", datasets(row.document)),
        ):
            kept = apps.get_model("applications", model).objects
            kept.filter(application=row).delete()
            kept.bulk_create(kept.model(application=row, **{field: name[:64]}) for name in sorted(held))


class Migration(migrations.Migration):
    dependencies = [("applications", "0009_index_of_messages")]

    operations = [
        migrations.RenameField("applicationrow", "judged", "written"),
        migrations.RunPython(apart, migrations.RunPython.noop),
    ]
