from django.db import migrations, models


def forgotten(apps, schema_editor):  # noqa: ARG001
    """Forget the counts that were blurred under another rule: beside the new ones they would tell more than either."""
    apps.get_model("catalogue", "CountAnswer").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0011_quality_checks"),
    ]

    operations = [
        migrations.RunPython(forgotten, migrations.RunPython.noop),
        migrations.RemoveConstraint("countanswer", "one_answer_a_question"),
        migrations.RemoveField("countanswer", "left_out"),
        migrations.AlterField("countanswer", "opt_outs", models.CharField(max_length=64)),
        migrations.AddField("countanswer", "epsilon", models.PositiveIntegerField(default=0), preserve_default=False),
        migrations.AddConstraint(
            "countanswer",
            models.UniqueConstraint(fields=["dataset", "edition", "criteria"], name="one_answer_a_question"),
        ),
        migrations.CreateModel(
            "Belonging",
            [
                ("account", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("organisation", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            "Expense",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organisation", models.CharField(max_length=300)),
                ("dataset", models.CharField(max_length=64)),
                ("epsilon", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["dataset", "organisation", "at"], name="catalogue_e_dataset_6a2bfb_idx"),
                ],
            },
        ),
    ]
