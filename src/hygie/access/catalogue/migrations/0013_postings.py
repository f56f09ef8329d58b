from django.db import migrations, models

from hygie.access.catalogue.wording import weighed


def from_entries(apps, schema_editor):  # noqa: ARG001
    """Index what is listed by its titles and texts; codes and labels join when a dataset is described or measured."""
    entries, posting = apps.get_model("catalogue", "Entry"), apps.get_model("catalogue", "Posting")
    for row in entries.objects.all().iterator(chunk_size=200):
        found = weighed([(row.search, 1), (row.title_en, 8), (row.title_fr, 8), (row.dataset, 8)])
        made = [posting(word=word, dataset=row.dataset, weight=weight) for word, weight in found.items()]
        posting.objects.bulk_create(made, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0012_noise_accounts")]

    operations = [
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=40)),
                ("dataset", models.CharField(db_index=True, max_length=64)),
                ("weight", models.SmallIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["word", "dataset", "weight"], name="postings"),
                    models.Index(fields=["word"], name="postings_prefix", opclasses=["varchar_pattern_ops"]),
                ],
            },
        ),
        migrations.RunPython(from_entries, migrations.RunPython.noop),
        migrations.RemoveField(model_name="entry", name="search"),
    ]
