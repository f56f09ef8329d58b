from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0005_enforcement"),
    ]

    operations = [
        migrations.AddField(
            model_name="applicationrow",
            name="judged",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="assessmentrow",
            name="void",
            field=models.BooleanField(default=False),
        ),
    ]
