from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0013_postings")]

    operations = [
        migrations.AddField(model_name="assessed", name="counts", field=models.TextField(default="")),
    ]
