from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("airlock", "0003_count_files"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="release",
            index=models.Index(fields=["files"], name="release_files"),
        ),
    ]
