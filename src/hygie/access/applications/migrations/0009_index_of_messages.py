from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0008_answer_tables")]

    operations = [
        migrations.AddIndex(
            model_name="messagerow",
            index=models.Index(fields=["author", "at"], name="app_messages"),
        ),
    ]
