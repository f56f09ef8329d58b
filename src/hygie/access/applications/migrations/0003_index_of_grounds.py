from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0002_indexes_for_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="applicationrow",
            index=models.Index(fields=["outcome", "published_at", "grounds", "id"], name="app_grounds"),
        ),
    ]
