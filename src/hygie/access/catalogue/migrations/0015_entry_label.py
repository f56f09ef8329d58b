import json

from django.db import migrations, models

from hygie.base.kernel import canonical, digest


def from_descriptions(apps, schema_editor):  # noqa: ARG001
    """Say of each listed dataset how it stands with its label; what fell since is found with the next measuring."""
    entries, described, revoked = (apps.get_model("catalogue", each) for each in ("Entry", "Described", "RevokedLabel"))
    wrong = set(revoked.objects.values_list("dataset", "label"))
    for row in entries.objects.only("dataset").iterator(chunk_size=200):
        latest = described.objects.filter(dataset=row.dataset).order_by("-version").first()
        told = json.loads(latest.document) if latest else {}
        label = told.get("label")
        if label:
            state = "revoked" if (row.dataset, digest(canonical(label))) in wrong else "stands"
        else:
            state = "missing" if told.get("publicly_funded") else ""
        if state:
            entries.objects.filter(dataset=row.dataset).update(label=state)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0014_check_counts")]

    operations = [
        migrations.AddField(model_name="entry", name="label", field=models.CharField(max_length=8, default="")),
        migrations.RunPython(from_descriptions, migrations.RunPython.noop),
    ]
