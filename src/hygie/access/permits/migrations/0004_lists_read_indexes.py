from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0003_covers"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="permitrow",
            name="permit_days",
        ),
        migrations.AddIndex(
            model_name="permitrow",
            index=models.Index(
                fields=["ends_on", "starts_on", "revoked_at", "amended_by", "user_kind"], name="permit_days"
            ),
        ),
        migrations.AddIndex(
            model_name="permitrow",
            index=models.Index(fields=["-decided_at", "id"], name="permit_list"),
        ),
    ]
