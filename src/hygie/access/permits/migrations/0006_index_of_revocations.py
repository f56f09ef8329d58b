"""An index of the permits that were revoked, in the order of lists."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0005_revocation_in_two_texts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="permitrow",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", False)), fields=["-decided_at", "id"], name="permit_revoked"
            ),
        ),
    ]
