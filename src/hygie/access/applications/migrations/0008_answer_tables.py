"""Tables of answers in statistics, each with its sealed file."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0007_two_texts")]

    operations = [
        migrations.CreateModel(
            name="AnswerTableRow",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("columns", models.JSONField()),
                ("lines", models.IntegerField()),
                ("bytes", models.IntegerField()),
                ("preset", models.CharField(max_length=64)),
                ("mended", models.BooleanField(default=False)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.CharField(default="", max_length=64)),
                ("key_id", models.CharField(max_length=64)),
                ("sealed", models.CharField(max_length=64)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="applications.applicationrow",
                    ),
                ),
            ],
        ),
    ]
