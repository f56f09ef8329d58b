from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0003_index_of_grounds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="applicationrow",
            name="amends",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="applicationrow",
            index=models.Index(fields=["amends", "submitted_at"], name="app_amends"),
        ),
    ]
