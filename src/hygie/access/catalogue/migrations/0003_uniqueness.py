"""Answers to how many would be alone in what is asked of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_opt_outs")]

    operations = [
        migrations.CreateModel(
            name="UniquenessAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=64)),
                ("edition", models.CharField(max_length=64)),
                ("question", models.CharField(max_length=64)),
                ("opt_outs", models.CharField(max_length=64)),
                ("document", models.TextField()),
                ("preset", models.CharField(max_length=40)),
                ("answered_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="uniquenessanswer",
            constraint=models.UniqueConstraint(
                fields=("dataset", "edition", "question", "opt_outs"), name="one_uniqueness_a_question"
            ),
        ),
    ]
