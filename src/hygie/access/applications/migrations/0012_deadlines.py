from datetime import date

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LONG_AGO = date(2000, 1, 1)


def look_again(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Let the clocks of every decided application be read once more, which writes its deadlines."""
    rows = apps.get_model("applications", "ApplicationRow").objects
    rows.filter(state__in=("decided", "answered")).update(wake_on=LONG_AGO)


class Migration(migrations.Migration):
    dependencies = [("applications", "0011_longer_times")]

    operations = [
        migrations.CreateModel(
            name="DeadlineRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=24)),
                ("due_on", models.DateField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadlines",
                        to="applications.applicationrow",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["due_on", "id"], name="app_deadlines")],
                "constraints": [models.UniqueConstraint(fields=("application", "rule"), name="app_deadline")],
            },
        ),
        migrations.RunPython(look_again, migrations.RunPython.noop),
    ]
