from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_sign_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="holder",
            field=models.CharField(blank=True, default="", max_length=300),
        ),
    ]
