from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_checks"),
    ]

    operations = [
        migrations.CreateModel(
            name="RevokedLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=64)),
                ("reason", models.TextField()),
                ("revoked_at", models.DateTimeField(db_index=True)),
                ("revoked_by", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("dataset", "label"), name="one_revocation_a_label")],
            },
        ),
    ]
