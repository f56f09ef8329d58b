from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0008_low_effect")]

    operations = [
        migrations.AddField(
            model_name="trustedholder",
            name="ended_reason",
            field=models.TextField(default=""),
        ),
    ]
