from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enclave", "0003_why_a_run_ended"),
    ]

    operations = [
        migrations.CreateModel(
            name="DummyTaking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=64)),
                ("taken_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["account", "taken_at"], name="enclave_takings")]},
        ),
    ]
