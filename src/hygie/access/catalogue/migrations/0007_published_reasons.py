from django.db import migrations, models


def published(apps, schema_editor):  # noqa: ARG001
    """Keep published what was published: until now everyone read the reason as the file has it."""
    apps.get_model("catalogue", "RevokedLabel").objects.update(published_reason=models.F("reason"))


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0006_revoked_labels"),
    ]

    operations = [
        migrations.AddField("revokedlabel", "published_reason", models.TextField(default="")),
        migrations.RunPython(published, migrations.RunPython.noop),
    ]
