"""Indexes for what lists and figures ask of many applications."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0012_deadlines"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="applicationrow",
            name="app_words",
        ),
        migrations.AddIndex(
            model_name="applicationrow",
            index=models.Index(fields=["submitted_at", "id", "state", "title", "organisation"], name="app_words"),
        ),
        migrations.AddIndex(
            model_name="applicationrow",
            index=models.Index(fields=["state", "outcome", "kind", "due_on", "submitted_at", "id"], name="app_answers"),
        ),
        migrations.AddIndex(
            model_name="applicationrow",
            index=models.Index(fields=["applicant_kind", "submitted_at"], name="app_applicants"),
        ),
        migrations.AddIndex(
            model_name="eventrow",
            index=models.Index(condition=models.Q(("kind", "results.published")), fields=["id"], name="app_results"),
        ),
    ]
