"""Answers to counts belong to the list of opt-outs that they leave out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="countanswer", name="one_answer_a_question"),
        migrations.AddField(
            model_name="countanswer", name="opt_outs", field=models.CharField(default="", max_length=64)
        ),
        migrations.AddConstraint(
            model_name="countanswer",
            constraint=models.UniqueConstraint(
                fields=("dataset", "edition", "criteria", "opt_outs"), name="one_answer_a_question"
            ),
        ),
    ]
