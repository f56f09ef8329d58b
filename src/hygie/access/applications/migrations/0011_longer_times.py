import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0010_written_text")]

    operations = [
        migrations.CreateModel(
            name="ExtensionRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=24)),
                ("until", models.DateField()),
                ("due_on", models.DateField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="applications.applicationrow",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["answered_at", "due_on", "id"], name="app_longer")]},
        ),
    ]
