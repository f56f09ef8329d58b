from django.db import migrations, models


def forgotten(apps, schema_editor):  # noqa: ARG001
    """Forget the answers that were drawn from sets of persons: beside the new ones they would tell them apart."""
    apps.get_model("catalogue", "CountAnswer").objects.all().delete()
    apps.get_model("catalogue", "UniquenessAnswer").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0007_published_reasons"),
    ]

    operations = [
        migrations.AddField("countanswer", "left_out", models.TextField(default="[]")),
        migrations.AddField("countasking", "dataset", models.CharField(default="", max_length=64)),
        migrations.RunPython(forgotten, migrations.RunPython.noop),
    ]
