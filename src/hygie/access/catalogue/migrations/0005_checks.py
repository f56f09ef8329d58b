from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_trusted_holders"),
    ]

    operations = [
        migrations.CreateModel(
            name="DescriptionCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=64)),
                ("version", models.IntegerField()),
                ("checked_on", models.DateField()),
                ("checked_at", models.DateTimeField()),
                ("checked_by", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("dataset", "version", "checked_on"), name="one_check_a_day")
                ],
            },
        ),
    ]
