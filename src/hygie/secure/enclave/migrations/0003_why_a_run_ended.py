from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enclave", "0002_studies"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="reason",
            field=models.CharField(default="", max_length=16),
        ),
    ]
